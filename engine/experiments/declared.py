"""EXPERIMENTS: every model that the app knows, declared once.

Training, the model list, the pages and the tests all read this table. Figures that a study published for an
experiment stand in `assets/published_rank_order.csv` under the same name (`engine.data.published`), beside ours and
never in place of them. Variants are made with `dataclasses.replace`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace

from engine.data.lentimpra import CELL_TYPES
from engine.data.splits import HALVES, TEST_FOLD, VALIDATION_FOLD
from engine.errors import InputError, unknown
from engine.experiments.augmentation import Augmentation
from engine.experiments.distillation import Distillation, uncertainty_columns
from engine.experiments.optimizer import Optimizer

JOINT_TABLE = "joint"
_OWN = "own:"  # before the hash of a table that is a user's own
_LARGE = "large:"  # before the cell type of a full large-scale table


def own_table(table_hash: str) -> str:
    """What `Target.table` is of a user's own table."""
    return _OWN + table_hash


def is_own_table(table: str) -> bool:
    """True for a `Target.table` that is a user's own, whose scores stand beside no other table's."""
    return table.startswith(_OWN)


def large_table(cell: str) -> str:
    """What `Target.table` is of the full large-scale table of a cell type (`engine.data.large_scale`)."""
    return _LARGE + cell


def large_cell(table: str) -> str:
    """The cell type of a `Target.table` that is a full large-scale table; "" for any other."""
    return table.removeprefix(_LARGE) if table.startswith(_LARGE) else ""


@dataclass(frozen=True)
class Target:
    """What a model learns: a table of `engine.data` (the joint library, or by `large_table` a full large-scale one),
    or a user's own (`own_table`), and the outputs taken from it.

    Attributes:
        folds: those that train; None for all but the test fold (0) and the one that chooses the epoch (1).
    """

    table: str = JOINT_TABLE
    outputs: tuple[str, ...] = CELL_TYPES
    folds: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.folds is not None and (not self.folds or {TEST_FOLD, VALIDATION_FOLD} & {*self.folds}):
            raise InputError(
                f"a model trains on one or more folds other than {TEST_FOLD} and {VALIDATION_FOLD}, which score it and "
                "choose its epoch"
            )


@dataclass(frozen=True)
class Architecture:
    """A row of `engine.models.MODELS` and what differs from its default configuration."""

    name: str
    options: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """One declared training run; see the module's text.

    Attributes:
        loss, loss_options: a row of `engine.losses.LOSSES` and what differs from its defaults.
        curriculum: a row of `engine.losses.curriculum.CURRICULA`, or None for every element alike.
        seeds: the first is the one that is trained unless others are asked for.
        augmentation: how training sequences are perturbed, or None.
        distillation: of a student: whose predictions it learns in place of measurements, and on what; or None.
    """

    name: str
    task: Target
    model: Architecture
    loss: str
    optimizer: Optimizer
    curriculum: str | None = None
    loss_options: dict = field(default_factory=dict)
    seeds: tuple[int, ...] = (42,)
    source: str = ""
    augmentation: Augmentation | None = None
    distillation: Distillation | None = None

    @property
    def separate(self) -> tuple[str, ...]:
        """The cell types whose separate experiment the model learns too, each as a further column of its head."""
        further = self.model.options.get("further", ())
        return tuple(f.removeprefix(SEPARATE) for f in further if f.startswith(SEPARATE))

    def recipe(self) -> dict:
        """What decides the weights, given the data and a seed: a stopped run goes on only under the same recipe."""
        everything = self.as_dict()
        return {k: everything[k] for k in _RECIPE} | {k: everything[k] for k in _LATER if everything[k]}

    def as_dict(self) -> dict:
        """As stored in experiment.json. A target of all training folds is written as it was before there were any
        others, so that a stopped run goes on and a stored model is of the recipe that it was trained by."""
        everything = asdict(self)
        if self.task.folds is None:
            del everything["task"]["folds"]
        return everything


_RECIPE = ("task", "model", "loss", "loss_options", "curriculum", "optimizer")
_LATER = ("augmentation", "distillation")  # declared later: of a recipe only where there is one
SEPARATE = "separate:"  # before the cell type, of a further column that learns the separate experiment


@dataclass(frozen=True)
class Ensemble:
    """The mean of trained models, declared by their names; a member weighs as much as any other.

    Attributes:
        chosen_on: what decided that these are the members. Never the variants or elements that it is scored on.
        by_network: each network of a member counts as one, not each member.
    """

    name: str
    members: tuple[str, ...]
    outputs: tuple[str, ...]
    chosen_on: str
    source: str = ""
    by_network: bool = False

    def as_dict(self) -> dict:
        """As stored in experiment.json."""
        everything = asdict(self)
        return everything if self.by_network else {k: v for k, v in everything.items() if k != "by_network"}


# Every row of the rank-order study has this size and schedule, so that rows differ in what their names say alone.
SIZE = {"width": 80, "pool": 4}
SCHEDULE = Optimizer(batch_size=128, epochs=20, warmup=0.2, ema=0.998, weight_decay=0.01)
BINS = {"bins": 17}  # half a standard deviation wide
SEEDS = (42, 123, 456)
STUDY = "rank-order study: DREAM-RNN (Rafi et al. 2025) at reduced width, one cell type of the joint lentiMPRA library"
FOLLOW_UP = "loss of the studies that followed the rank-order study, same network and schedule"


def _row(
    name: str,
    model: str,
    loss: str,
    curriculum: str | None = None,
    *,
    cell: str = "K562",
    loss_options: dict | None = None,
    model_options: dict | None = None,
    source: str = STUDY,
) -> Experiment:
    """One row of the rank-order study."""
    return Experiment(
        name=name,
        task=Target(outputs=(cell,)),
        model=Architecture(model, SIZE | (model_options or {})),
        loss=loss,
        loss_options=loss_options or {},
        optimizer=SCHEDULE,
        curriculum=curriculum,
        seeds=SEEDS,
        source=source,
    )


RANK_ORDER = (
    _row("B1_baseline_mse", "dream_rnn", "mse"),
    _row("B2_soft_classification", "dream_rnn", "soft_class", model_options=BINS),
    _row("R1_plackett_luce", "dream_rnn_single", "plackett_luce"),
    _row("R2_softsort", "dream_rnn_single", "softsort"),
    _row("R3_ranknet", "dream_rnn_single", "ranknet"),
    _row("R4_combined", "dream_rnn_single", "combined", loss_options={"alpha": 0.5}),
    _row("R5_dual_combined", "dream_rnn_dual", "multi_task"),
    _row("C1_pl_linear_curriculum", "dream_rnn_single", "plackett_luce", "linear"),
    _row("C2_pl_stepped_curriculum", "dream_rnn_single", "plackett_luce", "stepped"),
    _row("C3_combined_curriculum", "dream_rnn_single", "combined", "linear", loss_options={"alpha": 0.5}),
    _row("D1_domain_adversarial", "dream_rnn_da", "plackett_luce", "linear"),
    _row("D2_bias_factorized", "dream_rnn_bf", "plackett_luce", "linear"),
    _row("D3_full_advanced", "dream_rnn_adv", "plackett_luce", "linear"),
    _row("H1_HepG2_baseline_mse", "dream_rnn", "mse", cell="HepG2"),
    _row("H2_HepG2_plackett_luce", "dream_rnn_single", "plackett_luce", cell="HepG2"),
    _row("H3_HepG2_combined", "dream_rnn_single", "combined", cell="HepG2", loss_options={"alpha": 0.5}),
    _row("H4_HepG2_softsort", "dream_rnn_single", "softsort", cell="HepG2"),
)

FOLLOW_UPS = (
    _row("L1_lambda_ranknet", "dream_rnn_single", "lambda_ranknet", source=FOLLOW_UP),
    _row("L2_margin_ranknet", "dream_rnn_single", "margin_ranknet", source=FOLLOW_UP),
    _row("L3_sampled_ranknet", "dream_rnn_single", "sampled_ranknet", source=FOLLOW_UP),
    _row("L4_weighted_pl", "dream_rnn_single", "weighted_pl", source=FOLLOW_UP),
    _row("L5_soft_spearman", "dream_rnn_single", "soft_spearman", source=FOLLOW_UP),
    _row("L6_adaptive_softsort", "dream_rnn_single", "adaptive_softsort", source=FOLLOW_UP),
    _row("L7_combined_mostly_pl", "dream_rnn_single", "combined", loss_options={"alpha": 0.3}, source=FOLLOW_UP),
    _row("L8_combined_mostly_mse", "dream_rnn_single", "combined", loss_options={"alpha": 0.7}, source=FOLLOW_UP),
)

JOINT = (
    Experiment(
        name="joint_legnet",
        task=Target(),
        model=Architecture("legnet", {"growth": (1.0, 1.0, 1.25, 1.5), "kernel": 5, "members": 4}),
        loss="mse",
        optimizer=Optimizer(epochs=12, ema=0.995, weight_decay=0.01),
        source="four small LegNets (Penzar et al. 2023) side by side, three outputs, joint lentiMPRA library",
    ),
    Experiment(
        name="dream_rnn",
        task=Target(),
        model=Architecture("dream_rnn", {"width": 128, "pool": 4}),
        loss="mse",
        optimizer=Optimizer(batch_size=128, epochs=24, warmup=0.2, ema=0.998, weight_decay=0.01),
        source="DREAM-RNN (Rafi et al. 2025), reduced width, max-pool of 4 before the LSTM",
    ),
)

# What brings a joint model how much: the loss that ranked best in the study's rows, and three outputs in place of one
# with everything else as in those rows.
INGREDIENTS = (
    replace(
        JOINT[0],
        name="joint_legnet_ranknet",
        model=Architecture("legnet", JOINT[0].model.options | {"members": 2}),
        loss="ranknet",
        source="two LegNets as in joint_legnet, RankNet loss",
    ),
    replace(
        JOINT[0],
        name="joint_assays_legnet",
        model=Architecture(
            "legnet", JOINT[0].model.options | {"members": 2, "further": (f"{SEPARATE}HepG2", f"{SEPARATE}WTC11")}
        ),
        source="two LegNets as in joint_legnet that learn the separate lentiMPRA experiments in HepG2 and WTC11 too",
    ),
    replace(
        JOINT[0],
        name="joint_assays_ranknet",
        model=Architecture(
            "legnet", JOINT[0].model.options | {"members": 2, "further": (f"{SEPARATE}HepG2", f"{SEPARATE}WTC11")}
        ),
        loss="ranknet",
        source="two LegNets as in joint_legnet, RankNet loss, the separate lentiMPRA experiments too",
    ),
    replace(
        JOINT[0],
        name="joint_evoaug_legnet",
        model=Architecture("legnet", JOINT[0].model.options | {"members": 2}),
        augmentation=Augmentation(),
        source="two LegNets as in joint_legnet, evolution-inspired augmentation (Lee et al. 2023)",
    ),
    replace(
        RANK_ORDER[0],
        name="joint_baseline_mse",
        task=Target(),
        source="B1_baseline_mse with three outputs in place of one",
    ),
    replace(
        next(e for e in RANK_ORDER if e.name == "R3_ranknet"),
        name="joint_ranknet",
        task=Target(),
        source="R3_ranknet with three outputs in place of one",
    ),
)

TEACHER = "joint_teacher"
DEFAULT_MODEL = "distilled_legnet"  # what is shown, and asked, where nobody chose a model
STUDENTS = (
    replace(
        JOINT[0],
        name="distilled_legnet",
        model=Architecture(
            "legnet", JOINT[0].model.options | {"members": 1, "further": uncertainty_columns(CELL_TYPES)}
        ),
        optimizer=replace(JOINT[0].optimizer, epochs=10),
        seeds=SEEDS,
        distillation=Distillation(TEACHER),
        source="one LegNet as in joint_legnet that learned mean and spread of joint_teacher (DEGU; Zhou et al. 2024)",
    ),
)

# The network and schedule of joint_legnet on several times as many measurements, of one cell type each.
LARGE_SCALE = tuple(
    replace(
        JOINT[0],
        name=f"{cell}_large",
        task=Target(large_table(cell), (cell,)),
        source=f"joint_legnet on the full large-scale lentiMPRA table of {cell} in place of the joint library",
    )
    for cell in CELL_TYPES
)

# Of design: half of the training folds makes designs, the other half judges them. Half the elements make half the steps
# an epoch: with twice the epochs the judge takes as many steps as its like. The better architecture judges, since a
# weak judge hides failure; the guide, which searches ask tens of thousands of times, is a small one.
DESIGN = (
    replace(
        JOINT[1],
        name="design_guide_A",
        task=Target(folds=HALVES[0]),
        model=Architecture("dream_rnn", JOINT[1].model.options | {"width": 96}),
        optimizer=replace(JOINT[1].optimizer, epochs=36),
        source="dream_rnn, narrower, on half of the training folds: what searches for a design follow",
    ),
    replace(
        JOINT[0],
        name="design_judge_B",
        task=Target(folds=HALVES[1]),
        model=Architecture("legnet", JOINT[0].model.options | {"members": 3}),
        optimizer=replace(JOINT[0].optimizer, epochs=2 * JOINT[0].optimizer.epochs),
        source="three LegNets as in joint_legnet on the other half of the training folds: judges designs that it had "
        "no part in",
    ),
)

EXPERIMENTS: dict[str, Experiment] = {
    e.name: e for e in (*JOINT, *STUDENTS, *INGREDIENTS, *LARGE_SCALE, *DESIGN, *RANK_ORDER, *FOLLOW_UPS)
}

ENSEMBLES: dict[str, Ensemble] = {
    e.name: e
    for e in (
        Ensemble(
            name="best_joint",
            members=("joint_legnet_ranknet", "joint_legnet"),
            outputs=CELL_TYPES,
            chosen_on="the validation fold, by python -m engine select K562 HepG2 WTC11; for K562 or HepG2 alone it "
            "chooses the same two",
            source="LegNets trained with RankNet and with squared error",
        ),
        Ensemble(
            name=TEACHER,
            members=("joint_legnet", "joint_legnet_ranknet", "joint_assays_legnet"),
            outputs=CELL_TYPES,
            chosen_on="the validation fold: recipes that differ by the loss and the data; with joint_evoaug_legnet the "
            "mean ranks it less well",
            source="eight LegNets of three recipes, each network one member: what distilled_legnet learned from",
            by_network=True,
        ),
    )
}

# Differences are measured against the experiment that learned the same cell type with plain squared error.
BASELINES = {"K562": "B1_baseline_mse", "HepG2": "H1_HepG2_baseline_mse"}


def names() -> list[str]:
    """Names of all experiments and ensembles, in the order in which they can be trained."""
    return [*EXPERIMENTS, *ENSEMBLES]


def outputs(declaration: Experiment | Ensemble) -> tuple[str, ...]:
    """The outputs that a declared model has."""
    return declaration.outputs if isinstance(declaration, Ensemble) else declaration.task.outputs


def as_stored(recipe: dict) -> dict:
    """A recipe as JSON gives it back."""
    return json.loads(json.dumps(recipe))


def from_stored(stored: dict) -> Experiment:
    """An experiment out of its experiment.json; a field that was declared later has its default."""
    known = {f.name for f in fields(Experiment)}
    parts = {
        "task": Target(
            stored["task"]["table"],
            tuple(stored["task"]["outputs"]),
            tuple(stored["task"]["folds"]) if stored["task"].get("folds") else None,
        ),
        "model": Architecture(**stored["model"]),
        "optimizer": Optimizer(**stored["optimizer"]),
        "seeds": tuple(stored["seeds"]),
        "augmentation": Augmentation(**stored["augmentation"]) if stored.get("augmentation") else None,
        "distillation": Distillation(**stored["distillation"]) if stored.get("distillation") else None,
    }
    return Experiment(**{k: v for k, v in stored.items() if k in known} | parts)


def recipe_then(stored: dict, recipe: dict) -> dict:
    """The recipe that a model was trained by, out of its experiment.json, in the fields of today's `recipe`.

    A field that was declared after the model was trained had its default then.
    """
    then = {key: stored.get(key, value) for key, value in recipe.items() if key not in _LATER}
    return then | {key: stored[key] for key in _LATER if stored.get(key)}


def get(name: str) -> Experiment | Ensemble:
    """The experiment or ensemble called `name`, or an InputError that lists the known ones."""
    if name in ENSEMBLES:
        return ENSEMBLES[name]
    if name not in EXPERIMENTS:
        raise unknown("model", name, names())
    return EXPERIMENTS[name]


def same_but_for_the_cell(among: Iterable[Experiment] | None = None) -> list[tuple[str, str, str]]:
    """`(loss, K562 experiment, HepG2 experiment)` for declared pairs that differ in nothing but what they learned;
    of all that is declared, or `among` some."""
    recipes: dict[str, dict[str, Experiment]] = {}
    for experiment in EXPERIMENTS.values() if among is None else among:
        if len(experiment.task.outputs) == 1:
            recipe = experiment.recipe() | {"task": (experiment.task.table, experiment.task.folds)}
            recipes.setdefault(repr(recipe), {})[experiment.task.outputs[0]] = experiment
    both = [pair for pair in recipes.values() if {"K562", "HepG2"} <= pair.keys()]
    return [(pair["K562"].loss, pair["K562"].name, pair["HepG2"].name) for pair in both]
