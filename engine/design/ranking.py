"""Designs in the order of one model's word; who may judge stands in `engine.design.judge`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.design import opinions
from engine.design.metrics.novelty import Trained
from engine.design.results import Designed, Goal, Opinion
from engine.design.warnings import Caution, Preset, cautions
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress
from engine.sequence import encode


@dataclass(frozen=True)
class Ranked:
    """Designs in the order of one model's word.

    Attributes:
        designs: the nearest to the goal first; as they came where the goal names no activity.
        said: what the model predicts of each, in the same order.
        distance: `(n,)` from the goal, standard deviations (`Opinion.distance`).
        edits: `(n,)` int, bases that differ from the template; None without one.
        shared: `(n,)` int, bases of the longest stretch that a training sequence of the makers holds too, on either
            strand.
        warnings: what the presets warn of in each.
    """

    designs: tuple[Designed, ...]
    said: Opinion
    distance: np.ndarray
    edits: np.ndarray | None
    shared: np.ndarray
    warnings: tuple[tuple[Caution, ...], ...]


def ranked(
    designs: list[Designed],
    goal: Goal,
    by: Checkpoint,
    library: Library,
    presets: tuple[Preset, ...],
    trained: Trained,
    progress: Progress | None = None,
) -> Ranked:
    """Put designs of one length into the order in which a model takes them to be near the goal.

    Args:
        trained: the sequences that their makers learned from.

    Raises:
        InputError: the goal names an output that the model does not predict.
    """
    said = opinions.opinion(by, [d.sequence for d in designs], library, progress)
    distance = said.distance(goal.activity)
    order = np.argsort(distance, kind="stable") if goal.activity else np.arange(len(designs))
    spread = None if said.spread is None else said.spread[order]
    sorted_designs = tuple(designs[i] for i in order)
    return Ranked(
        sorted_designs,
        Opinion(said.model, said.outputs, said.values[order], spread),
        distance[order],
        None if goal.template is None else np.array([_apart(d, goal.template.bases) for d in sorted_designs], int),
        trained.longest_shared(np.stack([encode(d.sequence.bases) for d in sorted_designs]))
        if designs
        else np.zeros(0, np.int64),
        tuple(cautions(d.sequence.bases, presets) for d in sorted_designs),
    )


def _apart(designed: Designed, bases: str) -> int:
    """How many bases differ at their places; what is missing at the end counts."""
    own = designed.sequence.bases
    return sum(a != b for a, b in zip(own, bases, strict=False)) + abs(len(own) - len(bases))
