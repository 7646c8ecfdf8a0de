"""Small networks of DISENTANGLE as they lie in trained_models/."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.disentangle.declared import EXPERIMENTS
from engine.experiments import checkpoints
from engine.models.disentangle import DENOISED, DisentangleConfig, DisentangleModel

SMALL = {
    "bilstm": {"filters": 8, "hidden": 8, "pool": 8},
    "dilated_cnn": {"filters": 8, "layers": 2, "pool": 8},
    "cnn": {"filters": (8, 8, 8)},
    "transformer": {"width": 16, "layers": 1, "heads": 2, "pools": (5, 4)},
}


def network(encoder: str, seed: int = 0) -> DisentangleModel:
    """A small untrained network whose two norms differ, as after training."""
    torch.manual_seed(seed)
    model = DisentangleModel((DENOISED, "K562", "HepG2"), DisentangleConfig(encoder, SMALL[encoder]))
    for norm in model.norms:
        torch.nn.init.normal_(norm.weight, 1)
        torch.nn.init.normal_(norm.running_mean)
    model.target_mean.copy_(torch.tensor([2.0, 1.0, 3.0]))
    model.target_sd.copy_(torch.tensor([1.25, 2.0, 0.5]))
    return model.eval()


@pytest.fixture
def save_network(models_folder):
    """A factory that puts a small network, or one that is handed over, into trained_models/; returns its name."""

    def save(encoder: str, recipe: str, seed: int = 42, model: DisentangleModel | None = None) -> str:
        experiment = EXPERIMENTS[f"disentangle.{encoder}_{recipe}"]
        model = model or network(encoder, seed)
        checkpoints.save(experiment.name, model, replace(experiment, options=SMALL[encoder]))
        scale = {output: {"mean": 0.0, "sd": 1.0 + i} for i, output in enumerate(model.outputs)}
        weights = checkpoints.read_description(experiment.name)["weights_sha256"]
        metrics = {"training": {"seed": seed, "history": []}, "standardisation": scale, "weights_sha256": weights}
        checkpoints.save_metrics(experiment.name, metrics)
        return experiment.name

    return save
