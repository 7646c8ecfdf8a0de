"""How unlikely a generator holds sequences, in bits a base."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from engine import device as devices
from engine.data.library import Library
from engine.design import objectives
from engine.models.generators.contract import GeneratorModel
from engine.results import Progress
from engine.sequence import UNKNOWN

BATCH = 128
SEED = 0


@dataclass(frozen=True)
class Elements:
    """`codes` `(n, 200)` uint8 of A, C, G and T alone; `activity` `(n, outputs)` log2(RNA/DNA), nan where unknown."""

    codes: np.ndarray
    activity: np.ndarray


def elements(library: Library, folds: tuple[int, ...], outputs: tuple[str, ...]) -> Elements:
    """The elements of some folds, without those that hold an unknown base; raises InputError for an unknown output."""
    rows = library.split.rows(*folds)
    rows = rows[(library.table.codes[rows] != UNKNOWN).all(axis=1)]
    activity = np.stack([library.table.column(o)[rows] for o in outputs], axis=1)
    return Elements(library.table.codes[rows], activity)


def without(given: Elements) -> Elements:
    """The same elements with nothing known of their activities."""
    return replace(given, activity=np.full_like(given.activity, np.nan))


def bits(
    model: GeneratorModel,
    objective: str,
    given: Elements,
    draws: int = 1,
    dtype: torch.dtype = torch.float32,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(n,)` float64 bits a base of each element given its activities, by the same random draws at every call.

    Under diffusion an unbiased estimate of a bound from above (`engine.design.objectives`); 2 is what uniform bases
    have.

    Args:
        draws: times that each element is noised.
        progress: called with (elements done, n).
    """
    nats = objectives.get(objective).nats
    generator = torch.Generator().manual_seed(SEED)
    parts = []
    with devices.inference(model) as (network, where), torch.inference_mode(), devices.autocast(where, dtype):
        mean, sd = network.target_mean, network.target_sd
        for start in range(0, len(given.codes), BATCH):
            codes = torch.as_tensor(given.codes[start : start + BATCH]).to(where)
            activity = torch.as_tensor(given.activity[start : start + BATCH]).to(where)
            said = nats(network.log_probabilities, codes, (activity - mean) / sd, draws, generator)
            parts.append(said.numpy() / (codes.shape[1] * math.log(2)))
            if progress:
                progress(min(start + BATCH, len(given.codes)), len(given.codes))
    return np.concatenate(parts) if parts else np.zeros(0)
