"""A Markov chain of natural elements as a way of designing: their composition in words of k + 1 bases, and no more.

Kept stretches are conditioned on exactly, so that the bases beside them fit. What the chain cannot do: follow an
activity. It learns from all elements alike, or, where the option says so, from the elements nearest to the goal, whose
composition is then all that it knows of the goal.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.design.markov import LONGEST, Markov
from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.natural import each
from engine.errors import InputError
from engine.results import Progress
from engine.sequence import UNKNOWN


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    order = round(common.within(options, "order", 0, LONGEST))
    learned_from = common.whole(options, "nearest elements learned from", 0)
    among = common.elements(asked)
    if learned_from and not asked.goal.activity:
        raise InputError("elements near a goal need one: name at least one activity, or set the option to 0, for all")
    codes = among.codes[common.nearest(asked, among)[:learned_from]] if learned_from else among.codes
    chain = Markov.fit(codes, order)
    length = asked.goal.length
    fixed = common.overlaid(asked.goal, np.full(length, UNKNOWN, np.uint8))
    uniforms = np.stack([common.generator(asked, number).random(length) for number in range(asked.count)])
    drawn = chain.sample(uniforms, fixed)
    return each(asked, METHOD.name, progress, lambda number: drawn[number])


METHOD = Method(
    name="markov",
    label="Markov chain",
    what="Draws bases as natural elements have them in words of six (or the order and one), around what is kept; it "
    "does not follow the goal.",
    design=_design,
    options={"order": 5.0, "nearest elements learned from": 0.0},
)
