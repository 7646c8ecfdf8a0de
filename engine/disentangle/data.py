"""Sequences measured under several conditions, and what the conditions agree on.

Two notions of an experiment, never mixed (see `engine.disentangle.declared`): `cells` and `assays`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from engine.data import lentimpra
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import assign_folds, homology_groups
from engine.disentangle.declared import ASSAYS, CELLS, Disentangle
from engine.errors import unknown
from engine.mpra.overlap import Kin
from engine.mpra.separate import upright_rows
from engine.sequence import decode

_SEVERAL = -1  # kin in several folds: in none


@dataclass(frozen=True)
class Pairs:
    """Sequences that were measured under one condition or more.

    Attributes:
        codes: `(n, 200)` uint8.
        activity: `(n, conditions)` float32, log2(RNA/DNA), nan where not measured.
        conditions: names of the columns.
        folds: `(n,)` of the homology-aware split.
        hash: of what it was made of.
    """

    codes: np.ndarray
    activity: np.ndarray
    conditions: tuple[str, ...]
    folds: np.ndarray
    hash: str

    @property
    def paired(self) -> np.ndarray:
        """`(n,)` bool: measured under every condition."""
        return paired(self.activity)

    def rows(self, *folds: int) -> np.ndarray:
        """Row numbers of the named folds, ascending."""
        return np.flatnonzero(np.isin(self.folds, folds))


def of(experiment: Disentangle, library: Library) -> Pairs:
    """What a declared run learns from; raises InputError."""
    return measured(experiment.notion, experiment.conditions, library)


def measured(notion: str, conditions: tuple[str, ...], library: Library) -> Pairs:
    """What there is of a notion of an experiment; the conditions are the columns.

    Raises:
        InputError: a notion that nobody knows.
    """
    if notion == CELLS:
        return cells(library, conditions)
    for cell_type, name in ASSAYS.items():
        if notion == name:
            return assays(library, lentimpra.large_scale(cell_type))
    raise unknown("notion of an experiment", notion, (CELLS, *ASSAYS.values()))


def cells(library: Library, conditions: tuple[str, ...]) -> Pairs:
    """The elements of the joint library that were measured in all of some cell types."""
    table, split = library
    activity = np.stack([table.column(c) for c in conditions], axis=1)
    both = paired(activity)
    return Pairs(table.codes[both], activity[both], tuple(conditions), split.folds[both], f"{table.hash} {split.hash}")


def assays(library: Library, large: ActivityTable) -> Pairs:
    """One cell type measured twice: in the joint library, and in the separate large-scale experiment.

    A row is an element in the orientation in which the joint library holds it, so that of a paired row nothing differs
    but the experiment. The large-scale experiment measured the other orientation too. That is a construct of its own:
    over the shared HepG2 elements it correlates with the joint library with 0.67, the same orientation with 0.89. It is
    left out, or what differs between the two columns would be orientation as well as noise.

    Elements of the joint library stay in their folds. Others go where `folds_by_kin` puts them, so that no 30-mer
    crosses folds.

    Args:
        large: with one output, the cell type; rows in both orientations.
    """
    table, split = library
    cell_type = large.outputs[0]
    row_of = {codes.tobytes(): row for row, codes in enumerate(table.codes)}
    upright = upright_rows(large)
    place = np.array([row_of.get(large.codes[row].tobytes(), -1) for row in upright], dtype=np.int64)
    again, other = upright[place >= 0], upright[place < 0]
    folds = folds_by_kin(large.codes[other], library)
    other, folds = other[folds != _SEVERAL], folds[folds != _SEVERAL]

    activity = np.full((len(table) + len(other), 2), np.nan, np.float32)
    activity[: len(table), 0] = table.column(cell_type)
    activity[place[place >= 0], 1] = large.activity[again, 0]
    activity[len(table) :, 1] = large.activity[other, 0]
    known = ~np.isnan(activity).all(axis=1)
    return Pairs(
        np.concatenate([table.codes, large.codes[other]])[known],
        activity[known],
        (f"joint {cell_type}", f"large-scale {cell_type}"),
        np.concatenate([split.folds, folds])[known],
        f"{table.hash} {split.hash} {large.hash}",
    )


def folds_by_kin(codes: np.ndarray, library: Library) -> np.ndarray:
    """Folds of sequences that the library does not hold, such that no 30-mer crosses folds.

    A sequence goes to the fold of the library's elements that it shares a 30-mer with, and with it those that share
    one with it. Groups without kin in the library are dealt as the library's own were. What has kin in several folds
    is in none: -1.

    Args:
        codes: `(n, 200)` uint8.

    Returns:
        `(n,)` int8.
    """
    touched = Kin(library).folds([decode(row) for row in codes])
    folds = np.full(len(codes), _SEVERAL, np.int8)
    rest = np.flatnonzero(np.bitwise_count(touched) <= 1)  # one that joins folds is out, and joins no others
    groups = homology_groups(codes[rest])
    together = np.zeros(groups.max(initial=-1) + 1, touched.dtype)
    np.bitwise_or.at(together, groups, touched[rest])
    touched = together[groups]
    one, none = np.bitwise_count(touched) == 1, touched == 0
    folds[rest[one]] = np.log2(touched[one]).astype(np.int8)
    folds[rest[none]] = assign_folds(np.unique(groups[none], return_inverse=True)[1])
    return folds


def paired(activity: np.ndarray) -> np.ndarray:
    """`(n,)` bool: which rows of `(n, conditions)` activities were measured under every condition."""
    return ~np.isnan(activity).any(axis=1)


def ranks(activity: np.ndarray) -> np.ndarray:
    """`(n, conditions)` rank within each condition, 0 lowest to 1 highest, ties share their mean. Of `(n, conditions)`
    activities of one part of the split; paired rows are ranked among each other, the others have nan."""
    both = paired(activity)
    within = np.full(activity.shape, np.nan)
    within[both] = (rankdata(activity[both], axis=0) - 1) / max(1, both.sum() - 1)
    return within


def consensus(activity: np.ndarray) -> np.ndarray:
    """`(n,)` what the experiments agree on: the mean of `ranks`; nan where a row is not paired."""
    return ranks(activity).mean(axis=1)
