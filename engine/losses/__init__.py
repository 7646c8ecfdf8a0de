"""Training losses, by name. A new one is one file here and one row in `LOSSES`.

Each takes `(prediction, target)` and returns a scalar. `target` is `(batch, outputs)` on the standardised scale;
a nan marks a value that was not measured and counts for nothing. `prediction` is `(batch, outputs)`, with one more
axis where a model gives a loss more to work on (the bins of `soft_class`, the two heads of `multi_task`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

from torch import Tensor

from engine.errors import unknown
from engine.losses.combined import combined
from engine.losses.multi_task import multi_task
from engine.losses.plackett_luce import plackett_luce, weighted_pl
from engine.losses.pointwise import mse
from engine.losses.ranknet import lambda_ranknet, margin_ranknet, ranknet, sampled_ranknet
from engine.losses.soft_classification import soft_class
from engine.losses.soft_spearman import soft_spearman
from engine.losses.softsort import adaptive_softsort, softsort

Loss = Callable[[Tensor, Tensor], Tensor]

LOSSES: dict[str, Callable[..., Tensor]] = {
    "mse": mse,
    "plackett_luce": plackett_luce,
    "weighted_pl": weighted_pl,
    "softsort": softsort,
    "adaptive_softsort": adaptive_softsort,
    "ranknet": ranknet,
    "margin_ranknet": margin_ranknet,
    "lambda_ranknet": lambda_ranknet,
    "sampled_ranknet": sampled_ranknet,
    "soft_spearman": soft_spearman,
    "combined": combined,
    "multi_task": multi_task,
    "soft_class": soft_class,
}


def get(name: str, options: dict | None = None) -> Loss:
    """The loss called `name` with its options set, or an InputError that lists the known ones."""
    if name not in LOSSES:
        raise unknown("loss", name, LOSSES)
    function, options = LOSSES[name], options or {}
    known = [p.name for p in inspect.signature(function).parameters.values() if p.default is not p.empty]
    for option in options:
        if option not in known:
            raise unknown(f"option of loss '{name}'", option, known)
    return partial(function, **options) if options else function
