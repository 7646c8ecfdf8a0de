"""Does an explanation depend on what the model has learned? Adebayo et al. 2018 (arXiv:1810.03292).

The weights are drawn anew from the output backwards, one part of the network after the other. An explanation that stays
as it was speaks of the input or the architecture, not of what was learned.
"""

from __future__ import annotations

import copy
import re
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.interpretation.reliability.checks import correlation, input_gradients
from engine.models.layers import SequenceModel
from engine.models.predict import one_hot
from engine.results import Progress
from engine.sequence import Sequence, encode
from engine.statistics import mean_of

Network = TypeVar("Network", bound=nn.Module)
STEPS = 16
DRAWS = 3


def parts_of(model: nn.Module) -> list[tuple[str, ...]]:
    """The parts of a network that hold weights, from the input to the output, each as the names of its modules.

    A part is a child of the network; a chain counts by its own parts. What a list holds stands side by side (the
    members of an ensemble), so its members' parts of the same depth are one part.
    """
    parts: list[tuple[str, ...]] = []
    for name, child in model.named_children():
        if isinstance(child, nn.ModuleList) and len(child):
            inside = [_inner(member) for member in child]
            parts += [
                tuple(f"{name}.{i}.{n}".rstrip(".") for i, parts in enumerate(inside) for n in parts[k])
                for k in range(min(map(len, inside)))
            ]
        elif any(True for _ in child.parameters()):
            inner = _inner(child) if isinstance(child, nn.Sequential) else [("",)]
            parts += [tuple(f"{name}.{n}".rstrip(".") for n in part) for part in inner]
    return parts or [("",)]


def _inner(module: nn.Module) -> list[tuple[str, ...]]:
    """The parts of a module that is itself a part; one that is made of no others is a single one."""
    return parts_of(module) if any(True for _ in module.children()) else [("",)]


def label(part: tuple[str, ...]) -> str:
    """What to call a part: the name of its first module, without its place in a list."""
    return re.sub(r"^(\w+)\.0(?=\.|$)", r"\1", part[0]) or "all"


def redrawn(model: Network, names: list[str], seed: int) -> Network:
    """A copy of a network whose named parts have weights drawn from a normal of each tensor's own mean and spread."""
    other = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in names:
            for p in other.get_submodule(name).parameters():
                fresh = torch.randn(p.shape, generator=generator)
                spread = p.std(correction=0) if p.numel() > 1 else p.abs().mean()
                p.copy_(fresh * spread + (p.mean() if p.numel() > 1 else 0))
    return other.eval()


def randomise(
    model: SequenceModel,
    sequences: list[Sequence],
    output: str,
    *,
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> list[dict]:
    """How alike the explanations stay while the network is drawn anew from the output backwards.

    Args:
        model: with its own weights, not fused.

    Returns:
        One record for each step: `part` drawn anew last, and `ig` and `gradient`: mean over sequences and draws of the
        absolute correlation of the map (Integrated Gradients; gradient x input) with that of the trained network, as
        `Metric.as_dict`. Absolute, since a last layer drawn anew may well turn the sign of everything.
    """

    def explain(network: SequenceModel) -> list[tuple[np.ndarray, np.ndarray]]:
        explained = []
        for sequence in sequences:
            codes = encode(sequence.bases)
            track = integrated_gradients(network, sequence, IGSettings(steps=STEPS), outputs=(output,))
            ig = track.per_position(output)
            gradient = input_gradients(network, codes, (output,))[0]
            x = one_hot(torch.as_tensor(codes)[None])[0].T.numpy()
            explained.append((ig, ((gradient - gradient.mean(axis=1, keepdims=True)) * x).sum(axis=1)))
        return explained

    trained = explain(model)
    records: list[dict] = []
    drawn: list[str] = []
    parts = parts_of(model)[::-1]
    for i, part in enumerate(parts):
        drawn += part
        now = [
            pair for seed in range(draws) for pair in zip(trained, explain(redrawn(model, drawn, seed)), strict=True)
        ]
        kept = {
            method: np.array([abs(correlation(a[k], b[k])) for a, b in now])
            for k, method in enumerate(("ig", "gradient"))
        }
        records.append({"part": label(part)} | {method: mean_of(values).as_dict() for method, values in kept.items()})
        if progress:
            progress(i + 1, len(parts))
    return records
