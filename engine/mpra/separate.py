"""Measurements that no model of the joint library learned from: the separate experiments in HepG2 and WTC11.

They are of other libraries, other barcodes and other days, so what an assay does of its own is not shared. Only their
elements count that share no 30-mer with a training or validation fold (`engine.mpra.overlap`), in the orientation in
which the joint library holds elements: the other one is a construct of its own (over the shared HepG2 elements it
correlates with the joint library with 0.67, the same orientation with 0.89).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import store
from engine.data import lentimpra, sources
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD, Split
from engine.mpra.overlap import Kin
from engine.sequence import decode

FILES = {"HepG2": "large_hepg2", "WTC11": "large_wtc11"}
_TRAINED = 2  # one of the folds that train
FEWEST = 30  # elements measured twice, of which a line is taken
# How the large-scale tables mark an element that was cloned the other way round.
_TURNED = ("_Reversed:", "_R")


@dataclass(frozen=True)
class Separate:
    """Elements of a separate experiment that no model of the joint library has seen kin of.

    Attributes:
        codes: `(n, 200)` uint8.
        activity: `(n,)` float32, log2(RNA/DNA).
        held_out: `(n,)` bool, which of them share a 30-mer with the test fold; the others share none with any element.
        left_out: elements whose kin a training or validation fold holds.
        line: slope and intercept of this experiment on the joint library, by the elements outside the test fold that
            both measured; (1, 0) where these are fewer than `FEWEST`.
    """

    cell: str
    codes: np.ndarray
    activity: np.ndarray
    held_out: np.ndarray
    left_out: int
    line: tuple[float, float] = (1.0, 0.0)

    @property
    def on_joint_scale(self) -> np.ndarray:
        """`(n,)` the activities as the joint library's scale has them, log2(RNA/DNA)."""
        return (self.activity - self.line[1]) / self.line[0]


def here() -> tuple[str, ...]:
    """The cell types whose separate experiment lies on this machine."""
    return tuple(cell for cell, file in FILES.items() if sources.available(file))


def upright_rows(large: ActivityTable) -> np.ndarray:
    """Rows of a large-scale table in the orientation in which the joint library holds elements, ascending."""
    return np.flatnonzero([not str(name).endswith(_TURNED) for name in large.names])


def learned(cell: str, joint: Kin) -> Kin:
    """The k-mers of a separate experiment, whose elements that are kin of the joint library's test or validation fold
    trained no model (`engine.training.separate`); computed once for `joint` (seconds).

    Raises:
        DataError: the file is not there.
    """
    if cell not in joint.others:
        table = lentimpra.large_scale(cell)
        folds = joint.folds([decode(row) for row in table.codes])
        left_out = (folds & np.uint16((1 << TEST_FOLD) | (1 << VALIDATION_FOLD))) > 0
        fold = np.where(left_out, TEST_FOLD, _TRAINED).astype(np.int8)
        split = Split(fold, np.arange(len(fold), dtype=np.int32), f"what models learn of {cell}")
        joint.others[cell] = Kin(Library(table, split))
    return joint.others[cell]


def measured(cell: str, library: Library) -> Separate:
    """The unseen elements of a cell type's separate experiment; looked for once (seconds), then kept in the cache.

    Raises:
        DataError: the file is not there.
    """
    table, split = library
    other = lentimpra.large_scale(cell)
    key = f"{other.hash} {table.hash} {split.hash}"
    file = store.cache_folder() / "separate" / f"{cell}-{store.digest(key, 16)}.npz"

    def compute() -> dict[str, np.ndarray]:
        rows = upright_rows(other)
        rows = rows[~np.isnan(other.activity[rows, 0])]
        folds = Kin(library).folds([decode(c) for c in other.codes[rows]])
        test = np.uint16(1 << TEST_FOLD)
        unseen = (folds & ~test) == 0
        kept = rows[unseen]
        return {
            "codes": other.codes[kept],
            "activity": other.activity[kept, 0],
            "held_out": folds[unseen] == test,
            "left_out": np.array(len(rows) - len(kept)),
            "line": np.array(line_through(*_twice(other, rows, library))),
        }

    kept = store.remembered(file, ("codes", "activity", "held_out", "left_out", "line"), compute, key=key)
    slope, intercept = kept["line"].tolist()
    return Separate(cell, kept["codes"], kept["activity"], kept["held_out"], int(kept["left_out"]), (slope, intercept))


def line_through(joint: np.ndarray, separate: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of one measurement `(n,)` on another of the same elements, by their standard deviations
    (reduced major axis): both are noisy, and least squares would take the noise of the first for a smaller scale."""
    if len(joint) < FEWEST or not (joint.std() > 0 and separate.std() > 0):
        return 1.0, 0.0
    slope = float(separate.std(dtype=np.float64) / joint.std(dtype=np.float64))
    return slope, float(separate.mean(dtype=np.float64) - slope * joint.mean(dtype=np.float64))


def _twice(other: ActivityTable, rows: np.ndarray, library: Library) -> tuple[np.ndarray, np.ndarray]:
    """`(n,)` activities in the joint library and in the separate experiment of the elements outside the test fold that
    both measured in one orientation."""
    table, split = library
    if other.outputs[0] not in table.outputs:
        return np.zeros(0), np.zeros(0)
    joint = table.column(other.outputs[0])
    place = {codes.tobytes(): row for row, codes in enumerate(table.codes) if split.folds[row] != TEST_FOLD}
    both = [(place[other.codes[row].tobytes()], row) for row in rows if other.codes[row].tobytes() in place]
    pairs = np.array([(joint[one], other.activity[row, 0]) for one, row in both]).reshape(-1, 2)
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    return pairs[:, 0], pairs[:, 1]
