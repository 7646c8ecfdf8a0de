"""Writing from left to right with a trained autoregressive network (regLM: Lal et al. 2024, doi:10.1101/gr.279142.124).

A network that writes from left to right knows what stands before a base and nothing of what is kept behind it. So where
stretches are kept, several versions of a design are written side by side, and at the end of each kept stretch they are
drawn anew in proportion to how likely each made that stretch (a particle filter: Gordon, Salmond & Smith 1993,
doi:10.1049/ip-f-2.1993.0015). With one version alone what stands before a kept stretch does not know of it; with many
the designs come from the network's distribution given what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from engine.design.diffusion.generating import DEFAULT_GUIDANCE, GUIDANCE, condition
from engine.design.diffusion.sampling import Denoise, guided
from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.common import Counter
from engine.errors import InputError
from engine.models.generators.autoregressive import AutoregressiveNetwork
from engine.models.generators.contract import MASK
from engine.results import Progress

DEFAULT_GENERATOR = "design.autoregressive"  # unless another is named
TOGETHER = 16  # designs side by side, each in all its versions


def loss(network: Callable[..., Tensor], codes: Tensor, conditions: Tensor, generator: torch.Generator) -> Tensor:
    """Minus the log-probability of each base given those before it: nats a base, the mean over the batch.

    Args:
        network: `log_probabilities` of a generator.
        codes: `(n, length)` of A, C, G and T.
        conditions: `(n, outputs)` in the generator's standard deviations, nan for anything.
        generator: not asked; nothing here is random.
    """
    return _of_each(network, codes, conditions).mean()


def nats(
    network: Callable[..., Tensor], codes: Tensor, conditions: Tensor, draws: int, generator: torch.Generator
) -> Tensor:
    """`(n,)` float64 minus the log-probability of each whole sequence: exact, so that one draw is as good as many."""
    return _of_each(network, codes, conditions).double().sum(dim=1)


def _of_each(network: Callable[..., Tensor], codes: Tensor, conditions: Tensor) -> Tensor:
    return -network(codes, conditions).gather(2, codes.long()[..., None])[..., 0]


def written(
    predict: Denoise, known: np.ndarray, sources: list[np.random.Generator], versions: int, counter: Counter
) -> np.ndarray:
    """`(n, length)` uint8, one sequence for each source of random numbers, written from left to right.

    Args:
        predict: of tokens `(m, length)` the log-probabilities `(m, length, 4)`, of which those at i depend on tokens
            before i.
        known: `(length,)` uint8, `MASK` where a base is to be written.
        versions: of each sequence, among which is drawn behind each known stretch.
    """
    n, length = len(sources), len(known)
    tokens = np.full((n, versions, length), MASK, np.uint8)
    weights = np.zeros((n, versions))
    for i in range(length):
        logs = predict(tokens[..., : i + 1].reshape(n * versions, i + 1), None)[:, i].numpy().reshape(n, versions, 4)
        if known[i] == MASK:
            cumulative = np.exp(logs).cumsum(axis=2)
            draws = np.stack([source.random(versions) for source in sources])[..., None] * cumulative[..., -1:]
            tokens[..., i] = (draws >= cumulative[..., :-1]).sum(axis=2)
        else:
            tokens[..., i] = known[i]
            weights += logs[..., known[i]]
            if i + 1 == length or known[i + 1] == MASK:
                tokens, weights = _drawn_anew(tokens, weights, sources), np.zeros_like(weights)
        counter.add(n)
    return tokens[:, 0]


def _drawn_anew(tokens: np.ndarray, weights: np.ndarray, sources: list[np.random.Generator]) -> np.ndarray:
    """`(n, versions, length)` tokens drawn among each sequence's versions in proportion to exp(weights)."""
    parts = np.exp(weights - weights.max(axis=1, keepdims=True))
    parts /= parts.sum(axis=1, keepdims=True)
    chosen = [source.choice(len(p), len(p), p=p) for source, p in zip(sources, parts, strict=True)]
    return np.stack([row[c] for row, c in zip(tokens, chosen, strict=True)])


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    assert asked.generator is not None
    model = asked.generator.inference_model
    if not isinstance(model, AutoregressiveNetwork):
        raise InputError(
            f"'{asked.generator.name}' does not write from left to right; name one that does (python -m "
            "engine design list)"
        )
    if asked.goal.length > model.window:
        raise InputError(
            f"'{asked.generator.name}' writes {model.window} bases, fewer than the {asked.goal.length} asked for; ask "
            f"for {model.window} or fewer"
        )
    predict = guided(model, condition(asked, model), common.within(options, "guidance", *GUIDANCE), asked.device)
    versions = common.whole(options, "versions beside a kept stretch") if asked.goal.kept else 1
    return _written(asked, predict, versions, Counter(progress, asked.count * asked.goal.length))


def _written(asked: Asked, predict: Denoise, versions: int, counter: Counter) -> Iterator[Designed]:
    known = common.overlaid(asked.goal, np.full(asked.goal.length, MASK, np.uint8))
    for first in range(0, asked.count, TOGETHER):
        numbers = range(first, min(first + TOGETHER, asked.count))
        sources = [common.generator(asked, number, 1) for number in numbers]
        for number, codes in zip(numbers, written(predict, known, sources, versions, counter), strict=True):
            yield common.designed(asked, METHOD.name, number, codes)


METHOD = Method(
    name="autoregressive",
    label="Autoregressive network",
    what="A network writes base by base from left to right, told the goal (as regLM, Lal et al. 2024).",
    design=_design,
    needs=frozenset({"generator"}),
    options={"guidance": DEFAULT_GUIDANCE, "versions beside a kept stretch": 16.0},
)
