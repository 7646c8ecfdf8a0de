"""The task of sequence-to-activity models: what a batch is, and what is validated."""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from engine.data.lentimpra import ELEMENT_LENGTH
from engine.losses.curriculum import draw_weights
from engine.models.predict import reverse_complement
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, encode


def with_adapters(codes: np.ndarray) -> np.ndarray:
    """`(n, 200)` element codes -> `(n, 230)` oligo codes, the adapters on either side."""
    left, right = (np.tile(encode(a), (len(codes), 1)) for a in (ADAPTER_LEFT, ADAPTER_RIGHT))
    return np.concatenate([left, codes, right], axis=1)


def augmented(oligos: Tensor, rows: Tensor, max_shift: int, generator: torch.Generator) -> Tensor:
    """Training windows `(batch, 200)` of the oligos `rows`.

    Each is shifted by up to `max_shift` bases, which brings in adapter sequence, and every second one on
    average is turned to the other strand. Random numbers come from the CPU, so every device sees the same.
    """
    shift = torch.randint(-max_shift, max_shift + 1, (len(rows), 1), generator=generator)
    flip = torch.rand(len(rows), 1, generator=generator) < 0.5
    where = (len(ADAPTER_LEFT) + shift + torch.arange(ELEMENT_LENGTH)).to(oligos.device, non_blocking=True)
    window = oligos[rows].gather(1, where)
    return torch.where(flip.to(oligos.device), reverse_complement(window), window)


def _epoch_order(curriculum: str | None, tier: np.ndarray, progress: float, generator: torch.Generator) -> Tensor:
    """The rows of one epoch: each once, in random order; under a curriculum drawn with replacement, as many."""
    if curriculum is None:
        return torch.randperm(len(tier), generator=generator)
    weights = torch.as_tensor(draw_weights(curriculum, tier, progress))
    return torch.multinomial(weights, len(tier), replacement=True, generator=generator)


def validation_spearman(predicted: np.ndarray, measured: np.ndarray) -> list[float]:
    """Spearman of each output over its measured rows; 0 for a constant prediction."""
    scores = []
    for p, m in zip(predicted.T, measured.T, strict=True):
        known = ~np.isnan(m)
        scores.append(float(np.nan_to_num(spearmanr(p[known], m[known]).statistic)))
    return scores
