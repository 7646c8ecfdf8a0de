"""How often statements like those of `engine.design.claims` hold of measured elements: of the test fold, which neither
the model nor the fit of its intervals saw.

Every element stands for a design, and what would be stated of it is held against its measurement. Of a difference to a
control, pairs of elements stand for design and twin: every element is in one pair alone, so that pairs are independent.
What is stated lies far out, where predictions lean outwards; so the shares are lower than the nine in ten that one side
of an 80% interval promises for all elements alike. Of designs, which nature does not have, nobody knows them yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from engine.data.library import Library
from engine.design import splits
from engine.design.claims import Kind
from engine.design.statements import half_widths
from engine.evaluation.intervals import fitted
from engine.experiments.checkpoints import Checkpoint
from engine.models.predict import predict_with_uncertainty
from engine.results import Progress
from engine.statistics import Metric, mean_of

SEED = 0  # of the pairs, and of the intervals


@dataclass(frozen=True)
class Measured:
    """Elements with what is predicted of them.

    Attributes:
        outputs: names of the columns.
        measured, predicted, halves: `(n, outputs)` log2(RNA/DNA); nan where not measured, or without an interval.
        mean, sd: `(outputs,)` of natural elements, against which levels and cell types are held.
    """

    outputs: tuple[str, ...]
    measured: np.ndarray
    predicted: np.ndarray
    halves: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True)
class Share:
    """Of the elements or pairs of which something would be stated, the share of which it is true.

    Attributes:
        kind: as in `engine.design.claims.KINDS`; 'shuffled' stands for both kinds of twins.
        against: the other cell type of 'between'.
        direction: 1 above, -1 below.
        held: with its 95% interval; `n` of it is how many statements there would be.
        of: elements or pairs in all.
    """

    kind: Kind
    output: str
    against: str
    direction: int
    held: Metric
    of: int


def coverage(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> tuple[Share, ...]:
    """The shares of a model, by the elements of the test fold.

    Args:
        progress: called with (elements predicted, elements).

    Raises:
        CheckpointError: no intervals were fitted for the model; names the command that does.
    """
    errors = fitted(checkpoint)
    outputs = tuple(o for o in checkpoint.model.outputs if o in library.table.outputs and o in errors)
    rows = library.split.test
    said = predict_with_uncertainty(checkpoint.inference_model, library.table.codes[rows], progress=progress)
    columns = [checkpoint.model.outputs.index(o) for o in outputs]
    halves = np.stack([half_widths(said, c, errors[o]) for c, o in zip(columns, outputs, strict=True)], axis=1)
    measured = np.stack([library.table.column(o)[rows] for o in outputs], axis=1).astype(np.float64)
    mean, sd = splits.scale(library, outputs)
    predicted = said.values[:, columns].astype(np.float64)
    return tuple(shares(Measured(outputs, measured, predicted, halves, mean, sd)))


def shares(elements: Measured) -> Iterator[Share]:
    """What would be stated of elements, and the share of it that is true.

    Where nothing would be stated there is no share. Directions are those of the prediction.
    """
    for column, output in enumerate(elements.outputs):
        known = ~np.isnan(elements.measured[:, column]) & ~np.isnan(elements.halves[:, column])
        measured, predicted, halves = (
            part[known, column] for part in (elements.measured, elements.predicted, elements.halves)
        )
        for direction in (1, -1):
            away = direction * (predicted - elements.mean[column]) - halves
            true = direction * (measured - elements.mean[column]) >= away
            yield from _share("level", output, "", direction, away > 0, true)
        one, other = np.random.default_rng(SEED).permutation(len(measured))[: len(measured) // 2 * 2].reshape(2, -1)
        difference, half = predicted[one] - predicted[other], np.hypot(halves[one], halves[other])
        # which of two is the design is arbitrary: it is the one that is predicted higher
        bound = np.abs(difference) - half
        true = np.sign(difference) * (measured[one] - measured[other]) >= bound
        yield from _share("shuffled", output, "", 1, bound > 0, true)
    for a, b in permutations(range(len(elements.outputs)), 2):
        yield from _between(elements, a, b)


def _between(elements: Measured, a: int, b: int) -> Iterator[Share]:
    standing = [(part - elements.mean) / elements.sd for part in (elements.predicted, elements.measured)]
    predicted, measured = (part[:, a] - part[:, b] for part in standing)
    bound = predicted - np.hypot(*(elements.halves[:, c] / elements.sd[c] for c in (a, b)))
    known = ~np.isnan(measured) & ~np.isnan(bound)
    true = measured[known] >= bound[known]
    yield from _share("between", elements.outputs[a], elements.outputs[b], 1, bound[known] > 0, true)


def _share(
    kind: Kind, output: str, against: str, direction: int, stated: np.ndarray, true: np.ndarray
) -> Iterator[Share]:
    if stated.any():
        held = mean_of(true[stated].astype(np.float64), seed=SEED)
        yield Share(kind, output, against, direction, held, len(stated))
