"""What a domain discriminator learns (Ganin et al. 2016, JMLR 17:59, arXiv:1505.07818)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def domain(logits: Tensor, domains: Tensor) -> Tensor:
    """Cross-entropy of the discriminator.

    It is minimised; the model's gradient reversal turns that against the encoder.

    Args:
        logits: `(batch, domains)`.
        domains: `(batch,)` int64.
    """
    return cross_entropy(logits.float(), domains)
