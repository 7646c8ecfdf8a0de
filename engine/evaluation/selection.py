"""Which models make the best uniform ensemble, judged by the validation fold, or by the variants that CAGI5 gave for
training.

Greedy forward selection without replacement (Caruana et al. 2004, ICML): start with the best model, add the one that
helps most, stop when none does. Test elements and test variants have no say. What an addition brings is said with the
interval of the paired difference; since the best of many was taken, it brings less than that on anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.data.satmut import MATCHED
from engine.errors import InputError
from engine.evaluation import cagi5, held_out, networks
from engine.evaluation.cagi5 import Challenge
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import JOINT_TABLE
from engine.results import Progress
from engine.statistics import RESAMPLES, Metric, bootstrap, from_draws, spearman

VALIDATION, TRAINING_VARIANTS = "validation", "cagi5-training"
ON = {
    VALIDATION: "elements of the validation fold",
    TRAINING_VARIANTS: "SNVs that CAGI5 gave for training, of the elements matched to the outputs",
}


@dataclass(frozen=True)
class Part:
    """Rows whose Spearman is taken on its own: `measured` `(n,)`, and the weight of it in the score."""

    measured: np.ndarray
    weight: float


@dataclass(frozen=True)
class Step:
    """One member added.

    Attributes:
        alone, together: its own score and that of the ensemble with it.
        brings: the ensemble with it less the one without; None for the first.
    """

    name: str
    alone: float
    together: float
    brings: Metric | None = None


def greedy(
    predicted: dict[str, list[np.ndarray]], parts: list[Part], most: int | None = None, resamples: int = RESAMPLES
) -> list[Step]:
    """The steps of the selection.

    Args:
        predicted: of each candidate, for each part, `(n,)` log2(RNA/DNA).
        parts: what is scored; the score is their weighted mean.
        most: at most so many members.

    Raises:
        InputError: no candidate.
    """
    if not predicted:
        raise InputError("no model to choose from: none is trained for these outputs")

    def score(values: list[np.ndarray]) -> float:
        return sum(p.weight * spearman(v, p.measured) for v, p in zip(values, parts, strict=True))

    def draws(values: list[np.ndarray]) -> np.ndarray:
        pairs = enumerate(zip(values, parts, strict=True))
        drawn = [p.weight * bootstrap(spearman, v, p.measured, resamples, seed) for seed, (v, p) in pairs]
        return np.sum(drawn, axis=0)

    alone = {name: score(values) for name, values in predicted.items()}
    steps: list[Step] = []
    mean = [np.zeros(len(part.measured)) for part in parts]
    best, before, left = -np.inf, None, list(predicted)
    while left and (most is None or len(steps) < most):
        n = len(steps)
        means = {name: [(n * m + v) / (n + 1) for m, v in zip(mean, predicted[name], strict=True)] for name in left}
        scores = {name: score(values) for name, values in means.items()}
        name = max(left, key=scores.__getitem__)
        if not scores[name] > best:
            break
        drawn = draws(means[name])
        rows = sum(len(part.measured) for part in parts)
        brings = None if before is None else from_draws(scores[name] - best, drawn - before, rows)
        steps.append(Step(name, alone[name], scores[name], brings))
        best, before, mean = scores[name], drawn, means[name]
        left.remove(name)
    return steps


def eligible(candidates: list[Checkpoint], outputs: tuple[str, ...]) -> list[Checkpoint]:
    """The models that predict all the outputs and learned from the joint library: what another table taught may lie in
    the validation fold, whose say would then be no judgement."""

    def learned_elsewhere(checkpoint: Checkpoint) -> bool:
        task = checkpoint.description["experiment"].get("task")
        return isinstance(task, dict) and task.get("table", JOINT_TABLE) != JOINT_TABLE

    return [c for c in candidates if set(outputs) <= set(c.model.outputs) and not learned_elsewhere(c)]


def select(
    candidates: list[Checkpoint],
    outputs: tuple[str, ...],
    library: Library,
    most: int | None = None,
    *,
    on: str = VALIDATION,
    each_network: bool = False,
    progress: Progress | None = None,
) -> list[Step]:
    """`greedy` over trained models.

    Args:
        candidates: trained models; those that are not `eligible` are left out.
        on: one of `ON`.
        each_network: every network of a model is a candidate of its own, as '<model>, network <number>'.
        progress: called with (models done, models).

    Raises:
        InputError: no candidate, or an output without elements in CAGI5.
    """
    judge = _validation(library, outputs) if on == VALIDATION else _training_variants(library, outputs)
    parts, answers = judge
    able = eligible(candidates, outputs)
    predicted: dict[str, list[np.ndarray]] = {}
    for number, checkpoint in enumerate(able, start=1):
        of_networks = answers(checkpoint, each_network)
        for i, values in enumerate(of_networks, start=1):
            several = each_network and len(of_networks) > 1
            predicted[f"{checkpoint.name}, network {i}" if several else checkpoint.name] = values
        if progress:
            progress(number, len(able))
    return greedy(predicted, parts, most)


# Of a model, or of each network of it, the predictions for each part.
Answers = Callable[[Checkpoint, bool], list[list[np.ndarray]]]


def _validation(library: Library, outputs: tuple[str, ...]) -> tuple[list[Part], Answers]:
    table, split = library
    measured = [table.column(o)[split.validation] for o in outputs]
    known = [~np.isnan(m) for m in measured]

    def answers(checkpoint: Checkpoint, each_network: bool) -> list[list[np.ndarray]]:
        values = held_out.by_network(checkpoint, table, split.validation)
        columns = [checkpoint.model.outputs.index(o) for o in outputs]
        return [
            [one[k, c].astype(np.float64) for c, k in zip(columns, known, strict=True)]
            for one in (values if each_network else values.mean(axis=0, keepdims=True))
        ]

    return [Part(m[k], 1 / len(outputs)) for m, k in zip(measured, known, strict=True)], answers


def _training_variants(library: Library, outputs: tuple[str, ...]) -> tuple[list[Part], Answers]:
    if without := [o for o in outputs if o not in MATCHED]:
        raise InputError(
            f"CAGI5 has no element that was assayed for {', '.join(without)}; choose on the validation fold"
        )
    elements = {output: list(cagi5.challenges(MATCHED[output]).values()) for output in outputs}

    def rows(challenge: Challenge) -> np.ndarray:
        return cagi5.subset_rows(*challenge, "training", "all")

    def answers(checkpoint: Checkpoint, each_network: bool) -> list[list[np.ndarray]]:
        several = (
            networks.of_networks(checkpoint, library) if each_network and len(checkpoint.model.split()) > 1 else ()
        )
        effects = [one.effects_of for one in several] or [lambda element: cagi5.stored_effects(checkpoint, element)]
        return [
            [
                effects_of(c.element)[rows(c), checkpoint.model.outputs.index(output)].astype(np.float64)
                for output, challenges in elements.items()
                for c in challenges
            ]
            for effects_of in effects
        ]

    parts = [
        Part(c.element.variants["effect"].to_numpy()[rows(c)], 1 / len(outputs) / len(challenges))
        for challenges in elements.values()
        for c in challenges
    ]
    return parts, answers
