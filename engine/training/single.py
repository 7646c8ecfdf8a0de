"""One declared experiment with one seed: which task it is, and what the run leaves."""

from __future__ import annotations

from engine import device as devices
from engine.data.library import Library
from engine.experiments.declared import Experiment
from engine.experiments.trained import TrainedModel
from engine.training import loop
from engine.training.activity import ActivityTask, history_entry, trained_model
from engine.training.distillation import DistillationTask
from engine.training.loop import RunSettings


def train(
    experiment: Experiment,
    library: Library,
    settings: RunSettings = RunSettings(),
    *,
    seed: int | None = None,
) -> TrainedModel:
    """Train one declared experiment with one seed, by default its first; the rest as `loop.train`.

    Raises:
        InputError: an unknown device, loss, model or output, or a state file that is broken or of another run.
        CheckpointError: a student's teacher is not trained.
    """
    where = devices.resolve(settings.device)
    task = DistillationTask if experiment.distillation else ActivityTask
    run = loop.train(
        task(experiment, library, where, devices.precision(settings.precision, where)),
        experiment.optimizer,
        settings,
        seed=experiment.seeds[0] if seed is None else seed,
        label=experiment.name,
        scored="validation Spearman",
    )
    return trained_model(run, [history_entry(epoch) for epoch in run.history])
