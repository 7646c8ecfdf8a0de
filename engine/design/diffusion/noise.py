"""How a sequence is destroyed as time runs from 0 (whole) to 1 (nothing left), and the times that are drawn.

Masked diffusion hides bases; a schedule says which part is hidden at a time. The bound that is trained does not depend
on the schedule (Sahoo et al. 2024, arXiv:2406.07524), which only shares out the steps in sampling. Uniform diffusion
replaces bases by random ones, at a rate that grows geometrically.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Masking(Protocol):
    """A schedule of masked diffusion. Times are tensors in (0, 1]."""

    def hidden(self, t: Tensor) -> Tensor:
        """Which part of the bases is hidden, 0 at time 0 and 1 at time 1."""
        ...


@dataclass(frozen=True)
class LogLinear:
    """As many bases hidden as time has passed: the total noise -log(1 - t) of Sahoo et al. 2024 and Lou et al. 2024."""

    def hidden(self, t: Tensor) -> Tensor:
        return t


@dataclass(frozen=True)
class Cosine:
    """hidden = sin(pi t / 2): sampling backwards reveals few bases at first and more as their surroundings are known,
    as in MaskGIT (Chang et al. 2022, arXiv:2202.04200)."""

    def hidden(self, t: Tensor) -> Tensor:
        return torch.sin(math.pi / 2 * t)


@dataclass(frozen=True)
class Geometric:
    """Total noise of uniform diffusion, `low` at time 0 to `high` at time 1, geometrically between (Lou et al. 2024).

    Under a total noise s, a base is still itself with probability exp(-s), and drawn anew from all four otherwise.
    """

    low: float = 1e-4
    high: float = 20.0

    def total(self, t: Tensor) -> Tensor:
        return self.low ** (1 - t) * self.high**t


def spread_times(count: int, generator: torch.Generator) -> Tensor:
    """`(count,)` float64 times in (0, 1], one in each of `count` equal parts, in random order.

    Each alone is uniform; together they vary the loss of a batch less than independent ones (low discrepancy, Kingma et
    al. 2021, arXiv:2107.00630; Sahoo et al. 2024).
    """
    offset = torch.rand(1, generator=generator, dtype=torch.float64)
    return (torch.randperm(count, generator=generator) + 1 - offset) / count


def spread_draws(count: int, draws: int, generator: torch.Generator) -> Tensor:
    """`(draws, count)` times as `spread_times`: of each sequence one in each of `draws` equal parts of time."""
    within = torch.stack([spread_times(count, generator) for _ in range(draws)])
    return (torch.arange(draws)[:, None] + within) / draws
