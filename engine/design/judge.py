"""Who judges a design: a network that saw nothing of what made it, and how good it has to be to count.

The *guide* (DREAM-RNN) learned from half A of the training folds, as generators do; searches may follow it. The *judge*
is another architecture (LegNet) that learned from half B alone. It is asked once a design is made, never before. A
judge that ranks held-out elements badly hides failure: what it cannot tell apart looks alike, and a generator that
learned composition alone then passes. So a judge below `ENOUGH` is named as too weak wherever its numbers stand.
"""

from __future__ import annotations

import numpy as np

from engine.data.library import Library
from engine.data.splits import FOLDS, TEST_FOLD, VALIDATION_FOLD
from engine.design.splits import DESIGN_FOLDS, scale
from engine.errors import InputError
from engine.experiments import lineage
from engine.experiments.checkpoints import Checkpoint
from engine.models.predict import predict_codes
from engine.results import Progress

GUIDE, JUDGE = "design_guide_A", "design_judge_B"  # rows of `engine.experiments.declared.EXPERIMENTS`
ENOUGH = 0.70  # Spearman correlation with the measured activity of the test fold, in each output


def held_out(checkpoint: Checkpoint) -> dict[str, float]:
    """Spearman correlation with the test fold by output, as it was measured with these weights; empty before."""
    scores = checkpoint.metrics.get("held_out", {})
    return {o: scores[o]["spearman"]["value"] for o in checkpoint.model.outputs if o in scores}


def folds_of(checkpoint: Checkpoint) -> frozenset[int]:
    """The folds that a model learned from, as far as experiment.json says: all that train, where it names none."""
    every = (f for f in range(FOLDS) if f not in (TEST_FOLD, VALIDATION_FOLD))
    return frozenset(lineage.folds(checkpoint.description) or every)


def weakness(checkpoint: Checkpoint) -> str | None:
    """Why a judge's word does not count for much, in a sentence; None for one that is good enough."""
    scores = held_out(checkpoint)
    if not scores:
        return (
            f"Nobody knows how good the judge '{checkpoint.name}' is: it was not scored on the test fold. "
            f"Run: python -m engine evaluate {checkpoint.name}"
        )
    weak = {output: value for output, value in scores.items() if not value >= ENOUGH}
    if not weak:
        return None
    values = ", ".join(f"{output} {value:.2f}" for output, value in weak.items())
    return (
        f"The judge '{checkpoint.name}' is too weak: its Spearman correlation with held-out elements is {values}, and "
        f"{ENOUGH:.2f} is needed. What a weak judge cannot tell apart looks alike to it, so it hides failure."
    )


def dependence(checkpoint: Checkpoint) -> str | None:
    """What a judge has seen of what designs are made from, in a sentence; None for one that saw nothing of it."""
    shared = sorted(folds_of(checkpoint) & set(DESIGN_FOLDS))
    if not shared:
        return None
    return (
        f"The judge '{checkpoint.name}' learned from folds {', '.join(map(str, shared))} too, from which generators "
        "and guides learn: it may share their errors."
    )


def in_sd(
    checkpoint: Checkpoint,
    codes: np.ndarray,
    outputs: tuple[str, ...],
    library: Library,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(n, outputs)` float64 what a model predicts for sequences `(n, length)` uint8 of one length, both strands
    averaged, in standard deviations above the mean of the training folds (`engine.design.splits.scale`).

    Raises:
        InputError: an output that the model or the library has not.
    """
    known = checkpoint.model.outputs
    if missing := [o for o in outputs if o not in known]:
        raise InputError(f"the model '{checkpoint.name}' has no output {', '.join(missing)}; it has {', '.join(known)}")
    mean, sd = scale(library, outputs)
    predicted = predict_codes(checkpoint.inference_model, codes, progress=progress)
    return (predicted[:, [known.index(o) for o in outputs]].astype(np.float64) - mean) / sd
