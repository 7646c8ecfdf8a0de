"""A floor under what a single base does to a prediction.

Source: the rank-order study's second half (the sensitivity term of its two-stage training: weight 0.1, floor 0.01); the
hinge is that of pairs that are to stay apart in Hadsell et al. 2006 (CVPR, dimensionality reduction by learning an
invariant mapping), without the square. It works against the invariance that the first stage has learned. It is no
penalty on movement, and no statement that every base matters: the floor is far below what an assay can tell from noise.
"""

from __future__ import annotations

from torch import Tensor


def sensitivity(reference: Tensor, mutant: Tensor, floor: float = 0.01) -> Tensor:
    """Mean of `max(0, floor - |mutant - reference|)`; predictions of one shape, in s.d. of the activities."""
    return (floor - (mutant - reference).abs()).relu().mean()
