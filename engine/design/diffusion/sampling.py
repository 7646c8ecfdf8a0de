"""Drawing sequences from a denoiser: in parallel steps or one base at a time, by masked or by uniform diffusion.

- A base that is drawn in the same step as others does not know of them. Steps that reveal many bases at once therefore
  bias what is drawn, however good the network is: neighbours that go together come apart. Many steps bias less, one
  base at a time not at all; they cost more.
- Probabilities are float64 and bases are drawn from their cumulative sum. Gumbel noise in 32 bits, as samplers of
  language models use it, cuts off its tail and so lowers the temperature (Zheng et al. 2024, arXiv:2409.02908).
- What is known at the start is never touched, at any step.
- Each sequence draws from a generator of its own, made of the seed and its number: it does not depend on which others
  are drawn beside it. (Rounding in the network may differ between batches in the last digits of float32.)

Each sampler gives the states one after the other, `(n, length)` uint8 with `MASK` for what is not known yet, beginning
with the first, for a progress bar and for watching.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from engine import device as devices
from engine.design.diffusion import uniform
from engine.design.diffusion.noise import Geometric, LogLinear, Masking
from engine.models.generators.contract import MASK, GeneratorModel

# tokens (n, length) uint8, total noise or None -> (n, length, 4) float64 log-probabilities
Denoise = Callable[[np.ndarray, float | None], Tensor]


@dataclass(frozen=True)
class Steps:
    """How a sequence is drawn.

    Attributes:
        count: parallel steps from nothing to the whole sequence.
        masking: when masked bases are revealed.
        noise: of uniform diffusion.
        analytic: of uniform diffusion, whether steps are exact for each base alone, or Euler's.
    """

    count: int = 64
    masking: Masking = field(default_factory=LogLinear)
    noise: Geometric = field(default_factory=Geometric)
    analytic: bool = True


def generators(seed: int, first: int, count: int) -> list[np.random.Generator]:
    """Of each of `count` sequences, from number `first` on, its own source of random numbers."""
    return [np.random.default_rng([seed, first + i]) for i in range(count)]


def guided(model: GeneratorModel, conditions: np.ndarray, weight: float, device: torch.device | None = None) -> Denoise:
    """The network under classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598): log-probabilities
    l_u + w (l_c - l_u) with (c) and without (u) the asked-for activities, normalised again.

    Args:
        conditions: `(outputs,)` in standard deviations of what the model learned from; nan for anything.
        weight: 1 is the conditional model, 0 the unconditional one; above 1 overstates what the condition changes.
        device: where the network computes; None: where it is. A GPU computes in bfloat16 where it does so natively.
    """
    asked = torch.as_tensor(conditions, dtype=torch.float32)
    nothing = torch.full_like(asked, float("nan"))

    def denoise(tokens: np.ndarray, noise: float | None) -> Tensor:
        def of(condition: Tensor) -> Tensor:
            with devices.inference(model, device) as (network, where), torch.inference_mode(), _mixed(where):
                given = torch.as_tensor(tokens, device=where)
                told = None if noise is None else torch.full((len(given),), noise, device=where)
                wanted = condition.to(where).expand(len(given), -1)
                return network.log_probabilities(given, wanted, told).double().cpu()

        if weight == 1 or bool(asked.isnan().all()):
            mixed = of(asked)
        elif weight == 0:
            mixed = of(nothing)
        else:
            without = of(nothing)
            mixed = without + weight * (of(asked) - without)
        return mixed.log_softmax(dim=-1)

    return denoise


def _mixed(where: torch.device) -> contextlib.AbstractContextManager:
    """The precision in which a denoiser computes: float32 but for GPUs, so that a seed gives the same on every CPU."""
    return devices.autocast(where, devices.precision("auto" if where.type == "cuda" else "fp32", where))


def masked(
    denoise: Denoise, start: np.ndarray, sources: list[np.random.Generator], steps: Steps = Steps()
) -> Iterator[np.ndarray]:
    """Masked diffusion backwards in parallel steps: at each, every hidden base is revealed with the probability that
    the schedule gives, and drawn given all that was known before the step.

    Args:
        start: `(n, length)` uint8; what is not `MASK` is known.
    """
    tokens = start.copy()
    yield tokens
    hidden_parts = steps.masking.hidden(torch.linspace(1, 0, steps.count + 1, dtype=torch.float64)).numpy()
    for now, then in itertools.pairwise(hidden_parts):
        draws = _uniforms(sources, (2, start.shape[1]))
        revealed = (tokens == MASK) & (draws[:, 0] < (now - then) / now)
        if then <= 0:
            revealed = tokens == MASK
        if revealed.any():
            probabilities = denoise(tokens, None).exp().numpy()
            tokens = np.where(revealed, _drawn(probabilities, draws[:, 1]), tokens)
        yield tokens


def one_by_one(denoise: Denoise, start: np.ndarray, sources: list[np.random.Generator]) -> Iterator[np.ndarray]:
    """Masked diffusion backwards one base at a time, in an order drawn for each sequence: exact samples of the network
    as `engine.design.diffusion.masked.chain` scores them. A pass of the network for each hidden base."""
    tokens = start.copy()
    yield tokens
    orders = [s.permutation(np.flatnonzero(row == MASK)) for s, row in zip(sources, start, strict=True)]
    for step in range(max(map(len, orders), default=0)):
        rows = np.array([i for i, order in enumerate(orders) if step < len(order)])
        places = np.array([orders[i][step] for i in rows])
        probabilities = denoise(tokens, None).exp().numpy()[rows, places]
        draws = np.array([sources[i].random() for i in rows])
        tokens = tokens.copy()
        tokens[rows, places] = _drawn(probabilities, draws)
        yield tokens


def uniform_noise(
    denoise: Denoise, start: np.ndarray, sources: list[np.random.Generator], steps: Steps = Steps()
) -> Iterator[np.ndarray]:
    """Uniform diffusion backwards: from random bases, in steps of geometrically falling noise, each base may change at
    each; the last step goes from the lowest noise to none.

    Bases that are known are handed to the network as they are, at every noise. It learned from sequences that were
    noised all over, so what it draws around kept bases is an approximation, which masked diffusion needs not.
    """
    kept = start != MASK
    noise = [*steps.noise.total(torch.linspace(1, 0, steps.count, dtype=torch.float64)).tolist(), 0.0]
    first = np.floor(_uniforms(sources, (start.shape[1],)) * uniform.BASES).astype(start.dtype)
    tokens = np.where(kept, start, first)
    yield tokens
    for now, then in itertools.pairwise(noise):
        probabilities = _earlier(denoise(tokens, now), tokens, now, then, steps.analytic or then == 0)
        drawn = _drawn(probabilities, _uniforms(sources, (start.shape[1],)))
        tokens = np.where(kept, start, drawn)
        yield tokens


def _earlier(log_probabilities: Tensor, tokens: np.ndarray, now: float, then: float, analytic: bool) -> np.ndarray:
    """`(n, length, 4)` probabilities of the bases when the noise was less."""
    given = torch.as_tensor(tokens)
    noise, less = (torch.full((len(given),), s, dtype=torch.float64) for s in (now, then))
    if analytic:
        return uniform.analytic(log_probabilities, given, noise, less).numpy()
    return uniform.euler(log_probabilities, given, noise, noise - less).numpy()


def _uniforms(sources: list[np.random.Generator], shape: tuple[int, ...]) -> np.ndarray:
    """`(n, *shape)` float64 in [0, 1), of each sequence from its own source."""
    return np.stack([source.random(shape) for source in sources])


def _drawn(probabilities: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """`(...)` uint8 bases of probabilities `(..., 4)` float64, which need not add up to 1, by one uniform number
    each."""
    reached = np.cumsum(probabilities, axis=-1)
    below = (draws * reached[..., -1])[..., None] >= reached
    return np.minimum(below.sum(axis=-1), probabilities.shape[-1] - 1).astype(np.uint8)
