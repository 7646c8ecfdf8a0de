"""A full large-scale table as models are trained on it: the published folds, without what other folds hold kin of.

The study dealt its elements to ten folds. Of these, 1 is the test fold here and 2 chooses the epoch, as in the
demonstration of the study's own code; 3 to 10 train. So that scores can stand beside those of models of the joint
library, no training row shares a 30-mer, on either strand, with a test or validation fold of either library, and no
validation row with a test fold. The test fold is as it was published.

Rows are constructs in the orientation in which they were cloned. Nothing is turned to the other strand in training:
that sequence is, where it was measured, a row of its own with another value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from engine import store
from engine.data import large_scale, lentimpra, sources
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD, Split
from engine.errors import DataError
from engine.models.predict import reverse_complement
from engine.mpra.overlap import Kin
from engine.sequence import decode

LEAST = 10  # measured rows that the test and the validation fold need, and twice as many to train on
SPLIT_RULE = (
    "published folds: 1 test, 2 validation, 3 to 10 training; without training rows that share a 30-mer on either "
    "strand with a test or validation fold of this or of the joint library, and without validation rows that share one "
    "with a test fold"
)
# The bits of `Kin.folds` for what a row may not be kin of.
_OWN_TEST, _OWN_VALIDATION, _JOINT_TEST, _JOINT_VALIDATION = range(4)


@dataclass(frozen=True)
class LargeLibrary:
    """A full large-scale table, ready to learn from.

    Attributes:
        library: the rows that are used, and their split; fold 0 tests, 1 validates.
        left_out: rows of the training and the validation folds that are kin of what is held out.
        file: the name of the file that it was read from.
    """

    library: Library
    left_out: int
    file: str

    def in_words(self) -> str:
        """What is trained on what, before it begins."""
        table, split = self.library
        return (
            f"{table.library} ({self.file}): {len(split.train):,} rows train, {len(split.validation):,} choose the "
            f"epoch, {len(split.test):,} are held out, as published; {self.left_out:,} rows that share a 30-mer with "
            "held-out elements of this or of the joint library are left out"
        )


def library(cell: str, joint: Library, file: str | Path | None = None) -> LargeLibrary:
    """The full table of a cell type with its split; worked out once (a minute or so), then read from the cache.

    Args:
        joint: the joint library, whose held-out folds stay held out.
        file: the downloaded table; None for the one among the data files.

    Raises:
        InputError: a file that is named and not there.
        DataError: none is here, it is not the published table, or too little of it is left.
    """
    path = large_scale.find(cell, file)
    key = f"{sources.sha256(path)} {joint.table.hash} {joint.split.hash}"
    needed = ("names", "codes", "activity", "folds", "hash", "left_out")
    cache = store.cache_folder() / "processed" / f"large_scale_{cell}-{store.digest(key, 12)}.npz"
    kept = store.remembered(cache, needed, lambda: _prepared(path, cell, joint), key=key)
    table = ActivityTable(
        kept["names"],
        kept["codes"],
        kept["activity"],
        (cell,),
        np.array([lentimpra.element_class(n) for n in kept["names"]]),
        str(kept["hash"]),
        lentimpra.large_scale_library(cell),
        both_orientations=True,
    )
    folds = kept["folds"]
    split = Split(folds, elements(table.codes)[0], store.digest(f"{table.hash}\0".encode() + folds.tobytes()))
    return LargeLibrary(Library(table, split), int(kept["left_out"]), path.name)


def _prepared(path: Path, cell: str, joint: Library) -> dict[str, np.ndarray]:
    """What of the file is used, as the cache keeps it."""
    table, published = lentimpra.large_scale_full(path, cell)
    measured = np.flatnonzero(~np.isnan(table.activity[:, 0]))
    folds = (published[measured] - 1).astype(np.int8)
    codes = table.codes[measured]
    used = unrelated(codes, folds, joint)
    rows, folds = measured[used], folds[used]
    trained = int((folds > VALIDATION_FOLD).sum())
    counts = {"test": int((folds == TEST_FOLD).sum()), "validate": int((folds == VALIDATION_FOLD).sum())}
    if min(trained / 2, *counts.values()) < LEAST:
        raise DataError(
            f"{path} is not the whole table: of its measured rows {trained} can train, {counts['validate']} can choose "
            f"the epoch, {counts['test']} can test"
        )
    return {
        "names": table.names[rows],
        "codes": table.codes[rows],
        "activity": table.activity[rows],
        "folds": folds,
        "hash": np.array(store.digest(f"{table.hash}\0".encode() + rows.tobytes())),
        "left_out": np.array(len(measured) - len(rows)),
    }


def unrelated(codes: np.ndarray, folds: np.ndarray, joint: Library) -> np.ndarray:
    """Which rows of a table may be used, ascending: see the module's text.

    Args:
        codes: `(n, 200)` uint8.
        folds: `(n,)` 0 test, 1 validation, others train.
    """
    held = (
        codes[folds == TEST_FOLD],
        codes[folds == VALIDATION_FOLD],
        joint.table.codes[joint.split.test],
        joint.table.codes[joint.split.validation],
    )
    parts = np.repeat(np.arange(len(held), dtype=np.int8), [len(h) for h in held])
    every = np.concatenate(held)
    names = np.full(len(every), "")
    nothing = np.full((len(every), 1), np.nan, np.float32)
    together = Library(
        replace(joint.table, names=names, codes=every, activity=nothing, outputs=("",), classes=names, hash=""),
        Split(parts, np.arange(len(every), dtype=np.int32), ""),
    )
    asked = np.flatnonzero(folds != TEST_FOLD)
    kin = np.zeros(len(codes), np.uint16)
    kin[asked] = Kin(together).folds([decode(row) for row in codes[asked]])
    of_tests = np.uint16((1 << _OWN_TEST) | (1 << _JOINT_TEST))
    validates = folds == VALIDATION_FOLD
    return np.flatnonzero(np.where(validates, (kin & of_tests) == 0, kin == 0))


def elements(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows of `(n, length)` codes are one element, in either orientation.

    Returns:
        `(n,)` int32, the element of each row; `(n,)` bool, which way round it stands: which of the two is called True
        is arbitrary, and the same for all rows of one sequence.
    """
    turned = reverse_complement(torch.as_tensor(codes)).numpy()
    first = np.argmax(codes != turned, axis=1)[:, None]
    one_way = np.take_along_axis(codes, first, 1) <= np.take_along_axis(turned, first, 1)
    canonical = np.ascontiguousarray(np.where(one_way, codes, turned)).view(f"S{codes.shape[1]}").ravel()
    return np.unique(canonical, return_inverse=True)[1].astype(np.int32), one_way.ravel()
