"""Scores on the test fold of the joint library, both strands averaged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine import store
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes
from engine.results import Progress
from engine.statistics import METRICS, Metric, measure


def standardisation(model: SequenceModel, library: Library) -> dict:
    """Mean and standard deviation of each output's predictions on the validation fold.

    Attribution maps of two models are compared on this common scale.
    """
    values = predict_codes(model, library.table.codes[library.split.validation])
    return {
        o: {"mean": float(m), "sd": float(s)}
        for o, m, s in zip(model.outputs, values.mean(axis=0), values.std(axis=0), strict=True)
    }


def evaluate(
    checkpoint: Checkpoint, library: Library, predictions: np.ndarray | None = None, progress: Progress | None = None
) -> Iterator[tuple[str, Metric]]:
    """Every metric of every output on fold 0, as `output/metric`.

    Args:
        predictions: `(n, outputs)` for fold 0 where they are known already (`stored_predictions`).
    """
    table, split = library
    if predictions is None:
        predictions = predict_codes(checkpoint.model, table.codes[split.test], progress=progress)
    for i, output in enumerate(checkpoint.model.outputs):
        measured = table.column(output)[split.test]
        for name, metric in METRICS.items():
            yield f"{output}/{name}", measure(metric, predictions[:, i].astype(np.float64), measured)


def by_network(
    checkpoint: Checkpoint, table: ActivityTable, rows: np.ndarray, progress: Progress | None = None
) -> np.ndarray:
    """`(networks, n, outputs)` what each network of a model predicts for some rows of a table, kept in the cache; the
    mean over networks is the model's prediction."""
    key = f"{checkpoint.weights_hash} {table.hash} {store.digest(np.asarray(rows, np.int64).tobytes())}"

    def compute() -> dict[str, np.ndarray]:
        codes = table.codes[rows]
        return {"predicted": predict_codes(checkpoint.inference_model, codes, members=True, progress=progress)}

    file = store.cache_folder() / "networks" / f"predicted-{store.digest(key, 12)}.npz"
    return store.remembered(file, ("predicted",), compute, key=key)["predicted"]


def stored_predictions(
    checkpoint: Checkpoint,
    table: ActivityTable,
    split: Split,
    progress: Progress | None = None,
    *,
    mend: bool = False,
) -> np.ndarray:
    """`(n, outputs)` predictions for fold 0, computed once for these weights and kept beside them.

    Args:
        mend: write a broken file anew.

    Raises:
        CheckpointError: the file is broken; says how to mend it.
    """
    file = checkpoint.folder / checkpoints.HELD_OUT
    key = f"{checkpoint.weights_hash} {table.hash} {split.hash}"
    command = None if mend else f"python -m engine evaluate {checkpoint.name}"

    def compute() -> dict[str, np.ndarray]:
        if not checkpoint.members and len(checkpoint.model.split()) > 1:  # what each network says costs nothing more
            return {"predicted": by_network(checkpoint, table, split.test, progress).mean(axis=0)}
        if not checkpoint.members:
            return {"predicted": predict_codes(checkpoint.model, table.codes[split.test], progress=progress)}
        model = checkpoint.model
        mean = checkpoint.mean_of_members(lambda member: stored_predictions(member, table, split, progress))
        return {"predicted": (mean * model.target_sd.numpy() + model.target_mean.numpy()).astype(np.float32)}

    return store.remembered(file, ("predicted",), compute, mend=command, key=key)["predicted"]
