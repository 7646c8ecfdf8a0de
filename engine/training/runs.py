"""From a declared name to a scored model in `trained_models/`: train, calibrate, save, score.

A run is one experiment with one seed. Of several seeds the one with the best validation Spearman is the model, and each
other one is kept whole as a replicate of it. A run that was stopped goes on where it was, one that is done is left
alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine import store
from engine.data import sources
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD, Split
from engine.errors import CheckpointError, CisLensError, InputError
from engine.evaluation import large_scale, scorecard
from engine.evaluation.calibration import calibrate
from engine.evaluation.changes import fit_changes
from engine.experiments import checkpoints, commits, declared
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import Ensemble, Experiment
from engine.experiments.trained import TrainedModel, TrainingFacts
from engine.mpra import large_scale as large_tables
from engine.results import Progress
from engine.training.loop import RunSettings, alone
from engine.training.single import train

# Ensembles need their members, and a student its teacher, which may be one.
STAGES = NETWORKS, ENSEMBLES, STUDENTS = range(3)
NEEDED = ("lentimpra_sequences", "lentimpra_activity", "satmut", "cagi5_references")


@dataclass(frozen=True)
class Settings:
    """What a run takes from the command line rather than from its declaration.

    Attributes:
        width, epochs: in place of the declared ones.
        budget_minutes: end a full learning-rate cycle within this time.
        again: train even if there are weights already.
        table: the downloaded file of a full large-scale table; None for the one among the data files.
    """

    width: int | None = None
    epochs: int | None = None
    device: str = "auto"
    precision: str = "auto"
    budget_minutes: float | None = None
    again: bool = False
    show_progress: bool = True
    table: str | None = None

    def vary(self, experiment: Any) -> Any:
        """The declared experiment under these settings."""
        if self.width:
            model = replace(experiment.model, options={**experiment.model.options, "width": self.width})
            experiment = replace(experiment, model=model)
        if self.epochs:
            experiment = replace(experiment, optimizer=replace(experiment.optimizer, epochs=self.epochs))
        return experiment

    def of_run(self, state_file: Path) -> RunSettings:
        """Those that the training loop takes, of a run that keeps its state in a file."""
        return RunSettings(self.device, self.precision, self.budget_minutes, state_file, self.show_progress)


@dataclass(frozen=True)
class Outcome:
    """What became of one run.

    Attributes:
        seed: None for an ensemble.
        status: 'trained', 'built' (an ensemble) or 'done before'.
        metrics: as in metrics.json.
    """

    name: str
    seed: int | None
    status: str
    metrics: dict


@dataclass(frozen=True)
class Kind:
    """What differs between the systems that train here; functions of a module, so that workers can be handed them.

    Attributes:
        declaration: of a name: what has `optimizer` and `seeds`; raises InputError for an unknown one.
        recipe: what decides the weights, given the data and a seed: a part of what experiment.json keeps.
        make: train, save and score one run into a folder; takes what `_make` takes and gives metrics.json.
        every_seed: without seeds that are asked for, all that are declared are trained, not the first alone.
    """

    declaration: Callable[[str], Any]
    recipe: Callable[[Any], dict]
    make: Callable[[str, Any, int, Settings, Library, Path, Progress | None], dict]
    every_seed: bool = False


def check_data() -> None:
    """Raise DataError now, and not after hours of training, if a file that training or scoring needs is missing."""
    for name in NEEDED:
        sources.path(name)


def plan(names: list[str], seeds: list[int] | None, kind: Kind | None = None) -> list[tuple[str, int | None]]:
    """`(name, seed)` of every run, in the order of `STAGES`; raises InputError."""
    kind = kind or ACTIVITY
    runs: list[tuple[str, int | None]] = []
    for name in dict.fromkeys(names):
        declaration = kind.declaration(name)
        if isinstance(declaration, Ensemble):
            runs.append((name, None))
        else:
            own = declaration.seeds if kind.every_seed else declaration.seeds[:1]
            runs += [(name, seed) for seed in seeds or own]
    return sorted(runs, key=lambda run: stage(run, kind))


def stage(run: tuple[str, int | None], kind: Kind | None = None) -> int:
    """Which of `STAGES` a run is of."""
    if run[1] is None:
        return ENSEMBLES
    # only experiments of activity have teachers
    return STUDENTS if getattr((kind or ACTIVITY).declaration(run[0]), "distillation", None) else NETWORKS


def state_file(name: str, seed: int) -> Path:
    """Where a run that is under way keeps its state."""
    return store.cache_folder() / "training" / f"{name}-{seed}.state"


def seed_folder(name: str, seed: int) -> Path:
    """Where a trained seed's weights and scores lie until they are adopted."""
    return store.cache_folder() / "seeds" / f"{name}-{seed}"


def done(
    name: str,
    seed: int | None,
    settings: Settings,
    declaration: Experiment | None = None,
    kind: Kind | None = None,
) -> dict:
    """The metrics of a run that is done under these settings; empty if it is not.

    Args:
        declaration: of a model that is declared nowhere, such as one of a user's own table.
        kind: of another system's model.

    Raises:
        InputError: there are weights that were trained otherwise, which only `--again` may replace.
    """
    kind = kind or ACTIVITY
    wanted = declaration or kind.declaration(name)
    if settings.again or name not in checkpoints.trained(checkpoints.system_of(name)):
        return {}
    try:
        description = checkpoints.read_description(name)
    except CheckpointError:
        return {}  # a model that cannot be read is not done: the command that is advised for it makes it anew
    if isinstance(wanted, Ensemble):
        members = description["config"].get("members", {})
        now = {m: checkpoints.read_description(m)["weights_sha256"] for m in wanted.members}
        return _metrics_of_whole(name) if members == now else {}
    recipe = declared.as_stored(kind.recipe(settings.vary(wanted)))
    before = declared.recipe_then(description.get("experiment", {}), recipe)
    if before != recipe:
        raise InputError(
            f"model '{name}' was trained with other settings ({differences(before, recipe)}); use --again to replace it"
        )
    if (own := _seed_kept(name)) is None or own == seed or seed is None:
        return _metrics_of_whole(name) if own == seed else {}
    folder = checkpoints.replicate_folder(name, seed)
    return _metrics_of_whole(name, folder) if folder.is_dir() else {}


def _metrics_of_whole(name: str, network: Path | None = None) -> dict:
    """The metrics of a model, or of a replicate of it, that can be loaded and is scored; empty for any other."""
    try:
        if network is not None and not checkpoints.is_replicate(name, network):
            return {}
        return checkpoints.load(name, network).metrics
    except CisLensError:
        return {}


def differences(old: dict, new: dict) -> str:
    """What differs between two recipes, in words."""
    parts = []
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key), new.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            inner = differences(a, b)
            parts += [f"{key} {inner}"] if inner else []
        elif a != b:
            parts.append(f"{key}: {a}, not {b}")
    return ", ".join(parts)


def run(
    name: str,
    seed: int | None,
    settings: Settings,
    library: Library,
    progress: Progress | None = None,
    declaration: Experiment | None = None,
    kind: Kind | None = None,
) -> Outcome:
    """Do one run, or report that it is done. `adopt` then decides whether a seed's weights are the model's.

    Args:
        library: what is learned and scored on.
        progress: called with (steps done, steps) while the model is scored.
        declaration: of a model that is declared nowhere, such as one of a user's own table.
        kind: of another system's model.

    Raises:
        InputError: an unknown name, weights that were trained otherwise, or another process that is at this run.
        CheckpointError: a member of an ensemble is not trained.
        KeyboardInterrupt: passed on; the last whole epoch is kept in `state_file(name, seed)`.
    """
    kind = kind or ACTIVITY
    wanted = declaration or kind.declaration(name)
    if before := done(name, seed, settings, declaration, kind):
        return Outcome(name, seed, "done before", before)
    if isinstance(wanted, Ensemble):
        model = checkpoints.build_ensemble(wanted)
        calibration = calibrate(model, library)
        with commits.aside(checkpoints.folder_of(name)) as scratch:
            checkpoints.save_ensemble(model, wanted, scratch)
            scored = checkpoints.load(name, scratch)
            metrics = scorecard.score(scored, library, calibration=calibration, progress=progress)
            checkpoints.replace(name, scratch)
        return Outcome(name, None, "built", metrics)
    if seed is None:
        seed = wanted.seeds[0]
    with _alone(name, seed):
        made = kind.make(name, settings.vary(wanted), seed, settings, library, seed_folder(name, seed), progress)
    return Outcome(name, seed, "trained", made)


def replicate(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> Path:
    """Train the recipe of a model with the first of its seeds that is not its own, into the folder of its replicates.

    Its role stays what it is, however well it scores: what is stored of the model would be of other weights.

    Returns:
        The replicate's folder.

    Raises:
        CheckpointError: it is not known how the model was trained.
        InputError: another process trains this replicate.
    """
    name = checkpoint.name
    try:
        experiment = declared.from_stored(checkpoint.description["experiment"])
        own = checkpoint.metrics["training"]["seed"]
    except KeyError as error:
        raise CheckpointError(f"it is not recorded how '{name}' was trained; it can have no replicate") from error
    seed = next((s for s in experiment.seeds if s != own), own + 1)
    settings = Settings(show_progress=progress is not None)
    with _alone(name, seed), commits.aside(checkpoint.folder) as scratch:
        _make(name, experiment, seed, settings, library, scratch, progress)
        checkpoints.keep_replicate(name, seed, scratch, checkpoint.folder)
        state_file(name, seed).unlink(missing_ok=True)
    return checkpoints.replicate_folder(name, seed, checkpoint.folder)


def _alone(name: str, seed: int) -> AbstractContextManager[None]:
    return alone(state_file(name, seed), f"model '{name}' with seed {seed}")


def _make(
    name: str,
    experiment: Experiment,
    seed: int,
    settings: Settings,
    library: Library,
    folder: Path,
    progress: Progress | None,
) -> dict:
    """Train, calibrate, save, score: the one way in which a model comes about. Returns what it scored."""
    cell = declared.large_cell(experiment.task.table)
    large = large_tables.library(cell, library, settings.table) if cell else None
    learned = large.library if large else library
    result = train(experiment, learned, settings.of_run(state_file(name, seed)), seed=seed)
    calibration = calibrate(result.model, learned)
    if experiment.distillation:
        teacher = checkpoints.load(experiment.distillation.teacher)
        fit_changes(result.model, teacher.inference_model, learned)
    checkpoints.save(name, result.model, experiment, folder)
    facts = training_facts(result, experiment.recipe(), learned, large_tables.SPLIT_RULE if large else SPLIT_RULE)
    trained = checkpoints.load(name, folder)
    there = large_scale.evaluate(trained.model, large) if large else None
    return scorecard.score(trained, library, facts, calibration, progress, there)


ACTIVITY = Kind(declared.get, Experiment.recipe, _make)


def adopt(outcome: Outcome, *, fresh: bool = False) -> bool:
    """Keep a trained seed: the best on the validation fold is the model, every other one a replicate of it.

    Args:
        fresh: seeds that were trained before this command go (`--again`).

    Returns:
        Whether the weights of this outcome are the ones in `trained_models/<name>`.
    """
    name, seed = outcome.name, outcome.seed
    if outcome.status == "trained" and seed is not None:
        network = seed_folder(name, seed)
        with commits.locked(checkpoints.folder_of(name)):  # another seed may be adopted at the same time
            own = _seed_kept(name)
            if fresh or own in (None, seed):
                checkpoints.replace(name, network, fresh=fresh)
            else:
                _keep_beside(name, own, seed, network)
        shutil.rmtree(network, ignore_errors=True)
        state_file(name, seed).unlink(missing_ok=True)
    return seed is None or _seed_kept(name) == seed


def _keep_beside(name: str, own: int, seed: int, network: Path) -> None:
    """Keep the network of a seed with a model, whose seed is `own`, and its replicates: the best of them all on the
    validation fold is the model."""
    folder = checkpoints.folder_of(name)
    networks = checkpoints.replicates(name) | {seed: network}
    able = [s for s, f in sorted(networks.items()) if s != seed or checkpoints.is_replicate(name, f)]
    scores = {own: _validation(checkpoints.read_metrics(name))}
    scores |= {s: _validation(checkpoints.read_metrics(name, networks[s])) for s in able}
    best = max(scores, key=scores.__getitem__)
    if best == own:
        checkpoints.arrange(folder, None, {seed: network})
    else:
        beside = {own: folder, seed: network}
        checkpoints.arrange(folder, networks[best], {s: f for s, f in beside.items() if s != best}, [best])


def _seed_kept(name: str) -> int | None:
    """The seed whose weights are in `trained_models/<name>`; None where no model is there that can be loaded."""
    try:
        return (checkpoints.load(name).metrics.get("training") or {}).get("seed")
    except CisLensError:
        return None


def _validation(metrics: dict) -> float:
    """The score on the validation fold that chose the weights, the Spearman where activity is predicted; lower than any
    for a model of which nothing is known."""
    history = metrics.get("training", {}).get("history", [])
    scores = (epoch.get("validation_spearman_mean", epoch.get("validation_score")) for epoch in history)
    return max((score for score in scores if score is not None), default=float("-inf"))


SPLIT_RULE = (
    "homology-aware: elements sharing a 30-mer on either strand stay in one of 10 folds; "
    f"fold {TEST_FOLD} test, fold {VALIDATION_FOLD} validation, the others training"
)


def learned_rows(recipe: dict, split: Split) -> np.ndarray:
    """Row numbers, ascending, that a model of a recipe learned from: those of its folds, or all that train."""
    return split.learned(recipe.get("task", {}).get("folds"))


def training_facts(run: TrainedModel, recipe: dict, library: Library, rule: str = SPLIT_RULE) -> TrainingFacts:
    """How a model came about, as recorded with every metric."""
    table, split = library
    if folds := recipe.get("task", {}).get("folds"):
        rule = f"{rule}; of those only {', '.join(map(str, folds))}"
    return TrainingFacts(
        seed=run.seed,
        recipe=recipe,
        device=run.device,
        precision=run.precision,
        seconds=run.seconds,
        samples_per_second=run.samples_per_second,
        epochs=len(run.history),
        stopped=run.stopped,
        best_epoch=run.best["epoch"],
        validation_spearman=run.best["validation_spearman"],
        validation_spearman_mean=run.best["validation_spearman_mean"],
        history=run.history,
        data_hash=table.hash,
        split_hash=split.hash,
        split=rule,
        rows={
            "training": len(learned_rows(recipe, split)),
            "validation": len(split.validation),
            "test": len(split.test),
        },
    )
