"""Mean squared error and Plackett-Luce together: the scale of the one, the order of the other."""

from __future__ import annotations

from torch import Tensor

from engine.losses.plackett_luce import plackett_luce
from engine.losses.pointwise import mse


def combined(prediction: Tensor, target: Tensor, alpha: float = 0.5) -> Tensor:
    """`alpha` x MSE + (1 - `alpha`) x Plackett-Luce, both on the same prediction.

    Args:
        prediction: `(batch, outputs)`.
        target: `(batch, outputs)`, nan where not measured.
        alpha: 1 is `mse`, 0 is `plackett_luce`.
    """
    return alpha * mse(prediction, target) + (1 - alpha) * plackett_luce(prediction, target)
