"""Trained models on disk: `trained_models/<name>/{weights.safetensors, experiment.json, metrics.json}`.

Weights are float16 safetensors (no pickle anywhere). experiment.json holds what is needed to rebuild the
model and the sha256 of the weights that belong to it; metrics.json holds what was measured.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from engine import models
from engine.errors import CheckpointError, unknown
from engine.experiments import EXPERIMENTS, Experiment
from engine.models.layers import SequenceModel

FORMAT = 1
WEIGHTS, DESCRIPTION, METRICS = "weights.safetensors", "experiment.json", "metrics.json"
EFFECTS = "effects"  # folder of predicted effects of measured elements


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with its description and its measurements (empty if it was never scored)."""

    name: str
    model: SequenceModel
    description: dict
    metrics: dict

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


def models_folder() -> Path:
    """`trained_models/` beside the engine, or the folder that `CISLENS_MODELS` names."""
    return Path(os.environ.get("CISLENS_MODELS") or Path(__file__).resolve().parent.parent / "trained_models")


def trained() -> list[str]:
    """Names of the models that can be loaded, the declared ones first in their order, then the user's own."""
    folder = models_folder()
    there = {d.name for d in folder.iterdir() if (d / WEIGHTS).is_file()} if folder.is_dir() else set()
    return [n for n in EXPERIMENTS if n in there] + sorted(there - set(EXPERIMENTS))


def write_json(file: Path, content: dict) -> None:
    """JSON that replaces the old file only when it is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    partial.replace(file)


def save(name: str, model: SequenceModel, experiment: Experiment) -> Path:
    """Write weights and description of a trained model; returns its folder.

    The old metrics.json and effects go: they describe other weights.
    """
    folder = models_folder() / name
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        k: v.detach().cpu().to(torch.float16 if v.is_floating_point() else v.dtype).contiguous()
        for k, v in model.state_dict().items()
    }
    content = save_tensors(tensors)
    (folder / METRICS).unlink(missing_ok=True)
    shutil.rmtree(folder / EFFECTS, ignore_errors=True)
    partial = folder / (WEIGHTS + ".partial")
    partial.write_bytes(content)
    partial.replace(folder / WEIGHTS)
    write_json(
        folder / DESCRIPTION,
        {
            "format": FORMAT,
            "experiment": experiment.as_dict(),
            "architecture": experiment.model.name,
            "config": models.full_config(experiment.model.name, experiment.model.options),
            "outputs": list(model.outputs),
            "units": "log2(RNA/DNA)",
            "window": model.window,
            "parameters": sum(p.numel() for p in model.parameters()),
            "weights_sha256": hashlib.sha256(content).hexdigest(),
        },
    )
    return folder


def save_metrics(name: str, metrics: dict) -> None:
    """Write metrics.json of a model."""
    write_json(models_folder() / name / METRICS, metrics)


def read_metrics(name: str) -> dict:
    """metrics.json of a model; empty if it was not scored. Raises CheckpointError for a broken file."""
    file = models_folder() / name / METRICS
    try:
        return json.loads(file.read_text()) if file.is_file() else {}
    except ValueError as error:
        raise CheckpointError(f"{file} is broken; delete it and run: python -m engine evaluate {name}") from error


def read_description(name: str) -> dict:
    """experiment.json of a model; raises InputError for an unknown name, CheckpointError for a broken file."""
    folder = models_folder() / name
    if not (folder / WEIGHTS).is_file():
        if name in EXPERIMENTS:
            raise CheckpointError(f"model '{name}' is not trained yet; run: python -m engine train {name}")
        raise unknown("model", name, trained())
    try:
        description = json.loads((folder / DESCRIPTION).read_text())
        if description["format"] != FORMAT:
            raise CheckpointError(f"{folder / DESCRIPTION} has format {description['format']}, expected {FORMAT}")
        if missing := {"architecture", "config", "outputs", "weights_sha256"} - description.keys():
            raise KeyError(*missing)
        return description
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder / DESCRIPTION} is missing or not a description of a model") from error


def load(name: str) -> Checkpoint:
    """A trained model, in evaluation mode on the CPU, float32.

    Raises:
        InputError: an unknown name.
        CheckpointError: not trained, or a truncated, foreign or mismatched file; it names the file.
    """
    description = read_description(name)
    file = models_folder() / name / WEIGHTS
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != description["weights_sha256"]:
        raise CheckpointError(
            f"{file} is not the file that {DESCRIPTION} describes (truncated or replaced); restore it "
            f"from version control or run: python -m engine train {name}"
        )
    try:
        tensors = load_tensors(content)
        model = models.build(description["architecture"], tuple(description["outputs"]), description["config"])
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()})
    except (SafetensorError, RuntimeError, KeyError) as error:
        raise CheckpointError(f"{file} does not fit the model that {DESCRIPTION} describes: {error}") from error
    return Checkpoint(name, model.eval(), description, read_metrics(name))
