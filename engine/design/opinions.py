"""What models predict for designed sequences and for nature's own, in the unit of a goal: standard deviations above the
mean of the joint library's training folds (`engine.design.splits.scale`)."""

from __future__ import annotations

import numpy as np

from engine import store
from engine.data.library import Library
from engine.design.results import Opinion
from engine.design.splits import scale
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.models.predict import predict
from engine.results import Progress
from engine.sequence import Sequence


def opinion(
    checkpoint: Checkpoint, sequences: list[Sequence], library: Library, progress: Progress | None = None
) -> Opinion:
    """What a model predicts for sequences of any length, both strands averaged.

    Raises:
        InputError: the model predicts an output that the library has not, for which there is no unit.
    """
    outputs = tuple(checkpoint.model.outputs)
    mean, sd = scale(library, outputs)
    if not sequences:
        return Opinion(checkpoint.name, outputs, np.empty((0, len(outputs))))
    predicted = predict(checkpoint.inference_model, sequences, name=checkpoint.name, progress=progress)
    spread = predicted.spread
    return Opinion(
        checkpoint.name,
        outputs,
        (predicted.values.astype(np.float64) - mean) / sd,
        None if spread is None else spread.astype(np.float64) / sd,
    )


def of_natural(checkpoint: Checkpoint, library: Library) -> Opinion | None:
    """What a model predicts for the elements of the test fold, as it is kept beside its weights (a row an element, in
    the order of `library.split.test`); None where it was not scored on this library with these weights."""
    table, split = library
    key = f"{checkpoint.weights_hash} {table.hash} {split.hash}"
    arrays = store.load_arrays(checkpoint.folder / checkpoints.HELD_OUT, "predicted", key=key)
    if arrays is None:
        return None
    outputs = tuple(checkpoint.model.outputs)
    mean, sd = scale(library, outputs)
    return Opinion(checkpoint.name, outputs, (arrays["predicted"].astype(np.float64) - mean) / sd)


def measured(library: Library, rows: np.ndarray) -> Opinion:
    """What was measured of some elements of the library, nan where a cell type was not."""
    mean, sd = scale(library, library.table.outputs)
    values = (library.table.activity[rows].astype(np.float64) - mean) / sd
    return Opinion("measured", library.table.outputs, values)
