"""What tells the norm of one condition from that of the other, feature by feature.

The study compares what was learned, gamma and beta, by the cosine over the 256 features. Two more things carry what a
norm does: the running mean and variance that it subtracts and divides by. All four make one straight line a feature
(`engine.disentangle.analyses.features`), whose slope and offset are compared too.

A cosine of positive numbers is near 1 whatever they are. So beside each stand

- the cosine with one norm's features permuted (`against` "permuted features"; mean and 95% range of permutations): what
  the sizes alone give;
- the cosine of each norm with an untrained one (`against` "untrained", the mean over the norms): how far training moved
  it at all. Two untrained norms are equal, cosine 1; beta and running mean start at 0 and have none;
- the correlation over features, which is the cosine without what all features share.

Differences: the mean over features of `|gamma - gamma'|` and `|beta - beta'|`; of the running means in standard
deviations; of the variances the mean `|log ratio|`. Intervals are over features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from torch import nn

from engine.data.library import Library
from engine.disentangle.analyses.features import UNTRAINED, Norm, norm_of
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import OURS, STUDY, Part, rows
from engine.disentangle.results import Score
from engine.models.encoders import FEATURES
from engine.results import Progress
from engine.statistics import RESAMPLES, bootstrap, pearson

SETTINGS = {"resamples": RESAMPLES}
PERMUTED = "permuted features"
LEARNED = ("gamma", "beta")

PARAMETERS: dict[str, Callable[[Norm], np.ndarray]] = {
    "gamma": lambda norm: norm.gamma,
    "beta": lambda norm: norm.beta,
    "running mean": lambda norm: norm.mean,
    "running variance": lambda norm: norm.variance,
    "slope": lambda norm: norm.slope,
    "offset": lambda norm: norm.offset,
}


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Of two vectors `(n,)`; nan where one is 0."""
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return float(np.clip(one @ other / lengths, -1, 1)) if lengths else float("nan")


def method_of(parameter: str) -> str:
    """The study compares what was learned; the statistics and the line are ours."""
    return STUDY if parameter in LEARNED else OURS


def mean_difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean `|difference|` of two vectors `(n,)`."""
    return float(np.abs(one - other).mean())


def of_parameter(name: str, one: np.ndarray, other: np.ndarray, fresh: np.ndarray) -> Iterator[Part]:
    """What one parameter of two norms gives; each `(features,)`, `fresh` of an untrained norm."""
    n, method = len(one), method_of(name)
    yield Part(f"norms/{name} cosine", cosine(one, other), bootstrap(cosine, one, other), n, method)
    rng = np.random.default_rng(0)
    dealt = np.array([cosine(one, rng.permutation(other)) for _ in range(RESAMPLES)])
    yield Part(f"norms/{name} cosine", float(dealt.mean()), dealt, n, method, PERMUTED)
    if fresh.any():
        value = np.mean([cosine(own, fresh) for own in (one, other)])
        draws = np.mean([bootstrap(cosine, own, fresh) for own in (one, other)], axis=0)
        yield Part(f"norms/{name} cosine", float(value), draws, n, method, UNTRAINED)
    yield Part(f"norms/{name} correlation", pearson(one, other), bootstrap(pearson, one, other), n)


def differences(one: Norm, other: Norm) -> Iterator[Part]:
    """How far two norms' parameters are apart, each in its own unit."""
    sd = np.sqrt((one.variance + other.variance) / 2 + one.eps)
    pairs = {
        "gamma": (one.gamma, other.gamma),
        "beta": (one.beta, other.beta),
        "running mean": (one.mean / sd, other.mean / sd),
        "running variance": (np.log(one.variance + one.eps), np.log(other.variance + other.eps)),
    }
    for name, (a, b) in pairs.items():
        draws = bootstrap(mean_difference, a, b)
        yield Part(f"norms/{name} difference", mean_difference(a, b), draws, len(a), method_of(name))


def parts(network: Network) -> list[Part]:
    """Everything of the two norms of a network."""
    one, other = (norm_of(layer) for layer in network.model.norms)
    fresh = norm_of(nn.BatchNorm1d(FEATURES))
    compared = [p for name, get in PARAMETERS.items() for p in of_parameter(name, get(one), get(other), get(fresh))]
    return compared + list(differences(one, other))


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every network. The library is not asked: it is all in the weights."""

    def measured() -> Iterator[tuple[Network, list[Part]]]:
        for i, network in enumerate(networks):
            yield network, parts(network)
            if progress:
                progress(i + 1, len(networks))

    yield from rows(measured())
