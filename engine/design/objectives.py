"""OBJECTIVES: what a generator learns by, under one interface. A new one is one file and one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.design.diffusion import masked, uniform
from engine.design.rivals import autoregressive
from engine.errors import unknown


@dataclass(frozen=True)
class Objective:
    """What is lost in training, and how unlikely sequences are.

    Attributes:
        loss: `(network, codes (n, length), conditions (n, outputs), generator)` to nats a base of the batch, a scalar.
            `network` is `log_probabilities` of a generator; `generator` is on the CPU.
        nats: `(network, codes, conditions, draws, generator)` to `(n,)` float64 -log p in nats a sequence.
        exact: whether `nats` is -log p itself; else an unbiased estimate of a bound above it, by so many `draws`.
    """

    loss: Callable[[Callable[..., Tensor], Tensor, Tensor, torch.Generator], Tensor]
    nats: Callable[[Callable[..., Tensor], Tensor, Tensor, int, torch.Generator], Tensor]
    exact: bool = False


OBJECTIVES: dict[str, Objective] = {
    "masked": Objective(masked.loss, masked.nats),
    "uniform": Objective(uniform.loss, uniform.nats),
    "autoregressive": Objective(autoregressive.loss, autoregressive.nats, exact=True),
}


def get(name: str) -> Objective:
    """An objective by its name; raises InputError with the names there are."""
    if name not in OBJECTIVES:
        raise unknown("objective", name, OBJECTIVES)
    return OBJECTIVES[name]
