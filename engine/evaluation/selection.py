"""Which models make the best uniform ensemble, judged by the validation fold alone.

Greedy forward selection without replacement (Caruana et al. 2004, ICML): start with the best model, add the one that
helps most, stop when none does. Test elements and measured variants have no say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.models.predict import predict_codes
from engine.results import Progress
from engine.statistics import spearman


@dataclass(frozen=True)
class Step:
    """One model added: its name, its own score and that of the ensemble with it."""

    name: str
    alone: float
    together: float


def greedy(predicted: dict[str, np.ndarray], measured: np.ndarray, most: int | None = None) -> list[Step]:
    """The steps of the selection.

    Args:
        predicted: `(n, outputs)` of each candidate, log2(RNA/DNA).
        measured: `(n, outputs)`, nan where not measured.
        most: at most so many members.

    Raises:
        InputError: no candidate.
    """
    if not predicted:
        raise InputError("no model to choose from: none is trained for these outputs")

    def score(values: np.ndarray) -> float:
        known = ~np.isnan(measured)
        return float(np.mean([spearman(v[k], m[k]) for v, m, k in zip(values.T, measured.T, known.T, strict=True)]))

    alone = {name: score(values) for name, values in predicted.items()}
    steps: list[Step] = []
    total, best = np.zeros_like(measured, dtype=np.float64), -np.inf
    left = list(predicted)
    while left and (most is None or len(steps) < most):
        scores = {name: score((total + predicted[name]) / (len(steps) + 1)) for name in left}
        name = max(left, key=scores.__getitem__)
        if scores[name] <= best:
            break
        best = scores[name]
        total += predicted[name]
        left.remove(name)
        steps.append(Step(name, alone[name], best))
    return steps


def select(
    candidates: list[Checkpoint],
    outputs: tuple[str, ...],
    library: Library,
    most: int | None = None,
    progress: Progress | None = None,
) -> list[Step]:
    """`greedy` over the trained models that have all the outputs, on the validation fold."""
    table, split = library
    able = [c for c in candidates if set(outputs) <= set(c.model.outputs)]
    predicted = {}
    for number, checkpoint in enumerate(able):
        columns = [checkpoint.model.outputs.index(o) for o in outputs]
        predicted[checkpoint.name] = predict_codes(checkpoint.model, table.codes[split.validation])[:, columns]
        if progress:
            progress(number + 1, len(able))
    measured = np.stack([table.column(o)[split.validation] for o in outputs], axis=1)
    return greedy(predicted, measured, most)
