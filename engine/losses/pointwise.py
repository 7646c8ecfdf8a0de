"""Losses that look at one element at a time."""

from __future__ import annotations

import torch
from torch import Tensor


def mse(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error over the measured values.

    Args:
        prediction: `(batch, outputs)`.
        target: `(batch, outputs)`, nan where not measured.

    Returns:
        Scalar; 0 if nothing was measured.
    """
    measured = ~torch.isnan(target)
    # nan is replaced before the subtraction: a nan times a zero mask would still poison the gradient
    error = torch.where(measured, prediction - torch.where(measured, target, 0.0), 0.0)
    return error.square().sum() / measured.sum().clamp(min=1)
