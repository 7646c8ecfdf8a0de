"""Who learned from what: the folds of the joint library shared out between those who design and those who judge.

A generator, and the guide that a search follows, learn from half A of the training folds alone; the judge learns from
half B, which they never saw. Fold 1 chooses the epoch of all of them. Fold 0 is nobody's: its elements say which
activities are asked for, and stand beside designs as nature's own.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.data.library import Library
from engine.data.splits import HALVES, TEST_FOLD

DESIGN_FOLDS, JUDGE_FOLDS = HALVES  # half A: generator and guide; half B: judge


def design_rows(library: Library) -> np.ndarray:
    """Row numbers of half A, ascending: what a generator and a guide learn from, as `Asked.rows`."""
    return library.split.rows(*DESIGN_FOLDS)


def asked_rows(library: Library) -> np.ndarray:
    """Row numbers of fold 0, ascending: whose activities are asked for in the benchmark."""
    return library.split.rows(TEST_FOLD)


def scale(library: Library, outputs: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation `(outputs,)` each, log2(RNA/DNA), over all training folds of what was measured: what
    a goal's activities are written in (`engine.design.results.Goal`).

    Raises:
        InputError: an output that the library has not.
    """
    columns = np.stack([library.table.column(o) for o in outputs], axis=1)[library.split.train].astype(np.float64)
    return np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
