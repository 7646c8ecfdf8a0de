"""EXPERIMENTS: every DISENTANGLE run, declared once: an encoder, what is learned from, and which losses.

Two notions of "experiment" are kept apart. *cells*: one library in two cell types, where what differs is biology as
well as noise. *assays*: one cell type measured twice, where what differs is noise. `notion` names which one a run
belongs to.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from engine.experiments.declared import Architecture
from engine.experiments.optimizer import Optimizer

SYSTEM = "disentangle"  # its models are called disentangle.<encoder>_<recipe>
CELLS = "cells"
ASSAYS = {"HepG2": "assays HepG2", "WTC11": "assays WTC11"}  # by the cell type that both experiments measured
ASSAYS_ENCODER = "bilstm"  # the encoder that does best with cells


@dataclass(frozen=True)
class Recipe:
    """The losses of a run by their weights; a weight of 0 leaves one out.

    Attributes:
        mse: squared error of each measurement, through its own condition's norm.
        ranking: margin ranking within each condition.
        contrastive: InfoNCE between the two conditions' views of a sequence.
        consensus: margin ranking of the denoised prediction on the mean of ranks.
    """

    name: str
    mse: float = 0.0
    ranking: float = 0.0
    contrastive: float = 0.0
    consensus: float = 0.0


@dataclass(frozen=True)
class Losses:
    """The numbers inside the losses, as the study has them.

    Attributes:
        margin, partners, noise_sd, temperature: of the ranking; the noise s.d. (in s.d. of the activities) is the root
            of 1 - r between the joint library and the separate HepG2 experiment (Pearson r 0.891, n = 1,750).
        contrast, negatives: temperature of InfoNCE, and how many negatives an anchor has.
        paired: part of a batch whose sequences enter with both conditions.
    """

    margin: float = 1.0
    partners: int = 16
    noise_sd: float = 0.33
    temperature: float = 0.5
    contrast: float = 0.07
    negatives: int = 32
    paired: float = 0.3


RECIPES: dict[str, Recipe] = {
    r.name: r
    for r in (
        Recipe("baseline_mse", mse=1.0),
        Recipe("ranking_only", ranking=1.0),
        Recipe("contrastive_only", mse=1.0, contrastive=1.0),
        Recipe("consensus_only", consensus=1.0),
        Recipe("ranking_contrastive", ranking=0.5, contrastive=0.5),
        Recipe("full_disentangle", ranking=0.5, contrastive=0.5, consensus=1.0),
    )
}

# One size for the six recipes of an encoder; a run takes two to three minutes on one processor core.
SIZES: dict[str, dict] = {
    "bilstm": {"filters": 80, "hidden": 64, "pool": 8},
    "dilated_cnn": {"filters": 64, "pool": 8},
    "cnn": {"filters": (64, 64, 96)},
    "transformer": {"width": 64, "pools": (5, 4)},
}
SEEDS = {"bilstm": (42, 123, 456), "dilated_cnn": (42, 123, 456), "cnn": (42,), "transformer": (42,)}
SCHEDULE = Optimizer(
    peak_lr=3e-3, batch_size=128, epochs=6, warmup=0.2, ema=0.998, weight_decay=0.01, max_shift=10, patience=6
)


@dataclass(frozen=True)
class Disentangle:
    """One declared run; see the module's text."""

    name: str
    notion: str
    conditions: tuple[str, ...]
    encoder: str
    recipe: Recipe
    options: dict = field(default_factory=dict)
    losses: Losses = Losses()
    optimizer: Optimizer = SCHEDULE
    seeds: tuple[int, ...] = (42,)

    @property
    def model(self) -> Architecture:
        """As `engine.models` builds it."""
        return Architecture(SYSTEM, {"encoder": self.encoder, "options": self.options})

    def as_dict(self) -> dict:
        """As stored in experiment.json."""
        return asdict(self)


GRID: tuple[Disentangle, ...] = tuple(
    Disentangle(
        name=f"{SYSTEM}.{encoder}_{recipe.name}",
        notion=CELLS,
        conditions=("K562", "HepG2"),
        encoder=encoder,
        recipe=recipe,
        options=SIZES[encoder],
        seeds=SEEDS[encoder],
    )
    for encoder in SIZES
    for recipe in RECIPES.values()
)

TWICE: tuple[Disentangle, ...] = tuple(
    Disentangle(
        name=f"{SYSTEM}.{notion.replace(' ', '_')}_{ASSAYS_ENCODER}_{recipe.name}",
        notion=notion,
        conditions=(f"joint {cell_type}", f"large-scale {cell_type}"),
        encoder=ASSAYS_ENCODER,
        recipe=recipe,
        options=SIZES[ASSAYS_ENCODER],
    )
    for cell_type, notion in ASSAYS.items()
    for recipe in RECIPES.values()
)

EXPERIMENTS: dict[str, Disentangle] = {e.name: e for e in (*GRID, *TWICE)}


def cell_type(condition: str) -> str:
    """The cell type that a condition measured: 'HepG2' of 'HepG2', 'joint HepG2' and 'large-scale HepG2'."""
    return condition.rsplit(" ", 1)[-1]
