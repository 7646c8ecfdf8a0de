"""Margin ranking of pairs (the hinge of Herbrich et al. 2000; the form of torch's MarginRankingLoss), where pairs that
noise alone could have ordered do not count, and clear ones count more.

A pair (i, j) with y_i > y_j costs max(0, margin - (s_i - s_j)). Memory grows with the number of samples times that of
partners.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.lists import average_of


def partners(n: int, number: int, generator: torch.Generator | None = None) -> Tensor:
    """`(number, n)` the partner of each of n samples at `number` different random distances around the list."""
    distances = 1 + torch.randperm(max(n - 1, 1), generator=generator)[:number]
    return (torch.arange(n) + distances.unsqueeze(1)) % n


def reliability(differences: Tensor, noise_sd: float, temperature: float = 0.5) -> Tensor:
    """How far a pair's order can be trusted: 0 for values nearer than half a noise s.d., then from a half towards 1 as
    a sigmoid of what is beyond, in noise s.d., over the temperature."""
    beyond = differences.abs() / noise_sd - 0.5
    return torch.where(beyond >= 0, torch.sigmoid(beyond / temperature), 0.0)


def margin_ranking(
    scores: Tensor, values: Tensor, others: Tensor, weights: Tensor | None = None, margin: float = 1.0
) -> Tensor:
    """Weighted mean over pairs of the hinge.

    Args:
        scores, values: `(n,)` predicted and measured.
        others: `(number, n)` each sample's partners, see `partners`.
        weights: `(number, n)` how much each pair counts; all alike by default. Pairs of equal values never do.
    """
    order = torch.sign(values - values[others])
    hinge = torch.relu(margin - order * (scores - scores[others]))
    counts = (order != 0).float() if weights is None else weights * (order != 0)
    return average_of(hinge, counts, (0, 1))
