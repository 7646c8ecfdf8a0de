"""Does a network rest on the same bases whichever experiment it speaks for? Its maps through one condition's norm
against those through the other's, of the same sequences.

Measures; `kind` is `ig` or `ism`, `against` the second condition:

- `attribution/<kind>/consistency/<pooled|per sequence>/spearman` of every network, and `.../less`: a recipe's minus
  that of the recipe in `against` (the baseline, and along `STEPS`, in which each has one part more), paired.
- `attribution/<kind>/between seeds through <condition>/<pooled|per sequence>/spearman`: what chance in training alone
  leaves, the mean over every two seeds of a recipe.
- `predicted/<one> with <other>/spearman`: of the network's two predictions; maps cannot differ where these do not.
- `measured/<one> with <other>/spearman`, recipe `MEASURED`: of the two measurements of the panel; how alike the truth
  is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import by_network, panel_maps, resampled
from engine.disentangle.analyses.networks import Network, by_encoder
from engine.disentangle.analyses.panel_maps import METHODS, OURS, Maps
from engine.disentangle.declared import CELLS
from engine.disentangle.drawn import Drawn, mean
from engine.disentangle.results import Score
from engine.results import Progress
from engine.statistics import measure, spearman

MEASURED = "measured"
STEPS = ("contrastive_only", "ranking_contrastive", "full_disentangle")
SETTINGS = {"maps": panel_maps.SETTINGS, "resamples": resampled.RESAMPLES, "steps": STEPS}


def rows(several: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """The rows of this analysis; see the text of this file."""
    if any(n.experiment.notion == CELLS for n in several):
        yield _measured(library, next(n for n in several if n.experiment.notion == CELLS))
    for group, maps in by_network.with_maps(by_encoder(several), library, progress):
        one, other = group[0].model.conditions[:2]
        ways = [("ig", method) for method in METHODS] + [("ism", OURS)]
        for kind, method in ways:
            for pooling in ("pooled", "per sequence"):
                name = f"attribution/{kind}/consistency/{pooling}/spearman"
                numbers = [
                    _correlation(m.profile(kind, one, method), m.profile(kind, other, method), pooling) for m in maps
                ]
                yield from by_network.rows(group, numbers, name, against=other, method=method)
                means = by_network.over_seeds(group, numbers)
                for before, after in pairwise(s for s in STEPS if s in means):
                    yield by_network.difference(group, means, name, (after, before), method)
        yield from _between_seeds(group, maps, (one, other))
        predictions = [_correlation(m.predicted[1][:, None], m.predicted[2][:, None], "pooled") for m in maps]
        yield from by_network.rows(group, predictions, f"predicted/{one} with {other}/spearman", against=other)


def _correlation(one: np.ndarray, other: np.ndarray, pooling: str) -> Drawn:
    if pooling == "pooled":
        return resampled.pooled_spearman([one, other])[0, 1]
    return resampled.over_elements(resampled.row_spearman(one, other))


def _between_seeds(group: list[Network], maps: list[Maps], conditions: tuple[str, ...]) -> Iterator[Score]:
    own = group[0]
    for recipe in dict.fromkeys(n.recipe for n in group):
        seeds = [m for n, m in zip(group, maps, strict=True) if n.recipe == recipe]
        if len(seeds) < 2:
            continue
        for kind in ("ig", "ism"):
            for condition in conditions:
                profiles = [m.profile(kind, condition) for m in seeds]
                for pooling in ("pooled", "per sequence"):
                    pairs = [_correlation(a, b, pooling) for a, b in combinations(profiles, 2)]
                    name = f"attribution/{kind}/between seeds through {condition}/{pooling}/spearman"
                    metric = mean(pairs).metric
                    yield Score(own.experiment.notion, own.encoder, recipe, None, name, metric)


def _measured(library: Library, network: Network) -> Score:
    one, other = network.model.conditions[:2]
    chosen = panel_maps.choose(library).rows
    metric = measure(spearman, *(library.table.column(c)[chosen] for c in (one, other)))
    return Score(CELLS, MEASURED, MEASURED, None, f"measured/{one} with {other}/spearman", metric, other)
