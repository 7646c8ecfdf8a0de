"""Training losses, by name. Each takes `(prediction, target)`, both `(batch, outputs)` on the standardised
scale, and returns a scalar; a nan in `target` marks a value that was not measured and counts for nothing."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from engine.errors import unknown
from engine.losses.pointwise import mse

LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mse": mse}


def get(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss called `name`, or an InputError that lists the known ones."""
    if name not in LOSSES:
        raise unknown("loss", name, LOSSES)
    return LOSSES[name]
