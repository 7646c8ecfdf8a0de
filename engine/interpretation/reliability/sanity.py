"""Does an explanation depend on what the model has learned? Adebayo et al. 2018 (arXiv:1810.03292).

The weights are drawn anew from the output backwards, one part of the network after the other. An explanation that stays
as it was speaks of the input or the architecture, not of what was learned.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn

from engine.interpretation.attribution import integrated_gradients
from engine.interpretation.map_statistics import mean_of
from engine.interpretation.reliability.checks import correlation, input_gradients
from engine.models.layers import SequenceModel
from engine.predict import one_hot
from engine.results import Progress
from engine.sequence import Sequence, encode

STEPS = 16
DRAWS = 3


def parts_of(model: nn.Module) -> list[str]:
    """Names of the parts of a network that hold weights, from the input to the output.

    A part is a direct child of the network; a child that is a list or chain counts by its own children.
    """
    found = []
    for name, child in model.named_children():
        inner = list(child.named_children()) if isinstance(child, nn.ModuleList | nn.Sequential) else []
        found += [f"{name}.{n}" for n, c in inner if any(True for _ in c.parameters())]
        if not inner and any(True for _ in child.parameters()):
            found.append(name)
    return found or [""]


def redrawn(model: nn.Module, names: list[str], seed: int) -> nn.Module:
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
        found = []
        for sequence in sequences:
            codes = encode(sequence.bases)
            ig = integrated_gradients(network, sequence, steps=STEPS, outputs=(output,)).per_position(output)
            gradient = input_gradients(network, codes, (output,))[0]
            x = one_hot(torch.as_tensor(codes)[None])[0].T.numpy()
            found.append((ig, ((gradient - gradient.mean(axis=1, keepdims=True)) * x).sum(axis=1)))
        return found

    trained = explain(model)
    records, drawn = [], []
    names = parts_of(model)[::-1]
    for i, name in enumerate(names):
        drawn.append(name)
        now = [
            pair for seed in range(draws) for pair in zip(trained, explain(redrawn(model, drawn, seed)), strict=True)
        ]
        kept = {
            method: np.array([abs(correlation(a[k], b[k])) for a, b in now])
            for k, method in enumerate(("ig", "gradient"))
        }
        records.append({"part": name or "all"} | {method: mean_of(values).as_dict() for method, values in kept.items()})
        if progress:
            progress(i + 1, len(names))
    return records
