"""The separate lentiMPRA experiments in HepG2 and WTC11 as further columns of a joint model.

Their libraries and days are others than the joint library's, so each is an output of its own, read off the same
features by a head of its own, and the joint outputs are left to the joint library. They hold many elements in both
orientations, which are constructs of their own (over shared HepG2 elements they correlate with 0.67). The models
average both strands, so what they are taught is the mean of the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import store
from engine.data import lentimpra
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD
from engine.mpra.overlap import Kin
from engine.sequence import decode, reverse_complement


@dataclass(frozen=True)
class Separate:
    """Elements of the separate experiments that share no 30-mer with the test or the validation fold.

    Attributes:
        codes: `(n, 200)` uint8.
        activity: `(n, cell types)` float32, log2(RNA/DNA), nan where not measured.
        libraries: `(n,)` int64 as `ActivityTable.libraries`.
        left_out: elements that are kin of the test or validation fold.
        hash: of what it was made of.
    """

    codes: np.ndarray
    activity: np.ndarray
    libraries: np.ndarray
    left_out: int
    hash: str


def of(cell_types: tuple[str, ...], library: Library) -> Separate:
    """What the separate experiments in some cell types hold that a model may learn from; looked for once (seconds).

    Raises:
        InputError: a cell type without a separate experiment.
        DataError: a file that is not there.
    """
    tables = [lentimpra.large_scale(cell) for cell in cell_types]
    key = " ".join([*(t.hash for t in tables), library.table.hash, library.split.hash])
    file = store.cache_folder() / "separate" / f"{store.digest(key, 16)}.npz"

    def compute() -> dict[str, np.ndarray]:
        parts = [both_orientations(table) for table in tables]
        codes = np.concatenate([codes for codes, _, _ in parts])
        activity = np.full((len(codes), len(tables)), np.nan, np.float32)
        start = 0
        for column, (_, values, _) in enumerate(parts):
            activity[start : start + len(values), column] = values
            start += len(values)
        held = Kin(library).folds([decode(row) for row in codes])
        kept = (held & np.uint16((1 << TEST_FOLD) | (1 << VALIDATION_FOLD))) == 0
        return {
            "codes": codes[kept],
            "activity": activity[kept],
            "libraries": np.concatenate([libraries for _, _, libraries in parts])[kept],
            "left_out": np.array(int((~kept).sum())),
        }

    kept = store.remembered(file, ("codes", "activity", "libraries", "left_out"), compute, key=key)
    return Separate(kept["codes"], kept["activity"], kept["libraries"], int(kept["left_out"]), store.digest(key, 16))


def beside(joint: np.ndarray, separate: np.ndarray) -> np.ndarray:
    """`(n, outputs)` and `(m, further)` activities as `(n + m, outputs + further)`: nan where not measured."""
    rows, columns = (a + b for a, b in zip(joint.shape, separate.shape, strict=True))
    together = np.full((rows, columns), np.nan, np.float32)
    together[: len(joint), : joint.shape[1]] = joint
    together[len(joint) :, joint.shape[1] :] = separate
    return together


def both_orientations(table: ActivityTable) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each element of a large-scale table once, with the mean over the orientations that were measured.

    Two oligos are orientations of one element if one is the other's reverse complement.

    Returns:
        codes `(n, 200)` in the orientation that comes first in the table, activity `(n,)`, libraries `(n,)`.
    """
    values, libraries = table.activity[:, 0], table.libraries()
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(~np.isnan(values)):
        bases = decode(table.codes[row])
        rows.setdefault(min(bases, reverse_complement(bases)), []).append(int(row))
    first = np.array([group[0] for group in rows.values()], dtype=np.int64)
    mean = np.array([values[group].mean() for group in rows.values()], np.float32)
    return table.codes[first], mean, libraries[first]
