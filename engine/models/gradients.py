"""Gradients along straight paths between two inputs: what Integrated Gradients sum up.

All outputs share one forward pass of each point, whose graph each output's vector-Jacobian product then goes back
through. The networks of a model of several are computed one at a time, so that no more than one graph is kept; a
LegNet of four takes a seventh less time so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from engine import device as devices
from engine.models.ensemble import Ensemble
from engine.models.fused import Fused
from engine.models.layers import SequenceModel

PATH_BATCH = 16  # points computed at once; with 24 a LegNet took half as long again


class BothStrands(nn.Module):
    """`(batch, 4, length)` -> `(batch, outputs)`: the mean of a model over both strands, differentiable.

    With the order A C G T, flipping channels and positions gives the reverse complement.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        one, other = self.model(torch.cat([x, x.flip(1, 2)])).chunk(2)
        return (one + other) / 2


@dataclass(frozen=True)
class Rule:
    """A quadrature rule on 0 to 1: `(n,)` float64 points and weights, which add up to 1."""

    points: np.ndarray
    weights: np.ndarray


@lru_cache
def gauss_legendre(steps: int) -> Rule:
    """The rule that integrates polynomials up to the degree 2 steps - 1 exactly."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    return Rule((1 + points) / 2, weights / 2)


@dataclass(frozen=True)
class _Part:
    """A network of a model: `scales` `(columns,)` times its outputs `columns`, added up over the parts, are the model's
    but for a constant."""

    network: nn.Module
    columns: list[int]
    scales: Tensor


def _parts(model: nn.Module, columns: list[int], scales: Tensor) -> list[_Part]:
    if isinstance(model, Fused):
        return _parts(model.network, columns, scales)
    if isinstance(model, Ensemble):
        scales = scales * model.target_sd[columns] / len(model.members)
        pairs = zip(model.members, model.columns, strict=True)
        return [part for member, own in pairs for part in _parts(member, [own[c] for c in columns], scales)]
    if isinstance(model, SequenceModel) and len(networks := model.split()) > 1:
        return [_Part(network, columns, scales / len(networks)) for network in networks]
    return [_Part(model, columns, scales)]


def batches(model: nn.Module, paths: int, steps: int) -> int:
    """How many batches `along_paths` computes."""
    return len(_parts(model, [0], torch.ones(1))) * -(-paths * steps // PATH_BATCH)


def along_paths(
    model: nn.Module,
    starts: Tensor,
    end: Tensor,
    rule: Rule,
    columns: list[int],
    *,
    both_strands: bool = True,
    advance: Callable[[], None] | None = None,
) -> Tensor:
    """The mean gradient of some outputs over the straight path from each start to the end.

    Args:
        model: `(batch, 4, length)` -> `(batch, outputs)`, in evaluation mode, on the device of the inputs.
        starts: `(paths, 4, length)`.
        end: `(1, 4, length)`.
        columns: of the outputs.
        both_strands: of the mean over both strands.
        advance: called before each of the `batches`, so that it can stop the work.

    Returns:
        `(columns, paths, 4, length)` float32.
    """
    n, last = len(rule.points), len(columns) - 1
    points = torch.as_tensor(rule.points, dtype=end.dtype, device=end.device)
    weights = torch.as_tensor(rule.weights, dtype=end.dtype, device=end.device)
    total = end.new_zeros(len(columns), *starts.shape)
    # the device of the inputs is the model's, so its scales are there too
    parts = _parts(model, columns, torch.ones(len(columns), device=end.device))

    def batch(item: tuple[_Part, int]) -> tuple[Tensor, Tensor]:
        part, first = item
        network = BothStrands(part.network) if both_strands else part.network
        # the threads that compute side by side ask for no gradients by themselves
        with torch.inference_mode(False), torch.enable_grad():
            rows = torch.arange(first, min(first + PATH_BATCH, len(starts) * n), device=end.device)
            path, point = rows // n, rows % n
            x = torch.lerp(starts[path], end.expand(len(rows), -1, -1), points[point][:, None, None])
            outputs = network(x.requires_grad_(True))
            gradients = [
                scale * torch.autograd.grad(outputs[:, column], x, weights[point], retain_graph=i < last)[0]
                for i, (column, scale) in enumerate(zip(part.columns, part.scales, strict=True))
            ]
            return path, torch.stack(gradients)

    items = [(part, first) for part in parts for first in range(0, len(starts) * n, PATH_BATCH)]
    if advance:
        advance()
    for done, (_, (path, gradients)) in enumerate(devices.side_by_side(batch, items, end.device), 1):
        total.index_add_(1, path, gradients)
        if advance and done < len(items):
            advance()
    return total
