"""Where a prediction stands among what the same model predicts for the held-out elements of the joint library.

A predicted activity of 0.8 log2(RNA/DNA) says little to somebody who has not seen thousands of them. Its percentile
says how many measured elements the model takes to be less active. The predictions are those that every scored model
keeps beside its weights (`held_out.npz`, see `engine.evaluation.held_out`): both strands averaged, 5,697 elements.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine import store
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint


@dataclass(frozen=True)
class Standing:
    """What a model predicts for the held-out elements.

    Attributes:
        model, outputs: who says so, and the columns.
        predicted: `(n, outputs)` float32, log2(RNA/DNA), each column in rising order.
    """

    model: str
    outputs: tuple[str, ...]
    predicted: np.ndarray

    @property
    def n(self) -> int:
        return len(self.predicted)

    def percentile(self, output: str, value: float) -> float:
        """The share of held-out elements that are predicted below `value`, 0 to 100; those equal to it count half.

        nan for a value that is nan.
        """
        if math.isnan(value):
            return math.nan
        column, here = self.predicted[:, self.outputs.index(output)], np.float32(value)
        below, not_above = np.searchsorted(column, here, "left"), np.searchsorted(column, here, "right")
        return float(50 * (below + not_above) / len(column))


def standing(checkpoint: Checkpoint) -> Standing | None:
    """The standing of a model's predictions; None where it was never scored, or scored with other weights."""
    arrays = store.load_arrays(checkpoint.folder / checkpoints.HELD_OUT, "predicted", "key")
    if arrays is None or str(arrays["key"]).split(" ")[0] != checkpoint.weights_hash or not len(arrays["predicted"]):
        return None
    predicted = np.sort(arrays["predicted"], axis=0)
    outputs = tuple(checkpoint.model.outputs)
    return Standing(checkpoint.name, outputs, predicted) if predicted.shape[1:] == (len(outputs),) else None
