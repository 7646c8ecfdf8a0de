"""One minus a differentiable Spearman correlation (soft ranks as in Qin et al. 2010, Inf Retrieval 13:375-397)."""

from __future__ import annotations

from torch import Tensor

from engine.losses.lists import average_of, list_loss, ranks


@list_loss
def soft_spearman(scores: Tensor, values: Tensor, measured: Tensor, temperature: float = 0.1) -> Tensor:
    """1 - Pearson correlation of soft ranks and measured ranks, from 0 (same order) to 2.

    The soft rank of an element is the sum over the others of sigmoid((s_i - s_j) / (temperature x the scores'
    standard deviation)), so the loss does not depend on the scale of the scores. The deviation is differentiated
    too: taken as a constant, it would make the scores grow without end. Memory grows with the square of the list.
    """
    weights = measured.float()
    spread = _deviation(scores, weights)[1]
    difference = (scores.unsqueeze(2) - scores.unsqueeze(1)) / (temperature * spread.view(-1, 1, 1))
    soft = (difference.sigmoid() * weights.unsqueeze(1)).sum(2)
    a, a_spread = _deviation(soft, weights)
    b, b_spread = _deviation(-ranks(values, measured), weights)
    return 1 - average_of(a * b, weights, 1) / (a_spread * b_spread).clamp(min=1e-6)


def _deviation(x: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """`(outputs, batch)` differences to the mean and `(outputs,)` standard deviation over the weighted elements."""
    centred = x - average_of(x, weights, 1).unsqueeze(1)
    # the small number keeps the root's gradient finite when all scores are equal
    return centred, (average_of(centred.square(), weights, 1) + 1e-12).sqrt()
