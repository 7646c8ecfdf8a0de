"""Do two recipes rest on the same bases? Correlation of the denoised maps of every two recipes of an encoder, beside
that of two seeds of one recipe, without which the former says nothing about the recipes.

Measures, of `ig` and `ism`; `recipe` is one side, `against` the other:

- `attribution/<kind>/between recipes/<pooled|per sequence>/spearman`. Ours: the mean over networks of different seeds
  where an encoder has several (seed None), which share no initial weights, as two seeds of one recipe do not.
- `attribution/<kind>/between seeds/...`: the mean over every two seeds of `recipe`.
- `attribution/<kind>/recipes less seeds/...`: between the two recipes minus the mean between seeds of either, paired.
- The study's measure (`method`), pooled alone: networks of one seed, by seed.

Of the mean over all pairs of recipes, `recipe` is `EVERY`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import by_network, panel_maps, resampled
from engine.disentangle.analyses.networks import Network, by_encoder
from engine.disentangle.analyses.panel_maps import AS_RUN, STUDY, Maps
from engine.disentangle.drawn import Drawn, mean
from engine.disentangle.results import Score
from engine.models.disentangle import DENOISED
from engine.results import Progress

EVERY = "every two"
SETTINGS = {"maps": panel_maps.SETTINGS, "resamples": resampled.RESAMPLES}
Pair = tuple[int, int]


def rows(several: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """The rows of this analysis; see the text of this file."""
    for group, maps in by_network.with_maps(by_encoder(several), library, progress):
        for kind in ("ig", "ism"):
            profiles = [m.profile(kind, DENOISED) for m in maps]
            poolings = {"pooled": resampled.pooled_spearman(profiles), "per sequence": _per_sequence(profiles)}
            for pooling, drawn in poolings.items():
                yield from _ours(group, drawn, kind, pooling)
            yield from _study(group, maps, kind)


def _per_sequence(profiles: list[np.ndarray]) -> dict[Pair, Drawn]:
    return {
        (i, j): resampled.over_elements(resampled.row_spearman(profiles[i], profiles[j]))
        for i, j in combinations(range(len(profiles)), 2)
    }


def _ours(group: list[Network], drawn: dict[Pair, Drawn], kind: str, pooling: str) -> Iterator[Score]:
    seeds = {n.seed for n in group}
    seed = None if len(seeds) > 1 else group[0].seed
    by_recipes: dict[tuple[str, str], list[Drawn]] = {}
    for (i, j), correlation in drawn.items():
        if group[i].seed != group[j].seed or len(seeds) == 1:
            by_recipes.setdefault((group[i].recipe, group[j].recipe), []).append(correlation)
    means = {pair: mean(each) for pair, each in by_recipes.items()}
    within = {one: d for (one, other), d in means.items() if one == other}
    between = {pair: d for pair, d in means.items() if pair[0] != pair[1]}

    def score(what: str, pair: tuple[str, str], number: Drawn) -> Score:
        measure = f"attribution/{kind}/{what}/{pooling}/spearman"
        own = group[0]
        return Score(own.experiment.notion, own.encoder, pair[0], seed, measure, number.metric, pair[1])

    for recipe, number in within.items():
        yield score("between seeds", (recipe, ""), number)
    less = {
        pair: number.less(mean([within[r] for r in pair]))
        for pair, number in between.items()
        if all(r in within for r in pair)
    }
    for what, numbers in (("between recipes", between), ("recipes less seeds", less)):
        for pair, number in numbers.items():
            yield score(what, pair, number)
        if numbers:
            yield score(what, (EVERY, ""), mean(list(numbers.values())))


def _study(group: list[Network], maps: list[Maps], kind: str) -> Iterator[Score]:
    measure = f"attribution/{kind}/between recipes/pooled/spearman"
    for method in (STUDY, AS_RUN) if kind == "ig" else (STUDY,):
        drawn = resampled.pooled_spearman([m.profile(kind, DENOISED, method) for m in maps])
        for (i, j), number in drawn.items():
            one, other = group[i], group[j]
            if one.seed == other.seed:
                metric = number.metric
                own = one.experiment.notion, one.encoder, one.recipe, one.seed
                yield Score(*own, measure, metric, other.recipe, method)
