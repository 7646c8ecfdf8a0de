"""Simple rules in the place of a network: what GC content says, and what the counts of 4-mers say.

Each is a `SequenceModel` with the outputs of a network, so it is asked the same and drawn the same. A constant, the
mean, has no correlation with anything, and is left out.
"""

from __future__ import annotations

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import Tensor

from engine.data.splits import TEST_FOLD, VALIDATION_FOLD
from engine.disentangle.data import Pairs
from engine.interpretation.representations.embedding import embed
from engine.models.disentangle import DENOISED
from engine.models.layers import SequenceModel

K = 4
ALPHA = 1.0  # of the ridge, on standardised counts
GC, KMERS = "gc content", "kmer ridge"
NONE = "none"  # in place of an encoder


class GcContent(SequenceModel):
    """GC content for every output."""

    def embed(self, x: Tensor) -> Tensor:
        return x[:, 1:3].sum(1).mean(-1, keepdim=True)

    def standardised(self, x: Tensor) -> Tensor:
        return self.embed(x).expand(-1, len(self.outputs))


class KmerRidge(SequenceModel):
    """A linear function of how often each 4-mer occurs, for each condition; the first output is their mean."""

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


def gc_content(pairs: Pairs) -> GcContent:
    """Nothing is fitted."""
    return GcContent((DENOISED, *pairs.conditions)).eval()


def kmer_ridge(pairs: Pairs) -> KmerRidge:
    """Fitted for each condition on what it measured in the training folds, in standard deviations of it."""
    model = KmerRidge((DENOISED, *pairs.conditions)).eval()
    train = np.flatnonzero(~np.isin(pairs.folds, (TEST_FOLD, VALIDATION_FOLD)))
    counts = embed(model, pairs.codes[train], batch_size=1024).astype(np.float64)  # the mean over both strands
    mean, sd = counts.mean(axis=0), counts.std(axis=0)
    sd = np.where(sd > 0, sd, 1)
    for i in range(len(pairs.conditions)):
        activity = pairs.activity[train, i].astype(np.float64)
        known = ~np.isnan(activity)
        level, spread = activity[known].mean(), activity[known].std()
        fitted = Ridge(ALPHA).fit((counts[known] - mean) / sd, (activity[known] - level) / spread)
        model.weight[1 + i] = torch.as_tensor(fitted.coef_ / sd)
        model.bias[1 + i] = float(fitted.intercept_ - (fitted.coef_ / sd) @ mean)
        model.target_mean[1 + i], model.target_sd[1 + i] = float(level), float(spread)
    for values in (model.weight, model.bias, model.target_mean, model.target_sd):
        values[0] = values[1:].mean(0)
    return model


RULES = {GC: gc_content, KMERS: kmer_ridge}
