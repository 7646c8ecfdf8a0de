"""A third measurement that nothing learned from: the separate large-scale experiments in HepG2 and WTC11.

A consensus of the two conditions of a test fold is made of the experiments that trained the networks, so whatever both
share (an assay's own bias) counts as signal. The large-scale experiments are of other libraries, other barcodes and
other days. Only their elements count that share no 30-mer with a training or validation fold (`engine.mpra.overlap`),
in the orientation in which the joint library holds elements: the other one is a construct of its own
(`engine.disentangle.data.assays`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import store
from engine.data import lentimpra, sources
from engine.data.library import Library
from engine.data.splits import TEST_FOLD
from engine.disentangle.data import upright_rows
from engine.mpra.overlap import Kin
from engine.sequence import decode

FILES = {"HepG2": "large_hepg2", "WTC11": "large_wtc11"}


@dataclass(frozen=True)
class Third:
    """Elements of a separate experiment that no network has seen kin of.

    Attributes:
        codes: `(n, 200)` uint8.
        activity: `(n,)` float32, log2(RNA/DNA).
        left_out: elements whose kin a training or validation fold holds.
    """

    cell: str
    codes: np.ndarray
    activity: np.ndarray
    left_out: int


def here() -> tuple[str, ...]:
    """The cell types whose separate experiment lies on this machine."""
    return tuple(cell for cell, file in FILES.items() if sources.available(file))


def measured(cell: str, library: Library) -> Third:
    """The unseen elements of a cell type's separate experiment; looked for once (seconds), then kept in the cache.

    Raises:
        DataError: the file is not there.
    """
    table, split = library
    other = lentimpra.large_scale(cell)
    key = f"{other.hash} {table.hash} {split.hash}"
    file = store.cache_folder() / "third" / f"{cell}-{store.digest(key, 16)}.npz"

    def compute() -> dict[str, np.ndarray]:
        rows = upright_rows(other)
        rows = rows[~np.isnan(other.activity[rows, 0])]
        unseen = unseen_rows(other.codes[rows], library)
        kept = rows[unseen]
        return {
            "codes": other.codes[kept],
            "activity": other.activity[kept, 0],
            "left_out": np.array(len(rows) - len(kept)),
        }

    kept = store.remembered(file, ("codes", "activity", "left_out"), compute, key=key)
    return Third(cell, kept["codes"], kept["activity"], int(kept["left_out"]))


def unseen_rows(codes: np.ndarray, library: Library) -> np.ndarray:
    """`(n,)` bool: which sequences share a 30-mer with no fold but the test fold."""
    folds = Kin(library).folds([decode(c) for c in codes])
    return (folds & ~np.uint16(1 << TEST_FOLD)) == 0
