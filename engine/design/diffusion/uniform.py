"""Uniform diffusion by score entropy (Lou et al. 2024, SEDD, arXiv:2310.16834; Sarkar et al. 2024, D3, for DNA).

Noise replaces bases by random ones, so that in sampling each base may be changed many times. What has to be known are
the scores: for each base, how much likelier the noised sequence would be with another base in its place. SEDD and D3
let the network give them; here it gives the probabilities of the base that was there before the noise, from which the
scores follow exactly,

    s_y = sum over x0 of p(x0 | x) q(y | x0) / q(x | x0),

q being the noise of one base. So scores are positive and of the right size at every noise, the reverse step to any
earlier time is a mixture without cancelling terms, and guidance is the same formula as in masked diffusion. The loss is
SEDD's denoising score entropy with its weights, and bounds -log p.

`Network` is a generator's `log_probabilities` with the total noise. Numbers are natural logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from engine.design.diffusion.noise import Geometric, spread_draws, spread_times
from engine.models.generators.contract import noise_kernel

# tokens (n, length), conditions (n, outputs), total noise (n,) -> (n, length, 4)
Network = Callable[[Tensor, Tensor, Tensor], Tensor]
BASES = 4


def noised(codes: Tensor, noise: Tensor, generator: torch.Generator) -> Tensor:
    """`(n, length)` codes after a total noise `(n,)`; random numbers come from the CPU."""
    changed = torch.rand(codes.shape, generator=generator, dtype=torch.float64) < -torch.expm1(-noise.cpu())[:, None]
    drawn = torch.randint(BASES, codes.shape, generator=generator)
    return torch.where(changed.to(codes.device), drawn.to(codes.device, codes.dtype), codes)


def scores(log_probabilities: Tensor, tokens: Tensor, noise: Tensor) -> Tensor:
    """`(n, length, 4)`: of each base, how much likelier the noised sequence is with it in the place of its own.

    Args:
        log_probabilities: `(n, length, 4)` of the bases before the noise.
        tokens: `(n, length)` the noised sequence.
        noise: `(n,)` its total noise.
    """
    weights = _weights(log_probabilities, tokens, noise)
    noise = noise[:, None, None]
    return _moved(noise) * weights.sum(dim=-1, keepdim=True) + torch.exp(-noise) * weights


def score_entropy(log_probabilities: Tensor, codes: Tensor, tokens: Tensor, noise: Tensor) -> Tensor:
    """`(n, length)` what is lost at each base for a unit of total noise: sum over y other than the base of
    s - r log s + r (log r - 1), a quarter each (the rate of y), with r the scores if `codes` were known; 0 where s = r.
    """
    truth = functional.one_hot(codes.long(), BASES).to(log_probabilities.dtype).log()
    wanted, given = scores(truth, tokens, noise), scores(log_probabilities, tokens, noise)
    relative = given / wanted
    each = wanted * (relative - 1 - relative.log()) / BASES
    own = functional.one_hot(tokens.long(), BASES).bool()
    return each.masked_fill(own, 0.0).sum(dim=-1)


def loss(
    network: Network, codes: Tensor, conditions: Tensor, generator: torch.Generator, schedule: Geometric = Geometric()
) -> Tensor:
    """The integral over the total noise of the score entropy, at one noise a sequence, in nats a base: a scalar."""
    spread = spread_times(len(codes), generator)
    return _integrand(network, codes, conditions, spread, generator, schedule).mean() / codes.shape[1]


def nats(
    network: Network,
    codes: Tensor,
    conditions: Tensor,
    draws: int,
    generator: torch.Generator,
    schedule: Geometric = Geometric(),
) -> Tensor:
    """`(n,)` float64: an unbiased estimate of each sequence's bound, in nats a sequence.

    Three parts: the integral of the score entropy; what is left to say at the lowest noise, where the network's own
    probabilities take the last step; and how far the highest noise is from nothing known.
    """
    total = torch.zeros(len(codes), dtype=torch.float64)
    for t in spread_draws(len(codes), draws, generator):
        total += _integrand(network, codes, conditions, t, generator, schedule).double().cpu()
    low = torch.full((len(codes),), schedule.low, device=codes.device)
    last = network(noised(codes, low, generator), conditions, low)
    reading = -last.gather(2, codes.long()[..., None])[..., 0].double().sum(dim=1).cpu()
    high = torch.tensor(schedule.high, dtype=torch.float64)
    stays, moves = torch.exp(-high) + _moved(high), _moved(high)
    prior = stays * torch.log(BASES * stays) + (BASES - 1) * moves * torch.log(BASES * moves)
    return total / draws + reading + codes.shape[1] * prior


def euler(log_probabilities: Tensor, tokens: Tensor, noise: Tensor, step: Tensor) -> Tensor:
    """`(n, length, 4)` probabilities after one step back by a small total noise `step` `(n,)`: each other base at its
    reverse rate, its own with what is left. Biased where steps are long."""
    rates = scores(log_probabilities, tokens, noise) / BASES * step[:, None, None]
    own = functional.one_hot(tokens.long(), BASES).bool()
    moving = rates.masked_fill(own, 0.0)
    staying = (1 - moving.sum(dim=-1, keepdim=True)).clamp(min=0)
    return torch.where(own, staying, moving)


def analytic(log_probabilities: Tensor, tokens: Tensor, noise: Tensor, earlier: Tensor) -> Tensor:
    """`(n, length, 4)` probabilities at an earlier total noise `(n,)`, exact for each base alone (the discrete
    Tweedie formula of Lou et al. 2024); bases that are drawn in one step do not know of each other. Back to noise 0 it
    is the network's own answer."""
    weights = _weights(log_probabilities, tokens, noise)
    before = earlier[:, None, None]
    there = _moved(before) * weights.sum(dim=-1, keepdim=True) + torch.exp(-before) * weights
    return there * noise_kernel(tokens, noise - earlier)


def _moved(noise: Tensor) -> Tensor:
    """The probability that noise leads from one base to one other base."""
    return -torch.expm1(-noise) / BASES


def _weights(log_probabilities: Tensor, tokens: Tensor, noise: Tensor) -> Tensor:
    """`(n, length, 4)` p(x0 | x) / q(x | x0) by x0."""
    return log_probabilities.exp() / noise_kernel(tokens, noise)


def _integrand(
    network: Network, codes: Tensor, conditions: Tensor, spread: Tensor, generator: torch.Generator, schedule: Geometric
) -> Tensor:
    """`(n,)` the score entropy of sequences under a total noise each, divided by the density of that noise.

    The integral is the same whatever noise the samples fall on. Here it is the square of a normal number between the
    schedule's ends, `spread` `(n,)` its place in (0, 1] among them: density 1/sqrt(noise) exp(-noise/2), near to the
    root mean square of the score entropy, which is where samples vary least (Kahn & Marshall 1953). Spread evenly over
    the logarithm of the noise, as the steps of sampling are, half of them would lie where no base changes or none is
    left.
    """
    least, most = (math.erf(math.sqrt(noise / 2)) for noise in (schedule.low, schedule.high))
    noise = 2 * torch.erfinv(least + (most - least) * spread).square()
    noise = noise.clamp(schedule.low, schedule.high)  # erfinv of what rounds to 1 is infinite
    weight = (most - least) * torch.sqrt(2 * math.pi * noise) * torch.exp(noise / 2)
    tokens = noised(codes, noise, generator)
    noise, weight = noise.float().to(codes.device), weight.float().to(codes.device)
    return weight * score_entropy(network(tokens, conditions, noise), codes, tokens, noise).sum(dim=1)
