"""From a declared name to a scored generator in `trained_models/`: what `engine.training.runs` asks of this wing."""

from __future__ import annotations

from pathlib import Path

from engine import device as devices
from engine.data.library import Library
from engine.design import evaluation
from engine.design.declared import Generator, get
from engine.design.training import GeneratorTask, decisive
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress
from engine.training import loop, runs
from engine.training.loop import SCORE, Epoch
from engine.training.runs import Kind, Settings


def make(
    name: str,
    experiment: Generator,
    seed: int,
    settings: Settings,
    library: Library,
    folder: Path,
    progress: Progress | None = None,
) -> dict:
    """Train, save and score one run into a folder; returns its metrics.json."""
    where = devices.resolve(settings.device)
    task = GeneratorTask(experiment, library, where, devices.precision(settings.precision, where))
    run = loop.train(
        task,
        experiment.optimizer,
        settings.of_run(runs.state_file(name, seed)),
        seed=seed,
        label=name,
        scored="minus bits a base",
    )
    checkpoints.save(name, run.model, experiment, folder)
    return score(checkpoints.load(name, folder), library, _facts(run, task, library), progress)


def score(
    checkpoint: Checkpoint, library: Library, training: dict | None = None, progress: Progress | None = None
) -> dict:
    """Score a loaded generator (the stored float16 weights, as every user will run them) and write its metrics.json.

    Args:
        training: how it came about; by default what an earlier metrics.json says.
    """
    metrics = {
        "model": checkpoint.name,
        "weights_sha256": checkpoint.weights_hash,
        "training": training or checkpoint.metrics.get("training", {}),
        "data_hash": library.table.hash,
        "split_hash": library.split.hash,
        "design": {name: m.as_dict() for name, m in evaluation.evaluate(checkpoint, library, progress)},
    }
    checkpoints.save_metrics(checkpoint.name, metrics, checkpoint.folder)
    return metrics


def _facts(run: loop.Trained, task: GeneratorTask, library: Library) -> dict:
    """How a generator came about, as metrics.json keeps it."""
    history = [_entry(epoch) for epoch in run.history]
    best = max(history, key=lambda entry: entry["validation_score"])
    return {
        "seed": run.seed,
        "recipe": decisive(task.experiment),
        "device": run.device,
        "precision": run.precision,
        "seconds": run.seconds,
        "samples_per_second": run.samples_per_second,
        "epochs": len(history),
        "stopped": run.stopped,
        "best_epoch": best["epoch"],
        "validation_score": best["validation_score"],
        "history": history,
        "data_hash": library.table.hash,
        "split_hash": library.split.hash,
        "split": runs.SPLIT_RULE,
        "folds": list(task.experiment.folds),
        "rows": task.counted,
    }


def _entry(epoch: Epoch) -> dict:
    """An epoch; the score is minus bits a base."""
    return {
        "epoch": epoch.number,
        "training_loss": epoch.loss,
        "validation_score": epoch.scores[SCORE],
        "validation": {name: value for name, value in epoch.scores.items() if name != SCORE},
        "samples": epoch.samples,
        "seconds": epoch.seconds,
    }


KIND = Kind(get, decisive, make, every_seed=True)
"""What `engine.training.runs` and its workers are handed to train a generator."""
