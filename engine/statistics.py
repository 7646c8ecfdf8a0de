"""Numbers with their sample size and 95% interval, and what may be said of them.

- A score (`METRICS`) takes `(predicted (n,), measured (n,))` without nan and gives a float, nan where it is undefined.
- `measure` gives a score as a `Metric`: rows where either is nan are left out, n counts the rest, the interval is a
  percentile bootstrap over rows. Fewer than three rows: nan, with n.
- Draws of the same seed and n are of the same rows, so the difference of two models' draws (`bootstrap`) is paired;
  `from_draws` makes a `Metric` of it, `verdict` says in words what its interval allows.
- `mean_of` is a mean over elements with a bootstrap interval, `t_mean` one with that of Student's t.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

RESAMPLES = 1000
INTERVAL = (2.5, 97.5)  # percentiles between which a 95% interval lies


def pearson(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Pearson correlation; nan for a constant input."""
    if np.ptp(predicted) == 0 or np.ptp(measured) == 0:
        return float("nan")
    # scipy's pearsonr computes a p-value as well, which costs more than the rest of a bootstrap
    p, m = (np.asarray(x, np.float64) - np.mean(x, dtype=np.float64) for x in (predicted, measured))
    return float(np.clip(p @ m / np.sqrt((p @ p) * (m @ m)), -1, 1))


def spearman(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Spearman rank correlation (average ranks for ties); nan for a constant input."""
    from scipy.stats import rankdata  # slow: what only names a Metric need not wait for it

    return pearson(rankdata(predicted), rankdata(measured))


def kendall(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Kendall's tau-b."""
    from scipy.stats import kendalltau  # slow: what only names a Metric need not wait for it

    return float(kendalltau(predicted, measured).statistic)


def pairwise_accuracy(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Fraction of pairs with different measured values that are predicted in the right order.

    A pair with equal predictions counts half. Computed from tau-b, whose numerator is the number of
    concordant minus discordant pairs, so it costs n log n.
    """
    pairs = len(measured) * (len(measured) - 1) / 2
    untied_measured = pairs - _tied_pairs(measured)
    untied_predicted = pairs - _tied_pairs(predicted)
    if untied_measured == 0:
        return float("nan")
    if untied_predicted == 0:
        return 0.5
    difference = kendall(predicted, measured) * np.sqrt(untied_measured * untied_predicted)
    return float((1 + difference / untied_measured) / 2)


def _tied_pairs(values: np.ndarray) -> float:
    counts = np.unique(values, return_counts=True)[1]
    return float((counts * (counts - 1) / 2).sum())


def ndcg_at_10(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Normalised discounted cumulative gain of the ten highest predictions (scikit-learn).

    The gain of an element is its activity above the lowest one in the set, since gains may not be negative.
    """
    from sklearn.metrics import ndcg_score  # slow: what only names a Metric need not wait for it

    return float(ndcg_score((measured - measured.min())[None], predicted[None], k=10))


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "spearman": spearman,
    "pearson": pearson,
    "kendall": kendall,
    "pairwise_accuracy": pairwise_accuracy,
    "ndcg_at_10": ndcg_at_10,
}


def bootstrap(
    metric: Callable[[np.ndarray, np.ndarray], float],
    predicted: np.ndarray,
    measured: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
    inside: np.ndarray | None = None,
) -> np.ndarray:
    """`(resamples,)` values of `metric` over rows drawn with replacement; the same rows for the same seed and n.

    Args:
        inside: `(n,)` bool, which of the drawn rows count; all by default. So a score of some rows moves together with
            that of all.
    """
    rng = np.random.default_rng(seed)
    values = np.empty(resamples)
    of_rows = _spearman_of_rows(predicted, measured) if metric is spearman else None
    for i in range(resamples):
        rows = rng.integers(0, len(measured), len(measured))
        rows = rows if inside is None else rows[inside[rows]]
        values[i] = of_rows(rows) if of_rows else metric(predicted[rows], measured[rows])
    return values


def _spearman_of_rows(predicted: np.ndarray, measured: np.ndarray) -> Callable[[np.ndarray], float]:
    """`spearman(predicted[rows], measured[rows])` without sorting again for every draw.

    The order of the values is known, so the ranks within a draw follow from how often each value was drawn.
    """
    places = [np.unique(values, return_inverse=True)[1] for values in (predicted, measured)]

    def of_rows(rows: np.ndarray) -> float:
        return pearson(*(ranks_within(place, rows) for place in places))

    return of_rows


def ranks_within(place: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Average ranks of values within a draw, from how often each distinct value was drawn: no sorting again.

    Args:
        place: `(n,)` of each row the place of its value among the distinct values, ascending.
        rows: `(k,)` drawn rows.

    Returns:
        `(k,)` what `scipy.stats.rankdata` gives for the drawn values.
    """
    times = np.bincount(place[rows], minlength=len(place))
    return (np.cumsum(times) - (times - 1) / 2)[place[rows]]


def from_draws(value: float, draws: np.ndarray, n: int) -> Metric:
    """A value with the 95% percentile interval of its resamples."""
    low, high = np.nanpercentile(draws, INTERVAL)
    return Metric(value, float(low), float(high), n)


def measure(
    metric: Callable[[np.ndarray, np.ndarray], float],
    predicted: np.ndarray,
    measured: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Metric:
    """The metric with its 95% percentile bootstrap interval; nan with n if fewer than three rows are known."""
    known = ~(np.isnan(predicted) | np.isnan(measured))
    predicted, measured = predicted[known], measured[known]
    if len(measured) < 3:
        return Metric.unknown(len(measured))
    draws = bootstrap(metric, predicted, measured, resamples, seed)
    return from_draws(metric(predicted, measured), draws, len(measured))


# What may be said of the difference between two models.
VERDICTS = ("better", "worse", "no difference that this data can show")


def verdict(low: float, high: float) -> str:
    """What the interval of a difference allows to say."""
    if low > 0:
        return VERDICTS[0]
    return VERDICTS[1] if high < 0 else VERDICTS[2]


@dataclass(frozen=True)
class Metric:
    """A score with its sample size and 95% bootstrap interval."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def unknown(cls, n: int) -> Metric:
        """Of n rows that are too few to say anything."""
        return cls(float("nan"), float("nan"), float("nan"), n)

    @classmethod
    def from_dict(cls, stored: dict) -> Metric:
        """The inverse of `as_dict`; whatever else stands beside it is left."""
        return cls(stored["value"], stored["low"], stored["high"], stored["n"])

    def as_dict(self) -> dict:
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def in_words(value: float, low: float, high: float, n: int | None = None, signed: bool = False) -> str:
    """A score with its interval, to three decimals: '0.123 [0.100, 0.150]'; with `n` its sample size after it,
    ' (n=1,234)'; `signed` writes + before what is not negative."""
    form = "+.3f" if signed else ".3f"
    words = f"{value:{form}} [{low:{form}}, {high:{form}}]"
    return words if n is None else f"{words} (n={n:,})"


def mean_of(values: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> Metric:
    """Mean over `(n,)` elements with its 95% bootstrap interval; nan are left out."""
    values = values[np.isfinite(values)]
    if len(values) < 3:
        return Metric.unknown(len(values))
    draws = np.random.default_rng(seed).integers(0, len(values), (resamples, len(values)))
    return from_draws(float(values.mean()), values[draws].mean(axis=1), len(values))


def row_pearson(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`(n,)` Pearson correlation of each row of two `(n, length)` arrays; nan for a constant row."""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (one, other))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))


def every_two(profiles: list[np.ndarray]) -> np.ndarray:
    """`(n,)` mean correlation over every two of some models' maps `(n, length)`, element by element."""
    return np.mean([row_pearson(a, b) for a, b in combinations(profiles, 2)], axis=0)


def t_mean(values: np.ndarray) -> Metric:
    """Mean of `(n,)` values with the 95% interval of Student's t."""
    from scipy import stats  # slow: what only names a Metric need not wait for it

    values = values.astype(np.float64)
    mean, error = values.mean(), stats.sem(values)
    half = float(stats.t.ppf(0.975, len(values) - 1) * error)
    return Metric(float(mean), float(mean) - half, float(mean) + half, len(values))


def nested(scores: Iterable[tuple[str, Metric]]) -> dict:
    """Scores by name as dictionaries within each other, one for each part of a name between slashes."""
    root: dict = {}
    for name, metric in scores:
        *path, last = name.split("/")
        place = root
        for part in path:
            place = place.setdefault(part, {})
        place[last] = metric.as_dict()
    return root
