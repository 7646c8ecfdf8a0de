"""Pairwise losses: RankNet (Burges et al. 2005, ICML) and its kin.

A pair (i, j) with measured y_i > y_j costs softplus(s_j - s_i), the cross-entropy of the logistic model that i
ranks above j. Pairs of equal values cost nothing. Memory grows with the square of the list, except where said.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from engine.losses.lists import average_of, list_loss, pairs, ranks


@list_loss
def ranknet(scores: Tensor, values: Tensor, measured: Tensor) -> Tensor:
    """Mean over all ordered pairs of softplus(s_j - s_i) (Burges et al. 2005)."""
    difference = scores.unsqueeze(2) - scores.unsqueeze(1)
    return average_of(softplus(-difference), pairs(values, measured).float(), (1, 2))


@list_loss
def margin_ranknet(scores: Tensor, values: Tensor, measured: Tensor, margin: float = 1.0) -> Tensor:
    """RankNet that asks for a distance: softplus(margin - (s_i - s_j)), a smooth hinge (Herbrich et al. 2000)."""
    difference = scores.unsqueeze(2) - scores.unsqueeze(1)
    return average_of(softplus(margin - difference), pairs(values, measured).float(), (1, 2))


@list_loss
def lambda_ranknet(scores: Tensor, values: Tensor, measured: Tensor) -> Tensor:
    """RankNet in which a pair weighs what swapping it would change in NDCG (LambdaRank; Burges et al. 2006, NIPS).

    The gain of an element is its activity above the list's lowest, discounts follow the current ranks of the
    scores, and the weights are normalised to a sum of 1.
    """
    with torch.no_grad():
        gain = values - torch.where(measured, values, torch.inf).amin(1, keepdim=True).nan_to_num(posinf=0.0)
        discount = 1 / torch.log2(1 + ranks(scores.detach(), measured))
        change = (gain.unsqueeze(2) - gain.unsqueeze(1)) * (discount.unsqueeze(2) - discount.unsqueeze(1))
        weights = pairs(values, measured) * change.abs()
    difference = scores.unsqueeze(2) - scores.unsqueeze(1)
    return average_of(softplus(-difference), weights, (1, 2))


@list_loss
def sampled_ranknet(scores: Tensor, values: Tensor, measured: Tensor, partners: int = 8) -> Tensor:
    """RankNet over `partners` randomly drawn opponents of each element.

    The opponents are the elements at `partners` random distances around the list, so every element meets as many
    as every other. Memory grows with the length of the list times `partners`.
    """
    size = scores.shape[1]
    shifts = 1 + torch.randperm(max(size - 1, 1), device=scores.device)[:partners]
    other = (torch.arange(size, device=scores.device) + shifts.unsqueeze(1)) % size  # (partners, batch)
    difference = scores.unsqueeze(1) - scores[:, other]
    order = torch.sign(values.unsqueeze(1) - values[:, other])
    known = measured.unsqueeze(1) & measured[:, other] & (order != 0)
    return average_of(softplus(-order * difference), known.float(), (1, 2))
