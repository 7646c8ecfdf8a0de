"""SoftSort, a differentiable sorting operator (Prillo & Eisenschlos 2020, ICML, arXiv:2006.16038)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.lists import average_of, below_all, list_loss


def _cross_entropy(scores: Tensor, values: Tensor, measured: Tensor, temperature: Tensor | float) -> Tensor:
    """`(outputs,)` cross-entropy between SoftSort's permutation matrix and that of the measured order.

    Row i of SoftSort is softmax_j(-|sort(s)_i - s_j| / temperature). Tied elements share their places evenly.
    """
    scores = below_all(scores, measured, 1.0)
    ordered = scores.sort(dim=1, descending=True).values
    logits = -(ordered.unsqueeze(2) - scores.unsqueeze(1)).abs() / temperature
    logits = logits.masked_fill(~measured.unsqueeze(1), -torch.inf)
    # an element's places: from the number of measured values above its own to that of values not below it, less one
    falling = torch.where(measured, -values, torch.inf)
    by_value = falling.sort(dim=1).values
    first = torch.searchsorted(by_value, falling)
    end = torch.searchsorted(by_value, falling, right=True)
    place = torch.arange(scores.shape[1], device=scores.device).view(1, -1, 1)
    here = (place >= first.unsqueeze(1)) & (place < end.unsqueeze(1)) & measured.unsqueeze(1)
    share = here / (end - first).unsqueeze(1)
    logs = torch.log_softmax(logits, dim=2).masked_fill(~here, 0.0)
    return average_of(-logs, share, (1, 2))


@list_loss
def softsort(scores: Tensor, values: Tensor, measured: Tensor, temperature: float = 0.1) -> Tensor:
    """Cross-entropy of the softly sorted list against the measured order, a mean over the places.

    It does not change when a constant is added to all scores. Memory grows with the square of the list.
    """
    return _cross_entropy(scores, values, measured, temperature)


@list_loss
def adaptive_softsort(scores: Tensor, values: Tensor, measured: Tensor, temperature: float = 0.1) -> Tensor:
    """SoftSort whose temperature follows the spread of the list's scores.

    The temperature is `temperature` standard deviations of the measured scores, so the loss does not depend on
    the scale of the scores. The spread is differentiated too: taken as a constant, it would let all scores
    shrink into one. Memory grows with the square of the list.
    """
    weights = measured.float()
    centred = scores - average_of(scores, weights, 1).unsqueeze(1)
    # the small number keeps the root's gradient finite when all scores are equal
    spread = (average_of(centred.square(), weights, 1) + 1e-12).sqrt()
    return _cross_entropy(scores, values, measured, temperature * spread.view(-1, 1, 1))
