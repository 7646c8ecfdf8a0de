"""Curricula: which elements a run draws more often, and how that changes until its end (Bengio et al. 2009, ICML).

Elements fall into three tiers by the distance of their activity from the median: extreme, middle, near. The
extremes, whose order noise changes least, come first; every curriculum ends with all elements drawn alike. A
curriculum sets how often a row is drawn and not a weight in the loss, so every loss works under it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.errors import unknown

TIERS = ("extreme", "middle", "near")
THRESHOLDS = (33, 66)  # percentiles of the distance from the median

Weights = tuple[float, float, float]


def tiers(targets: np.ndarray) -> np.ndarray:
    """`(n, outputs)` activities, nan where not measured -> `(n,)` tier, 0 extreme to 2 near.

    With several outputs it is their mean distance, each in standard deviations, that counts.
    """
    distance = np.abs(targets - np.nanmedian(targets, axis=0)) / np.nanstd(targets, axis=0)
    distance = np.nan_to_num(np.nanmean(np.where(np.isnan(distance).all(1, keepdims=True), 0.0, distance), axis=1))
    low, high = np.percentile(distance, THRESHOLDS)
    return np.where(distance > high, 0, np.where(distance > low, 1, 2))


def linear(progress: float) -> Weights:
    """From (0.6, 0.3, 0.1) in a straight line to equal weights at the end of the run."""
    start = (0.6, 0.3, 0.1)
    return tuple(w + (1 / 3 - w) * progress for w in start)  # type: ignore[return-value]


def stepped(progress: float) -> Weights:
    """The extremes alone for the first third of the run, with the middle tier in the second, then all."""
    if progress < 1 / 3:
        return 1.0, 0.0, 0.0
    return (0.5, 0.5, 0.0) if progress < 2 / 3 else (1 / 3, 1 / 3, 1 / 3)


CURRICULA: dict[str, Callable[[float], Weights]] = {"linear": linear, "stepped": stepped}


def draw_weights(name: str, tier: np.ndarray, progress: float) -> np.ndarray:
    """`(n,)` probability of drawing each row when `progress` (0 to 1) of the run is done.

    A tier's weight is shared by its rows; every row counts alike where only empty tiers have weight. Raises InputError
    for an unknown curriculum.
    """
    if name not in CURRICULA:
        raise unknown("curriculum", name, CURRICULA)
    sizes = np.bincount(tier, minlength=len(TIERS))
    weights = (np.array(CURRICULA[name](progress)) / np.maximum(sizes, 1))[tier]
    return weights / weights.sum() if weights.sum() else np.full(len(tier), 1 / len(tier))
