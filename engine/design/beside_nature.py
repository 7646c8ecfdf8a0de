"""A set of sequences beside as many natural elements, whoever designed it: words, what tells it apart, shifts.

The natural elements are of the test fold, those nearest to the goal where there is one. Each number stands beside its
floor at the same N: what other natural elements, of the validation fold and chosen in the same way, give against them.
The benchmark (`engine.design.benchmark`) asks more, over draws of a method; a set is one draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.design import asking, judge
from engine.design.benchmark import over_draws
from engine.design.metrics import activity, composition
from engine.design.results import Goal
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress
from engine.statistics import Metric

FEWEST, MOST = composition.PARTS, 1_000  # sequences: to be told apart; beyond, so many drawn at random
DRAWS = 5  # of natural elements for a floor
SEED = 0


@dataclass(frozen=True)
class Beside:
    """A number of a set.

    Attributes:
        measure: a row of `engine.design.metrics.table.MEASURES`.
        output: the cell type; "" of what needs no judge.
        n: sequences, and natural elements beside them.
        floor: mean over `DRAWS` draws of natural elements with the 95% interval of Student's t; of n 0 where the
            validation fold has too few of them.
    """

    measure: str
    output: str
    n: int
    value: float
    floor: Metric


def beside_nature(
    codes: np.ndarray,
    goal: Mapping[str, float],
    by: Checkpoint,
    library: Library,
    progress: Progress | None = None,
) -> tuple[Beside, ...]:
    """The numbers of sequences `(n, length)` uint8, as long as the elements of the library.

    Args:
        goal: activities by output, s.d.; empty for any.
        by: the model whose predictions are compared.
        progress: called with (sets looked at, sets).

    Raises:
        InputError: fewer than `FEWEST` sequences.
    """
    if len(codes) < FEWEST:
        raise InputError(f"a set is held against nature from {FEWEST} sequences on, and here are {len(codes)}")
    if len(codes) > MOST:
        codes = codes[np.sort(np.random.default_rng(SEED).permutation(len(codes))[:MOST])]
    outputs = tuple(o for o in by.model.outputs if o in library.table.outputs)
    natural = library.table.codes[_like(goal, len(codes), library, library.split.test, SEED)]
    of_natural = judge.in_sd(by, natural, outputs, library)

    def numbers(some: np.ndarray) -> dict[tuple[str, str], float]:
        said = judge.in_sd(by, some, outputs, library)
        words = composition.words(np.concatenate([some, natural]))
        shifts = {("shift", o): activity.shift(said[:, i], of_natural[:, i]) for i, o in enumerate(outputs)}
        return {
            ("words", ""): composition.distance(composition.spectrum(some), composition.spectrum(natural)),
            ("told_apart", ""): composition.told_apart(words[: len(some)], words[len(some) :]),
        } | shifts

    sets = [codes, *_floors(goal, len(codes), library)]
    found = []
    for done, some in enumerate(sets):
        found.append(numbers(some))
        if progress:
            progress(done + 1, len(sets))
    return tuple(
        Beside(measure, output, len(codes), value, over_draws([draw[measure, output] for draw in found[1:]]))
        for (measure, output), value in found[0].items()
    )


def _floors(goal: Mapping[str, float], n: int, library: Library) -> list[np.ndarray]:
    """Sets of `n` elements, each out of a random half of the validation fold; none where a half has not so many."""
    floors = []
    for seed in range(DRAWS):
        rows = np.random.default_rng(seed).permutation(library.split.validation)
        half = np.sort(rows[: len(rows) // 2])
        if len(_measured(goal, library, half)) < n:
            return []
        floors.append(library.table.codes[_like(goal, n, library, half, seed)])
    return floors


def _like(goal: Mapping[str, float], n: int, library: Library, rows: np.ndarray, seed: int) -> np.ndarray:
    """`n` of the rows: those measured nearest to the goal, or any; raises InputError where there are fewer."""
    known = _measured(goal, library, rows)
    if goal:
        return asking.counterparts((Goal(dict(goal)),), n, library, known)
    if len(known) < n:
        raise InputError(f"{n} natural elements are wanted, and there are {len(known)}; give fewer sequences")
    return np.sort(np.random.default_rng(seed).permutation(known)[:n])


def _measured(goal: Mapping[str, float], library: Library, rows: np.ndarray) -> np.ndarray:
    columns = [library.table.outputs.index(o) for o in goal]
    return rows[~np.isnan(library.table.activity[rows][:, columns]).any(axis=1)]
