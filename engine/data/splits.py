"""Homology-aware folds: sequences that share a stretch, on either strand, never fall into two folds.

Two sequences are joined when they share a k-mer (k = 30) on either strand; the connected groups are dealt
to ten folds, the largest first, each to the fold that is smallest so far. The result depends on the
sequences alone. Fold 0 is the test fold, fold 1 the validation fold, 2 to 9 train.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine import store
from engine.data import sources
from engine.data.lentimpra import ActivityTable
from engine.sequence import UNKNOWN

FOLDS = 10
TEST_FOLD = 0
VALIDATION_FOLD = 1
HALVES = ((2, 3, 4, 5), (6, 7, 8, 9))  # of the folds that train: who makes a design, and who judges it
K = 30


@dataclass(frozen=True)
class Split:
    """`folds` `(n,)` int8; `groups` `(n,)` int32 (rows of one group share a stretch); `hash` names the split."""

    folds: np.ndarray
    groups: np.ndarray
    hash: str

    def rows(self, *folds: int) -> np.ndarray:
        """Row numbers of the named folds, ascending."""
        return np.flatnonzero(np.isin(self.folds, folds))

    @property
    def train(self) -> np.ndarray:
        return np.flatnonzero((self.folds != TEST_FOLD) & (self.folds != VALIDATION_FOLD))

    def learned(self, folds: Iterable[int] | None) -> np.ndarray:
        """Row numbers, ascending, that a model of these folds learns from; None for all that train."""
        return self.train if folds is None else self.rows(*folds)

    @property
    def validation(self) -> np.ndarray:
        return self.rows(VALIDATION_FOLD)

    @property
    def test(self) -> np.ndarray:
        return self.rows(TEST_FOLD)


def canonical_kmers(codes: np.ndarray, k: int = K) -> np.ndarray:
    """The strand-free k-mers of each sequence, as numbers.

    Args:
        codes: `(n, length)` uint8.
        k: at most 31, so that a k-mer fits into 62 bits.

    Returns:
        `(n, length - k + 1)` uint64: the smaller of the k-mer and its reverse complement; the largest
        uint64 where the k-mer holds an unknown base.
    """
    n, length = codes.shape
    count = length - k + 1
    forward = np.zeros((n, count), dtype=np.uint64)
    backward = np.zeros((n, count), dtype=np.uint64)
    unknown_base = np.zeros((n, count), dtype=bool)
    for i in range(k):
        base = codes[:, i : i + count]
        unknown_base |= base == UNKNOWN
        base = (base & 3).astype(np.uint64)
        forward = (forward << np.uint64(2)) | base
        backward |= (np.uint64(3) - base) << np.uint64(2 * i)
    kmers = np.minimum(forward, backward)
    kmers[unknown_base] = np.iinfo(np.uint64).max
    return kmers


def homology_groups(codes: np.ndarray, k: int = K, max_elements: int | None = None) -> np.ndarray:
    """`(n,)` int32 group of each sequence; two that share a k-mer on either strand are in one group.

    `max_elements` leaves out k-mers that occur in more sequences than that (repeats).
    """
    kmers = canonical_kmers(codes, k)
    owner = np.repeat(np.arange(len(codes)), kmers.shape[1])
    flat = kmers.ravel()
    order = np.argsort(flat, kind="stable")
    flat, owner = flat[order], owner[order]
    same = (flat[1:] == flat[:-1]) & (flat[1:] != np.iinfo(np.uint64).max)
    if max_elements is not None:
        run = np.concatenate([[0], np.cumsum(flat[1:] != flat[:-1])])
        pairs = np.unique(np.stack([run, owner]), axis=1)
        sizes = np.bincount(pairs[0])
        same &= sizes[run[1:]] <= max_elements
    a, b = owner[:-1][same], owner[1:][same]
    # only where a split is made for the first time: a page that shows no model need not wait for scipy
    from scipy.sparse import coo_matrix, csgraph

    graph = coo_matrix((np.ones(len(a), dtype=bool), (a, b)), shape=(len(codes), len(codes)))
    return csgraph.connected_components(graph, directed=False)[1].astype(np.int32)


def assign_folds(groups: np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """Deal groups to folds, largest first (ties: the group that appears first), each to the smallest fold.

    Among equally small folds the highest number wins, so the few very large families train and do not
    make up the test fold.
    """
    sizes = np.bincount(groups)
    first = np.full(len(sizes), len(groups))
    np.minimum.at(first, groups, np.arange(len(groups)))
    filled = np.zeros(folds, dtype=np.int64)
    fold_of = np.zeros(len(sizes), dtype=np.int8)
    for g in np.lexsort((first, -sizes)):
        fold = folds - 1 - int(np.argmin(filled[::-1]))
        fold_of[g] = fold
        filled[fold] += sizes[g]
    return fold_of[groups]


def joint_split(table: ActivityTable) -> Split:
    """The split of the joint library; computed once (seconds), then read from the cache."""
    file = sources.processed("lentimpra_joint_split", "lentimpra_sequences", "lentimpra_activity")

    def compute() -> dict[str, np.ndarray]:
        groups = homology_groups(table.codes)
        folds = assign_folds(groups)
        digest = store.digest(b"\n".join(f"{n}\t{f}".encode() for n, f in zip(table.names, folds, strict=True)))
        return {"folds": folds, "groups": groups, "hash": np.array(digest)}

    kept = store.remembered(file, ("folds", "groups", "hash"), compute, data_hash=table.hash)
    return Split(kept["folds"], kept["groups"], str(kept["hash"]))
