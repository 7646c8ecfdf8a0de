"""Networks that differ in the seed alone: how far do their explanations agree?

Two trainings of one recipe start from other random weights and see the elements in another order. What their maps agree
on is the ceiling for any comparison between losses: models of two losses that agree as well differ no more than chance
makes two models of one loss differ.

A network of several members (`LegNetConfig.members`) holds such networks already. Any other is trained a second time,
with the next of its seeds, and its twin is kept in `trained_models/<name>/seeds/<seed>/`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from engine import checkpoints, experiments
from engine.checkpoints import Checkpoint
from engine.data import sources
from engine.errors import CheckpointError
from engine.evaluation import held_out
from engine.evaluation.calibration import calibrate
from engine.evaluation.scorecard import training_facts
from engine.interpretation import maps, stored
from engine.interpretation.map_statistics import RECIPES, mean_of, row_pearson, same_panel
from engine.interpretation.panel import Library
from engine.results import Progress
from engine.training import train

PERMUTATIONS = 2000


def siblings(checkpoint: Checkpoint) -> tuple[Checkpoint, ...]:
    """Two or more networks of one recipe that differ in the seed alone; empty where no second one was trained.

    The members of a network, or the network and its twin. Members keep the scale of the whole network.

    Raises:
        CheckpointError: a broken twin.
    """
    members = checkpoint.model.split()
    if len(members) == 1:
        there = twin(checkpoint)
        return (checkpoint, there) if there else ()
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
    folder = _twin_folder(own.folder, description)
    if folder is None:
        return ()
    weights = checkpoints.read_description(own.name, folder)["weights_sha256"]
    return stored.Place(own.name, own.folder, own.weights_hash), stored.Place(own.name, folder, weights)


def read(own: Checkpoint | stored.Place) -> list[maps.Maps]:
    """The stored maps of a model's siblings, two or more; empty unless all are there."""
    found = [maps.read(place) for place in places(own)]
    return [there[0] for there in found if there] if all(found) else []


def compute(checkpoint: Checkpoint, of: Library, progress: Progress | None = None) -> bool:
    """The maps of the panel by all siblings; trains the twin first if there is none.

    Minutes for a row of the study, as long as its training took. A stopped training goes on after its last epoch.

    Returns:
        False if all was there already.

    Raises:
        CheckpointError: it is not known how the model was trained.
        KeyboardInterrupt: passed on.
    """
    there = siblings(checkpoint)
    made = not there or not all(maps.current(sibling, of.table, of.split) for sibling in there)
    if not there:
        train_twin(checkpoint, of, progress)
    for sibling in siblings(checkpoint):
        maps.store(sibling, of.table, of.split, progress=progress)
    return made


def agreement(profiles: list[np.ndarray]) -> np.ndarray:
    """`(n,)` mean Pearson correlation over every two of some `(n, length)` maps, element by element."""
    return np.mean([row_pearson(a, b) for a, b in combinations(profiles, 2)], axis=0)


def against_models(families: list[list[maps.Maps]], output: str) -> list[dict]:
    """Do two models agree less than two seeds of one model? One record for each recipe of `map_statistics.RECIPES`.

    The intervals are over elements, for these networks. Whether other networks would show the same is another question,
    and there are few networks: it is asked by dealing them out to the models anew (`PERMUTATIONS` times).

    Args:
        families: of two models or more, the maps of its siblings (`read`), all of the same panel.

    Returns:
        `recipe`; `seeds`, mean over models of the correlation between siblings, and `by model` the same of each;
        `models`, mean over pairs of models of the correlation of every sibling of one with every sibling of the other;
        `difference`, the former minus the latter, all over the elements of the panel as `Metric.as_dict`; and `p`, the
        share of dealings, the true one included, with a difference at least as large.

    Raises:
        InputError: maps of different panels.
    """
    networks = [m for family in families for m in family]
    same_panel([(m, output) for m in networks])
    of = np.repeat(np.arange(len(families)), [len(family) for family in families])
    records = []
    for (method, baseline), words in RECIPES.items():
        profiles = [m.profile(output, method, baseline) for m in networks]
        between = np.zeros((len(networks), len(networks), len(profiles[0])))
        for i, j in combinations(range(len(networks)), 2):
            between[i, j] = between[j, i] = row_pearson(profiles[i], profiles[j])
        within, across = _within_and_across(between, of)
        record = {"recipe": words, "by model": [mean_of(w).as_dict() for w in within]}
        parts = {"seeds": within.mean(axis=0), "models": across, "difference": within.mean(axis=0) - across}
        record |= {k: mean_of(v).as_dict() for k, v in parts.items()}
        records.append(record | {"p": _dealt_anew(np.nanmean(between, axis=2), of)})
    return records


def _within_and_across(between: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From correlations `(networks, networks, n)` and the model of each network: of each model the mean over every two
    of its networks `(models, n)`, and the mean over pairs of models of the mean over their networks `(n,)`."""
    each = [np.flatnonzero(of == k) for k in range(of.max() + 1)]
    within = [np.mean([between[i, j] for i, j in combinations(own, 2)], axis=0) for own in each]
    across = [between[np.ix_(a, b)].mean(axis=(0, 1)) for a, b in combinations(each, 2)]
    return np.array(within), np.mean(across, axis=0)


def _dealt_anew(between: np.ndarray, of: np.ndarray, seed: int = 0) -> float:
    """The share of random dealings of networks to models, the true one included, that set models apart as much.

    Args:
        between: `(networks, networks)` mean correlation of every two.
        of: `(networks,)` the model of each.
    """
    # the difference is a weighted sum over pairs of networks
    unit = np.zeros((*between.shape, len(of) ** 2))
    unit[(*np.indices(between.shape).reshape(2, -1), np.arange(len(of) ** 2))] = 1
    within, across = _within_and_across(unit, of)
    weights = (within.mean(axis=0) - across).reshape(between.shape)
    rng = np.random.default_rng(seed)
    orders = np.stack([np.arange(len(of)), *(rng.permutation(len(of)) for _ in range(PERMUTATIONS))])
    found = (between[orders[:, :, None], orders[:, None, :]] * weights).sum(axis=(1, 2))
    # dealings that only exchange networks within a model, or whole models, give the true difference up to rounding
    return float((found >= found[0] - 1e-9).mean())


# --- the twin ---------------------------------------------------------------------------------------


def twin(checkpoint: Checkpoint) -> Checkpoint | None:
    """The same recipe trained with another seed; None where it was not. Raises CheckpointError for a broken one."""
    folder = _twin_folder(checkpoint.folder, checkpoint.description)
    return checkpoints.load(checkpoint.name, folder) if folder else None


def train_twin(checkpoint: Checkpoint, of: Library, progress: Progress | None = None) -> Path:
    """Train the recipe of a model with the first of its seeds that is not its own; returns the twin's folder."""
    try:
        experiment = experiments.from_stored(checkpoint.description["experiment"])
        own = checkpoint.metrics["training"]["seed"]
    except KeyError as error:
        raise CheckpointError(f"it is not recorded how '{checkpoint.name}' was trained; it has no twin") from error
    seed = next((s for s in experiment.seeds if s != own), own + 1)
    state = sources.cache_folder() / "twins" / f"{checkpoint.name}-{seed}.state"
    run = train(experiment, of.table, of.split, seed=seed, state_file=state, show_progress=progress is not None)
    calibration = calibrate(run.model, of.table, of.split)
    folder = checkpoints.save(checkpoint.name, run.model, experiment, checkpoint.folder / checkpoints.SEEDS / str(seed))
    loaded = checkpoints.load(checkpoint.name, folder)
    checkpoints.save_metrics(
        checkpoint.name,
        {
            "model": checkpoint.name,
            "weights_sha256": loaded.weights_hash,
            "training": training_facts(run, experiment, of.table, of.split),
            "calibration": calibration,
            "data_hash": of.table.hash,
            "split_hash": of.split.hash,
            "standardisation": held_out.standardisation(loaded.model, of.table, of.split),
            "held_out": held_out.held_out(loaded.model, of.table, of.split),
        },
        folder,
    )
    state.unlink(missing_ok=True)
    return folder


def _twin_folder(folder: Path, description: dict) -> Path | None:
    """Where the twin of a described model lies: scored, and trained by the recipe and on the data of the model as it is
    now, with another seed."""
    own = checkpoints.read_metrics(folder.name, folder)
    for found in sorted((folder / checkpoints.SEEDS).glob(f"*/{checkpoints.METRICS}")):
        other = checkpoints.read_metrics(folder.name, found.parent)
        if other["training"]["seed"] == own["training"]["seed"] or _data(other) != _data(own):
            continue
        if _recipe(checkpoints.read_description(folder.name, found.parent)) == _recipe(description):
            return found.parent
    return None


def _data(metrics: dict) -> tuple[str, str]:
    """Hashes of the table and the split that a model was trained on."""
    training = metrics["training"]
    return training["data_hash"], training["split_hash"]


def _recipe(description: dict) -> dict:
    return experiments.as_stored(experiments.from_stored(description["experiment"]).recipe())


def _members(own: Checkpoint | stored.Place, count: int) -> tuple[stored.Place, ...]:
    folder = own.folder / checkpoints.SEEDS
    return tuple(
        stored.Place(f"{own.name}, member {i}", folder / f"member-{i}", f"{own.weights_hash}-{i}")
        for i in range(1, count + 1)
    )
