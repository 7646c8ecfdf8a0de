"""EXPERIMENTS: every generator of sequences, declared once: a network, what it learns by, and from which folds.

Each comes twice. The one that is for use learns from all training folds (2 to 9). Its twin, `..._A`, learns from half A
alone (`engine.design.splits`), so that a judge that learned from half B can tell what it is worth; figures of a method
are figures of the twin.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from engine.data.lentimpra import CELL_TYPES
from engine.data.splits import FOLDS, TEST_FOLD, VALIDATION_FOLD
from engine.design.splits import DESIGN_FOLDS
from engine.errors import InputError
from engine.experiments.declared import Architecture
from engine.experiments.optimizer import Optimizer

SYSTEM = "design"  # its generators are called design.<objective>_<network>
TWIN = "_A"
TRAINING_FOLDS = tuple(f for f in range(FOLDS) if f not in (TEST_FOLD, VALIDATION_FOLD))


@dataclass(frozen=True)
class Dropping:
    """How often an activity is kept from the network in training, so that it learns to do without and may be guided.

    Attributes:
        together: all of a sequence's activities at once.
        each: one of them alone.
    """

    together: float = 0.1
    each: float = 0.2


@dataclass(frozen=True)
class Generator:
    """One declared run.

    Attributes:
        objective: a row of `engine.design.objectives.OBJECTIVES`.
        model: a row of `engine.models.generators.GENERATORS` and what differs from its default configuration.
        folds: of the joint library, that it learns from.
        outputs: the activities that it can be asked for.
    """

    name: str
    objective: str
    model: Architecture
    optimizer: Optimizer
    folds: tuple[int, ...] = TRAINING_FOLDS
    outputs: tuple[str, ...] = CELL_TYPES
    dropping: Dropping = Dropping()
    seeds: tuple[int, ...] = (42,)
    source: str = ""

    def as_dict(self) -> dict:
        """As stored in experiment.json."""
        return asdict(self)


# No shift into the adapters: what is generated are elements, from their first base to their last.
SCHEDULE = Optimizer(
    peak_lr=1e-3, weight_decay=0.01, epochs=50, batch_size=128, warmup=0.1, ema=0.999, max_shift=0, patience=10
)

_FOR_USE = (
    Generator(
        name=f"{SYSTEM}.masked_unet",
        objective="masked",
        model=Architecture("unet_denoiser"),
        optimizer=SCHEDULE,
        source="masked diffusion (Sahoo et al. 2024), U-Net, joint lentiMPRA library",
    ),
    Generator(
        name=f"{SYSTEM}.masked_conv",
        objective="masked",
        model=Architecture("dilated_denoiser"),
        optimizer=replace(SCHEDULE, epochs=20),  # a step costs three times one of the U-Net
        source="masked diffusion (Sahoo et al. 2024), dilated convolutions, joint lentiMPRA library",
    ),
    Generator(
        name=f"{SYSTEM}.masked_transformer",
        objective="masked",
        model=Architecture("transformer_denoiser", {"layers": 4}),
        optimizer=replace(SCHEDULE, epochs=10),  # a step costs nine times one of the U-Net
        source="masked diffusion (Sahoo et al. 2024), small transformer, joint lentiMPRA library",
    ),
    Generator(
        name=f"{SYSTEM}.uniform_unet",
        objective="uniform",
        model=Architecture("unet_denoiser", {"with_noise": True}),
        optimizer=replace(SCHEDULE, epochs=12),
        source="uniform diffusion by score entropy (Lou et al. 2024; D3, Sarkar et al. 2024), U-Net, joint lentiMPRA "
        "library",
    ),
    Generator(
        name=f"{SYSTEM}.autoregressive",
        objective="autoregressive",
        model=Architecture("autoregressive"),
        optimizer=replace(SCHEDULE, epochs=12),  # each step of it tells of all bases at once
        source="base after base (as regLM, Lal et al. 2024), causal dilated convolutions, joint lentiMPRA library",
    ),
)


def twin(generator: Generator) -> Generator:
    """The same generator, of half A alone."""
    return replace(generator, name=generator.name + TWIN, folds=DESIGN_FOLDS)


EXPERIMENTS: dict[str, Generator] = {g.name: g for one in _FOR_USE for g in (one, twin(one))}


def get(name: str) -> Generator:
    """A declared generator by its name, with or without "design." before it; raises InputError."""
    full = name if name.startswith(f"{SYSTEM}.") else f"{SYSTEM}.{name}"
    if full not in EXPERIMENTS:
        known = ", ".join(n.removeprefix(f"{SYSTEM}.") for n in EXPERIMENTS)
        raise InputError(f"no generator is called '{name[:100]}'; known: {known}")
    return EXPERIMENTS[full]
