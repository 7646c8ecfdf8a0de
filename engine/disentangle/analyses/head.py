"""Over how many of the 256 features the linear head spreads its prediction.

*study*: of the head's weights as they are: how many are above a share of the largest, and the Gini coefficient of their
sizes. *ours*: of the contributions, weight times the standard deviation of its feature behind the norms (denoised): a
large weight on a feature that does not vary says nothing, and how a recipe scales its features is free. The study
prints no threshold; a tenth of the largest is ours.

Beside both stands the untrained network of the same seed (recipe "untrained"). Its weights are drawn evenly from an
interval around 0 (torch's `nn.Linear`), and the Gini coefficient of `|weights|` so drawn is 1/3, with nine tenths above
the threshold: as distributed as a head is before it learns anything. A trained head with such numbers may be one that
hardly moved, so the correlation of its weights with those that it started from is given too.

Intervals are over features; the threshold stays that of the network's own largest weight. Two networks' features have
nothing to do with each other, so of a difference both are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import features
from engine.disentangle.analyses.features import Features, Panel
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import OURS, STUDY, Part, rows
from engine.disentangle.results import Score
from engine.interpretation import panel
from engine.models.disentangle import DENOISED
from engine.results import Progress
from engine.statistics import RESAMPLES, bootstrap, pearson

SHARE = 0.1  # of the largest: what is above it is significant
SETTINGS = {"size": panel.SIZE, "seed": panel.SEED, "share": SHARE, "resamples": RESAMPLES}


def gini(sizes: np.ndarray) -> float:
    """Gini coefficient of `(n,)` sizes: 0 all alike, (n - 1) / n one holds everything; nan if all are 0.

    Half the mean absolute difference of two of them over their mean (Gini 1912), by the formula on sorted values.
    """
    ascending = np.sort(np.abs(sizes))
    n, total = len(ascending), ascending.sum()
    if total == 0:
        return float("nan")
    return float(2 * (np.arange(1, n + 1) @ ascending) / (n * total) - (n + 1) / n)


def significant(sizes: np.ndarray, share: float = SHARE) -> np.ndarray:
    """`(n,)` bool, which are above a share of the largest."""
    return np.abs(sizes) > share * np.abs(sizes).max()


def spread(sizes: np.ndarray, method: str) -> list[Part]:
    """Both numbers of `(n,)` weights or contributions."""
    n = len(sizes)
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, n, (RESAMPLES, n))
    above = significant(sizes)
    of_draws = np.array([gini(sizes[rows]) for rows in drawn])
    return [
        Part("head/gini", gini(sizes), of_draws, n, method),
        Part("head/significant dimensions", float(above.sum()), above[drawn].sum(axis=1).astype(float), n, method),
    ]


def contributions(own: Features) -> np.ndarray:
    """`(256,)` each feature's share in the denoised prediction: weight times standard deviation, in standard deviations
    of the training activities."""
    return own.weights * own.view(DENOISED).std(axis=0)


def kept(own: Features, start: Features) -> Part:
    """How far the weights are still those that they started from."""
    pair = own.weights, start.weights
    return Part("head/correlation with the start", pearson(*pair), bootstrap(pearson, *pair), len(own.weights))


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every network and of untrained ones."""
    for own, told in features.by_notion(networks, progress):
        yield from rows(_measured(own, features.measured(own, library), told))


def _measured(networks: list[Network], shown: Panel, progress: Progress | None) -> Iterator[tuple[Network, list[Part]]]:
    starts = {(n.encoder, n.seed): features.of(n, shown) for n in features.untrained(networks)}
    for own in features.all_of(networks, shown, progress):
        yield own.network, [*parts(own), kept(own, starts[own.network.encoder, own.network.seed])]
    for start in starts.values():
        yield start.network, parts(start)


def parts(own: Features) -> list[Part]:
    """Of the weights as they are and of the contributions."""
    return spread(own.weights, STUDY) + spread(contributions(own), OURS)
