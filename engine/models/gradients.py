"""Gradients along straight paths between two inputs: what Integrated Gradients sum up.

All outputs share one forward pass of each point, whose graph each output's vector-Jacobian product then goes back
through. Few points are computed at once: their tensors stay in the caches of a CPU, and batches go side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from engine import device as devices

PATH_BATCH = 8  # points computed at once


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


def batches(paths: int, steps: int) -> int:
    """How many batches `along_paths` computes."""
    return -(-paths * steps // PATH_BATCH)


def along_paths(
    network: nn.Module,
    starts: Tensor,
    end: Tensor,
    rule: Rule,
    columns: list[int],
    advance: Callable[[], None] | None = None,
) -> Tensor:
    """The mean gradient of some outputs over the straight path from each start to the end.

    Args:
        network: `(batch, 4, length)` -> `(batch, outputs)`, in evaluation mode, on the device of the inputs.
        starts: `(paths, 4, length)`.
        end: `(1, 4, length)`.
        columns: of the outputs.
        advance: called before each of the `batches`, so that it can stop the work.

    Returns:
        `(columns, paths, 4, length)` float32.
    """
    n = len(rule.points)
    points = torch.as_tensor(rule.points, dtype=end.dtype, device=end.device)
    weights = torch.as_tensor(rule.weights, dtype=end.dtype, device=end.device)
    total = end.new_zeros(len(columns), *starts.shape)

    def batch(first: int) -> tuple[Tensor, Tensor]:
        # the threads that compute side by side ask for no gradients by themselves
        with torch.inference_mode(False), torch.enable_grad():
            rows = torch.arange(first, min(first + PATH_BATCH, len(starts) * n), device=end.device)
            path, point = rows // n, rows % n
            x = torch.lerp(starts[path], end.expand(len(rows), -1, -1), points[point][:, None, None])
            outputs = network(x.requires_grad_(True))
            last = len(columns) - 1
            gradients = [
                torch.autograd.grad(outputs[:, column], x, weights[point], retain_graph=i < last)[0]
                for i, column in enumerate(columns)
            ]
            return path, torch.stack(gradients)

    firsts = range(0, len(starts) * n, PATH_BATCH)
    if advance:
        advance()
    for first, (path, gradients) in devices.side_by_side(batch, firsts, end.device):
        total.index_add_(1, path, gradients)
        if advance and first != firsts[-1]:
            advance()
    return total
