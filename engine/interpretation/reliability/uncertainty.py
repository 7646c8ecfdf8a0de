"""Does disagreement between models tell where they are wrong? The spread of several models as uncertainty.

Everything is computed from stored predictions for the test fold; what is left out of the models' training is the same
for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.evaluation.held_out import stored_predictions
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.results import Progress
from engine.sequence import gc_contents
from engine.statistics import Metric, mean_of, measure, spearman

BINS = 10
FEWEST = 3  # models
SMALLEST = 30  # elements of a group
NAME = "uncertainty"
MEND = stored.command(NAME)


@dataclass(frozen=True)
class Bin:
    """Elements whose spread is about the same: its mean, and the mean absolute error."""

    spread: float
    error: Metric

    @classmethod
    def from_dict(cls, stored: dict) -> Bin:
        """The inverse of `as_dict`."""
        return cls(stored["spread"], Metric.from_dict(stored["error"]))

    def as_dict(self) -> dict:
        return {"spread": self.spread, "error": self.error.as_dict()}


@dataclass(frozen=True)
class Calibration:
    """Whether the error grows with the spread.

    Attributes:
        spearman: of spread and error.
        at_one_level: the mean of it within tenths of the prediction, since both may grow with activity alone.
        bins: of equally many elements by spread.
    """

    spearman: Metric
    at_one_level: float
    bins: tuple[Bin, ...]

    @classmethod
    def from_dict(cls, stored: dict) -> Calibration:
        """The inverse of `as_dict`; whatever else stands beside it is left."""
        bins = tuple(Bin.from_dict(b) for b in stored["bins"])
        return cls(Metric.from_dict(stored["spearman"]), stored["at one level"], bins)

    def as_dict(self) -> dict:
        return {
            "spearman": self.spearman.as_dict(),
            "at one level": self.at_one_level,
            "bins": [b.as_dict() for b in self.bins],
        }


@dataclass(frozen=True)
class Group:
    """Elements of one kind: mean spread and error of their predictions, and the correlation of both."""

    group: str
    n: int
    spread: Metric
    error: Metric
    spearman: Metric

    @classmethod
    def from_dict(cls, stored: dict) -> Group:
        """The inverse of `as_dict`."""
        return cls(
            stored["group"], stored["n"], *(Metric.from_dict(stored[k]) for k in ("spread", "error", "spearman"))
        )

    def as_dict(self) -> dict:
        metrics = {"spread": self.spread, "error": self.error, "spearman": self.spearman}
        return {"group": self.group, "n": self.n} | {name: metric.as_dict() for name, metric in metrics.items()}


@dataclass(frozen=True)
class Uncertainty:
    """What the spread of some `models` says of one output: over all elements, and in `groups` of them."""

    models: tuple[str, ...]
    groups: tuple[Group, ...]
    calibration: Calibration

    @classmethod
    def from_dict(cls, stored: dict) -> Uncertainty:
        """The inverse of `as_dict`."""
        groups = tuple(Group.from_dict(g) for g in stored["groups"])
        return cls(tuple(stored["models"]), groups, Calibration.from_dict(stored))

    def as_dict(self) -> dict:
        groups = [g.as_dict() for g in self.groups]
        return {"models": list(self.models), "groups": groups, **self.calibration.as_dict()}


def spread_and_error(predicted: np.ndarray, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and spread (standard deviation of a sample) over models `(models, n)`, and the mean's absolute error."""
    mean = predicted.mean(axis=0)
    return mean, predicted.std(axis=0, ddof=1), np.abs(mean - measured)


def calibration(mean: np.ndarray, spread: np.ndarray, error: np.ndarray, bins: int = BINS) -> Calibration:
    """Whether the error `(n,)` grows with the spread."""
    order = np.argsort(spread, kind="stable")
    groups = [g for g in np.array_split(order, bins) if len(g)]
    levels = [g for g in np.array_split(np.argsort(mean, kind="stable"), bins) if len(g) >= 3]
    return Calibration(
        spearman=measure(spearman, spread, error),
        at_one_level=float(np.mean([spearman(spread[g], error[g]) for g in levels])),
        bins=tuple(Bin(float(spread[g].mean()), mean_of(error[g])) for g in groups),
    )


def groups(table: ActivityTable, split: Split) -> dict[str, np.ndarray]:
    """Kinds of elements of the test fold, `(n,)` booleans: by library and at the ends of GC content."""
    codes = table.codes[split.test]
    gc = gc_contents(codes)
    low, high = np.quantile(gc, [0.1, 0.9])
    classes = table.classes[split.test]
    kinds = {"all": np.ones(len(codes), bool)}
    kinds |= {str(c): classes == c for c in np.unique(classes)}
    kinds |= {f"lowest tenth of GC (≤ {100 * low:.0f}%)": gc <= low}
    kinds |= {f"highest tenth of GC (≥ {100 * high:.0f}%)": gc >= high}
    return kinds


def of_output(loaded: list[Checkpoint], output: str, table: ActivityTable, split: Split) -> Uncertainty:
    """Calibration of the spread of some models for one output, and spread and error in every group."""
    predicted = np.stack(
        [stored_predictions(c, table, split)[:, c.model.outputs.index(output)].astype(np.float64) for c in loaded]
    )
    measured = table.column(output)[split.test].astype(np.float64)
    known = ~np.isnan(measured)
    mean, spread, error = spread_and_error(predicted[:, known], measured[known])
    records = []
    for name, rows in groups(table, split).items():
        rows = rows[known]
        if rows.sum() >= SMALLEST:
            records.append(
                Group(
                    group=name,
                    n=int(rows.sum()),
                    spread=mean_of(spread[rows]),
                    error=mean_of(error[rows]),
                    spearman=measure(spearman, spread[rows], error[rows]),
                )
            )
    return Uncertainty(tuple(c.name for c in loaded), tuple(records), calibration(mean, spread, error))


def compute(every: list[Checkpoint], library: Library, progress: Progress | None = None) -> bool:
    """For each output that at least `FEWEST` models were trained for, and for nothing else; kept with all models.

    Models that learned one cell type alone make up the ensemble: they differ in their loss and in nothing else.
    """
    alone: dict[str, list[Checkpoint]] = {}
    for c in every:
        if len(checkpoints.learned(c.description)) == 1:
            alone.setdefault(c.model.outputs[0], []).append(c)
    wanted = {o: loaded for o, loaded in alone.items() if len(loaded) >= FEWEST}
    file, key = stored.shared_file(NAME), current_key([c for loaded in wanted.values() for c in loaded], library)
    if stored.is_current(file, key):
        return False
    outputs = {}
    for done, (output, loaded) in enumerate(wanted.items()):
        outputs[output] = of_output(loaded, output, library.table, library.split).as_dict()
        if progress:
            progress(done + 1, len(wanted))
    stored.write_json(file, key, {"outputs": outputs})
    return True


def current_key(loaded: list[Checkpoint], library: Library) -> str:
    """Of the weights, the data and the settings."""
    return stored.key((c.weights_hash for c in loaded), library, {"bins": BINS})


def read() -> dict[str, Uncertainty]:
    """What is stored by output; empty if there is nothing."""
    file = stored.shared_file(NAME)
    outputs = stored.read_json(file).get("outputs", {})
    return stored.parsed(file, outputs, lambda parts: {o: Uncertainty.from_dict(part) for o, part in parts.items()})
