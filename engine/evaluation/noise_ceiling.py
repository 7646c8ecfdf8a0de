"""How well one experiment agrees with another on the same sequences.

The joint library shares elements with the separate large-scale HepG2 and WTC11 experiments (Agarwal et al. 2025). Their
agreement r says how much of a measurement is noise. It is no bound: a model without noise of its own could reach up to
about the root of r. The shared sequences are nearly all DNase peaks of the cell type, not a sample of the test fold.
"""

from __future__ import annotations

import numpy as np

from engine.data import lentimpra
from engine.data.lentimpra import ActivityTable
from engine.statistics import METRICS, RESAMPLES, Metric, measure

CELLS = ("HepG2", "WTC11")
SCORES = ("spearman", "pearson")


def shared_rows(a: ActivityTable, b: ActivityTable) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers in `a` and in `b` of the sequences that both hold, same strand; the first row of a repeated one."""
    first = {codes.tobytes(): i for i, codes in reversed(list(enumerate(a.codes)))}
    pairs = {first[codes.tobytes()]: i for i, codes in reversed(list(enumerate(b.codes))) if codes.tobytes() in first}
    return np.array(list(pairs), dtype=int), np.array(list(pairs.values()), dtype=int)


def noise_ceiling(joint: ActivityTable, resamples: int = RESAMPLES) -> dict[str, dict[str, dict]]:
    """`{cell type: {metric: {value, low, high, n}}}` of the joint library against the separate experiment."""
    ceiling = {}
    for cell in CELLS:
        other = lentimpra.large_scale(cell)
        own, theirs = shared_rows(joint, other)
        a, b = joint.column(cell)[own].astype(np.float64), other.column(cell)[theirs].astype(np.float64)
        scores: dict[str, Metric] = {name: measure(METRICS[name], a, b, resamples) for name in SCORES}
        ceiling[cell] = {name: score.as_dict() for name, score in scores.items()}
    return ceiling
