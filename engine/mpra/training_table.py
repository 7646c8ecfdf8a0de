"""A user's table as models are trained on it: windows, and folds by the same rule as those of the joint library.

Sequences that share a 30-mer on either strand stay in one fold. One that shares it with elements of the joint library
takes their fold, so that what is held out there stays held out here; the others are dealt out as ever.
"""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from engine import store
from engine.data.lentimpra import ELEMENT_LENGTH, ActivityTable
from engine.data.library import Library
from engine.data.splits import FOLDS, TEST_FOLD, VALIDATION_FOLD, Split, assign_folds, homology_groups
from engine.errors import InputError
from engine.mpra.library import VARIANTS, MeasuredLibrary
from engine.mpra.overlap import Kin
from engine.sequence import encode, windows

LEAST = 10  # measured sequences that each output needs in the test and in the validation fold
UNNAMED = "activity"  # the output where the table names no cell type


def as_library(measured: MeasuredLibrary, kin: Kin | None, cut: bool = False) -> Library:
    """The table and its split.

    Args:
        kin: of the joint library; None without its files.
        cut: of sequences longer than the window take the middle; otherwise they are an error.

    Raises:
        InputError: variants of one sequence, sequences that are too long, or too few that are no kin to each other.
    """
    if measured.kind == VARIANTS:
        raise InputError(f"{measured.what} holds variants of one sequence, which cannot be held out from each other")
    longer = sum(len(b) > ELEMENT_LENGTH for b in measured.bases)
    if longer and not cut:
        raise InputError(
            f"{longer:,} sequences of {measured.what} are longer than the models' window of {ELEMENT_LENGTH}; train on "
            "their middle with --cut, or take their constant ends off"
        )
    codes = np.stack([encode(_window(b)) for b in measured.bases])
    names, what = np.array(measured.names), PurePath(measured.what).name  # where it lies on this computer is nobody's
    outputs = tuple(label or UNNAMED for label in measured.labels)
    activity = measured.measured.astype(np.float32)
    digest = store.digest("\0".join((measured.hash, *outputs)).encode() + codes.tobytes())
    table = ActivityTable(names, codes, activity, outputs, np.full(len(names), "own table"), digest, what)
    groups = homology_groups(codes)
    largest = int(np.bincount(groups).max())
    if largest > len(groups) / 2:
        raise InputError(
            f"{largest:,} of {len(groups):,} sequences of {measured.what} hang together by shared 30-mers, so none can "
            "be held out; if they have constant ends, take these off"
        )
    folds = _folds(groups, kin.folds(list(measured.bases)) if kin else None)
    rows = b"\n".join(f"{n}\t{f}".encode() for n, f in zip(names, folds, strict=True))
    split = Split(folds, groups, store.digest(rows))
    _enough(table, split)
    return Library(table, split)


def _window(bases: str) -> str:
    """The bases as the model sees them: the middle of longer ones, shorter ones flanked by adapters, then N."""
    (window,) = windows(bases, ELEMENT_LENGTH, "centre" if len(bases) > ELEMENT_LENGTH else "pad")
    return window.bases


def _folds(groups: np.ndarray, joint: np.ndarray | None) -> np.ndarray:
    """`(n,)` int8 folds: kin of the joint library in its fold, of several the lowest; all others dealt out."""
    folds = assign_folds(groups)
    if joint is None:
        return folds
    of_group = np.zeros(int(groups.max()) + 1, np.uint16)
    np.bitwise_or.at(of_group, groups, joint)
    masks = of_group[groups]
    rest = masks == 0
    if rest.any():
        folds[rest] = assign_folds(np.unique(groups[rest], return_inverse=True)[1])
    for fold in reversed(range(FOLDS)):
        folds[(masks >> fold) & 1 > 0] = fold
    return folds


def _enough(table: ActivityTable, split: Split) -> None:
    """Raise InputError for a fold without enough measurements to learn from, to choose by or to score on."""
    for what, rows, least in (
        ("to train on", split.train, 2 * LEAST),
        (f"in the validation fold ({VALIDATION_FOLD})", split.validation, LEAST),
        (f"in the test fold ({TEST_FOLD})", split.test, LEAST),
    ):
        for i, output in enumerate(table.outputs):
            known = int(np.isfinite(table.activity[rows, i]).sum())
            if known < least:
                raise InputError(
                    f"{table.library} leaves {known} measurements of {output} {what}, fewer than {least}; more "
                    "sequences that are no kin to each other are needed"
                )
