"""The way to a designed sequence, step by step: when does each base become what it is in the end?"""

from __future__ import annotations

import numpy as np

from engine.errors import InputError
from engine.statistics import Metric, measure, spearman


def settled(steps: tuple[str, ...]) -> np.ndarray:
    """`(length,)` int: the step, from 0 for the first state, from which on each base is as in the last state.

    Of masked diffusion that is when it was drawn; of a search when it was changed last. One that never changed has 0.

    Raises:
        InputError: no steps were kept, or states of different lengths, which have no positions in common.
    """
    if not steps:
        raise InputError("the steps on the way to this sequence were not kept")
    if len({len(state) for state in steps}) > 1:
        raise InputError("the steps on the way to this sequence have different lengths; no base has a place in all")
    states = np.array([list(state) for state in steps])
    differs = states != states[-1]
    last = len(steps) - 1 - differs[::-1].argmax(axis=0)
    return np.where(differs.any(axis=0), last + 1, 0)


def early_and_important(steps: tuple[str, ...], importance: np.ndarray, free: tuple[int, ...]) -> Metric:
    """Are the bases that are settled early those that an attribution map points at? The rank correlation of how early
    a base was settled with the size of its contribution, over the positions that might change.

    The interval takes positions for independent, which neighbours are not; it is rather too narrow.

    Args:
        importance: `(length,)` of the designed sequence, as `engine.results.Track.per_position` gives it.
        free: the 0-based positions that count (`Goal.free`).

    Raises:
        InputError: as `settled`, and a map of another length.
    """
    at = settled(steps)
    if importance.shape != at.shape:
        raise InputError(f"the map has {len(importance)} positions and the sequence {len(at)}; take its own map")
    rows = np.array(free, dtype=int)
    return measure(spearman, -at[rows].astype(np.float64), np.abs(importance)[rows].astype(np.float64))
