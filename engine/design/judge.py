"""Who judges a design: a network that saw nothing of what made it, and how good it has to be to count.

The *guide* (DREAM-RNN) learned from half A of the training folds, as generators do; searches may follow it. The *judge*
is another architecture (LegNet) that learned from half B alone. It is asked once a design is made, never before. A
judge that ranks held-out elements badly hides failure: what it cannot tell apart looks alike, and a generator that
learned composition alone then passes. So a judge below `ENOUGH` is named as too weak wherever its numbers stand.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.data.library import Library
from engine.data.splits import FOLDS, TEST_FOLD, VALIDATION_FOLD
from engine.design.splits import DESIGN_FOLDS, scale
from engine.errors import InputError
from engine.experiments import checkpoints, lineage
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import DEFAULT_MODEL
from engine.models.predict import predict_codes
from engine.results import Progress

GUIDE, JUDGE = "design_guide_A", "design_judge_B"  # rows of `engine.experiments.declared.EXPERIMENTS`
# Where nobody chose: whoever designs for the bench wants the best guide there is, and of judges that share as much with
# it one that is good by itself. The benchmark names its own.
GUIDES, JUDGES = (DEFAULT_MODEL, GUIDE), (JUDGE, "dream_rnn", DEFAULT_MODEL)
ENOUGH = 0.70  # Spearman correlation with the measured activity of the test fold, in each output


def held_out(checkpoint: Checkpoint) -> dict[str, float]:
    """Spearman correlation with the test fold by output, as it was measured with these weights; empty before."""
    return _held_out(checkpoint.metrics, checkpoint.model.outputs)


def _held_out(metrics: dict, outputs: Iterable[str]) -> dict[str, float]:
    scores = metrics.get("held_out", {})
    return {o: scores[o]["spearman"]["value"] for o in outputs if o in scores}


def _weak(scores: dict[str, float]) -> dict[str, float]:
    """Those of the scores that are not enough."""
    return {output: value for output, value in scores.items() if not value >= ENOUGH}


def folds_of(checkpoint: Checkpoint) -> frozenset[int]:
    """The folds that a model learned from, as far as experiment.json says: all that train, where it names none."""
    return _folds(checkpoint.description)


def _folds(description: dict) -> frozenset[int]:
    every = (f for f in range(FOLDS) if f not in (TEST_FOLD, VALIDATION_FOLD))
    return frozenset(lineage.folds(description) or every)


# --- who may guide, and who may judge ---------------------------------------------------------------


def guides(trained: Iterable[str], outputs: Iterable[str] = ()) -> list[str]:
    """Of trained models those that predict all of the outputs; the one to take where nobody chose stands first.

    Raises:
        CheckpointError: the description of one cannot be read.
    """
    return sorted(_predicting(trained, outputs), key=lambda name: (name == JUDGE, _place(name, GUIDES)))


def judges(trained: Iterable[str], outputs: Iterable[str] = (), makers: Iterable[str] = ()) -> list[str]:
    """Of trained models those that predict all of the outputs and have no network in common with what made the designs.

    Those that are good enough (`ENOUGH`) stand first, and among them those that share least with the makers: first of
    their folds, then of their architecture. A weak judge hides failure, however independent it is.

    Args:
        makers: the guide and the generator, by name; half A of the training folds, which every method may read, counts
            as theirs.

    Raises:
        InputError, CheckpointError: a maker is not trained, or the description of a model cannot be read.
    """
    makers = tuple(makers)
    own = frozenset[str]().union(*map(networks, makers))
    folds = _seen(map(checkpoints.read_description, makers))
    kinds = frozenset[str]().union(*(_architectures(checkpoints.read_description(m)) for m in makers))

    def order(name: str) -> tuple[bool, int, bool, int]:
        described = checkpoints.read_description(name)
        scores = _held_out(checkpoints.read_metrics(name), described["outputs"])
        alike = bool(_architectures(described) & kinds)
        return not scores or bool(_weak(scores)), len(_folds(described) & folds), alike, _place(name, JUDGES)

    return sorted((n for n in _predicting(trained, outputs) if not own & networks(n)), key=order)


def _predicting(trained: Iterable[str], outputs: Iterable[str]) -> list[str]:
    wanted = set(outputs)
    return [n for n in trained if wanted <= set(checkpoints.read_description(n)["outputs"])]


def _place(name: str, order: tuple[str, ...]) -> int:
    return order.index(name) if name in order else len(order)


def _seen(makers: Iterable[dict]) -> frozenset[int]:
    """The folds that designs are made from."""
    return frozenset(DESIGN_FOLDS).union(*map(_folds, makers))


def networks(name: str) -> frozenset[str]:
    """The names of a model, of its members and of its teachers: whose word it is that the model gives.

    Raises:
        InputError, CheckpointError: it is not trained, or cannot be read.
    """
    described = checkpoints.read_description(name)
    members = described["config"]["members"] if described["architecture"] == checkpoints.ENSEMBLE else ()
    teacher = lineage.teacher_of(described)
    teachers = (teacher,) if teacher and teacher in checkpoints.trained() else ()
    own = frozenset((name, *((teacher,) if teacher else ())))
    return own.union(*(networks(other) for other in (*members, *teachers)))


def _architectures(description: dict) -> frozenset[str]:
    """Of a model, or of the members of an ensemble."""
    if description["architecture"] != checkpoints.ENSEMBLE:
        return frozenset((description["architecture"],))
    members = (checkpoints.read_description(member) for member in description["config"]["members"])
    return frozenset[str]().union(*map(_architectures, members))


def weakness(checkpoint: Checkpoint) -> str | None:
    """Why a judge's word does not count for much, in a sentence; None for one that is good enough."""
    scores = held_out(checkpoint)
    if not scores:
        return (
            f"Nobody knows how good the judge '{checkpoint.name}' is: it was not scored on the test fold. "
            f"Run: python -m engine evaluate {checkpoint.name}"
        )
    weak = _weak(scores)
    if not weak:
        return None
    values = ", ".join(f"{output} {value:.2f}" for output, value in weak.items())
    return (
        f"The judge '{checkpoint.name}' is too weak: its Spearman correlation with held-out elements is {values}, and "
        f"{ENOUGH:.2f} is needed. What a weak judge cannot tell apart looks alike to it, so it hides failure."
    )


def dependence(checkpoint: Checkpoint, makers: tuple[Checkpoint, ...] = ()) -> str | None:
    """What a judge has in common with what designs are made from, in a sentence; None for one that shares nothing.

    Args:
        makers: the guide and the generator of the designs, as far as they are known.
    """
    name, parts = checkpoint.name, []
    if any(maker.name == name for maker in makers):
        return f"The judge '{name}' helped to make the designs, and thinks well of what it helped to make."
    for maker in makers:
        if common := networks(name) & networks(maker.name):
            parts.append(f"rests on {', '.join(sorted(common))} as '{maker.name}' does")
        elif _architectures(checkpoint.description) & _architectures(maker.description):
            parts.append(f"is a network of the same kind as '{maker.name}'")
    if shared := sorted(folds_of(checkpoint) & _seen(maker.description for maker in makers)):
        learned = ", ".join(map(str, shared))
        parts.append(f"learned from folds {learned} too, from which generators and guides learn")
    return f"The judge '{name}' {' and '.join(parts)}: it may share their errors." if parts else None


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
