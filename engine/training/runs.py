"""From a declared name to a scored model in `trained_models/`: train, calibrate, save, score.

A run is one experiment with one seed. Of several seeds the one with the best validation Spearman gives the weights that
are kept; the metrics of every seed are. A run that was stopped goes on where it was, one that is done is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine import store
from engine.data import lentimpra, sources, splits
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD, Split
from engine.errors import CheckpointError, InputError
from engine.evaluation import scorecard
from engine.evaluation.calibration import calibrate
from engine.evaluation.scorecard import score
from engine.experiments import checkpoints, declared
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import Ensemble, Experiment
from engine.experiments.trained import TrainedModel
from engine.results import Progress
from engine.training.loop import alone, train

NEEDED = ("lentimpra_sequences", "lentimpra_activity", "satmut", "cagi5_references")


@dataclass(frozen=True)
class Settings:
    """What a run takes from the command line rather than from its declaration.

    Attributes:
        width, epochs: in place of the declared ones.
        budget_minutes: end a full learning-rate cycle within this time.
        again: train even if there are weights already.
    """

    width: int | None = None
    epochs: int | None = None
    device: str = "auto"
    precision: str = "auto"
    budget_minutes: float | None = None
    again: bool = False
    show_progress: bool = True

    def vary(self, experiment: Experiment) -> Experiment:
        """The experiment under these settings."""
        if self.width:
            model = replace(experiment.model, options={**experiment.model.options, "width": self.width})
            experiment = replace(experiment, model=model)
        if self.epochs:
            experiment = replace(experiment, optimizer=replace(experiment.optimizer, epochs=self.epochs))
        return experiment


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


def check_data() -> None:
    """Raise DataError now, and not after hours of training, if a file that training or scoring needs is missing."""
    for name in NEEDED:
        sources.path(name)


def plan(names: list[str], seeds: list[int] | None) -> list[tuple[str, int | None]]:
    """`(name, seed)` of every run, ensembles last since they need their members; raises InputError."""
    runs: list[tuple[str, int | None]] = []
    for name in dict.fromkeys(names):
        declaration = declared.get(name)
        single = isinstance(declaration, Ensemble)
        runs += [(name, None)] if single else [(name, s) for s in seeds or declaration.seeds[:1]]
    return sorted(runs, key=lambda run: run[1] is None)


def state_file(name: str, seed: int) -> Path:
    """Where a run that is under way keeps its state."""
    return store.cache_folder() / "training" / f"{name}-{seed}.state"


def seed_folder(name: str, seed: int) -> Path:
    """Where a trained seed's weights and scores lie until they are adopted, and stay if they are not."""
    return store.cache_folder() / "seeds" / f"{name}-{seed}"


def done(name: str, seed: int | None, settings: Settings) -> dict:
    """The metrics of a run that is done under these settings; empty if it is not.

    Raises:
        InputError: there are weights that were trained otherwise, which only `--again` may replace.
    """
    declaration = declared.get(name)
    if settings.again or name not in checkpoints.trained():
        return {}
    kept = checkpoints.read_metrics(name)
    if isinstance(declaration, Ensemble):
        members = checkpoints.read_description(name)["config"].get("members", {})
        now = {m: checkpoints.read_description(m)["weights_sha256"] for m in declaration.members}
        return kept if members == now else {}
    recipe = declared.as_stored(settings.vary(declaration).recipe())
    before = declared.recipe_then(checkpoints.read_description(name).get("experiment", {}), recipe)
    if before != recipe:
        raise InputError(
            f"model '{name}' was trained with other settings ({differences(before, recipe)}); use --again to replace it"
        )
    if _seed_kept(name) == seed:
        return kept
    return checkpoints.read_seeds(name).get(seed, {})


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
    settings: Settings = Settings(),
    progress: Progress | None = None,
) -> Outcome:
    """Do one run, or report that it is done. `adopt` then decides whether a seed's weights are kept.

    Args:
        progress: called with (steps done, steps) while the model is scored.

    Raises:
        InputError: an unknown name, weights that were trained otherwise, or another process that is at this run.
        CheckpointError: a member of an ensemble is not trained.
        KeyboardInterrupt: passed on; the last whole epoch is kept in `state_file(name, seed)`.
    """
    if before := done(name, seed, settings):
        return Outcome(name, seed, "done before", before)
    declaration = declared.get(name)
    table = lentimpra.joint()
    split = splits.joint_split(table)
    if isinstance(declaration, Ensemble):
        model = checkpoints.build_ensemble(declaration)
        calibration = calibrate(model, table, split)
        checkpoints.save_ensemble(model, declaration)
        metrics = scorecard.score(checkpoints.load(name), table, split, calibration=calibration, progress=progress)
        return Outcome(name, None, "built", metrics)
    experiment = settings.vary(declaration)
    with alone(state_file(name, seed), f"model '{name}' with seed {seed}"):
        result = train(
            experiment,
            table,
            split,
            seed=seed,
            device=settings.device,
            precision=settings.precision,
            budget_minutes=settings.budget_minutes,
            state_file=state_file(name, seed),
            show_progress=settings.show_progress,
        )
        calibration = calibrate(result.model, table, split)
        folder = checkpoints.save(name, result.model, experiment, seed_folder(name, seed))
        facts = training_facts(result, experiment, table, split)
        metrics = scorecard.score(checkpoints.load(name, folder), table, split, facts, calibration, progress)
    return Outcome(name, seed, "trained", metrics)


def adopt(outcome: Outcome, *, fresh: bool = False) -> bool:
    """Keep the metrics of a trained seed, and its weights if no other seed's are better on the validation fold.

    Args:
        fresh: seeds that were trained before this command do not count (`--again`).

    Returns:
        Whether the weights of this outcome are the ones in `trained_models/<name>`.
    """
    name, seed = outcome.name, outcome.seed
    if outcome.status == "trained":
        if fresh:
            checkpoints.forget_seeds(name)
        # the first models were kept without the metrics of their seeds
        rivals = {} if fresh else {_seed_kept(name): checkpoints.read_metrics(name)} | checkpoints.read_seeds(name)
        rivals.pop(seed, None)
        if _validation(outcome.metrics) > max(map(_validation, rivals.values()), default=float("-inf")):
            checkpoints.replace(name, seed_folder(name, seed))
        checkpoints.save_seed(name, seed, outcome.metrics)
        state_file(name, seed).unlink(missing_ok=True)
    return seed is None or _seed_kept(name) == seed


def _seed_kept(name: str) -> int | None:
    """The seed whose weights are in `trained_models/<name>`."""
    return checkpoints.read_metrics(name).get("training", {}).get("seed")


def _validation(metrics: dict) -> float:
    """The validation Spearman that chose the weights; lower than any for a model of which nothing is known."""
    history = metrics.get("training", {}).get("history", [])
    return max((epoch["validation_spearman_mean"] for epoch in history), default=float("-inf"))


SPLIT_RULE = (
    "homology-aware: elements sharing a 30-mer on either strand stay in one of 10 folds; "
    f"fold {TEST_FOLD} test, fold {VALIDATION_FOLD} validation, the others training"
)


def training_facts(run: TrainedModel, experiment: Experiment, table: ActivityTable, split: Split) -> dict:
    """How a model came about, as recorded with every metric."""
    best = max(run.history, key=lambda h: h["validation_spearman_mean"])
    return {
        "seed": run.seed,
        "recipe": experiment.recipe(),
        "device": run.device,
        "precision": run.precision,
        "seconds": run.seconds,
        "samples_per_second": run.samples_per_second,
        "epochs": len(run.history),
        "stopped": run.stopped,
        "best_epoch": best["epoch"],
        "validation_spearman": best["validation_spearman"],
        "validation_spearman_mean": best["validation_spearman_mean"],
        "history": run.history,
        "data_hash": table.hash,
        "split_hash": split.hash,
        "split": SPLIT_RULE,
        "rows": {"training": len(split.train), "validation": len(split.validation), "test": len(split.test)},
    }


def train_twin(checkpoint: Checkpoint, of: Library, progress: Progress | None = None) -> Path:
    """Train the recipe of a model with the first of its seeds that is not its own; returns the twin's folder.

    Raises:
        CheckpointError: it is not known how the model was trained.
        InputError: another process trains this twin.
    """
    try:
        experiment = declared.from_stored(checkpoint.description["experiment"])
        own = checkpoint.metrics["training"]["seed"]
    except KeyError as error:
        raise CheckpointError(f"it is not recorded how '{checkpoint.name}' was trained; it has no twin") from error
    seed = next((s for s in experiment.seeds if s != own), own + 1)
    state = store.cache_folder() / "twins" / f"{checkpoint.name}-{seed}.state"
    folder = checkpoint.folder / checkpoints.SEEDS / str(seed)
    with alone(state, f"the twin of '{checkpoint.name}' with seed {seed}"):
        run = train(experiment, of.table, of.split, seed=seed, state_file=state, show_progress=progress is not None)
        calibration = calibrate(run.model, of.table, of.split)
        checkpoints.save(checkpoint.name, run.model, experiment, folder)
        facts = training_facts(run, experiment, of.table, of.split)
        score(checkpoints.load(checkpoint.name, folder), of.table, of.split, facts, calibration, progress)
        state.unlink(missing_ok=True)
    return folder
