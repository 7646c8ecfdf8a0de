"""From a declared name to scored networks in `trained_models/`: what `engine.training.runs` asks of this wing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine import device as devices
from engine.data.library import Library
from engine.disentangle import scorecard
from engine.disentangle.declared import EXPERIMENTS, SYSTEM, Disentangle
from engine.disentangle.training import DisentangleTask
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.experiments.trained import TrainingFacts
from engine.results import Progress
from engine.training import loop, runs
from engine.training.activity import history_entry, trained_model
from engine.training.runs import Kind, Settings


def get(name: str) -> Disentangle:
    """A declared run by its name, with or without "disentangle." before it; raises InputError."""
    full = name if name.startswith(f"{SYSTEM}.") else f"{SYSTEM}.{name}"
    if full not in EXPERIMENTS:
        raise InputError(
            f"no network of DISENTANGLE is called '{name[:100]}'; to see all run: python -m engine disentangle list"
        )
    return EXPERIMENTS[full]


def decisive(experiment: Disentangle) -> dict:
    """What decides the weights of a run, given the data and a seed."""
    return {key: value for key, value in experiment.as_dict().items() if key not in ("name", "seeds")}


def make(
    name: str,
    experiment: Disentangle,
    seed: int,
    settings: Settings,
    library: Library,
    folder: Path,
    progress: Progress | None = None,
) -> dict:
    """Train, save and score one run into a folder; returns its metrics.json."""
    where = devices.resolve(settings.device)
    task = DisentangleTask(experiment, library, where, devices.precision(settings.precision, where))
    run = loop.train(
        task,
        experiment.optimizer,
        settings.of_run(runs.state_file(name, seed)),
        seed=seed,
        label=name,
        scored="validation Spearman",
    )
    checkpoints.save(name, run.model, experiment, folder)
    return scorecard.score(checkpoints.load(name, folder), library, _facts(run, experiment, task, library), progress)


def _facts(run: loop.Trained, experiment: Disentangle, task: DisentangleTask, library: Library) -> TrainingFacts:
    trained = trained_model(run, [history_entry(epoch) | {"losses": epoch.losses} for epoch in run.history])
    return replace(runs.training_facts(trained, decisive(experiment), library), rows=task.counted)


KIND = Kind(get, decisive, make, every_seed=True)
