"""Simple rules in the place of a network: what GC content says, and what the counts of 4-mers say.

Each (`engine.models.rules`) has the outputs of a network, so it is asked the same and drawn the same. A constant, the
mean, has no correlation with anything, and is left out.
"""

from __future__ import annotations

import numpy as np

from engine.data.splits import TEST_FOLD, VALIDATION_FOLD
from engine.disentangle.data import Pairs
from engine.models.disentangle import DENOISED
from engine.models.rules import GcContent, KmerRidge

GC, KMERS = "gc content", "kmer ridge"
NONE = "none"  # in place of an encoder


def gc_content(pairs: Pairs) -> GcContent:
    """Nothing is fitted."""
    return GcContent((DENOISED, *pairs.conditions)).eval()


def kmer_ridge(pairs: Pairs) -> KmerRidge:
    """Fitted for each condition on what it measured in the training folds; the first output is the conditions' mean."""
    model = KmerRidge((DENOISED, *pairs.conditions)).eval()
    train = np.flatnonzero(~np.isin(pairs.folds, (TEST_FOLD, VALIDATION_FOLD)))
    model.fit(pairs.codes[train], pairs.activity[train], first=1)
    for values in (model.weight, model.bias, model.target_mean, model.target_sd):
        values[0] = values[1:].mean(0)
    return model


RULES = {GC: gc_content, KMERS: kmer_ridge}
