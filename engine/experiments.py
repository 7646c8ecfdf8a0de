"""EXPERIMENTS: every model that the app knows, declared once.

Training, the model list, the pages and the tests all read this table. `published` holds figures of a paper
or report, shown beside ours and never in place of them. Variants are made with `dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from engine.data.lentimpra import CELL_TYPES
from engine.errors import unknown


@dataclass(frozen=True)
class Task:
    """What a model learns: a table of `engine.data` and the outputs taken from it."""

    table: str = "joint"
    outputs: tuple[str, ...] = CELL_TYPES


@dataclass(frozen=True)
class Architecture:
    """A row of `engine.models.MODELS` and what differs from its default configuration."""

    name: str
    options: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Optimizer:
    """AdamW under a one-cycle learning rate (Smith & Topin 2018, arXiv:1708.07120).

    Attributes:
        peak_lr: the highest learning rate, reached after `warmup` of the run.
        ema: decay of the averaged weights, which are the ones that are validated and kept; 0 turns it off.
        max_shift: each training window is moved by up to this many bases into the adapters.
        patience: stop after this many epochs without a better validation Spearman.
    """

    peak_lr: float = 5e-3
    weight_decay: float = 0.05
    epochs: int = 16
    batch_size: int = 256
    warmup: float = 0.3
    ema: float = 0.0
    max_shift: int = 10
    clip: float = 1.0
    patience: int = 8


@dataclass(frozen=True)
class Experiment:
    """One declared training run; see the module's text."""

    name: str
    task: Task
    model: Architecture
    loss: str
    optimizer: Optimizer
    curriculum: str | None = None
    seeds: tuple[int, ...] = (42,)
    source: str = ""
    published: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        """As stored in experiment.json."""
        return asdict(self)


EXPERIMENTS: dict[str, Experiment] = {
    e.name: e
    for e in (
        Experiment(
            name="joint_legnet",
            task=Task(),
            model=Architecture("legnet", {"growth": (1.0, 1.0, 1.25, 1.5), "kernel": 5, "members": 4}),
            loss="mse",
            optimizer=Optimizer(epochs=12, ema=0.995, weight_decay=0.01),
            source="four small LegNets (Penzar et al. 2023) side by side, three outputs, joint lentiMPRA library",
        ),
        Experiment(
            name="dream_rnn",
            task=Task(),
            model=Architecture("dream_rnn", {"width": 128, "pool": 4}),
            loss="mse",
            optimizer=Optimizer(batch_size=128, epochs=24, warmup=0.2, ema=0.998, weight_decay=0.01),
            source="DREAM-RNN (Rafi et al. 2025), reduced width, max-pool of 4 before the LSTM",
        ),
    )
}


def get(name: str) -> Experiment:
    """The experiment called `name`, or an InputError that lists the known ones."""
    if name not in EXPERIMENTS:
        raise unknown("model", name, EXPERIMENTS)
    return EXPERIMENTS[name]
