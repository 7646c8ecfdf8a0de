"""Does disagreement between models tell where they are wrong? The spread of several models as uncertainty.

Everything is computed from stored predictions for the test fold; what is left out of the models' training is the same
for all of them.
"""

from __future__ import annotations

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
from engine.statistics import mean_of, measure, spearman

BINS = 10
FEWEST = 3  # models
SMALLEST = 30  # elements of a group
NAME = "uncertainty"
MEND = stored.command(NAME)


def spread_and_error(predicted: np.ndarray, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and spread (standard deviation of a sample) over models `(models, n)`, and the mean's absolute error."""
    mean = predicted.mean(axis=0)
    return mean, predicted.std(axis=0, ddof=1), np.abs(mean - measured)


def calibration(mean: np.ndarray, spread: np.ndarray, error: np.ndarray, bins: int = BINS) -> dict:
    """Whether the error grows with the spread.

    Returns:
        `spearman` of spread and error; `at one level` the mean of it within tenths of the prediction, since both may
        grow with activity alone; `bins` of equally many elements by spread: mean `spread` and `error`, as
        `Metric.as_dict`.
    """
    order = np.argsort(spread, kind="stable")
    groups = [g for g in np.array_split(order, bins) if len(g)]
    levels = [g for g in np.array_split(np.argsort(mean, kind="stable"), bins) if len(g) >= 3]
    return {
        "spearman": measure(spearman, spread, error).as_dict(),
        "at one level": float(np.mean([spearman(spread[g], error[g]) for g in levels])),
        "bins": [{"spread": float(spread[g].mean()), "error": mean_of(error[g]).as_dict()} for g in groups],
    }


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


def of_output(loaded: list[Checkpoint], output: str, table: ActivityTable, split: Split) -> dict:
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
                {
                    "group": name,
                    "n": int(rows.sum()),
                    "spread": mean_of(spread[rows]).as_dict(),
                    "error": mean_of(error[rows]).as_dict(),
                    "spearman": measure(spearman, spread[rows], error[rows]).as_dict(),
                }
            )
    return {"models": [c.name for c in loaded], "groups": records, **calibration(mean, spread, error)}


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
        outputs[output] = of_output(loaded, output, library.table, library.split)
        if progress:
            progress(done + 1, len(wanted))
    stored.write_json(file, key, {"outputs": outputs})
    return True


def current_key(loaded: list[Checkpoint], library: Library) -> str:
    """Of the weights, the data and the settings."""
    return stored.key((c.weights_hash for c in loaded), library, {"bins": BINS})


def read() -> dict:
    """What is stored by output; empty if there is nothing."""
    return stored.read_json(stored.shared_file(NAME)).get("outputs", {})
