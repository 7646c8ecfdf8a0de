"""Natural elements as designs: those whose measured activities are nearest to the goal, and any at random.

The first is what a design has to beat to have been worth making, the second the floor under it. A kept stretch of a
template is written over the element at its own place; what comes out is then no natural element any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.common import Counter, Elements
from engine.errors import InputError
from engine.results import Progress

LEAST = 20  # nearest elements that are drawn among, however few are wanted: less would be the same under every seed


def drawn(asked: Asked, among: Elements, times: float) -> np.ndarray:
    """`(count,)` indices into `among`: drawn at random, none twice, out of `times` as many nearest elements as are
    wanted and at least `LEAST`; the nearest comes first. Without a goal all are equally near.

    Raises:
        InputError: fewer elements than designs.
    """
    check_enough(asked, among)
    pool = len(among.rows)
    if asked.goal.activity:
        pool = min(pool, max(LEAST, round(times * asked.count)))
    places = common.generator(asked).choice(pool, asked.count, replace=False)
    return common.nearest(asked, among)[np.sort(places)]


def check_enough(asked: Asked, among: Elements) -> None:
    """Raise InputError where there are fewer elements than designs are wanted."""
    if asked.count > len(among.rows):
        raise InputError(
            f"{asked.count} natural elements were asked for, but there are {len(among.rows)}; ask for fewer"
        )


def _nearest(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, NEAREST)
    if not asked.goal.activity:
        raise InputError("natural elements near a goal need one: name at least one activity, as K562=2")
    among = common.elements(asked)
    rows = drawn(asked, among, common.within(options, "drawn among", 1, 1000))
    return _handed_out(asked, NEAREST.name, among.codes[rows], progress)


def _random(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    common.begun(asked, RANDOM)
    among = common.elements(asked)
    check_enough(asked, among)
    rows = common.generator(asked).choice(len(among.rows), asked.count, replace=False)
    return _handed_out(asked, RANDOM.name, among.codes[rows], progress)


def _handed_out(asked: Asked, method: str, codes: np.ndarray, progress: Progress | None) -> Iterator[Designed]:
    return each(asked, method, progress, partial(_element, codes))


def _element(codes: np.ndarray, number: int) -> np.ndarray:
    return codes[number]


def each(asked: Asked, method: str, progress: Progress | None, make: Callable[[int], np.ndarray]) -> Iterator[Designed]:
    """As many designs as are wanted, each `make(number)` with the kept stretches written over it."""
    counter = Counter(progress, asked.count)
    for number in range(asked.count):
        codes = common.overlaid(asked.goal, make(number))
        counter.add(1)
        yield common.designed(asked, method, number, codes)


NEAREST = Method(
    name="nearest",
    label="Natural elements nearest to the goal",
    what="Elements of the library whose measured activities are nearest to the goal, nothing changed but what is kept: "
    "what a design has to beat.",
    design=_nearest,
    options={"drawn among": 2.0},
)
RANDOM = Method(
    name="natural",
    label="Natural elements at random",
    what="Any elements of the library, whatever the goal: what comes of not designing at all.",
    design=_random,
)
METHODS = (NEAREST, RANDOM)
