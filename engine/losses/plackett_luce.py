"""Plackett-Luce likelihood of the measured order (ListMLE; Xia et al. 2008, ICML)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.lists import average_of, below_all, list_loss

FAR = 100.0  # exp(-100) is nothing beside 1 in float32


def _log_likelihoods(scores: Tensor, values: Tensor, measured: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Each element's log-probability of being drawn first among those not more active, by rising value.

    With it, in the same order, whether the element was measured and how many are more active. Tied elements all
    compete with the whole of their tie (Breslow's approximation), so their order does not matter.
    """
    order = torch.where(measured, values, torch.inf).argsort(1)
    scores, values, measured = (x.gather(1, order) for x in (below_all(scores, measured, FAR), values, measured))
    values = torch.where(measured, values, torch.inf)
    last_of_tie = torch.searchsorted(values, values, right=True) - 1
    competitors = torch.logcumsumexp(scores, dim=1).gather(1, last_of_tie)
    return scores - competitors, measured, measured.sum(1, keepdim=True) - 1 - last_of_tie


@list_loss
def plackett_luce(scores: Tensor, values: Tensor, measured: Tensor) -> Tensor:
    """Negative log-likelihood of the measured order under Plackett-Luce, a mean over the elements.

    -log P(order) = sum_i [ log sum_{j: y_j <= y_i} exp(s_j) - s_i ], divided by the number of elements. It
    does not change when a constant is added to all scores. Memory grows with the length of the list.
    """
    likelihoods, measured, _ = _log_likelihoods(scores, values, measured)
    return average_of(-likelihoods, measured.float(), 1)


@list_loss
def weighted_pl(scores: Tensor, values: Tensor, measured: Tensor) -> Tensor:
    """Plackett-Luce in which the top of the list counts more (Lan et al. 2014, UAI, position-aware ListMLE).

    The element of rank r weighs 1 / log2(1 + r). Memory grows with the length of the list.
    """
    likelihoods, measured, above = _log_likelihoods(scores, values, measured)
    weights = measured / torch.log2(2.0 + above.clamp(min=0))
    return average_of(-likelihoods, weights, 1)
