"""What the short ways to a sequence's mutants share."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class Mutants(Protocol):
    """What a model says of one sequence with a base replaced.

    Attributes:
        batch: how many substitutions at once are quick on a CPU, best those of positions next to each other.
    """

    batch: int

    def __call__(self, positions: Tensor, bases: Tensor) -> Tensor:
        """`member_activities` `(members, n, outputs)` for `(n,)` int64 positions and bases."""


def replaced(x: Tensor, positions: Tensor, bases: Tensor) -> Tensor:
    """`(n, 4, length)`: x `(1 or n, 4, length)` with one base replaced in each row."""
    changed = x.repeat(len(positions) // len(x), 1, 1)
    one_hot = torch.eye(4, dtype=x.dtype, device=x.device)
    changed[torch.arange(len(positions), device=x.device), :, positions] = one_hot[bases]
    return changed
