"""What maps of a panel say of a model, and how far the maps of two models agree. Intervals resample the elements."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from engine.errors import InputError
from engine.interpretation import stored
from engine.interpretation.attribution.maps import Maps
from engine.statistics import INTERVAL, RESAMPLES, Metric, from_draws, mean_of, row_pearson

EDGE = 30  # bases at either end that count as edge
PLACES = ("5' edge", "centre", "3' edge")
# The recipes by which the correlation between models is told, from one like the study's to one on a common scale.
RECIPES = {
    ("ig", "zeros"): "IG, all-zero baseline",
    ("ig", "uniform"): "IG, uniform baseline",
    ("ig", "shuffles"): "IG, shuffles as baseline",
    ("ism", "uniform"): "ISM",
}


@dataclass(frozen=True)
class AsPublished:
    """The correlation between models by the study's own recipe: of so many `pairs` the `lowest`, `mean`, `highest`."""

    pairs: int
    lowest: float
    mean: float
    highest: float


@dataclass(frozen=True)
class Agreement:
    """The correlation between models under one of `RECIPES`.

    Attributes:
        recipe: its words.
        pairs: of models.
        lowest, highest: pair, of the correlation per element, averaged over elements.
        mean: of it over pairs, with its interval over elements.
        pooled: over all positions of all elements at once; mean over pairs.
        mean_maps: of the mean maps over the elements; mean over pairs, and the lowest.
        by_chance: between maps of different elements; mean over pairs.
    """

    recipe: str
    pairs: int
    lowest: float
    mean: Metric
    highest: float
    pooled: float
    mean_maps: float
    lowest_of_mean_maps: float
    by_chance: float


def position_profile(profile: np.ndarray) -> np.ndarray:
    """`(length,)` mean size of the attribution at each position, from `(n, length)`: the positional sensitivity."""
    return np.abs(profile).mean(axis=0)


def position_intervals(profile: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """`(2, length)` 95% bootstrap interval over elements of `position_profile`."""
    n = len(profile)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    return np.percentile(drawn @ np.abs(profile) / n, INTERVAL, axis=0)


def by_base(profile: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """`(4, length)` mean size of the attribution of each base at each position, from `(n, length)`; an element that
    has another base there counts as 0, so that the sum over the bases is `position_profile` (bases other than A, C, G,
    T left out)."""
    return np.stack([np.abs(np.where(codes == base, profile, 0)).mean(axis=0) for base in range(4)])


def focus(profile: np.ndarray, edge: int = EDGE) -> dict[str, Metric]:
    """The share of an element's attribution (sum of absolute values) at the 5' edge, in the centre, at the 3' edge.

    An even spread gives `edge / length`, `1 - 2 edge / length`, `edge / length`.
    """
    size = np.abs(profile)
    total = size.sum(axis=1)
    parts = (size[:, :edge], size[:, edge:-edge], size[:, -edge:])
    with np.errstate(invalid="ignore"):
        return {place: mean_of(part.sum(axis=1) / total) for place, part in zip(PLACES, parts, strict=True)}


def magnitude(profile: np.ndarray) -> Metric:
    """Mean absolute attribution of a position."""
    return mean_of(np.abs(profile).mean(axis=1))


def high_to_low(profile: np.ndarray, high: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> Metric:
    """Mean absolute attribution of the elements of high activity over that of the elements of low activity."""
    size = np.abs(profile).mean(axis=1)
    up, down = size[high], size[~high]
    rng = np.random.default_rng(seed)
    drawn = [part[rng.integers(0, len(part), (resamples, len(part)))].mean(axis=1) for part in (up, down)]
    return from_draws(float(up.mean() / down.mean()), drawn[0] / drawn[1], len(size))


def agreement(one: np.ndarray, other: np.ndarray) -> Metric:
    """Mean over elements of the Pearson correlation of two models' maps `(n, length)` along the sequence."""
    return mean_of(row_pearson(one, other))


def pooled(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson correlation over all positions of all elements at once."""
    return float(row_pearson(one.reshape(1, -1), other.reshape(1, -1))[0])


def as_published(several: list[tuple[Maps, str]]) -> AsPublished | None:
    """The correlation between models by the study's own recipe: Integrated Gradients from the all-zero baseline, the
    numbers of all elements, positions and bases (0 for a base that is not there) in one Pearson correlation.

    Returns:
        None for fewer than two models.

    Raises:
        InputError: maps of different panels.
    """
    same_panel(several)
    every = []
    for maps, output in several:
        own = maps.profile(output, "ig", "zeros")
        every.append(np.stack([np.where(maps.codes == base, own, 0) for base in range(4)], axis=1))
    correlations = [pooled(a, b) for a, b in combinations(every, 2)]
    if not correlations:
        return None
    return AsPublished(len(correlations), min(correlations), float(np.mean(correlations)), max(correlations))


def summary(maps: Maps, output: str) -> dict[str, dict[str, Metric]]:
    """What the maps of one model say, for each method: magnitude (standardised and in log2 RNA/DNA), focus, ratio of
    high to low activity, and under 'both' the agreement of the two methods and how far IG adds up."""
    sd = float(maps.sd[maps.outputs.index(output)])
    result: dict[str, dict[str, Metric]] = {}
    for method in ("ig", "ism"):
        profile = maps.profile(output, method)
        result[method] = {
            "magnitude": magnitude(profile),
            "magnitude log2": magnitude(profile * sd),
            "high to low": high_to_low(profile, maps.high),
            **focus(profile),
        }
    result["both"] = {
        "ig with ism": agreement(maps.profile(output, "ig"), maps.profile(output, "ism")),
        "completeness": mean_of(np.abs(maps.delta[maps.outputs.index(output)])),
    }
    return result


def between(several: list[tuple[Maps, str]], method: str, baseline: str = "uniform") -> list[list[Metric | None]]:
    """The agreement of every two of some (maps, output), as a matrix; None on the diagonal.

    Raises:
        InputError: maps of different panels.
    """
    same_panel(several)
    profiles = [maps.profile(output, method, baseline) for maps, output in several]
    n = len(profiles)
    matrix: list[list[Metric | None]] = [[None] * n for _ in range(n)]
    for i, j in combinations(range(n), 2):
        matrix[i][j] = matrix[j][i] = agreement(profiles[i], profiles[j])
    return matrix


def recipes(several: list[tuple[Maps, str]]) -> list[Agreement]:
    """The correlation between models under each of `RECIPES`; empty for fewer than two models.

    Raises:
        InputError: maps of different panels.
    """
    same_panel(several)
    records = []
    for (method, baseline), words in RECIPES.items():
        profiles = [maps.profile(output, method, baseline) for maps, output in several]
        pairs = list(combinations(profiles, 2))
        if not pairs:
            continue
        by_pair = np.array([row_pearson(a, b) for a, b in pairs])
        each = np.nanmean(by_pair, axis=1)
        of_means = [pooled(a.mean(axis=0), b.mean(axis=0)) for a, b in pairs]
        others = [np.nanmean(row_pearson(a, np.roll(b, 1, axis=0))) for a, b in pairs]
        records.append(
            Agreement(
                recipe=words,
                pairs=len(pairs),
                lowest=float(each.min()),
                mean=mean_of(by_pair.mean(axis=0)),
                highest=float(each.max()),
                pooled=float(np.mean([pooled(a, b) for a, b in pairs])),
                mean_maps=float(np.mean(of_means)),
                lowest_of_mean_maps=min(of_means),
                by_chance=float(np.mean(others)),
            )
        )
    return records


def same_panel(several: list[tuple[Maps, str]]) -> None:
    """Raise InputError unless all maps are of the same elements."""
    if not several:
        return
    first = several[0][0]
    for maps, _ in several:
        if not np.array_equal(maps.rows, first.rows):
            raise InputError(
                f"the maps of {maps.model} and {first.model} are of different elements; "
                f"run: {stored.command('maps', maps.model, first.model)}"
            )
