"""The networks of a model as one model with the outputs of each, so that one pass predicts by all."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from engine.models.layers import SequenceModel


class SideBySide(SequenceModel):
    """Every network of a model in evaluation mode as outputs of its own, network by network, in log2(RNA/DNA)."""

    def __init__(self, model: SequenceModel):
        with torch.no_grad():
            count = len(model.member_activities(torch.full((1, 4, model.window), 0.25)))
        super().__init__(tuple(f"{o} of network {i + 1}" for i in range(count) for o in model.outputs))
        self.model, self.window = model, model.window
        self.eval()

    def standardised(self, x: Tensor) -> Tensor:
        return self.model.member_activities(x).transpose(0, 1).flatten(1)

    def by_network(self, values: np.ndarray) -> np.ndarray:
        """`(n, all outputs)` predicted by this as `(networks, n, outputs)`."""
        return values.reshape(len(values), -1, len(self.model.outputs)).transpose(1, 0, 2)
