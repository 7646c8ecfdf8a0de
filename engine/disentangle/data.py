"""Sequences measured under several conditions, and what the conditions agree on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from engine.data.library import Library


@dataclass(frozen=True)
class Pairs:
    """Sequences that were measured under every condition.

    Attributes:
        codes: `(n, 200)` uint8.
        activity: `(n, conditions)` float32, log2(RNA/DNA).
        conditions: names of the columns.
        folds: `(n,)` of the homology-aware split.
        hash: of what it was made of.
    """

    codes: np.ndarray
    activity: np.ndarray
    conditions: tuple[str, ...]
    folds: np.ndarray
    hash: str

    def rows(self, *folds: int) -> np.ndarray:
        """Row numbers of the named folds, ascending."""
        return np.flatnonzero(np.isin(self.folds, folds))


def cells(library: Library, conditions: tuple[str, ...]) -> Pairs:
    """The elements of the joint library that were measured in all of some cell types."""
    table, split = library
    activity = np.stack([table.column(c) for c in conditions], axis=1)
    paired = ~np.isnan(activity).any(axis=1)
    return Pairs(
        table.codes[paired], activity[paired], tuple(conditions), split.folds[paired], f"{table.hash} {split.hash}"
    )


def consensus(activity: np.ndarray) -> np.ndarray:
    """`(n,)` what the experiments agree on: the rank within each (0 lowest to 1 highest, ties share their mean), then
    the mean of ranks. Of `(n, conditions)` activities of one part of the split."""
    ranks = (rankdata(activity, axis=0) - 1) / max(1, len(activity) - 1)
    return ranks.mean(axis=1)
