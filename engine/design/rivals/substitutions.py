"""Random substitutions that keep to what is asked: never in a kept stretch, never more than so many of the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.design.results import Goal
from engine.sequence import BASES


@dataclass(frozen=True, eq=False)
class Bounds:
    """What may be changed of a sequence.

    Attributes:
        start: `(length,)` uint8, the sequence that edits are counted from.
        free: `(k,)` positions that may change.
        most: how many of them may differ from the start at once.
    """

    start: np.ndarray
    free: np.ndarray
    most: int

    @classmethod
    def of(cls, goal: Goal, start: np.ndarray, most: int | None = None) -> Bounds:
        """The goal's, or where it sets no number of edits `most`; None for any number."""
        limit = most if goal.edits is None else goal.edits
        free = np.array(goal.free)
        return cls(start, free, len(free) if limit is None else min(limit, len(free)))

    def mutated(self, codes: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A copy of `codes` `(n, length)` with `counts` `(n,)` substitutions each, at free positions drawn at random,
        each to another base than stood there, then brought back within the edits allowed."""
        changed = codes.copy()
        for row, count in enumerate(np.minimum(counts, len(self.free))):
            at = rng.choice(self.free, count, replace=False)
            changed[row, at] = (changed[row, at] + rng.integers(1, len(BASES), count)) % len(BASES)
        return self.kept_to(changed, rng)

    def kept_to(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """`codes` `(n, length)`, of which those with too many edits have lost some at random; changed in place."""
        apart = codes != self.start
        for row in np.flatnonzero(apart.sum(axis=1) > self.most):
            edits = np.flatnonzero(apart[row])
            back = rng.choice(edits, len(edits) - self.most, replace=False)
            codes[row, back] = self.start[back]
        return codes
