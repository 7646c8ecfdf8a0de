"""How far several experiments agree on a sequence, as the weight of its positive pair in a contrastive loss.

Source: the rank-order study's second half (its hierarchical contrastive loss, scale 2). Weights by how near two labels
are follow y-aware InfoNCE (Dufumier et al. 2021, MICCAI, arXiv:2106.08808). The study adds the weight to the positive's
logit, by which the sequences that the experiments agree on are pulled together less and not more. Here it is what its
text says: how much the pair counts.
"""

from __future__ import annotations

import torch
from torch import Tensor


def concordance_weights(ranks: Tensor, scale: float = 2.0) -> Tensor:
    """`(n, experiments)` ranks from 0 to 1 -> `(n,)` sigmoid(`scale` x (concordance - 1/2)).

    Concordance is one minus the distance between the highest and the lowest rank of a sequence: 1 where all experiments
    agree, 0 where the lowest of one is the highest of another.
    """
    apart = ranks.amax(1) - ranks.amin(1)
    return torch.sigmoid(scale * (0.5 - apart))
