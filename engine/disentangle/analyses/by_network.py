"""Rows of a number that every network has: each, the mean over seeds, and what it differs by from the baseline."""

from __future__ import annotations

from collections.abc import Iterator

from engine.data.library import Library
from engine.disentangle.analyses import panel_maps
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.panel_maps import OURS, Maps
from engine.disentangle.drawn import Drawn, mean
from engine.disentangle.results import Score
from engine.results import Progress

BASELINE = "baseline_mse"
LESS = "less"  # `<measure>/less` is the recipe's number minus that of the recipe in `against`, paired


def with_maps(
    groups: list[list[Network]], library: Library, progress: Progress | None
) -> Iterator[tuple[list[Network], list[Maps]]]:
    """Each group of networks with the maps of each of them."""
    done, total = 0, sum(map(len, groups))
    for group in groups:
        maps = []
        for network in group:
            maps.append(panel_maps.of(network, library))
            done += 1
            if progress:
                progress(done, total)
        yield group, maps


def rows(
    group: list[Network], numbers: list[Drawn], measure: str, *, against: str = "", method: str = OURS
) -> Iterator[Score]:
    """Of networks of one notion and encoder: the number of each; its mean over the seeds of a recipe where there are
    several (seed None); and the recipes' paired difference to the baseline, `measure`/less."""
    notion, encoder = group[0].experiment.notion, group[0].encoder
    for network, number in zip(group, numbers, strict=True):
        yield Score(notion, encoder, network.recipe, network.seed, measure, number.metric, against, method)
    means = over_seeds(group, numbers)
    for recipe, middle in means.items():
        if sum(n.recipe == recipe for n in group) > 1:
            yield Score(notion, encoder, recipe, None, measure, middle.metric, against, method)
    for recipe in means:
        if recipe != BASELINE and BASELINE in means:
            yield difference(group, means, measure, (recipe, BASELINE), method)


def over_seeds(group: list[Network], numbers: list[Drawn]) -> dict[str, Drawn]:
    """The mean of each recipe over its seeds."""
    each: dict[str, list[Drawn]] = {}
    for network, number in zip(group, numbers, strict=True):
        each.setdefault(network.recipe, []).append(number)
    return {recipe: mean(several) for recipe, several in each.items()}


def difference(
    group: list[Network], means: dict[str, Drawn], measure: str, pair: tuple[str, str], method: str = OURS
) -> Score:
    """The row of one recipe's number minus another's."""
    own = group[0]
    metric = means[pair[0]].less(means[pair[1]]).metric
    return Score(own.experiment.notion, own.encoder, pair[0], None, f"{measure}/{LESS}", metric, pair[1], method)
