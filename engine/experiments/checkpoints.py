"""Trained models on disk: `trained_models/<name>/{weights.safetensors, experiment.json, metrics.json}`.

Weights are float16 safetensors (no pickle anywhere). experiment.json holds what is needed to rebuild the
model and the sha256 of the weights that belong to it; metrics.json holds what was measured. An ensemble has no
weights of its own: its experiment.json names its members and the sha256 of each one's weights. `effects/` and
`held_out.npz` hold what the model predicts for the measured elements and for the test fold, `interpretation/` what was
computed of it. `replicates/<seed>/` holds the same of a network of the same recipe and another seed,
`members/<number>/` the maps of each network of a model of several.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from engine import device as devices
from engine import models, store
from engine.errors import CheckpointError, InputError
from engine.experiments import commits, declared, own
from engine.experiments.commits import (
    DESCRIPTION,
    EFFECTS,
    HELD_OUT,
    INTERPRETATION,
    MEMBERS,
    METRICS,
    REPLICATES,
    WEIGHTS,
)
from engine.experiments.declared import Architecture, Ensemble
from engine.experiments.description import (
    ENSEMBLE,
    FORMAT,
    metrics_in,
    read_description,
    read_metrics,
)
from engine.experiments.description import learned as learned
from engine.experiments.description import of_own_table as of_own_table
from engine.experiments.names import folder_of
from engine.experiments.names import is_name as is_name
from engine.experiments.names import models_folder as models_folder
from engine.experiments.names import of_every_system as of_every_system
from engine.experiments.names import system_of as system_of
from engine.experiments.names import trained as trained
from engine.models import ensemble
from engine.models.fused import fused
from engine.models.layers import SequenceModel
from engine.store import write_json

# Weights above which a model is asked about fewer elements: a LegNet costs five to ten times a DREAM-RNN.
LARGE = 1_000_000
_MEASURED = (METRICS, HELD_OUT, EFFECTS)  # what was measured and predicted with weights, and goes with them


class Declared(Protocol):
    """A declared run of any system: what its architecture is, and all of it as experiment.json keeps it."""

    @property
    def model(self) -> Architecture: ...

    def as_dict(self) -> dict: ...


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
    def nbytes(self) -> int:
        """Bytes of memory that its weights take, with those of `inference_model` once that was made; what several
        networks share counts once."""
        networks = [self.model, *([self.inference_model] if "inference_model" in self.__dict__ else [])]
        tensors = {t.data_ptr(): t.nbytes for n in networks for t in itertools.chain(n.parameters(), n.buffers())}
        return sum(tensors.values())

    @property
    def weights_hash(self) -> str:
        return self.description["weights_sha256"]

    def standardisation(self) -> np.ndarray:
        """`(2, outputs)` mean and standard deviation of the predictions on the validation fold.

        Raises:
            CheckpointError: the model was never scored.
        """
        stored = self.metrics.get("standardisation") or {}
        if missing := [o for o in self.model.outputs if o not in stored]:
            of = f" of {', '.join(missing)}" if stored else ""
            raise CheckpointError(
                f"model '{self.name}' has no {METRICS} with its validation fold's scale{of}; "
                f"run: python -m engine evaluate {self.name}"
            )
        if constant := [o for o in self.model.outputs if not stored[o]["sd"] > 0]:
            raise CheckpointError(
                f"model '{self.name}' predicts the same of every element for {', '.join(constant)}: it has no scale; "
                f"run: python -m engine train {self.name} --again"
            )
        return np.array([[stored[o][k] for o in self.model.outputs] for k in ("mean", "sd")])

    def mean_of_members(self, predict: Callable[[Checkpoint], np.ndarray]) -> np.ndarray:
        """`(n, outputs)` mean over an ensemble's members, each as often as it counts, of what `predict` gives of each,
        `(n, the member's outputs)`.

        It is computed in the precision of what is given.
        """
        parts = [predict(m)[:, [m.model.outputs.index(o) for o in self.model.outputs]] for m in self.members]
        weights = self.model.weights if isinstance(self.model, ensemble.Ensemble) else (1,) * len(parts)
        if len(set(weights)) == 1:
            return np.mean(parts, axis=0)
        return np.average(parts, axis=0, weights=np.array(weights, parts[0].dtype))


# --- writing ------------------------------------------------------------------------------------------


def save(name: str, model: SequenceModel, experiment: Declared, folder: Path | None = None) -> Path:
    """Write weights and description of a trained model; returns its folder (by default `trained_models/<name>`).

    What was measured and predicted with the old weights goes.
    """
    folder = folder or folder_of(name)
    facts = {
        "format": FORMAT,
        "experiment": experiment.as_dict(),
        "architecture": experiment.model.name,
        "config": models.full_config(experiment.model.name, experiment.model.options),
        **_facts(model),
    }
    with commits.changing(folder, _MEASURED) as staged:
        write_json(staged / DESCRIPTION, facts | {"weights_sha256": _write_weights(staged, model)})
    return folder


@contextmanager
def renewed(checkpoint: Checkpoint, model: SequenceModel) -> Iterator[Checkpoint]:
    """A loaded model that was calibrated anew, in a folder aside, to be scored there; at the end it takes the place of
    the old one, as one thing. What is known of its training and first calibration stays.

    Raises:
        CheckpointError: an ensemble, which has no weights.
        InputError: another process has changed the model meanwhile.
    """
    check_has_weights(checkpoint)
    with commits.aside(checkpoint.folder) as scratch:
        weights = {"weights_sha256": _write_weights(scratch, model)}
        write_json(scratch / DESCRIPTION, checkpoint.description | weights)
        save_metrics(
            checkpoint.name,
            {k: checkpoint.metrics[k] for k in ("training", "calibration") if k in checkpoint.metrics} | weights,
            scratch,
        )
        yield load(checkpoint.name, scratch)
        with commits.changing(checkpoint.folder, _MEASURED) as staged:
            _check_unchanged(checkpoint.name, checkpoint.weights_hash, checkpoint.folder)
            commits.copy_network(scratch, staged)


def check_has_weights(checkpoint: Checkpoint) -> None:
    """Raise CheckpointError for what cannot be calibrated anew like a network: an ensemble, the user's own model."""
    if checkpoint.description["architecture"] == own.ARCHITECTURE:
        raise CheckpointError(f"'{checkpoint.name}' is a model of your own, which keeps its own scale")
    if checkpoint.description["architecture"] == ENSEMBLE:
        raise CheckpointError(
            f"'{checkpoint.name}' is an ensemble; run: python -m engine train {checkpoint.name} --again"
        )


def _check_unchanged(name: str, weights: str, folder: Path) -> None:
    if read_description(name, folder)["weights_sha256"] != weights:
        raise InputError(f"model '{name}' was changed by another process meanwhile; do it again")


def _write_weights(folder: Path, model: SequenceModel) -> str:
    """Returns the sha256 of the file."""
    content = save_tensors({k: _stored(k, v.detach().cpu()).contiguous() for k, v in model.state_dict().items()})
    store.write_bytes(folder / WEIGHTS, content)
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


def arrange(folder: Path, model: Path | None, replicates: dict[int, Path], gone: Iterable[int] = ()) -> None:
    """Put networks into their places in a model's folder, as one thing.

    Args:
        model: folder of the network that becomes the model; None leaves it as it is. What was computed of the old one
            stays where nothing takes its place, unless that one becomes a replicate.
        replicates: folders of the networks that become replicates, by seed.
        gone: seeds whose replicates go.
    """
    own = _MEASURED if model else ()
    if model and folder in replicates.values():
        own = (*own, INTERPRETATION, MEMBERS)
    with commits.changing(folder, (*own, *(f"{REPLICATES}/{seed}" for seed in gone))) as staged:
        if model:
            commits.copy_network(model, staged)
        for seed, network in replicates.items():
            commits.copy_network(network, staged / REPLICATES / str(seed))


def replace(name: str, network: Path, *, fresh: bool = False) -> None:
    """Make the network in a folder the model in `trained_models/<name>`.

    Args:
        fresh: its replicates go, and the maps of its members; else they stay.
    """
    folder = folder_of(name)
    gone = (MEMBERS, *(f"{REPLICATES}/{seed}" for seed in commits.seeds(folder))) if fresh else ()
    with commits.changing(folder, (*_MEASURED, *gone)) as staged:
        commits.copy_network(network, staged)


def promote(name: str, own: int, seed: int) -> None:
    """Let the replicate with a seed and the model, whose seed is `own`, change places, with all that is known of
    each."""
    folder = folder_of(name)
    arrange(folder, replicate_folder(name, seed), {own: folder}, [seed])


def replicate_folder(name: str, seed: int, folder: Path | None = None) -> Path:
    """Where the replicate of a model with a seed is kept."""
    return (folder or folder_of(name)) / REPLICATES / str(seed)


def keep_replicate(name: str, seed: int, network: Path, folder: Path | None = None) -> None:
    """Copy the network in a folder to where a model's replicates lie, in place of one of the same seed."""
    arrange(folder or folder_of(name), None, {seed: network})


# --- ensembles ----------------------------------------------------------------------------------------


def build_ensemble(declaration: Ensemble) -> ensemble.Ensemble:
    """The declared ensemble out of its trained members; raises CheckpointError if one is not trained."""
    models = [load(m).model for m in declaration.members]
    return ensemble.Ensemble(declaration.outputs, models, declaration.by_network)


def save_ensemble(model: ensemble.Ensemble, declaration: Ensemble, folder: Path | None = None) -> Path:
    """Write the description of an ensemble (its members' weights stay where they are); returns its folder."""
    folder = folder or folder_of(declaration.name)
    members = {m: read_description(m)["weights_sha256"] for m in declaration.members}
    config: dict = {"members": members, "scale": {"mean": model.target_mean.tolist(), "sd": model.target_sd.tolist()}}
    if declaration.by_network:
        config["by_network"] = True
    description = {
        "format": FORMAT,
        "experiment": declaration.as_dict(),
        "architecture": ENSEMBLE,
        "config": config,
        **_facts(model),
        "weights_sha256": _identity(list(declaration.outputs), config),
    }
    with commits.changing(folder, (*_MEASURED, WEIGHTS)) as staged:
        write_json(staged / DESCRIPTION, description)
    return folder


def _identity(outputs: list[str], config: dict) -> str:
    """What stands in place of the hash of its weights in an ensemble."""
    parts = [outputs, config["members"], config["scale"]]
    return store.digest(json.dumps([*parts, "by network"] if config.get("by_network") else parts))


def save_metrics(name: str, metrics: dict, folder: Path | None = None) -> None:
    """Write metrics.json of a model.

    Raises:
        InputError: they were measured with other weights than the model has by now.
    """
    folder = folder or folder_of(name)
    with commits.locked(folder):
        if "weights_sha256" in metrics:
            _check_unchanged(name, metrics["weights_sha256"], folder)
        write_json(folder / METRICS, metrics)


# --- reading ------------------------------------------------------------------------------------------


def replicates(name: str, folder: Path | None = None) -> dict[int, Path]:
    """Folders of the networks that were trained by the recipe and on the data of a model as it is now, with other
    seeds, and are scored; by seed, in order. Raises CheckpointError for a broken file.
    """
    folder = folder or folder_of(name)
    commits.finish(folder)
    return {s: f for s, f in commits.seeds(folder).items() if is_replicate(name, f, folder)}


def is_replicate(name: str, network: Path, folder: Path | None = None) -> bool:
    """Whether the network in a folder is scored, and of the recipe and data of a model, with another seed. Raises
    CheckpointError for a broken file."""
    folder = folder or folder_of(name)
    own = read_metrics(name, folder).get("training")
    training = _replicate_metrics(name, network).get("training")
    if not own or not training or training.get("seed") in (None, own.get("seed")):
        return False
    same_data = all(training.get(k) == own.get(k) for k in ("data_hash", "split_hash"))
    return same_data and _recipe(name, network) == _recipe(name, folder)


def _replicate_metrics(name: str, folder: Path) -> dict:
    return metrics_in(folder, f"python -m engine train {name} --seeds {folder.name}")


def read_seeds(name: str) -> dict[int, dict]:
    """Metrics of a model and of its replicates by seed, in order. Raises CheckpointError for a broken file."""
    own = read_metrics(name)
    seeds = {seed: _replicate_metrics(name, folder) for seed, folder in replicates(name).items()}
    if (seed := (own.get("training") or {}).get("seed")) is not None:
        seeds[seed] = own
    return dict(sorted(seeds.items()))


def _recipe(name: str, folder: Path) -> dict:
    """How a stored model was trained, as the same fields whatever version of CisLens wrote them down."""
    stored = read_description(name, folder)["experiment"]
    if system_of(name):
        return {key: value for key, value in stored.items() if key != "seeds"}
    try:
        return declared.as_stored(declared.from_stored(stored).recipe())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{folder / DESCRIPTION} does not say how '{name}' was trained; run: python -m engine train {name} --again"
        ) from error


def is_large(checkpoint: Checkpoint) -> bool:
    """True if a model, or all members of an ensemble together, have more than `LARGE` weights."""
    return sum(p.numel() for p in checkpoint.model.parameters()) > LARGE


def load(name: str, folder: Path | None = None) -> Checkpoint:
    """A trained model, in evaluation mode on the CPU, float32; from `trained_models/<name>` or another folder.

    Raises:
        InputError: an unknown name.
        CheckpointError: not trained, or a truncated, foreign or mismatched file; it names the file.
    """
    folder = folder or folder_of(name)

    def read() -> Checkpoint:
        description = read_description(name, folder)
        if description["architecture"] == ENSEMBLE:
            model, members = _load_ensemble(name, folder, description)
        else:
            model, members = _load_weights(name, folder, description), ()
        return Checkpoint(name, devices.freeze(model), description, read_metrics(name, folder), folder, members)

    return commits.consistent(folder, read)


# what torch, or a network's own code, says of a configuration that is none of its own
_UNFIT = (SafetensorError, RuntimeError, KeyError, TypeError, ValueError, ArithmeticError, IndexError, InputError)


def _load_weights(name: str, folder: Path, description: dict) -> SequenceModel:
    if description["architecture"] == own.ARCHITECTURE:
        return own.rebuilt(name, folder, description)
    file = folder / WEIGHTS
    if not file.is_file():
        raise CheckpointError(f"{file} is missing; restore it or run: python -m engine train {name}")
    content = file.read_bytes()
    if store.digest(content) != description["weights_sha256"]:
        raise CheckpointError(
            f"{file} is not the file that {DESCRIPTION} describes (truncated or replaced); restore it, "
            f"from version control or by installing CisLens again, or run: python -m engine train {name}"
        )
    outputs, config = tuple(description["outputs"]), description["config"]
    try:
        tensors = load_tensors(content)
        with torch.device("meta"):  # takes no memory, whatever size the configuration asks for
            shapes = models.build(description["architecture"], outputs, config).state_dict()
        if {k: v.shape for k, v in shapes.items()} != {k: v.shape for k, v in tensors.items()}:
            raise ValueError("its layers have other names or sizes")
        model = models.build(description["architecture"], outputs, config)
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()})
    except _UNFIT as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            f"{file} does not fit the model that {DESCRIPTION} describes ({reason}); "
            f"run: python -m engine train {name} --again"
        ) from error
    if not all(t.isfinite().all() for t in model.state_dict().values()) or not (model.target_sd > 0).all():
        raise CheckpointError(
            f"{file} holds weights that are no numbers, or a scale that is not above 0; "
            f"run: python -m engine train {name} --again"
        )
    return model


def _load_ensemble(name: str, folder: Path, description: dict) -> tuple[SequenceModel, tuple[Checkpoint, ...]]:
    again = f"run: python -m engine train {name} --again"
    outputs, config = description["outputs"], description["config"]
    members, scale = config["members"], config["scale"]
    if description["weights_sha256"] != _identity(outputs, config):
        raise CheckpointError(f"{folder / DESCRIPTION} does not describe an ensemble (its hash is another); {again}")
    try:
        loaded = tuple(load(member) for member in members)
        changed = [c.name for c in loaded if c.weights_hash != members[c.name]]
        model = ensemble.Ensemble(tuple(outputs), [c.model for c in loaded], config.get("by_network", False))
        model.target_mean.copy_(torch.tensor(scale["mean"]))
        model.target_sd.copy_(torch.tensor(scale["sd"]))
    except (RuntimeError, RecursionError) as error:
        raise CheckpointError(f"{folder / DESCRIPTION} does not describe an ensemble; {again}") from error
    if changed:
        raise CheckpointError(f"ensemble '{name}' was made with other weights of {', '.join(changed)}; {again}")
    return model, loaded
