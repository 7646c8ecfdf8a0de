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
    made = not there or not all(maps.read(sibling) for sibling in there)
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

    Args:
        families: of two models or more, the maps of its siblings (`read`), all of the same panel.

    Returns:
        `recipe`; `seeds`, mean over models of the correlation between siblings; `models`, mean over pairs of models of
        the correlation of every sibling of one with every sibling of the other; `difference`, the former minus the
        latter, all over the elements of the panel as `Metric.as_dict`.

    Raises:
        InputError: maps of different panels.
    """
    same_panel([(m, output) for family in families for m in family])
    records = []
    for (method, baseline), words in RECIPES.items():
        profiles = [[m.profile(output, method, baseline) for m in family] for family in families]
        within = np.mean([agreement(family) for family in profiles], axis=0)
        across = np.mean(
            [row_pearson(a, b) for one, other in combinations(profiles, 2) for a in one for b in other], axis=0
        )
        parts = {"seeds": within, "models": across, "difference": within - across}
        records.append({"recipe": words} | {k: mean_of(v).as_dict() for k, v in parts.items()})
    return records


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
    """Where the twin of a described model lies: scored, and trained by the recipe that the model has now."""
    for found in sorted((folder / checkpoints.SEEDS).glob(f"*/{checkpoints.METRICS}")):
        if _recipe(checkpoints.read_description(folder.name, found.parent)) == _recipe(description):
            return found.parent
    return None


def _recipe(description: dict) -> dict:
    return experiments.as_stored(experiments.from_stored(description["experiment"]).recipe())


def _members(own: Checkpoint | stored.Place, count: int) -> tuple[stored.Place, ...]:
    folder = own.folder / checkpoints.SEEDS
    return tuple(
        stored.Place(f"{own.name}, member {i}", folder / f"member-{i}", f"{own.weights_hash}-{i}")
        for i in range(1, count + 1)
    )
