"""Trained models on disk: `trained_models/<name>/{weights.safetensors, experiment.json, metrics.json}`.

Weights are float16 safetensors (no pickle anywhere). experiment.json holds what is needed to rebuild the
model and the sha256 of the weights that belong to it; metrics.json holds what was measured. An ensemble has no
weights of its own: its experiment.json names its members and the sha256 of each one's weights. `effects/` and
`held_out.npz` hold what the model predicts for the measured elements and for the test fold, `interpretation/` what was
computed of it. `replicates/<seed>/` holds the same of a network of the same recipe and another seed,
`members/<number>/` the maps of each network of a model of several.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from engine import device as devices
from engine import models, places, store
from engine.errors import CheckpointError, unknown
from engine.experiments import declared
from engine.experiments.declared import Ensemble, Experiment
from engine.models import ensemble
from engine.models.fused import fused
from engine.models.layers import SequenceModel
from engine.store import read_json, write_json

FORMAT = 1
WEIGHTS, DESCRIPTION, METRICS = "weights.safetensors", "experiment.json", "metrics.json"
EFFECTS = "effects"  # folder of predicted effects of measured elements
HELD_OUT = "held_out.npz"  # predictions for the test fold
INTERPRETATION = "interpretation"  # folder of what was computed of a network
REPLICATES = "replicates"  # folder of the networks of the same recipe and other seeds
MEMBERS = "members"  # folder of what was computed of each network of a model of several
ENSEMBLE = "ensemble"  # in place of an architecture
# Weights above which a model is asked about fewer elements: a LegNet costs five to ten times a DREAM-RNN.
LARGE = 1_000_000


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with its description, its measurements (empty if it was never scored) and its folder.

    Attributes:
        members: of an ensemble, whose model holds their models; empty for a model with weights of its own.
    """

    name: str
    model: SequenceModel
    description: dict
    metrics: dict
    folder: Path
    members: tuple[Checkpoint, ...] = ()

    @cached_property
    def inference_model(self) -> SequenceModel:
        """`model` made ready for predicting: the same numbers up to float32 rounding, sooner; it cannot be trained."""
        return fused(self.model)

    @property
    def weights_hash(self) -> str:
        return self.description["weights_sha256"]

    def standardisation(self) -> np.ndarray:
        """`(2, outputs)` mean and standard deviation of the predictions on the validation fold.

        Raises:
            CheckpointError: the model was never scored.
        """
        stored = self.metrics.get("standardisation")
        if not stored:
            raise CheckpointError(
                f"model '{self.name}' has no {METRICS} with its validation fold's scale; "
                f"run: python -m engine evaluate {self.name}"
            )
        return np.array([[stored[o][k] for o in self.model.outputs] for k in ("mean", "sd")])

    def mean_of_members(self, predict: Callable[[Checkpoint], np.ndarray]) -> np.ndarray:
        """`(n, outputs)` mean over an ensemble's members of what `predict` gives of each, `(n, the member's outputs)`.

        It is computed in the precision of what is given.
        """
        parts = [predict(m)[:, [m.model.outputs.index(o) for o in self.model.outputs]] for m in self.members]
        return np.mean(parts, axis=0)


def models_folder() -> Path:
    """The one folder of trained models (`engine.places`)."""
    return places.models()


def trained() -> list[str]:
    """Names of the models that can be loaded, the declared ones first in their order, then the user's own."""
    folder = models_folder()
    on_disk = {d.name for d in folder.iterdir() if (d / DESCRIPTION).is_file()} if folder.is_dir() else set()
    return [n for n in declared.names() if n in on_disk] + sorted(on_disk - set(declared.names()))


def save(name: str, model: SequenceModel, experiment: Experiment, folder: Path | None = None) -> Path:
    """Write weights and description of a trained model; returns its folder (by default `trained_models/<name>`).

    What was measured and predicted with the old weights goes.
    """
    folder = folder or models_folder() / name
    weights_hash = _write_weights(folder, model)
    write_json(
        folder / DESCRIPTION,
        {
            "format": FORMAT,
            "experiment": experiment.as_dict(),
            "architecture": experiment.model.name,
            "config": models.full_config(experiment.model.name, experiment.model.options),
            **_facts(model),
            "weights_sha256": weights_hash,
        },
    )
    return folder


def save_again(checkpoint: Checkpoint) -> Checkpoint:
    """Write a loaded model that was calibrated anew; what is known of its training and first calibration stays.

    Raises:
        CheckpointError: an ensemble, which has no weights.
    """
    if checkpoint.description["architecture"] == ENSEMBLE:
        raise CheckpointError(
            f"'{checkpoint.name}' is an ensemble; run: python -m engine train {checkpoint.name} --again"
        )
    weights_hash = _write_weights(checkpoint.folder, checkpoint.model)
    write_json(checkpoint.folder / DESCRIPTION, checkpoint.description | {"weights_sha256": weights_hash})
    kept = {k: checkpoint.metrics[k] for k in ("training", "calibration") if k in checkpoint.metrics}
    save_metrics(checkpoint.name, kept, checkpoint.folder)
    return load(checkpoint.name, checkpoint.folder)


def _write_weights(folder: Path, model: SequenceModel) -> str:
    """Weights that replace the old ones only when they are whole; what was computed with the old ones goes.

    Returns:
        The sha256 of the file.
    """
    content = save_tensors({k: _stored(k, v.detach().cpu()).contiguous() for k, v in model.state_dict().items()})
    with store.replacing(folder / WEIGHTS) as partial:
        partial.write_bytes(content)
        _forget(folder)
    return store.digest(content)


def _stored(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """Half precision, except for the few numbers that set the scale of everything."""
    half = tensor.is_floating_point() and not name.startswith("target_")
    return tensor.to(torch.float16) if half else tensor


def _facts(model: SequenceModel) -> dict:
    return {
        "outputs": list(model.outputs),
        "units": "log2(RNA/DNA)",
        "window": model.window,
        "parameters": sum(p.numel() for p in model.parameters()),
    }


def _forget(folder: Path) -> None:
    """Make room for new weights: what was computed with the old ones goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (METRICS, HELD_OUT):
        (folder / file).unlink(missing_ok=True)
    shutil.rmtree(folder / EFFECTS, ignore_errors=True)


def replace(name: str, folder: Path) -> None:
    """Make the network in `folder` the model in `trained_models/<name>`; its replicates stay."""
    target = models_folder() / name
    _forget(target)
    _copy_network(folder, target)


def promote(name: str, own: int, seed: int) -> None:
    """Let the replicate with a seed and the model, whose seed is `own`, change places, with all that is known of
    each."""
    target = models_folder() / name
    keep_replicate(name, own, target)
    for part in (INTERPRETATION, MEMBERS):
        shutil.rmtree(target / part, ignore_errors=True)
    replace(name, replicate_folder(name, seed))
    forget_replicate(name, seed)


def _copy_network(folder: Path, target: Path) -> None:
    """Everything that belongs to one network; what says that it is there comes last."""
    for part in (WEIGHTS, METRICS, HELD_OUT, EFFECTS, INTERPRETATION, MEMBERS, DESCRIPTION):
        if (folder / part).is_dir():
            shutil.copytree(folder / part, target / part)
        elif (folder / part).is_file():
            shutil.copy(folder / part, target / part)


def replicate_folder(name: str, seed: int, folder: Path | None = None) -> Path:
    """Where the replicate of a model with a seed is kept."""
    return (folder or models_folder() / name) / REPLICATES / str(seed)


def keep_replicate(name: str, seed: int, folder: Path) -> None:
    """Copy the network in `folder` to where a model's replicates lie, in place of one of the same seed."""
    target = replicate_folder(name, seed)
    forget_replicate(name, seed)
    partial = target.with_name(f"{seed}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _copy_network(folder, partial)
    partial.rename(target)


def forget_replicate(name: str, seed: int) -> None:
    """Remove one replicate of a model."""
    shutil.rmtree(replicate_folder(name, seed), ignore_errors=True)


def forget_replicates(name: str) -> None:
    """Remove all replicates of a model, and the maps of its members."""
    for part in (REPLICATES, MEMBERS):
        shutil.rmtree(models_folder() / name / part, ignore_errors=True)


def build_ensemble(declaration: Ensemble) -> ensemble.Ensemble:
    """The declared ensemble out of its trained members; raises CheckpointError if one is not trained."""
    return ensemble.Ensemble(declaration.outputs, [load(m).model for m in declaration.members])


def save_ensemble(model: ensemble.Ensemble, declaration: Ensemble) -> Path:
    """Write the description of an ensemble (its members' weights stay where they are); returns its folder."""
    folder = models_folder() / declaration.name
    members = {m: read_description(m)["weights_sha256"] for m in declaration.members}
    scale = {"mean": model.target_mean.tolist(), "sd": model.target_sd.tolist()}
    identity = json.dumps([list(declaration.outputs), members, scale])
    _forget(folder)
    write_json(
        folder / DESCRIPTION,
        {
            "format": FORMAT,
            "experiment": declaration.as_dict(),
            "architecture": ENSEMBLE,
            "config": {"members": members, "scale": scale},
            **_facts(model),
            "weights_sha256": store.digest(identity),
        },
    )
    return folder


def save_metrics(name: str, metrics: dict, folder: Path | None = None) -> None:
    """Write metrics.json of a model."""
    write_json((folder or models_folder() / name) / METRICS, metrics)


def read_metrics(name: str, folder: Path | None = None) -> dict:
    """metrics.json of a model; empty if it was not scored. Raises CheckpointError for a broken file."""
    return read_json((folder or models_folder() / name) / METRICS, f"python -m engine evaluate {name}")


def replicates(name: str, folder: Path | None = None) -> dict[int, Path]:
    """Folders of the networks that were trained by the recipe and on the data of a model as it is now, with other
    seeds, and are scored; by seed, in order. Raises CheckpointError for a broken file.
    """
    folder = folder or models_folder() / name
    own = read_metrics(name, folder).get("training")
    if not own:
        return {}
    by_seed = {}
    for file in sorted((folder / REPLICATES).glob(f"*/{METRICS}")):
        training = _replicate_metrics(name, file.parent).get("training")
        if not training or training["seed"] == own.get("seed"):
            continue
        same_data = all(training.get(k) == own.get(k) for k in ("data_hash", "split_hash"))
        if same_data and _recipe(name, file.parent) == _recipe(name, folder):
            by_seed[training["seed"]] = file.parent
    return dict(sorted(by_seed.items()))


def _replicate_metrics(name: str, folder: Path) -> dict:
    return read_json(folder / METRICS, f"python -m engine train {name} --seeds {folder.name}")


def read_seeds(name: str) -> dict[int, dict]:
    """Metrics of a model and of its replicates by seed, in order. Raises CheckpointError for a broken file."""
    own = read_metrics(name)
    seeds = {seed: _replicate_metrics(name, folder) for seed, folder in replicates(name).items()}
    if "seed" in own.get("training", {}):
        seeds[own["training"]["seed"]] = own
    return dict(sorted(seeds.items()))


def _recipe(name: str, folder: Path) -> dict:
    """How a stored model was trained, as the same fields whatever version of CisLens wrote them down."""
    stored = read_description(name, folder)["experiment"]
    return declared.as_stored(declared.from_stored(stored).recipe())


def read_description(name: str, folder: Path | None = None) -> dict:
    """experiment.json of a model; raises InputError for an unknown name, CheckpointError for a broken file."""
    folder = folder or models_folder() / name
    if not any((folder / f).is_file() for f in (WEIGHTS, DESCRIPTION)):
        if name in declared.names():
            raise CheckpointError(f"model '{name}' is not trained yet; run: python -m engine train {name}")
        raise unknown("model", name, trained())
    try:
        description = store.load_json(folder / DESCRIPTION) or {}
        if description["format"] != FORMAT:
            raise CheckpointError(f"{folder / DESCRIPTION} has format {description['format']}, expected {FORMAT}")
        if missing := {"architecture", "config", "outputs", "weights_sha256"} - description.keys():
            raise KeyError(*missing)
        return description
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{folder / DESCRIPTION} is missing or not a description of a model") from error


def of_own_table(description: dict) -> bool:
    """True for a described model that learned from a user's own table: it has no scores on the joint library."""
    table = description.get("experiment", {}).get("task", {}).get("table", "")
    return declared.is_own_table(str(table))


def is_large(checkpoint: Checkpoint) -> bool:
    """True if a model, or all members of an ensemble together, have more than `LARGE` weights."""
    return sum(p.numel() for p in checkpoint.model.parameters()) > LARGE


def learned(description: dict) -> set[str]:
    """The cell types that the described model, or any member of an ensemble, has learned."""
    members = description["config"].get("members", ()) if description["architecture"] == ENSEMBLE else ()
    return set(description["outputs"]).union(*(learned(read_description(m)) for m in members))


def load(name: str, folder: Path | None = None) -> Checkpoint:
    """A trained model, in evaluation mode on the CPU, float32; from `trained_models/<name>` or another folder.

    Raises:
        InputError: an unknown name.
        CheckpointError: not trained, or a truncated, foreign or mismatched file; it names the file.
    """
    folder = folder or models_folder() / name
    description = read_description(name, folder)
    if description["architecture"] == ENSEMBLE:
        model, members = _load_ensemble(name, folder, description)
    else:
        model, members = _load_weights(name, folder, description), ()
    return Checkpoint(name, devices.freeze(model), description, read_metrics(name, folder), folder, members)


def _load_weights(name: str, folder: Path, description: dict) -> SequenceModel:
    file = folder / WEIGHTS
    if not file.is_file():
        raise CheckpointError(f"{file} is missing; restore it or run: python -m engine train {name}")
    content = file.read_bytes()
    if store.digest(content) != description["weights_sha256"]:
        raise CheckpointError(
            f"{file} is not the file that {DESCRIPTION} describes (truncated or replaced); restore it, "
            f"from version control or by installing CisLens again, or run: python -m engine train {name}"
        )
    try:
        tensors = load_tensors(content)
        model = models.build(description["architecture"], tuple(description["outputs"]), description["config"])
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()})
    except (SafetensorError, RuntimeError, KeyError) as error:
        raise CheckpointError(f"{file} does not fit the model that {DESCRIPTION} describes: {error}") from error
    return model


def _load_ensemble(name: str, folder: Path, description: dict) -> tuple[SequenceModel, tuple[Checkpoint, ...]]:
    again = f"run: python -m engine train {name} --again"
    try:
        members, scale = description["config"]["members"], description["config"]["scale"]
        loaded = tuple(load(member) for member in members)
        changed = [c.name for c in loaded if c.weights_hash != members[c.name]]
        model = ensemble.Ensemble(tuple(description["outputs"]), [c.model for c in loaded])
        model.target_mean.copy_(torch.tensor(scale["mean"]))
        model.target_sd.copy_(torch.tensor(scale["sd"]))
    except (KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{folder / DESCRIPTION} does not describe an ensemble; {again}") from error
    if changed:
        raise CheckpointError(f"ensemble '{name}' was made with other weights of {', '.join(changed)}; {again}")
    return model, loaded
