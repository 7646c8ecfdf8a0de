"""Masked diffusion proposes, directed evolution sharpens: sequences that a generator drew for the goal, brought nearer
to it by few substitutions that the guide picks.

What a generator draws reads like natural elements and follows a goal loosely; what a search makes follows its guide
closely and may leave what the guide learned from. Here a search begins from what was drawn and may change so many bases
alone (the option 'edits'), so the rest stays as drawn. Guide and generator learned from the same half of the training
folds; who judges is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.design.diffusion.generating import BATCH, MASKED
from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common, evolution
from engine.design.rivals.common import Counter
from engine.design.rivals.guide import Guide
from engine.design.rivals.substitutions import Bounds
from engine.results import Progress
from engine.sequence import decode, encode


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    edits, settings = common.whole(options, "edits"), evolution.settings_of(options)
    goal = asked.goal
    if goal.edits is not None:
        # of the edits of the template that are allowed, half at most is left to the search
        edits = min(edits, goal.edits // 2)
        goal = replace(goal, edits=goal.edits - edits)
    counter = Counter(
        progress,
        (common.whole(options, "steps") + 1) * -(-asked.count // BATCH) + asked.count * settings.predictions,
    )
    drawing = {name: options[name] for name in MASKED.options}
    proposed = MASKED.design(replace(asked, goal=goal, options=drawing), _Share(counter))
    return _sharpened(asked, proposed, Guide(asked), settings, edits, counter)


class _Share:
    """The progress of a part of some work, told as that of the whole."""

    def __init__(self, counter: Counter):
        self.counter, self.done = counter, 0

    def __call__(self, done: int, total: int) -> None:
        self.counter.add(done - self.done)
        self.done = done


def _sharpened(
    asked: Asked,
    proposed: Iterator[Designed],
    guide: Guide,
    settings: evolution.Settings,
    edits: int,
    counter: Counter,
) -> Iterator[Designed]:
    free = replace(asked.goal, edits=None)
    for number, proposal in enumerate(proposed):
        codes, before = encode(proposal.sequence.bases), counter.done
        way = [codes]
        if edits:
            rng = common.generator(asked, number, 1)
            way = evolution.evolve(guide, Bounds.of(free, codes, edits), settings, rng, counter)
        counter.at(before + settings.predictions)
        steps = (*proposal.steps, *(decode(s) for s in way[1:]))
        yield common.designed(asked, METHOD.name, number, way[-1], steps)


METHOD = Method(
    name="masked_evolution",
    label="Masked diffusion, sharpened by evolution",
    what="Masked diffusion draws a sequence for the goal, and directed evolution changes a few of its bases as the "
    "guide likes them.",
    design=_design,
    needs=frozenset({"guide", "generator"}),
    options={**MASKED.options, "edits": 20.0, **evolution.METHOD.options},
    edits=True,
)
