"""InfoNCE (van den Oord et al. 2018, arXiv:1807.03748): which of several candidates is the other view of this one?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize


def info_nce(
    anchors: Tensor, positives: Tensor, negatives: Tensor, temperature: float = 0.07, weights: Tensor | None = None
) -> Tensor:
    """Cross-entropy of finding each anchor's positive among its negatives, by cosine similarity.

    Args:
        anchors, positives: `(n, features)`.
        negatives: `(n, negatives, features)`, each anchor's own.
        weights: `(n,)` how much each anchor counts; all alike by default.

    Returns:
        A scalar; log(1 + number of negatives) where nothing can be told apart.
    """
    anchors, positives, negatives = (normalize(t.float(), dim=-1) for t in (anchors, positives, negatives))
    near = (anchors * positives).sum(-1, keepdim=True)
    far = (negatives @ anchors.unsqueeze(-1)).squeeze(-1)
    logits = torch.cat([near, far], dim=1) / temperature
    each = logits.logsumexp(1) - logits[:, 0]
    return each.mean() if weights is None else (each * weights).sum() / weights.sum().clamp(min=1e-12)
