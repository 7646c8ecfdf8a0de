"""EXPERIMENTS: every DISENTANGLE run, declared once: an encoder, what is learned from, and which losses.

Two notions of "experiment" are kept apart. *cells*: one library in two cell types, where what differs is biology as
well as noise. *assays*: one cell type measured twice, where what differs is noise. `notion` names which one a run
belongs to.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

from engine.experiments.declared import Architecture
from engine.experiments.optimizer import Optimizer

SYSTEM = "disentangle"  # its models are called disentangle.<encoder>_<recipe>
CELLS = "cells"
ASSAYS = {"HepG2": "assays HepG2", "WTC11": "assays WTC11"}  # by the cell type that both experiments measured
ASSAYS_ENCODER = "bilstm"  # the encoder that does best with cells


@dataclass(frozen=True)
class Stage:
    """A second stage of a run: another objective, at a fraction of the learning rate.

    Attributes:
        begins: when this much of the run (0 to 1) is done.
        rate: the peak of its one-cycle learning rate, as a part of the first stage's.
        mse, sensitivity: weights of the squared error, and of the floor under what a single base does to a prediction.
        floor: in s.d. of the activities.
    """

    begins: float
    rate: float = 0.1
    mse: float = 1.0
    sensitivity: float = 0.1
    floor: float = 0.01


@dataclass(frozen=True)
class Extension:
    """What a recipe has that none of the grid has; by default nothing.

    Attributes:
        concordance: scale of the weights that positives have by how far the experiments agree on their ranks.
        mutants: how many single-base mutants of its own an anchor has among its negatives.
        normal_scores: squared error takes normal scores within each experiment as targets.
        beta: of the Gaussian likelihood with a predicted variance that stands in place of the squared error.
        then: a second stage.
    """

    concordance: float | None = None
    mutants: int = 0
    normal_scores: bool = False
    beta: float | None = None
    then: Stage | None = None


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
    extension: Extension = Extension()


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

# One size for the six recipes of an encoder; a run takes some two minutes on one processor core. In so few epochs
# nothing is learned by heart, so that dropout would only cost; small batches, many filters in the first layer and a
# norm after it learn more in the same time than larger batches and narrow layers.
SIZES: dict[str, dict] = {
    "bilstm": {"filters": 80, "hidden": 64, "pool": 8, "dropout": 0.0},
    "dilated_cnn": {"filters": 64, "stem": 160, "pool": 8, "dropout": 0.0},
    "cnn": {"filters": (128, 64, 96), "dropout": 0.1},
    "transformer": {"width": 64, "stem": 128, "pools": (5, 4), "dropout": 0.0},
}
SEEDS = {"bilstm": (42, 123, 456), "dilated_cnn": (42, 123, 456), "cnn": (42,), "transformer": (42,)}
SCHEDULE = Optimizer(
    peak_lr=3e-3, batch_size=64, epochs=5, warmup=0.2, ema=0.998, weight_decay=0.01, max_shift=10, patience=5
)
# A second stage comes on top of all epochs of the first.
TWO_STAGES = replace(SCHEDULE, epochs=SCHEDULE.epochs + 2)
BEGINS = SCHEDULE.epochs / TWO_STAGES.epochs

# Each differs from one recipe of the grid in one thing: two_stage from full_disentangle, quantile_mse and
# heteroscedastic from baseline_mse, the others from contrastive_only.
EXTENDED: dict[str, Recipe] = {
    r.name: r
    for r in (
        Recipe("hierarchical_contrastive", mse=1.0, contrastive=1.0, extension=Extension(concordance=2.0)),
        Recipe("two_stage", ranking=0.5, contrastive=0.5, consensus=1.0, extension=Extension(then=Stage(BEGINS))),
        Recipe("variant_contrastive", mse=1.0, contrastive=1.0, extension=Extension(mutants=1)),
        Recipe("quantile_mse", mse=1.0, extension=Extension(normal_scores=True)),
        Recipe("heteroscedastic", mse=1.0, extension=Extension(beta=0.5)),
    )
}
EXTENDED_ENCODER = "bilstm"


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
        more = {} if self.recipe.extension.beta is None else {"variance": True}
        return Architecture(SYSTEM, {"encoder": self.encoder, "options": self.options} | more)

    def as_dict(self) -> dict:
        """As stored in experiment.json. A recipe without an extension is written as it was before there were any, so
        that a stopped run of it goes on."""
        everything = asdict(self)
        if self.recipe.extension == Extension():
            del everything["recipe"]["extension"]
        return everything


def _of_cells(encoder: str, recipe: Recipe, seeds: tuple[int, ...], optimizer: Optimizer = SCHEDULE) -> Disentangle:
    return Disentangle(
        name=f"{SYSTEM}.{encoder}_{recipe.name}",
        notion=CELLS,
        conditions=("K562", "HepG2"),
        encoder=encoder,
        recipe=recipe,
        options=SIZES[encoder],
        optimizer=optimizer,
        seeds=seeds,
    )


GRID: tuple[Disentangle, ...] = tuple(
    _of_cells(encoder, recipe, SEEDS[encoder]) for encoder in SIZES for recipe in RECIPES.values()
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

EXTENSIONS: tuple[Disentangle, ...] = tuple(
    _of_cells(EXTENDED_ENCODER, recipe, (42,), TWO_STAGES if recipe.extension.then else SCHEDULE)
    for recipe in EXTENDED.values()
)

EXPERIMENTS: dict[str, Disentangle] = {e.name: e for e in (*GRID, *EXTENSIONS, *TWICE)}


def cell_type(condition: str) -> str:
    """The cell type that a condition measured: 'HepG2' of 'HepG2', 'joint HepG2' and 'large-scale HepG2'."""
    return condition.rsplit(" ", 1)[-1]
