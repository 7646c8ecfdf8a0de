"""A grammar of four bases whose distribution is known: all 256 sequences with their probabilities, without and with a
condition, and the network that knows them exactly."""

import itertools

import numpy as np
import torch
from torch import nn

from engine.models.generators.contract import MASK, GeneratorModel

LENGTH = 4
ALL = np.array(list(itertools.product(range(4), repeat=LENGTH)), dtype=np.uint8)  # (256, 4)


def _probabilities() -> tuple[np.ndarray, np.ndarray]:
    """(256,) each: under no condition, and under any. Neighbours go together, so that bases drawn at once are wrong."""
    rng = np.random.default_rng(7)
    after = np.full((4, 4), 0.05) + 0.8 * np.eye(4)[[1, 2, 3, 0]]  # A is followed by C, C by G, ...
    first = np.array([0.4, 0.3, 0.2, 0.1])
    chain = first[ALL[:, 0]] * np.prod([after[ALL[:, i], ALL[:, i + 1]] for i in range(LENGTH - 1)], axis=0)
    asked = chain * rng.uniform(0.1, 2.0, len(ALL))
    return chain / chain.sum(), asked / asked.sum()


PLAIN, ASKED = _probabilities()


class Exact(GeneratorModel):
    """The conditional probabilities by enumeration, in float64: of masked bases without noise, of all bases with it.

    A condition that is not nan asks for `ASKED`.
    """

    def __init__(self):
        super().__init__(("K562",))
        self.anything = nn.Parameter(torch.zeros(1))

    def log_probabilities(self, tokens, conditions, noise=None):
        told = torch.full((len(tokens),), -1.0) if noise is None else noise
        asked = torch.column_stack([tokens.double(), ~conditions[:, 0].isnan(), told.double()])
        rows, which = torch.unique(asked, dim=0, return_inverse=True)  # of few different ones, each once
        return _enumerated(rows[:, :LENGTH], rows[:, LENGTH].bool(), None if noise is None else rows[:, -1])[which]


def _enumerated(tokens: torch.Tensor, asked: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
    prior = torch.where(asked[:, None], torch.tensor(ASKED), torch.tensor(PLAIN))  # (n, 256)
    every = torch.as_tensor(ALL).long()
    same = tokens.long()[:, None] == every[None]  # (n, 256, length)
    if noise is None:
        likelihood = (same | (tokens == MASK)[:, None]).double()
    else:
        stays = torch.exp(-noise)[:, None, None]
        likelihood = torch.where(same, stays + (1 - stays) / 4, (1 - stays) / 4)
    joint = prior * likelihood.prod(dim=2)
    each = torch.stack([joint @ (every == base).double() for base in range(4)], dim=-1)
    return each.log() - each.sum(-1, keepdim=True).log()


def entropy(probabilities: np.ndarray) -> float:
    return float(-(probabilities * np.log(probabilities)).sum())


def frequencies(drawn: np.ndarray) -> np.ndarray:
    """(256,) of sequences (n, 4)."""
    return np.bincount(drawn.astype(int) @ 4 ** np.arange(LENGTH - 1, -1, -1), minlength=len(ALL)) / len(drawn)
