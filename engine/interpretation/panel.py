"""The fixed panel of held-out elements that models are looked into with: every model is asked about the same ones."""

from __future__ import annotations

import numpy as np

from engine.data.library import Library

SIZE = 2000
SEED = 0


def rows(library: Library, size: int = SIZE, seed: int = SEED) -> np.ndarray:
    """`(n,)` ascending rows of the table: `size` elements of the test fold drawn by `seed`, or all if there are fewer.

    Every smaller panel of a seed is part of the larger ones.
    """
    return np.sort(np.random.default_rng(seed).permutation(library.split.test)[:size])


def in_test_fold(library: Library, panel: np.ndarray) -> np.ndarray:
    """`(n,)` where the rows of a panel stand in what is stored for the whole test fold."""
    return np.searchsorted(library.split.test, panel)
