"""Which of a user's sequences the models have seen: those that share a stretch with elements that they learned from.

The rule is that of the folds (`engine.data.splits`): two sequences are kin if they share a 30-mer on either strand.
Folds 2 to 9 of the joint library trained, fold 1 chose the epoch, fold 0 was held out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD, K, canonical_kmers
from engine.sequence import encode, reverse_complement

NEW, VALIDATION, SHARED, IDENTICAL = 0, 1, 2, 3
IN_WORDS = {
    NEW: "not seen",
    VALIDATION: "shares a 30-mer with the fold that chose the epoch",
    SHARED: "shares a 30-mer with an element that trained",
    IDENTICAL: "an element that trained",
}
_NO_KMER = np.iinfo(np.uint64).max
_AT_ONCE = 4000  # sequences whose k-mers are held at once


@dataclass(frozen=True)
class Kin:
    """The k-mers of a library with the folds that hold them; computed once (seconds)."""

    library: Library

    @cached_property
    def _by_kmer(self) -> tuple[np.ndarray, np.ndarray]:
        """Distinct k-mers, ascending, and for each the folds that hold it, one bit a fold."""
        table, split = self.library
        kmers = canonical_kmers(table.codes, K)
        bits = np.repeat(np.uint16(1) << split.folds.astype(np.uint16), kmers.shape[1])
        flat = kmers.ravel()
        order = np.argsort(flat, kind="stable")
        flat, bits = flat[order], bits[order]
        first = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
        distinct, held = flat[first], np.bitwise_or.reduceat(bits, first)
        known = distinct != _NO_KMER
        return distinct[known], held[known]

    @cached_property
    def others(self) -> dict[str, Kin]:
        """What models learned beside this library, by name, once somebody has looked for it."""
        return {}

    @cached_property
    def _training(self) -> frozenset[bytes]:
        table, split = self.library
        return frozenset(row.tobytes() for row in table.codes[split.train])

    def folds(self, bases: list[str]) -> np.ndarray:
        """`(n,)` uint16: the folds that each sequence shares a 30-mer with, one bit a fold."""
        distinct, held = self._by_kmer
        masks = np.zeros(len(bases), np.uint16)
        by_length: dict[int, list[int]] = {}
        for i, b in enumerate(bases):
            if len(b) >= K:
                by_length.setdefault(len(b), []).append(i)
        for rows in by_length.values():
            for start in range(0, len(rows), _AT_ONCE):
                some = rows[start : start + _AT_ONCE]
                kmers = canonical_kmers(np.stack([encode(bases[i]) for i in some]), K)
                place = np.minimum(np.searchsorted(distinct, kmers), len(distinct) - 1)
                shared = np.where(distinct[place] == kmers, held[place], np.uint16(0))
                masks[some] = np.bitwise_or.reduce(shared, axis=1)
        return masks

    def seen(self, bases: list[str]) -> np.ndarray:
        """`(n,)` uint8, one of `IN_WORDS` each: how near a sequence is to what the models learned from.

        One that is shorter than a 30-mer shares none, and counts as not seen.
        """
        masks = self.folds(bases)
        status = np.full(len(bases), NEW, np.uint8)
        status[masks & (1 << VALIDATION_FOLD) > 0] = VALIDATION
        status[masks & ~np.uint16((1 << TEST_FOLD) | (1 << VALIDATION_FOLD)) > 0] = SHARED
        for i in np.flatnonzero(status == SHARED):
            both = (encode(strand).tobytes() for strand in (bases[i], reverse_complement(bases[i])))
            if any(strand in self._training for strand in both):
                status[i] = IDENTICAL
        return status


def of_training(library: Library, bases: dict[str, str]) -> list[str]:
    """The names of those sequences that share a 30-mer with a row that a library trains on; of any length from 30."""
    wanted = {name: np.setdiff1d(canonical_kmers(encode(b)[None], K), [_NO_KMER]) for name, b in bases.items()}
    every = np.unique(np.concatenate([*wanted.values(), np.zeros(1, np.uint64)]))  # never empty, to be looked up in
    held = np.zeros(len(every), bool)
    rows = library.split.train
    for start in range(0, len(rows), _AT_ONCE):
        kmers = canonical_kmers(library.table.codes[rows[start : start + _AT_ONCE]], K)
        place = np.minimum(np.searchsorted(every, kmers), len(every) - 1)
        held[place[every[place] == kmers]] = True
    return [name for name, kmers in wanted.items() if held[np.searchsorted(every, kmers)].any()]
