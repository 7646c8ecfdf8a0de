"""A number with its bootstrap draws: where these are of the same rows, differences and means are paired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.statistics import Metric, from_draws


@dataclass(frozen=True)
class Drawn:
    """A number, the same number of `(resamples,)` draws of its rows or elements, and how many of these count."""

    value: float
    draws: np.ndarray
    n: int

    @property
    def metric(self) -> Metric:
        """With its 95% interval; unknown where it is not defined, as the correlation of a constant."""
        known = np.isfinite(self.value) and np.isfinite(self.draws).any()
        return from_draws(float(self.value), self.draws, self.n) if known else Metric.unknown(self.n)

    def less(self, other: Drawn) -> Drawn:
        """The paired difference."""
        return Drawn(self.value - other.value, self.draws - other.draws, self.n)


def mean(several: list[Drawn], n: int | None = None) -> Drawn:
    """The mean, draw by draw.

    Args:
        n: what counts of all of them together; by default as of the first, where all are of the same rows.
    """
    value, draws = np.mean([d.value for d in several]), np.mean([d.draws for d in several], axis=0)
    return Drawn(float(value), draws, several[0].n if n is None else n)
