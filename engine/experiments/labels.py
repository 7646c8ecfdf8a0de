"""What a model is called on screen: how it learned, and from what, out of its declaration.

A name such as `R3_ranknet` is a key of files, links and commands. People read `label`: "R3 · RankNet · K562".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from engine.data.lentimpra import CELL_TYPES
from engine.data.splits import FOLDS
from engine.errors import CisLensError
from engine.experiments import commits, declared
from engine.experiments.description import ENSEMBLE, OWN, of_own_table, read_description
from engine.experiments.names import GENERATING, folder_of, system_of

SEPARATOR = " · "
LOSSES = {
    "mse": "squared error",
    "soft_class": "soft classes",
    "plackett_luce": "Plackett-Luce",
    "weighted_pl": "weighted Plackett-Luce",
    "softsort": "SoftSort",
    "adaptive_softsort": "adaptive SoftSort",
    "ranknet": "RankNet",
    "margin_ranknet": "RankNet with margin",
    "lambda_ranknet": "LambdaRank",
    "sampled_ranknet": "RankNet on sampled pairs",
    "soft_spearman": "soft Spearman",
    "combined": "squared error + Plackett-Luce",
    "multi_task": "squared error, Plackett-Luce heads",
}
CURRICULA = {"linear": "extremes first, then all", "stepped": "extremes first, in three steps"}
NETWORKS = {
    "legnet": "LegNet",
    "dream_rnn": "DREAM-RNN",
    "dream_rnn_single": "DREAM-RNN, head without bias",
    "dream_rnn_dual": "DREAM-RNN, two heads",
    "dream_rnn_da": "DREAM-RNN, domain-adversarial",
    "dream_rnn_bf": "DREAM-RNN, composition branch",
    "dream_rnn_adv": "DREAM-RNN, composition branch and domain-adversarial",
}
# What sets a network apart from the plain ones of the rank-order study, where the loss alone would not.
_APART = {
    "dream_rnn_da": "domain-adversarial",
    "dream_rnn_bf": "composition branch",
    "dream_rnn_adv": "composition and adversarial",
}
ENCODERS = {"bilstm": "BiLSTM", "dilated_cnn": "dilated CNN", "cnn": "CNN", "transformer": "Transformer"}
RECIPES = {
    "baseline_mse": "squared error",
    "ranking_only": "ranking",
    "contrastive_only": "contrastive",
    "consensus_only": "consensus",
    "ranking_contrastive": "ranking + contrastive",
    "full_disentangle": "all three losses",
    "hierarchical_contrastive": "weighted contrastive",
    "two_stage": "all three losses, two stages",
    "variant_contrastive": "contrastive with mutants",
    "quantile_mse": "squared error of normal scores",
    "heteroscedastic": "predicted variance",
}
OBJECTIVES = {
    "masked": "masked diffusion",
    "uniform": "uniform diffusion",
    "autoregressive": "base after base",
}
GENERATORS = {
    "dilated_denoiser": "dilated convolutions",
    "transformer_denoiser": "transformer",
    "unet_denoiser": "U-Net",
    "autoregressive": "causal convolutions",
}
_CODE = re.compile(r"([A-Z]\d+)_")
_SYSTEMS = {"disentangle": "DISENTANGLE"}
_NAMES = re.compile(rf"\b({'|'.join(sorted((*declared.names(), *RECIPES), key=len, reverse=True))})\b")


@dataclass(frozen=True)
class Described:
    """What a model is, in words.

    Attributes:
        short: its label where the cell type is said elsewhere: "R3 · RankNet".
        learned_from: whose activity it learned: "K562", "3 cell types".
        loss, network, curriculum: how; "" where it is not known or there is none.
    """

    short: str
    learned_from: str
    loss: str = ""
    network: str = ""
    curriculum: str = ""

    @property
    def label(self) -> str:
        return SEPARATOR.join(filter(None, (self.short, self.learned_from)))


def label(name: str) -> str:
    """A model's name as it stands on screen: "B1 · squared error · K562"; the bare name of one that nobody knows."""
    return describe(name).label


def short(name: str) -> str:
    """The same without the cell types, where these stand beside it."""
    return describe(name).short


def of_output(name: str, output: str) -> str:
    """One output of a model: "LegNet, 4 networks · squared error · HepG2"."""
    described = describe(name)
    kept = described.short if described.learned_from in _COUNTED else described.label
    return kept if kept.endswith(f"{SEPARATOR}{output}") else f"{kept}{SEPARATOR}{output}"


def in_text(text: str) -> str:
    """A sentence in which names of declared models and of recipes are replaced by what people read."""
    return _NAMES.sub(lambda m: short(m.group()) if m.group() in declared.names() else f"“{RECIPES[m.group()]}”", text)


def describe(name: str) -> Described:
    """What a declared or trained model is. One of which nothing can be read goes by its name alone."""
    if name in declared.names():
        return _declared(name)
    try:
        return _stored(name, commits.stamp(folder_of(name)))
    except CisLensError:
        return Described(name, "")


def _declared(name: str) -> Described:
    declaration = declared.get(name)
    if isinstance(declaration, declared.Ensemble):
        return _ensemble(declaration)
    return _experiment(declaration)


@lru_cache(maxsize=256)
def _stored(name: str, stamp: tuple) -> Described:
    """Out of experiment.json; `stamp` changes with it."""
    description = read_description(name)
    experiment = description["experiment"]
    if system_of(name) in GENERATING:
        return _generator(name, experiment)
    if system_of(name):
        return _of_system(name, experiment)
    if description["architecture"] == OWN:
        return Described(f"{name}{SEPARATOR}your own network", "")
    if description["architecture"] == ENSEMBLE:
        return Described(f"{name}{SEPARATOR}mean of {len(description['config']['members'])} models", "")
    loss = LOSSES.get(str(experiment.get("loss")), "")
    network = NETWORKS.get(description["architecture"], "")
    learned_from = "your own table" if of_own_table(description) else _cells(tuple(description["outputs"]))
    return Described(SEPARATOR.join(filter(None, (name, loss))), learned_from, loss, network)


def _experiment(experiment: declared.Experiment) -> Described:
    loss, network = _loss(experiment), NETWORKS[experiment.model.name]
    if experiment.distillation:  # its loss is to be as the teacher
        loss = f"student of {experiment.distillation.teacher}"
        if isinstance(teacher := declared.get(experiment.distillation.teacher), declared.Ensemble):
            loss = f"student of the {_ensemble(teacher).short.split(SEPARATOR)[0].lower()}"
    curriculum = CURRICULA.get(experiment.curriculum or "", "")
    code = _CODE.match(experiment.name)
    if code:
        schedule = {"": "", "linear": "curriculum", "stepped": "stepped curriculum"}[experiment.curriculum or ""]
        parts = (_APART.get(experiment.model.name, ""), loss, "" if experiment.model.name in _APART else schedule)
        first, how = code.group(1), ", ".join(filter(None, parts))
    else:
        options = experiment.model.options
        members = options.get("members")
        size = (
            f"{members} network{'s' if members > 1 else ''}" if members else f"width {options.get('width', 'default')}"
        )
        where = ", large-scale library" if declared.large_cell(experiment.task.table) else ""
        first, how = f"{_family(experiment)}, {size}{where}", ", ".join([loss, *_special(experiment)])
    return Described(f"{first}{SEPARATOR}{how}", _cells(experiment.task.outputs), loss, network, curriculum)


def _special(experiment: declared.Experiment) -> list[str]:
    """What sets the recipe of a joint model apart."""
    parts = []
    if experiment.separate:
        parts.append("separate experiments too")
    if experiment.augmentation:
        parts.append("perturbed sequences")
    if experiment.task.folds:
        parts.append(f"folds {', '.join(map(str, experiment.task.folds))} alone")
    return parts


def _family(experiment: declared.Experiment) -> str:
    """The network without what is special about its head."""
    return NETWORKS[experiment.model.name].split(",")[0]


def loss_words(stated: str) -> str:
    """A loss as the leaderboard states it ("combined alpha=0.3") in words."""
    name, *options = stated.split(" ")
    return " ".join([LOSSES.get(name, name), *(f"({o})" for o in options)])


def _loss(experiment: declared.Experiment) -> str:
    loss, alpha = LOSSES[experiment.loss], experiment.loss_options.get("alpha", 0.5)
    return loss if alpha == 0.5 else f"{loss} ({100 * alpha:.0f}:{100 * (1 - alpha):.0f})"


def _ensemble(ensemble: declared.Ensemble) -> Described:
    members = [declared.EXPERIMENTS[m] for m in ensemble.members]
    count = f"{len(members)} models"
    if ensemble.by_network:
        count = f"{sum(m.model.options.get('members', 1) for m in members)} networks"
    networks = " and ".join(dict.fromkeys(map(_family, members)))
    losses = " and ".join(dict.fromkeys(LOSSES[m.loss] for m in members))
    first = f"Mean of {count}"
    return Described(f"{first}{SEPARATOR}{losses}", _cells(ensemble.outputs), losses, networks)


def _of_system(name: str, experiment: dict) -> Described:
    """A network of DISENTANGLE: its label always says which experiments it learned from, in two cells or two assays."""
    encoder, recipe = ENCODERS.get(str(experiment.get("encoder")), ""), experiment.get("recipe", {}).get("name", "")
    recipe = RECIPES.get(recipe, recipe.replace("_", " "))
    conditions = experiment.get("conditions", [])
    cells = list(dict.fromkeys(c.rsplit(" ", 1)[-1] for c in conditions))
    learned = " and ".join(cells) if len(cells) == len(conditions) else f"two assays of {' and '.join(cells)}"
    first = f"{_SYSTEMS.get(system_of(name), system_of(name))} {encoder}"
    return Described(f"{first}{SEPARATOR}{recipe}", learned, recipe, encoder)


def _generator(name: str, experiment: dict) -> Described:
    """A generator of sequences; a twin, which learned from half of what there is, is told apart."""
    objective = str(experiment.get("objective", ""))
    first = OBJECTIVES.get(objective, objective)
    network = GENERATORS.get(str(experiment.get("model", {}).get("name")), "")
    half = "half of the training folds" if len(experiment.get("folds", ())) < FOLDS - 2 else ""
    short = SEPARATOR.join(filter(None, (first or name, network, half)))
    return Described(short, _cells(tuple(experiment.get("outputs", ()))), first, network)


_COUNTED = (f"{len(CELL_TYPES)} cell types",)


def _cells(outputs: tuple[str, ...]) -> str:
    return _COUNTED[0] if outputs == CELL_TYPES else ", ".join(outputs)
