"""Simple rules in the place of a network: what GC content says, and what the counts of short words (k-mers) say.

Each is a `SequenceModel`, so it is asked as a network is. What a network brings is what it says beyond these.
"""

from __future__ import annotations

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import Tensor

from engine.models.layers import SequenceModel
from engine.models.predict import one_hot, reverse_complement

K = 4
ALPHA = 1.0  # of the ridge, on standardised counts
BATCH = 1024


class GcContent(SequenceModel):
    """GC content for every output."""

    def embed(self, x: Tensor) -> Tensor:
        return x[:, 1:3].sum(1).mean(-1, keepdim=True)

    def standardised(self, x: Tensor) -> Tensor:
        return self.embed(x).expand(-1, len(self.outputs))


class KmerRidge(SequenceModel):
    """For each output a linear function of how often each k-mer occurs."""

    weight: Tensor
    bias: Tensor
    steps: Tensor

    def __init__(self, outputs: tuple[str, ...], k: int = K):
        super().__init__(outputs)
        self.register_buffer("steps", 4 ** torch.arange(k))
        self.register_buffer("weight", torch.zeros(len(outputs), 4**k))
        self.register_buffer("bias", torch.zeros(len(outputs)))

    def embed(self, x: Tensor) -> Tensor:
        """`(batch, 4, length)` -> `(batch, 4^k)` counts; what holds an unknown base counts nowhere."""
        largest, base = x.max(1)
        k = len(self.steps)
        known = (largest == 1).unfold(1, k, 1).all(-1)
        kmer = (base.unfold(1, k, 1) * self.steps).sum(-1)
        return x.new_zeros(len(x), 4**k).scatter_add_(1, kmer, known.to(x.dtype))

    def standardised(self, x: Tensor) -> Tensor:
        return self.embed(x) @ self.weight.T + self.bias

    def fit(self, codes: np.ndarray, activity: np.ndarray, first: int = 0) -> None:
        """Ridge regression of each output on the counts of both strands, in standard deviations of what was measured.

        Args:
            codes: `(n, length)` uint8.
            activity: `(n, outputs)` of the outputs from `first` on, log2(RNA/DNA), nan where it was not measured.
        """
        counts = self._counts(codes)
        mean, sd = counts.mean(axis=0), counts.std(axis=0)
        sd = np.where(sd > 0, sd, 1)
        for column, values in enumerate(activity.T.astype(np.float64), start=first):
            known = ~np.isnan(values)
            level, spread = values[known].mean(), values[known].std()
            fitted = Ridge(ALPHA).fit((counts[known] - mean) / sd, (values[known] - level) / spread)
            self.weight[column] = torch.as_tensor(fitted.coef_ / sd)
            self.bias[column] = float(fitted.intercept_ - (fitted.coef_ / sd) @ mean)
            self.target_mean[column], self.target_sd[column] = float(level), float(spread)

    def _counts(self, codes: np.ndarray) -> np.ndarray:
        """`(n, 4^k)` float64, the mean over both strands."""
        parts = []
        for start in range(0, len(codes), BATCH):
            batch = torch.as_tensor(codes[start : start + BATCH])
            both = self.embed(one_hot(torch.cat([batch, reverse_complement(batch)])))
            parts.append((sum(both.split(len(batch))) / 2).numpy())
        return np.concatenate(parts).astype(np.float64)
