"""Ordinal bins on the standardised activity scale: what a model with bins and the loss that trains it agree on.

Soft labels follow Diaz & Marathe 2019 (CVPR, "Soft Labels for Ordinal Regression").
"""

from __future__ import annotations

import torch
from torch import Tensor

# In standard deviations of the training activities. Activities are skewed: the strongest elements lie beyond +4.
LOWEST, HIGHEST = -3.0, 5.0


def centres(bins: int, like: Tensor) -> Tensor:
    """`(bins,)` centres of equally wide bins, on the device of `like`."""
    return torch.linspace(LOWEST, HIGHEST, bins, device=like.device, dtype=torch.float32)


def soft_labels(target: Tensor, bins: int) -> Tensor:
    """`(...)` standardised activities -> `(..., bins)` probabilities.

    A bin's weight falls with its distance as a normal density of one bin's width. A value beyond the outer
    centres counts as lying on them.
    """
    middle = centres(bins, target)
    width = (HIGHEST - LOWEST) / (bins - 1)
    distance = (target.clamp(LOWEST, HIGHEST).unsqueeze(-1) - middle) / width
    return torch.softmax(-distance.square() / 2, dim=-1)


def expectation(logits: Tensor) -> Tensor:
    """`(..., bins)` logits -> `(...)` the expected bin centre, float32."""
    # a sum and not a matrix product, which autocast would compute in half precision
    return (torch.softmax(logits.float(), dim=-1) * centres(logits.shape[-1], logits)).sum(-1)
