"""The trained networks of DISENTANGLE, every seed of them, as the analyses take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from engine.disentangle.declared import CELLS, EXPERIMENTS, SYSTEM, Disentangle
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.models.disentangle import DisentangleModel


@dataclass(frozen=True)
class Network:
    """One trained network: its declaration, its seed, its checkpoint."""

    experiment: Disentangle
    seed: int
    checkpoint: Checkpoint

    @property
    def model(self) -> DisentangleModel:
        return cast(DisentangleModel, self.checkpoint.model)

    @property
    def encoder(self) -> str:
        return self.experiment.encoder

    @property
    def recipe(self) -> str:
        return self.experiment.recipe.name


def trained(notion: str = CELLS, seeds: tuple[int, ...] | None = None) -> list[Network]:
    """Every network of a notion that is trained, in the order of declaration, then by seed.

    Args:
        seeds: only these; all by default.
    """
    networks = []
    for name, experiment in EXPERIMENTS.items():
        if experiment.notion != notion or name not in checkpoints.trained(SYSTEM):
            continue
        own = checkpoints.load(name)
        folders = {int(own.metrics["training"]["seed"]): own} | {
            seed: checkpoints.load(name, folder) for seed, folder in checkpoints.replicates(name).items()
        }
        networks += [
            Network(experiment, seed, folders[seed]) for seed in sorted(folders) if seeds is None or seed in seeds
        ]
    return networks
