"""Noise of known kind and size, as it is planted on clean activities to make a second experiment of them.

The study plants zero-mean noise on single sequences: its spread grows with the distance of GC content from one half, or
is the same for all, or goes with the activity. Ours has the last (its numbers too) and, in place of the first two, what
an experiment does to many sequences at once: a bias by GC content, which can be learned from the sequence and therefore
be carried into predictions, and batches with an offset each, which cannot.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from engine.sequence import gc_contents

SIZE = 1.0  # s.d. of what is added, in s.d. of the clean activities
BATCHES = 20
SPREAD = 0.5  # s.d. of the factor
FACTORS = (0.1, 5.0)  # bounds of the factor, so that no sign turns; the study's

Noise = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def nothing(clean: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """No noise: what a recipe makes of two experiments that are one."""
    return clean.copy()


def gc_bias(clean: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`(n,)` activities plus a shift in proportion to GC content, `SIZE` s.d. of the activities for one s.d. of GC."""
    return clean + gc_shift(clean, codes)


def gc_shift(clean: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """`(n,)` what `gc_bias` adds; its mean is 0."""
    gc = gc_contents(codes)
    return SIZE * clean.std() * (gc - gc.mean()) / gc.std()


def batch_offset(clean: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`(n,)` activities plus the offset of a batch. Sequences are dealt to `BATCHES` batches at random; the offsets are
    the quantiles of a normal distribution, the s.d. as said by `SIZE` but for that they are few."""
    offsets = SIZE * clean.std() * norm.ppf((np.arange(BATCHES) + 0.5) / BATCHES)
    return clean + offsets[rng.permutation(len(clean)) % BATCHES]


def multiplicative(clean: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`(n,)` activities, each times a factor about 1: the noise grows with the distance from log2(RNA/DNA) of 0."""
    return clean * np.clip(1 + SPREAD * rng.normal(size=len(clean)), *FACTORS)


NOISES: dict[str, Noise] = {
    "nothing": nothing,
    "gc": gc_bias,
    "offset": batch_offset,
    "multiplicative": multiplicative,
}
