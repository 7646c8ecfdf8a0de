"""Ordinal soft classification: activity as a distribution over bins (Diaz & Marathe 2019, CVPR)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses import ordinal


def soft_class(prediction: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy between the softmax of the logits and the soft label of the activity.

    Args:
        prediction: `(batch, outputs, bins)` logits of a model with bins; see `engine.losses.ordinal`.
        target: `(batch, outputs)`, nan where not measured.
    """
    measured = ~torch.isnan(target)
    labels = ordinal.soft_labels(torch.where(measured, target, 0.0), prediction.shape[-1])
    entropy = -(labels * torch.log_softmax(prediction.float(), dim=-1)).sum(-1)
    return (entropy * measured).sum() / measured.sum().clamp(min=1)
