"""One loss for each head of a model with two: squared error for the regression head, order for the ranking head."""

from __future__ import annotations

from torch import Tensor

from engine.losses.plackett_luce import plackett_luce
from engine.losses.pointwise import mse


def multi_task(prediction: Tensor, target: Tensor, ranking: float = 0.5) -> Tensor:
    """(1 - `ranking`) x MSE of the first head + `ranking` x Plackett-Luce of the second.

    Args:
        prediction: `(batch, outputs, 2)`: regression head, ranking head.
        target: `(batch, outputs)`, nan where not measured.
    """
    return (1 - ranking) * mse(prediction[..., 0], target) + ranking * plackett_luce(prediction[..., 1], target)
