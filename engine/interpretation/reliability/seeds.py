"""Networks that differ in the seed alone: how far do their explanations agree?

Two trainings of one recipe start from other random weights and see the elements in another order. What their maps agree
on is the ceiling for any comparison between losses: models of two losses that agree as well differ no more than chance
makes two models of one loss differ.

A network of several members (`LegNetConfig.members`) holds such networks already. Any other needs a replicate, the
same recipe with another seed, wherever that was trained (`engine.training.runs`); the next of its seeds is trained here
if there is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations, permutations, product
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.data.library import Library
from engine.evaluation import scorecard
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.attribution.statistics import RECIPES, same_panel
from engine.results import Progress
from engine.statistics import Metric, every_two, mean_of, row_pearson
from engine.training import runs

PERMUTATIONS = 2000
Network = TypeVar("Network", Checkpoint, stored.Place)


def siblings(checkpoint: Checkpoint) -> tuple[Checkpoint, ...]:
    """Two or more networks of one recipe that differ in the seed alone; empty where no second one was trained.

    The members of a network, or the network and its replicate in the order of their seeds. Members keep the scale of
    the whole network.

    Raises:
        CheckpointError: a broken replicate.
    """
    members = checkpoint.model.split()
    if len(members) == 1:
        other = replicate(checkpoint)
        return _by_seed(checkpoint, checkpoint, other, other.folder) if other else ()
    return tuple(
        replace(
            checkpoint,
            name=place.name,
            model=member.eval(),
            description=checkpoint.description | {"weights_sha256": place.weights_hash},
            folder=place.folder,
        )
        for member, place in zip(members, _members(checkpoint, len(members)), strict=True)
    )


def places(own: Checkpoint | stored.Place) -> tuple[stored.Place, ...]:
    """Where the maps of `siblings` are kept, without loading a model; raises CheckpointError."""
    description = checkpoints.read_description(own.name, own.folder)
    members = description["config"].get("members", 1)
    if isinstance(members, int) and members > 1:
        return _members(own, members)
    folder = _replicate_folder(own)
    if folder is None:
        return ()
    weights = checkpoints.read_description(own.name, folder)["weights_sha256"]
    place = stored.Place(own.name, own.folder, own.weights_hash)
    return _by_seed(own, place, stored.Place(own.name, folder, weights), folder)


def read(own: Checkpoint | stored.Place) -> list[maps.Maps]:
    """The stored maps of a model's siblings, two or more; empty unless all are there."""
    kept = [maps.read(place) for place in places(own)]
    return [current[0] for current in kept if current] if all(kept) else []


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """The maps of the panel by all siblings; trains and scores a replicate first if there is none.

    Minutes for a row of the study, as long as its training took. A stopped training goes on after its last epoch.

    Returns:
        False if all was there already.

    Raises:
        CheckpointError: it is not known how the model was trained.
        InputError: another process trains the replicate.
        KeyboardInterrupt: passed on.
    """
    family = siblings(checkpoint)
    made = not family or not all(maps.current(sibling, library) for sibling in family)
    other = replicate(checkpoint)
    if not family:
        runs.replicate(checkpoint, library, progress)
    elif other and "cagi5" not in other.metrics:  # an earlier version scored replicates on held-out elements alone
        scorecard.score(other, library, progress=progress)
        made = True
    for sibling in siblings(checkpoint):
        maps.store(sibling, library, progress=progress)
    return made


@dataclass(frozen=True)
class SeedsAgainstModels:
    """Two seeds of one model beside two models, by one recipe; intervals over the elements of the panel.

    Attributes:
        recipe: its words.
        by_model: the correlation between siblings, of each model.
        seeds: the mean of it over models.
        models: mean over pairs of models of the correlation of the siblings of one with those of the other.
        difference: `seeds` minus `models`.
        p: the share of dealings, the true one included, with a difference at least as large.
    """

    recipe: str
    by_model: tuple[Metric, ...]
    seeds: Metric
    models: Metric
    difference: Metric
    p: float


def against_models(families: list[list[maps.Maps]], output: str) -> list[SeedsAgainstModels]:
    """Do two models agree less than two seeds of one model? One answer for each recipe of
    `engine.interpretation.attribution.statistics.RECIPES`.

    Models trained with the same seed start alike and see the elements in the same order, which makes their maps more
    alike; so only networks of different seeds are compared, between models as within one. The intervals are over
    elements, for these networks. Whether other networks would show the same is another question, and there are few: it
    is asked by dealing the networks of each seed out to the models anew.

    Args:
        families: of two models or more, the maps of its siblings (`read`), all of the same panel; siblings at the same
            place in two families count as of the same seed.

    Raises:
        InputError: maps of different panels.
    """
    networks = [m for family in families for m in family]
    same_panel([(m, output) for m in networks])
    model = np.repeat(np.arange(len(families)), [len(family) for family in families])
    seed = np.concatenate([np.arange(len(family)) for family in families])
    records = []
    for (method, baseline), words in RECIPES.items():
        profiles = [m.profile(output, method, baseline) for m in networks]
        between = np.zeros((len(networks), len(networks), len(profiles[0])))
        for i, j in combinations(range(len(networks)), 2):
            between[i, j] = between[j, i] = row_pearson(profiles[i], profiles[j])
        within, across = _within_and_across(between, model, seed)
        records.append(
            SeedsAgainstModels(
                recipe=words,
                by_model=tuple(mean_of(w) for w in within),
                seeds=mean_of(within.mean(axis=0)),
                models=mean_of(across),
                difference=mean_of(within.mean(axis=0) - across),
                p=_dealt_anew(np.nanmean(between, axis=2), model, seed),
            )
        )
    return records


@dataclass(frozen=True)
class MoreAlike:
    """Whether the networks of one model agree more than those of another, by one recipe; intervals over the elements of
    the panel.

    Attributes:
        recipe: its words.
        one, other: mean correlation between the siblings of each.
        difference: `one` minus `other`, element by element.
    """

    recipe: str
    one: Metric
    other: Metric
    difference: Metric


def more_alike(one: list[maps.Maps], other: list[maps.Maps], output: str) -> list[MoreAlike]:
    """Do networks of `one` model that differ in the seed agree more on their maps than those of an `other`?

    Unlike `against_models` this holds no network of one model against one of the other: of a student it asks whether
    distillation makes explanations depend less on the seed. An answer for each recipe of
    `engine.interpretation.attribution.statistics.RECIPES`.

    Raises:
        InputError: maps of different panels.
    """
    same_panel([(m, output) for m in (*one, *other)])
    records = []
    for (method, baseline), words in RECIPES.items():
        own, others = (every_two([m.profile(output, method, baseline) for m in family]) for family in (one, other))
        records.append(MoreAlike(words, mean_of(own), mean_of(others), mean_of(own - others)))
    return records


def _within_and_across(between: np.ndarray, model: np.ndarray, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over pairs of networks that differ in the seed: of each model `(models, n)`, and, averaged over pairs of
    models, of one model with another `(n,)`.

    Args:
        between: `(networks, networks, n)` correlations.
        model, seed: `(networks,)` the model and the seed of each.
    """
    differ = seed[:, None] != seed
    each = [model == k for k in range(model.max() + 1)]
    within = [between[differ & own[:, None] & own].mean(axis=0) for own in each]
    across = [between[differ & a[:, None] & b].mean(axis=0) for a, b in combinations(each, 2)]
    return np.array(within), np.mean(across, axis=0)


def _dealt_anew(between: np.ndarray, model: np.ndarray, seed: np.ndarray) -> float:
    """The share of dealings of the networks of each seed to the models that set models apart as much: of all of them,
    or of the true one and `PERMUTATIONS` random ones where there are more.

    Args:
        between: `(networks, networks)` mean correlation of every two.
        model, seed: `(networks,)` the model and the seed of each.
    """
    # the difference is a weighted sum over pairs of networks
    within, across = _within_and_across(np.eye(len(model) ** 2).reshape(*between.shape, -1), model, seed)
    weights = (within.mean(axis=0) - across).reshape(between.shape)
    # dealing those of one seed leaves as much to chance as dealing those of all
    groups = [np.flatnonzero(seed == s) for s in np.unique(seed)][1:]
    if math.prod(math.factorial(len(group)) for group in groups) <= PERMUTATIONS:
        dealt = [np.concatenate(d) for d in product(*(list(permutations(group)) for group in groups))]
    else:
        rng = np.random.default_rng(0)
        dealt = [np.concatenate(groups)]
        dealt += [np.concatenate([rng.permutation(group) for group in groups]) for _ in range(PERMUTATIONS)]
    orders = np.tile(np.arange(len(model)), (len(dealt), 1))
    orders[:, np.concatenate(groups)] = dealt
    differences = (between[orders[:, :, None], orders[:, None, :]] * weights).sum(axis=(1, 2))
    # dealings that only exchange whole models give the true difference up to rounding
    return float((differences >= differences[0] - 1e-9).mean())


# --- the replicate ----------------------------------------------------------------------------------


def replicate(checkpoint: Checkpoint) -> Checkpoint | None:
    """The same recipe trained with another seed; None where it was not. Raises CheckpointError for a broken one."""
    folder = _replicate_folder(checkpoint)
    return checkpoints.load(checkpoint.name, folder) if folder else None


def _replicate_folder(own: Checkpoint | stored.Place) -> Path | None:
    return next(iter(checkpoints.replicates(own.name, own.folder).values()), None)


def _by_seed(own: Checkpoint | stored.Place, network: Network, replicate: Network, folder: Path) -> tuple[Network, ...]:
    """A model's network and its replicate, which lies in `folder`, in the order of their seeds, whichever of the two is
    the model: what stands at the same place in two families is to be of the same seed."""
    seeds = [checkpoints.read_metrics(own.name, f)["training"]["seed"] for f in (own.folder, folder)]
    return (network, replicate) if seeds[0] < seeds[1] else (replicate, network)


def _members(own: Checkpoint | stored.Place, count: int) -> tuple[stored.Place, ...]:
    folder = own.folder / checkpoints.MEMBERS
    return tuple(
        stored.Place(f"{own.name}, member {i}", folder / str(i), f"{own.weights_hash}-{i}") for i in range(1, count + 1)
    )
