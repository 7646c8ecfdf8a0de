"""InfoNCE in which a sequence must be told from its own single-base mutants.

A mutant is a hard negative (Robinson et al. 2021, ICLR, arXiv:2010.04592): it is the anchor but for one base, and
the positive is the same sequence in another window. Only a network that represents single bases more than where the
window lies, which strand it shows and which experiment it comes from finds the positive. So what is learned is the
opposite of an invariance to mutations.

Source of the aim: the rank-order study's second half (its variant contrastive loss), which lowers the cosine of a
sequence and its mutants on its own, without a positive. That has no minimum, and no gradient where the cosine is above
its cap of 0.99, where most mutants are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.info_nce import info_nce


def variant_contrastive(
    anchors: Tensor, positives: Tensor, mutants: Tensor, negatives: Tensor, temperature: float = 0.07
) -> Tensor:
    """`info_nce` with each anchor's mutants among its negatives.

    Args:
        anchors, positives: `(n, features)`.
        mutants: `(n, mutants, features)` of each anchor's window.
        negatives: `(n, negatives, features)`, other sequences.
    """
    return info_nce(anchors, positives, torch.cat([mutants, negatives], dim=1), temperature)
