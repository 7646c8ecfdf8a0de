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


def label(name: str, seed: int) -> str:
    """What one network is called among all of them."""
    return f"{name} seed {seed}"


def every() -> list[Network]:
    """Every network of every notion that is trained, as `trained` gives those of one."""
    notions = dict.fromkeys(experiment.notion for experiment in EXPERIMENTS.values())
    return [network for notion in notions for network in trained(notion)]


def by_encoder(several: list[Network]) -> list[list[Network]]:
    """The networks that may be set against each other: of one notion and one encoder, in the order given."""
    groups: dict[tuple[str, str], list[Network]] = {}
    for network in several:
        groups.setdefault((network.experiment.notion, network.encoder), []).append(network)
    return list(groups.values())


def weights() -> dict[str, str]:
    """The hash of the weights of every network that is trained, by `label`; nothing is loaded.

    Raises:
        CheckpointError: a broken file of one of them.
    """
    hashes = {}
    present = checkpoints.trained(SYSTEM)
    for name in (n for n in EXPERIMENTS if n in present):
        own = checkpoints.read_metrics(name)["training"]["seed"]
        folders = {int(own): None} | dict(checkpoints.replicates(name))
        for seed in sorted(folders):
            hashes[label(name, seed)] = checkpoints.read_description(name, folders[seed])["weights_sha256"]
    return hashes


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
