"""Scores on the test fold of the joint library, both strands averaged."""

from __future__ import annotations

import numpy as np

from engine import store
from engine.data.lentimpra import ActivityTable
from engine.data.splits import Split
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes
from engine.results import Progress
from engine.statistics import METRICS, measure


def standardisation(model: SequenceModel, table: ActivityTable, split: Split) -> dict:
    """Mean and standard deviation of each output's predictions on the validation fold.

    Attribution maps of two models are compared on this common scale.
    """
    values = predict_codes(model, table.codes[split.validation])
    return {
        o: {"mean": float(m), "sd": float(s)}
        for o, m, s in zip(model.outputs, values.mean(axis=0), values.std(axis=0), strict=True)
    }


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
        if not checkpoint.members:
            return {"predicted": predict_codes(checkpoint.model, table.codes[split.test], progress=progress)}
        model = checkpoint.model
        mean = checkpoint.mean_of_members(lambda member: stored_predictions(member, table, split, progress))
        return {"predicted": (mean * model.target_sd.numpy() + model.target_mean.numpy()).astype(np.float32)}

    return store.remembered(file, ("predicted",), compute, mend=command, key=key)["predicted"]


def held_out(
    model: SequenceModel,
    table: ActivityTable,
    split: Split,
    progress: Progress | None = None,
    predicted: np.ndarray | None = None,
) -> dict[str, dict[str, dict]]:
    """Every metric of every output on fold 0: `{output: {metric: {value, low, high, n}}}`.

    `predicted` `(n, outputs)` spares the prediction where it is known already.
    """
    if predicted is None:
        predicted = predict_codes(model, table.codes[split.test], progress=progress)
    return {
        output: {
            name: measure(metric, predicted[:, i].astype(np.float64), table.column(output)[split.test]).as_dict()
            for name, metric in METRICS.items()
        }
        for i, output in enumerate(model.outputs)
    }
