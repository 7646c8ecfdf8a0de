"""The maps that the analyses start from: of every network, on one panel of held-out elements, through every norm.

*Ours*: Integrated Gradients from the uniform baseline and mutagenesis, both strands averaged
(`engine.interpretation.attribution.methods`), in standard deviations of the network's predictions on the validation
fold.

*The study's*, from its public code (github.com/bryanc5864/RankProject, disentangle/scripts/run_interpretability_suite):
the path from no base at all, one strand, log2(RNA/DNA), the size of each position's contribution; for positions the
length of the gradient. Its code leaves the network in training mode and takes the gradient of the sum over a batch of
64 sequences. Behind a batch norm in training mode that sum does not depend on the sequences: the norm subtracts the
batch's mean, and the head is linear. So its gradient is 0, and what is left is the rounding of float32. The numbers are
given both ways: the measure with the network in evaluation mode ('study'), and as that code runs ('study as run').
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine import store
from engine.data.library import Library
from engine.disentangle.analyses.networks import Network
from engine.disentangle.declared import cell_type
from engine.interpretation import stored
from engine.interpretation.attribution.maps import PANEL_CELLS, ism_profile
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.models.disentangle import DisentangleModel
from engine.models.predict import one_hot

OURS, STUDY, AS_RUN = "ours", "study", "study as run"
METHODS = (OURS, STUDY, AS_RUN)
SETTINGS = {
    "elements": 128,
    "mutated": 48,  # the first of them in the order that they are drawn in
    "steps": 12,  # of Integrated Gradients
    "points": 11,  # of the study's path, both ends included; it takes 51
    "batch": 64,  # sequences whose outputs the study adds up
    "seed": 0,
}
EXTREME = 0.2  # of the elements: upper and lower fifth of measured activity, as the study has it


@dataclass(frozen=True)
class Panel:
    """Held-out elements of the joint library that were measured in both cell types, in the order they were drawn in.

    Attributes:
        rows: `(n,)` of the table.
        mutated: the first so many have mutagenesis too.
    """

    rows: np.ndarray
    mutated: int


@dataclass(frozen=True)
class Maps:
    """The maps of one network; its outputs are the denoised one, then one through each condition's norm.

    Attributes:
        ig: `(outputs, n, length)` contributions, standardised.
        ism: `(outputs, mutated, length, 4)` effects of writing a base, standardised.
        path, gradient: the study's contributions `(outputs, n, length)` and lengths of the denoised prediction's
            gradient `(n, length)`, log2(RNA/DNA), by method 'study' and 'study as run'.
        rise: `(n,)` by method, by how much the denoised prediction is above that of the baseline: what contributions
            ought to add up to, in their unit.
        predicted: `(outputs, n)` log2(RNA/DNA).
        sd: `(outputs,)` what 'standardised' divides by, log2(RNA/DNA).
        codes: `(n, length)` uint8.
    """

    outputs: tuple[str, ...]
    ig: np.ndarray
    ism: np.ndarray
    path: dict[str, np.ndarray]
    gradient: dict[str, np.ndarray]
    rise: dict[str, np.ndarray]
    predicted: np.ndarray
    sd: np.ndarray
    codes: np.ndarray

    def profile(self, kind: str, output: str, method: str = OURS) -> np.ndarray:
        """`(n, length)` one number a position, by 'ig' or 'ism'.

        Ours has a sign: what the base that is there adds. The study's is a size: of the contribution, or of the largest
        effect of the substitutions.
        """
        i = self.outputs.index(output)
        if kind == "ism":
            if method == OURS:
                return ism_profile(self.ism[i], self.codes[: self.ism.shape[1]])
            return np.abs(self.ism[i] * self.sd[i]).max(axis=2)
        return self.ig[i] if method == OURS else np.abs(self.path[method][i])


def choose(library: Library) -> Panel:
    """The panel; all elements that there are where they are fewer."""
    table, split = library
    known = ~np.isnan(np.stack([table.column(cell) for cell in PANEL_CELLS])).any(axis=0)
    held_out = split.test[known[split.test]]
    drawn = np.random.default_rng(SETTINGS["seed"]).permutation(held_out)[: SETTINGS["elements"]]
    return Panel(drawn, min(SETTINGS["mutated"], len(drawn)))


def activity(network: Network, library: Library, rows: np.ndarray) -> np.ndarray:
    """`(n,)` activity of the elements in the joint library, mean over the cell types of the network's conditions; nan
    where one was not measured."""
    cells = sorted({cell_type(condition) for condition in network.model.conditions})
    return np.mean([library.table.column(cell)[rows] for cell in cells], axis=0)


def extremes(measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`(n,)` bool each: which elements are among the fifth of highest, and of lowest, measured activity."""
    low, high = np.nanquantile(measured, [EXTREME, 1 - EXTREME])
    return measured >= high, measured <= low


def of(network: Network, library: Library) -> Maps:
    """The maps of a network; kept in the cache, which saves the time when one analysis follows another."""
    chosen = choose(library)
    key = stored.key(network.checkpoint.weights_hash, library, {"what": "maps", **SETTINGS})
    file = store.cache_folder() / "disentangle" / f"maps-{key[:16]}.npz"
    raw = store.remembered(file, _FIELDS, lambda: _compute(network.model, library, chosen), key=key)
    sd = network.checkpoint.standardisation()[1]
    modes = (STUDY, AS_RUN)
    return Maps(
        network.model.outputs,
        raw["ig"] / sd[:, None, None],
        raw["ism"] / sd[:, None, None, None],
        dict(zip(modes, raw["path"], strict=True)),
        dict(zip(modes, raw["gradient"], strict=True)),
        {OURS: raw["rise"][0] / sd[0], STUDY: raw["rise"][1], AS_RUN: raw["rise"][1]},
        raw["predicted"],
        sd,
        library.table.codes[chosen.rows],
    )


_FIELDS = ("ig", "ism", "path", "gradient", "rise", "predicted")


def _compute(model: DisentangleModel, library: Library, chosen: Panel) -> dict[str, np.ndarray]:
    """All of `_FIELDS` in log2(RNA/DNA)."""
    table = library.table
    n, length = len(chosen.rows), table.codes.shape[1]
    ig = np.zeros((len(model.outputs), n, length), np.float32)
    effects = np.zeros((len(model.outputs), chosen.mutated, length, 4), np.float32)
    predicted = np.zeros((len(model.outputs), n), np.float32)
    rise = np.zeros((2, n), np.float32)
    settings = IGSettings(baseline="uniform", steps=SETTINGS["steps"])
    for i, row in enumerate(chosen.rows):
        sequence = table.sequence(int(row))
        track = integrated_gradients(model, sequence, settings, outputs=model.conditions)
        ig[:, i] = denoised_first(model, track.values.sum(axis=2))
        predicted[:, i] = denoised_first(model, track.reference, model.target_mean.numpy())
        starts = np.array([track.checks["baseline_prediction"][c] for c in model.conditions])
        rise[0, i] = denoised_first(model, track.reference - starts)[0]
        if i < chosen.mutated:
            effects[:, i] = ism(model, sequence).values
    codes = table.codes[chosen.rows]
    evaluated, left = (_study(model, codes, training) for training in (False, True))
    rise[1] = evaluated[2]
    return {
        "ig": ig,
        "ism": effects,
        "path": np.stack([evaluated[0], left[0]]),
        "gradient": np.stack([evaluated[1], left[1]]),
        "rise": rise,
        "predicted": predicted,
    }


def denoised_first(model: DisentangleModel, values: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
    """What holds of the denoised output, put before what holds of each condition, in log2(RNA/DNA).

    The denoised prediction is the mean over the norms before the outputs get their scale, and contributions are linear
    in the prediction: so its map is their mean too, and need not be computed.

    Args:
        values: `(conditions, ...)` differences, or predictions where `mean` is given.
        mean: `(outputs,)` which every output's scale is centred at.
    """
    sd = model.target_sd.numpy().reshape(-1, *[1] * (values.ndim - 1))
    level = np.zeros_like(sd) if mean is None else mean.reshape(sd.shape)
    first = ((values - level[1:]) / sd[1:]).mean(axis=0) * sd[0] + level[0]
    return np.concatenate([first[None], values])


def _study(model: DisentangleModel, codes: np.ndarray, training: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The study's contributions `(outputs, n, length)`, lengths of the gradient `(n, length)` and the rise `(n,)` of
    the denoised prediction, of one strand.

    Args:
        training: leave the network in training mode, as the study's code does.
    """
    network = copy.deepcopy(model).train(training)  # in training mode the norms' statistics move with every pass
    contributions = np.zeros((len(model.outputs), *codes.shape), np.float32)
    lengths, rise = np.zeros(codes.shape, np.float32), np.zeros(len(codes), np.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SETTINGS["seed"])
        # of one size: a batch norm in training mode takes no single sequence
        for some in np.array_split(np.arange(len(codes)), -(-len(codes) // SETTINGS["batch"])):
            x = one_hot(torch.as_tensor(codes[some]))
            with torch.no_grad():
                ends = network(torch.cat([x, torch.zeros_like(x[:1])]))[:, 0]
            rise[some] = (ends[:-1] - ends[-1]).numpy()
            for i in range(0 if training else 1, len(model.outputs)):
                path = [_slope(network, a * x, i) for a in torch.linspace(0, 1, SETTINGS["points"])]
                contributions[i, some] = (torch.stack(path).mean(0) * x).sum(dim=1).numpy()
            lengths[some] = _slope(network, x, 0).square().sum(dim=1).sqrt().numpy()
    return contributions if training else denoised_first(model, contributions[1:]), lengths, rise


def _slope(network: DisentangleModel, x: Tensor, output: int) -> Tensor:
    """Gradient of the sum over the batch of one output by the input."""
    with torch.enable_grad():
        point = x.detach().requires_grad_(True)
        return torch.autograd.grad(network(point)[:, output].sum(), point)[0]
