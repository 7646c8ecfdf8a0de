"""Tier 4: what a straight line reads off the features behind the encoder.

Ridge regression in nested cross-validation over homology groups (`engine.interpretation.representations.probes`): no
sequence, and no relative of one, is on both sides.

- Experiment probe: both views of every sequence, one through each condition's norm; which one is it? Chance is 0.5.
- Activity probe: the mean over conditions of the standardised activities, from the mean over the norms.
- Random labels: the same for numbers that have nothing to do with the sequences. Above 0 it would say that the probe
  learns its answers by heart.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.splits import homology_groups
from engine.disentangle.rows import Rows
from engine.interpretation.representations.embedding import embed
from engine.interpretation.representations.probes import out_of_fold, r2
from engine.models.disentangle import DisentangleModel
from engine.statistics import spearman

SIZE, SEED = 2000, 0  # sequences of the test fold, drawn once
LEAST = 50  # of fewer a probe says nothing


def panel(n: int, size: int = SIZE, seed: int = SEED) -> np.ndarray:
    """`(size,)` ascending places among `n` rows, or all."""
    return np.sort(np.random.default_rng(seed).permutation(n)[:size])


def views(model: DisentangleModel, codes: np.ndarray) -> np.ndarray:
    """`(conditions, n, 256)` features through every norm, the mean over both strands."""
    return np.stack([embed(model.through(condition), codes) for condition in model.conditions])


def rows(model: DisentangleModel, codes: np.ndarray, activity: np.ndarray) -> Iterator[tuple[str, Rows]]:
    """The probes of a network by measure, as what was read off beside what it should have been.

    Args:
        codes: `(n, 200)` sequences that it never saw.
        activity: `(n, conditions)` what was measured of them, without nan.

    Returns:
        Nothing of fewer sequences than `LEAST`.
    """
    if len(codes) < LEAST:
        return
    features, groups = views(model, codes), homology_groups(codes)
    yield "tier 4/experiment probe/accuracy", Rows(_fraction, told_apart(features, groups), np.ones(len(codes)))
    yield from read_off(features.mean(axis=0), groups, activity)


def _fraction(told: np.ndarray, _: np.ndarray) -> float:
    return float(told.mean())


def read_off(features: np.ndarray, groups: np.ndarray, activity: np.ndarray) -> Iterator[tuple[str, Rows]]:
    """The probes of activity and of random labels on `(n, features)`; `groups` `(n,)` keep relatives on one side."""
    spread = activity.std(axis=0)
    wanted = ((activity - activity.mean(axis=0)) / np.where(spread > 0, spread, 1)).mean(axis=1)
    control = np.random.default_rng(SEED + 1).normal(size=len(features))
    read = out_of_fold(features, np.stack([wanted, control], axis=1), groups)
    yield "tier 4/activity probe/r2", Rows(r2, read[:, 0], wanted)
    yield "tier 4/activity probe/spearman", Rows(spearman, read[:, 0], wanted)
    yield "tier 4/random labels/r2", Rows(r2, read[:, 1], control)


def told_apart(features: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """`(n,)` of each sequence the fraction of its views whose norm a ridge classifier names rightly.

    Args:
        features: `(conditions, n, features)`.
        groups: `(n,)` relatives stay on one side, and all views of a sequence with them.
    """
    count, n, _ = features.shape
    label = np.repeat(np.arange(count), n)
    wanted = (label[:, None] == np.arange(count)).astype(np.float64)
    named = out_of_fold(features.reshape(count * n, -1), wanted, np.tile(groups, count)).argmax(axis=1)
    return (named == label).reshape(count, n).mean(axis=0)
