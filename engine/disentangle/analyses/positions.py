"""Which positions of a sequence a network rests on: the mean size of its denoised maps at each position.

Measures; `kind` is `ig` or `ism`; places are counted from 1, from the 5' end:

- `attribution/<kind>/positions/top <1 to 5>`: the places of the largest means, with the interval over elements.
- `attribution/<kind>/positions/share <5' edge|centre|3' edge>`: of an element's attribution, in 30 bases at either end
  and between them; an even spread gives 0.15, 0.70, 0.15.
- `attribution/<kind>/positions/high with low/spearman`: the mean profile of the fifth of highest measured activity
  against that of the lowest; `.../random with random/spearman`: of two groups of as many elements dealt at random (mean
  over `DEALS`), which is what so few elements allow; `.../high with low less random/spearman`: the former minus the
  latter.

The study takes the length of the gradient in place of the attribution (`method`), and counts its 230 bases from 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import by_network, panel_maps, resampled
from engine.disentangle.analyses.networks import Network, by_encoder
from engine.disentangle.analyses.panel_maps import AS_RUN, OURS, STUDY, Maps
from engine.disentangle.drawn import Drawn, mean
from engine.disentangle.results import Score
from engine.interpretation.attribution.statistics import EDGE, PLACES
from engine.models.disentangle import DENOISED
from engine.results import Progress
from engine.statistics import spearman

TOP = 5
DEALS = 10
SETTINGS = {
    "maps": panel_maps.SETTINGS,
    "resamples": resampled.RESAMPLES,
    "edge": EDGE,
    "top": TOP,
    "extreme": panel_maps.EXTREME,
    "deals": DEALS,
}


def rows(several: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """The rows of this analysis; see the text of this file."""
    chosen = panel_maps.choose(library).rows
    for group, maps in by_network.with_maps(by_encoder(several), library, progress):
        measured = panel_maps.activity(group[0], library, chosen)
        for kind, method in (("ig", OURS), ("ism", OURS), ("ig", STUDY), ("ig", AS_RUN)):
            sizes = [_sizes(m, kind, method) for m in maps]
            name = f"attribution/{kind}/positions/"
            for rank, drawn in enumerate(zip(*map(top, sizes), strict=True)):
                yield from _each(group, list(drawn), f"{name}top {rank + 1}", method)
            for place in PLACES:
                shares = [share(size)[place] for size in sizes]
                yield from by_network.rows(group, shares, f"{name}share {place}", method=method)
            compared = [high_with_low(size, measured[: len(size)]) for size in sizes]
            for what in ("high with low", "random with random", "high with low less random"):
                numbers = [c[what] for c in compared]
                yield from by_network.rows(group, numbers, f"{name}{what}/spearman", method=method)


def _sizes(maps: Maps, kind: str, method: str) -> np.ndarray:
    """`(n, length)` size of what each position does."""
    return maps.gradient[method] if method != OURS else np.abs(maps.profile(kind, DENOISED))


def _each(group: list[Network], numbers: list[Drawn], measure: str, method: str) -> Iterator[Score]:
    """Each network's own row: a mean of places over seeds is no place."""
    for n, number in zip(group, numbers, strict=True):
        yield Score(n.experiment.notion, n.encoder, n.recipe, n.seed, measure, number.metric, method=method)


def top(sizes: np.ndarray, count: int = TOP) -> list[Drawn]:
    """The places (from 1) of the largest mean sizes of `(n, length)`, largest first."""
    n = len(sizes)
    order = np.argsort(-sizes.mean(axis=0, dtype=np.float64), kind="stable")[:count]
    drawn = np.argsort(-(resampled.multiplicities(n) @ sizes.astype(np.float64)), axis=1, kind="stable")[:, :count]
    return [Drawn(float(place + 1), draws + 1.0, n) for place, draws in zip(order, drawn.T, strict=True)]


def share(sizes: np.ndarray, edge: int = EDGE) -> dict[str, Drawn]:
    """The share of an element's `(n, length)` sizes in each of `PLACES`, mean over elements."""
    with np.errstate(invalid="ignore", divide="ignore"):
        part = sizes / sizes.sum(axis=1, keepdims=True, dtype=np.float64)
    parts = (part[:, :edge], part[:, edge:-edge], part[:, -edge:])
    return {place: resampled.over_elements(p.sum(axis=1)) for place, p in zip(PLACES, parts, strict=True)}


def high_with_low(sizes: np.ndarray, measured: np.ndarray) -> dict[str, Drawn]:
    """Spearman correlation along the positions of two groups' mean sizes; see the text of this file."""
    high, low = panel_maps.extremes(measured)
    observed = _between(sizes, high, low)
    rng, dealt = np.random.default_rng(resampled.SEED), []
    for _ in range(DEALS):
        order = rng.permutation(len(sizes))
        groups = np.zeros((2, len(sizes)), bool)
        groups[0, order[: high.sum()]] = groups[1, order[high.sum() : high.sum() + low.sum()]] = True
        dealt.append(_between(sizes, *groups))
    random = mean(dealt)
    return {
        "high with low": observed,
        "random with random": random,
        "high with low less random": observed.less(random),
    }


def _between(sizes: np.ndarray, one: np.ndarray, other: np.ndarray) -> Drawn:
    values = sizes.astype(np.float64)
    value = spearman(values[one].mean(axis=0), values[other].mean(axis=0))
    times = resampled.multiplicities(len(sizes))
    # the sum does for the mean: ranks are the same
    draws = resampled.row_spearman(times[:, one] @ values[one], times[:, other] @ values[other])
    return resampled.centred(value, draws, int(one.sum() + other.sum()))
