"""Numbers over elements with their bootstrap draws, which are of the same elements for every network: so whatever is
averaged over seeds or set against another network is paired."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from engine.disentangle.drawn import Drawn
from engine.statistics import row_pearson

RESAMPLES = 300
SEED = 0


def multiplicities(n: int) -> np.ndarray:
    """`(RESAMPLES, n)` how often each of n elements is drawn; the same for the same n."""
    return np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), RESAMPLES)


def over_elements(values: np.ndarray) -> Drawn:
    """The mean of `(n,)` values; those that are nan are left out."""
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0.0), known.astype(float), int(known.sum()))


def ratio(above: np.ndarray, below: np.ndarray, n: int | None = None) -> Drawn:
    """The sum of `(n,)` values over that of others of the same elements; nan where the latter is 0.

    Args:
        n: how many elements it is of; all by default.
    """
    times = multiplicities(len(above))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.divide(above.sum(dtype=np.float64), below.sum(dtype=np.float64))
        draws = (times @ above.astype(np.float64)) / (times @ below.astype(np.float64))
    return Drawn(float(value), draws, len(above) if n is None else n)


def row_spearman(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`(n,)` Spearman correlation of each row of two `(n, length)` arrays; nan for a constant row."""
    return row_pearson(rankdata(one, axis=1), rankdata(other, axis=1))


def pooled_spearman(several: list[np.ndarray]) -> dict[tuple[int, int], Drawn]:
    """Spearman correlation of every two maps `(n, length)`, by their places in the list, over all positions of all
    elements at once; elements are drawn whole, and values ranked anew in each draw."""
    n, length = several[0].shape
    places = [np.unique(values, return_inverse=True)[1].ravel() for values in several]
    value = _correlations(places, np.ones(n * length))
    draws = np.array([_correlations(places, np.repeat(times, length).astype(float)) for times in multiplicities(n)])
    return {(i, j): Drawn(float(value[i, j]), draws[:, i, j], n) for i, j in combinations(range(len(several)), 2)}


def _correlations(places: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """`(m, m)` correlations of the ranks of values that each count `weights` times.

    Args:
        places: of each map `(k,)` the place of every value among its distinct values, ascending.
    """
    root, total = np.sqrt(weights), weights.sum()
    scaled = np.empty((len(places), len(weights)))
    for row, place in zip(scaled, places, strict=True):
        times = np.bincount(place, weights)
        ranks = (np.cumsum(times) - (times - 1) / 2)[place]
        row[:] = (ranks - weights @ ranks / total) * root
    products = scaled @ scaled.T
    with np.errstate(invalid="ignore", divide="ignore"):  # a constant map has no correlation
        size = np.sqrt(np.diag(products))
        return np.clip(products / np.outer(size, size), -1, 1)


def centred(value: float, draws: np.ndarray, n: int) -> Drawn:
    """A correlation of mean profiles, whose draws are moved (on Fisher's scale) to lie around it.

    Elements that are drawn twice add their noise twice: the draws lie as far below the number as that lies below the
    correlation without noise.
    """
    z, drawn = np.arctanh(np.clip(value, -1 + 1e-9, 1 - 1e-9)), np.arctanh(np.clip(draws, -1 + 1e-9, 1 - 1e-9))
    return Drawn(value, np.tanh(drawn - np.nanmean(drawn) + z), n)
