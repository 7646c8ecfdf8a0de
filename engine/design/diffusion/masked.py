"""Masked (absorbing) diffusion: what is lost in training, and how unlikely a sequence is.

Time hides bases; the network says what they were, given those that are left. For a network that says p,

    -log p(x) <= E_t [ (1/t) sum over hidden i of -log p(x_i | what is left) ]

where t is uniform and each base is hidden with probability t (Sahoo et al. 2024, MDLM, arXiv:2406.07524, with the
log-linear schedule). The same number is the mean, over all orders in which bases may be revealed, of the chain rule's
sum; so the network needs no time (Zheng et al. 2024, arXiv:2409.02908), and one order taken alone gives the exact
likelihood of sampling one base at a time in that order.

`Network` is a generator's `log_probabilities`. All numbers are natural logarithms.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.design.diffusion.noise import spread_draws, spread_times
from engine.models.generators.contract import MASK

Network = Callable[[Tensor, Tensor], Tensor]  # tokens (n, length), conditions (n, outputs) -> (n, length, 4)


def loss(network: Network, codes: Tensor, conditions: Tensor, generator: torch.Generator) -> Tensor:
    """The bound, averaged over a batch with one time each, in nats a base: a scalar.

    Args:
        codes: `(n, length)` uint8, of A, C, G and T alone.
        conditions: `(n, outputs)`, nan where nothing is asked for.
        generator: on the CPU, so that every device sees the same times and masks.
    """
    return _bound(network, codes, conditions, spread_times(len(codes), generator), generator).mean() / codes.shape[1]


def nats(network: Network, codes: Tensor, conditions: Tensor, draws: int, generator: torch.Generator) -> Tensor:
    """`(n,)` float64: an unbiased estimate of each sequence's bound, in nats a sequence, out of `draws` times each."""
    total = torch.zeros(len(codes), dtype=torch.float64)
    for t in spread_draws(len(codes), draws, generator):
        total += _bound(network, codes, conditions, t, generator).double().cpu()
    return total / draws


def chain(network: Network, codes: Tensor, conditions: Tensor, order: Tensor) -> Tensor:
    """`(n,)` float64: the exact -log likelihood of sampling one base at a time in an order, in nats a sequence.

    Its mean over all orders is the bound. It takes `length` passes of the network.

    Args:
        order: `(n, length)` of each sequence its places in the order in which they are revealed.
    """
    tokens = torch.full_like(codes, MASK)
    rows = torch.arange(len(codes), device=codes.device)
    total = torch.zeros(len(codes), dtype=torch.float64, device=codes.device)
    for places in order.to(codes.device).T:
        bases = codes[rows, places]
        total -= network(tokens, conditions)[rows, places, bases.long()].double()
        tokens = tokens.index_put((rows, places), bases)
    return total.cpu()


def _bound(network: Network, codes: Tensor, conditions: Tensor, t: Tensor, generator: torch.Generator) -> Tensor:
    """`(n,)` (1/t) sum over hidden bases of their surprise, at a time each, in nats a sequence.

    Exactly as many bases are hidden as the time says. That has the mean of hiding each base with probability t, since
    the orders of revealing are the same, and far less variance: no sum of few bases is divided by a small t.
    """
    length = codes.shape[1]
    count = torch.ceil(t * length).clamp(min=1)
    rank = torch.rand(codes.shape, generator=generator).argsort(dim=1).argsort(dim=1)
    hidden = (rank < count[:, None]).to(codes.device)
    surprise = _surprise(network, codes, conditions, hidden).sum(dim=1)
    return (length / count).to(surprise) * surprise


def _surprise(network: Network, codes: Tensor, conditions: Tensor, hidden: Tensor) -> Tensor:
    """`(n, length)` -log p of each hidden base given the others; 0 of those that are not hidden."""
    tokens = torch.where(hidden, torch.full_like(codes, MASK), codes)
    known = network(tokens, conditions).gather(2, codes.long()[..., None])[..., 0]
    return torch.where(hidden, -known, torch.zeros_like(known))
