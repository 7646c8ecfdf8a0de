"""What the encoders say of a panel of held-out sequences, once a network; norms, head and views follow from it.

In evaluation every norm is one straight line a feature: slope * x + offset, with slope = gamma / sqrt(running variance
+ eps) and offset = beta - slope * running mean. So the encoder's features before the norms hold everything: the views
through the norms, their mean (denoised), and, the head being linear, the predictions. The mean over both strands goes
through all of it unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from engine import models, store
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, homology_groups
from engine.disentangle import data
from engine.disentangle.analyses.networks import Network
from engine.disentangle.declared import Recipe
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import panel
from engine.interpretation.representations.embedding import embed
from engine.models.disentangle import DENOISED, DisentangleModel
from engine.models.layers import SequenceModel
from engine.results import Progress

UNTRAINED = "untrained"  # the recipe of a network at its first weights
ENCODER = "encoder"  # the features before the norms


class Unnormed(SequenceModel):
    """A network whose features are the encoder's, before any norm."""

    def __init__(self, model: DisentangleModel):
        super().__init__(model.outputs)
        self.encoder = model.encoder
        self.train(model.training)

    def embed(self, x: Tensor) -> Tensor:
        return self.encoder(x)


@dataclass(frozen=True)
class Panel:
    """Held-out sequences that were measured under every condition.

    Attributes:
        notion, conditions: what they were measured for.
        codes: `(n, 200)` uint8.
        places: `(n,)` where they stand among the rows of `engine.disentangle.data.measured`.
        activity: `(n, conditions)` log2(RNA/DNA).
    """

    notion: str
    conditions: tuple[str, ...]
    codes: np.ndarray
    places: np.ndarray
    activity: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def groups(self) -> np.ndarray:
        """`(n,)` relatives have one number."""
        return homology_groups(self.codes)

    def classes(self, library: Library) -> np.ndarray:
        """`(n,)` what kind of element of the joint library each is; empty for what it does not hold."""
        table = library.table
        kinds = {codes.tobytes(): str(kind) for codes, kind in zip(table.codes, table.classes, strict=True)}
        return np.array([kinds.get(codes.tobytes(), "") for codes in self.codes])


def measured(networks: list[Network], library: Library, size: int | None = panel.SIZE) -> Panel:
    """The test fold's sequences that were measured under all conditions of some networks of one notion.

    Args:
        size: how many, drawn once: of cells the panel that every model is asked about; None for all.
    """
    own = networks[0].experiment
    pairs = data.of(own, library)
    held_out = pairs.rows(TEST_FOLD)
    held_out = held_out[pairs.paired[held_out]]
    places = np.sort(np.random.default_rng(panel.SEED).permutation(held_out)[:size])
    return Panel(own.notion, own.conditions, pairs.codes[places], places, pairs.activity[places].astype(np.float64))


def by_notion(
    networks: list[Network], progress: Progress | None = None
) -> Iterator[tuple[list[Network], Progress | None]]:
    """The networks of each notion, with what to tell how many of them are done."""
    done = 0
    for notion in dict.fromkeys(n.experiment.notion for n in networks):
        own = [n for n in networks if n.experiment.notion == notion]
        yield own, _after(done, len(networks), progress)
        done += len(own)


def _after(before: int, total: int, progress: Progress | None) -> Progress | None:
    return (lambda done, _: progress(before + done, total)) if progress else None


@dataclass(frozen=True)
class Norm:
    """The norm of one condition in evaluation; each `(256,)` float64.

    Attributes:
        gamma, beta: what was learned.
        mean, variance: the running statistics.
    """

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    eps: float

    @property
    def slope(self) -> np.ndarray:
        """Of the line that the norm is, a feature each."""
        return self.gamma / np.sqrt(self.variance + self.eps)

    @property
    def offset(self) -> np.ndarray:
        """Of the line that the norm is."""
        return self.beta - self.slope * self.mean


def norm_of(layer: nn.Module) -> Norm:
    """A BatchNorm layer as numbers."""
    batch_norm = cast(nn.BatchNorm1d, layer)
    values = (batch_norm.weight, batch_norm.bias, batch_norm.running_mean, batch_norm.running_var)
    gamma, beta, mean, variance = (cast(Tensor, v).detach().double().numpy() for v in values)
    return Norm(gamma, beta, mean, variance, batch_norm.eps)


@dataclass(frozen=True)
class Features:
    """A network with what its encoder says of a panel: `encoded` `(n, 256)` float64, before the norms."""

    network: Network
    encoded: np.ndarray

    @cached_property
    def norms(self) -> dict[str, Norm]:
        """By condition."""
        model = self.network.model
        return {c: norm_of(n) for c, n in zip(model.conditions, model.norms, strict=True)}

    @cached_property
    def weights(self) -> np.ndarray:
        """`(256,)` of the head."""
        return self.network.model.head.weight.detach().double().numpy()[0]

    def view(self, output: str) -> np.ndarray:
        """`(n, 256)` features through a condition's norm, the mean over the norms (`DENOISED`), or before them
        (`ENCODER`)."""
        if output == ENCODER:
            return self.encoded
        norms = list(self.norms.values()) if output == DENOISED else [self.norms[output]]
        slope, offset = (np.mean([getattr(n, part) for n in norms], axis=0) for part in ("slope", "offset"))
        return self.encoded * slope + offset

    def predicted(self, output: str) -> np.ndarray:
        """`(n,)` in standard deviations of the training activities."""
        return self.view(output) @ self.weights + float(self.network.model.head.bias.detach())


def of(network: Network, shown: Panel) -> Features:
    """The features of a network, kept in the cache for its weights."""
    content = f"{network.checkpoint.weights_hash} {ENCODER} ".encode() + shown.codes.tobytes()
    file = store.cache_folder() / "embeddings" / f"{store.digest(content, 24)}.npz"

    def compute() -> dict[str, np.ndarray]:
        return {"embedded": embed(Unnormed(network.model), shown.codes)}

    return Features(network, store.remembered(file, ("embedded",), compute)["embedded"].astype(np.float64))


def all_of(networks: list[Network], shown: Panel, progress: Progress | None = None) -> Iterator[Features]:
    """The features of each, one after another."""
    for i, network in enumerate(networks):
        yield of(network, shown)
        if progress:
            progress(i + 1, len(networks))


def untrained(networks: list[Network]) -> list[Network]:
    """Of each encoder and seed the network at its first weights: what it holds before anything is learned."""
    firsts: dict[tuple[str, int], Network] = {}
    for network in networks:
        firsts.setdefault((network.encoder, network.seed), network)
    return [_untrained(network) for network in firsts.values()]


def _untrained(network: Network) -> Network:
    """At the weights that the run started from: `engine.training.loop` seeds torch, then the task builds."""
    described = network.checkpoint.description
    architecture, outputs, config = (described[k] for k in ("architecture", "outputs", "config"))
    with torch.random.fork_rng():
        torch.manual_seed(network.seed)
        model = models.build(architecture, tuple(outputs), config).eval()
    weights = store.digest(repr((UNTRAINED, architecture, outputs, sorted(config.items()), network.seed)))
    checkpoint = Checkpoint(UNTRAINED, model, described | {"weights_sha256": weights}, {}, Path())
    return Network(replace(network.experiment, recipe=Recipe(UNTRAINED)), network.seed, checkpoint)
