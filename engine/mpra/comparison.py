"""A user's measurements beside what models predict: scores with intervals, baselines, and where the two lie apart.

Scores are those of all rows, and again of the rows that a model has not seen (`engine.mpra.overlap`). Beside each model
stand two baselines: GC content alone, and the mean of the measurements, which predicts every row alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.data.lentimpra import CELL_TYPES
from engine.errors import InputError, unknown
from engine.experiments import lineage
from engine.experiments.checkpoints import Checkpoint
from engine.mpra import separate
from engine.mpra.library import ELEMENTS, MeasuredLibrary
from engine.mpra.overlap import IDENTICAL, NEW, SHARED, VALIDATION, Kin
from engine.mpra.training_table import as_library
from engine.results import Progress
from engine.statistics import Metric, measure, pearson, spearman

GC, MEAN = "GC content", "mean of the table"
ALL, UNSEEN, SEEN = "all", "not seen", "seen"
JOINT = "joint"


@dataclass(frozen=True)
class Predictions:
    """What one model predicts for a library.

    Attributes:
        values: `(n, outputs)` float64: log2(RNA/DNA), or of variants alt minus ref; nan where it cannot say.
        seen: `(n,)` uint8 of `engine.mpra.overlap.IN_WORDS`; None where it is not known what the model learned from.
        problems: `(row, reason)` of sequences without a prediction.
    """

    model: str
    outputs: tuple[str, ...]
    values: np.ndarray
    seen: np.ndarray | None = None
    problems: tuple[tuple[int, str], ...] = ()

    def column(self, output: str) -> np.ndarray:
        return self.values[:, self.outputs.index(output)]


@dataclass(frozen=True)
class Score:
    """How well one column of predictions, or a baseline, agrees with one column of measurements.

    Attributes:
        model, output: who predicts; of a baseline its name and ''.
        label: the column of measurements.
        rows: `ALL`, `UNSEEN` or `SEEN`.
        rmse: root mean squared error, log2(RNA/DNA); unknown for GC content and for effects, which have other scales.
    """

    model: str
    output: str
    label: str
    rows: str
    spearman: Metric
    pearson: Metric
    rmse: Metric


@dataclass(frozen=True)
class Comparison:
    """A library, what models predict for it, and the scores."""

    library: MeasuredLibrary
    predictions: tuple[Predictions, ...]
    scores: tuple[Score, ...]
    pairs: tuple[tuple[str, str, str], ...] = field(default=())  # model, output, label

    def of(self, model: str) -> Predictions:
        return next(p for p in self.predictions if p.model == model)


def rmse(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Root mean squared error."""
    return float(np.sqrt(np.mean((predicted - measured) ** 2)))


def outputs_for(label: str, outputs: tuple[str, ...], wanted: str = "") -> tuple[str, ...]:
    """The outputs of a model that a column of measurements is held against.

    The one of its name; every output where the table names no cell type, or one that no model here has learned; none
    where it names a cell type that another model has learned. `wanted` overrules all of it.
    """
    if wanted:
        return (wanted,) if wanted in outputs else ()
    if label in outputs:
        return (label,)
    return () if label in CELL_TYPES else outputs


def compare(
    library: MeasuredLibrary,
    predictions: list[Predictions],
    wanted: str = "",
    progress: Progress | None = None,
) -> Comparison:
    """Scores of every model and baseline.

    Args:
        wanted: the output that every column of measurements is held against; by default the one of its name.
        progress: called with (columns scored, columns).

    Raises:
        InputError: no model has an output that belongs to a column.
    """
    every = tuple(dict.fromkeys(o for p in predictions for o in p.outputs))
    if wanted and wanted not in every:
        raise unknown("output", wanted, every)
    pairs = tuple(
        (p.model, output, label)
        for label in library.labels
        for p in predictions
        for output in outputs_for(label, p.outputs, wanted)
    )
    if not pairs:
        raise InputError(
            f"{library.what} was measured in {', '.join(library.labels)}, and the models predict {', '.join(every)}; "
            "say which output to hold against it (--output)"
        )
    scores: list[Score] = []
    for done, (model, output, label) in enumerate(pairs, 1):
        one = next(p for p in predictions if p.model == model)
        scores += _scores(library, one, output, label)
        if progress:
            progress(done, len(pairs))
    for label in dict.fromkeys(label for _, _, label in pairs):
        scores += _baselines(
            library, label, _subsets(library, next((p for p in predictions if p.seen is not None), None))
        )
    return Comparison(library, tuple(predictions), tuple(scores), pairs)


def _subsets(library: MeasuredLibrary, one: Predictions | None) -> dict[str, np.ndarray]:
    """Rows that are scored by themselves: all, and where a model has seen some, the others and these."""
    subsets = {ALL: np.ones(len(library), bool)}
    if one is not None and one.seen is not None:
        learned = (one.seen == SHARED) | (one.seen == IDENTICAL)
        if learned.any():
            subsets |= {UNSEEN: one.seen == NEW, SEEN: learned}
    return subsets


def _scores(library: MeasuredLibrary, one: Predictions, output: str, label: str) -> Iterator[Score]:
    measured, predicted = library.measured[:, library.labels.index(label)], one.column(output)
    for rows, chosen in _subsets(library, one).items():
        p, m = predicted[chosen], measured[chosen]
        error = measure(rmse, p, m) if library.kind == ELEMENTS else Metric.unknown(len(m))
        yield Score(one.model, output, label, rows, measure(spearman, p, m), measure(pearson, p, m), error)


def _baselines(library: MeasuredLibrary, label: str, subsets: dict[str, np.ndarray]) -> Iterator[Score]:
    column = library.measured[:, library.labels.index(label)]
    for rows, chosen in subsets.items():
        gc, measured = library.gc[chosen], column[chosen]
        known = np.isfinite(measured)
        nothing = Metric.unknown(int(known.sum()))
        yield Score(GC, "", label, rows, measure(spearman, gc, measured), measure(pearson, gc, measured), nothing)
        if library.kind == ELEMENTS and known.any():
            constant = np.full(len(measured), measured[known].mean())
            yield Score(MEAN, "", label, rows, nothing, nothing, measure(rmse, constant, measured))


def apart(library: MeasuredLibrary, one: Predictions, output: str, label: str) -> np.ndarray:
    """`(n,)` how far prediction and measurement lie apart: predicted minus measured, each in its own standard
    deviations from its mean, since two assays rarely share zero and scale. nan where either is not known.
    """
    measured, predicted = library.measured[:, library.labels.index(label)], one.column(output)
    known = np.isfinite(measured) & np.isfinite(predicted)
    distance = np.full(len(measured), np.nan)
    if known.sum() > 1:
        p, m = (_standardised(v[known]) for v in (predicted, measured))
        distance[known] = p - m
    return distance


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))


def largest(distance: np.ndarray, count: int = 20) -> np.ndarray:
    """Rows by how far they lie apart, the farthest first; at most `count`."""
    known = np.flatnonzero(np.isfinite(distance))
    return known[np.argsort(-np.abs(distance[known]), kind="stable")][:count]


def seen_by(checkpoint: Checkpoint, library: MeasuredLibrary, kin: Kin | None) -> np.ndarray | None:
    """`(n,)` how near each sequence is to what a model learned from (`engine.mpra.overlap.IN_WORDS`).

    Args:
        kin: of the joint library; None without its files.

    Returns:
        None where that is not known: without the joint library or the separate experiments that the model learned from,
        or for a model that learned from another table.
    """
    tables = lineage.tables(checkpoint.description)
    cells = lineage.separate_cells(tables)
    if JOINT in tables and len(tables) == 1 + len(cells):
        if kin is None or not set(cells) <= set(separate.here()):
            return None
        bases = list(library.bases)
        return np.max([k.seen(bases) for k in (kin, *(separate.learned(cell, kin) for cell in cells))], axis=0)
    training = checkpoint.metrics.get("training", {})
    if library.kind != ELEMENTS or "data_hash" not in training:
        return None
    try:
        own = as_library(library, kin, cut=True)
    except InputError:
        return None
    if (own.table.hash, own.split.hash) != (training["data_hash"], training.get("split_hash")):
        return None
    seen = np.full(len(library), NEW, np.uint8)
    seen[own.split.train], seen[own.split.validation] = IDENTICAL, VALIDATION
    return seen
