"""Are designs different from each other, and from what their makers learned from?"""

from __future__ import annotations

import numpy as np

from engine.sequence import UNKNOWN

AT_ONCE = 64  # sequences whose matches are followed together
WORDS = (12, 6, 1)  # lengths of the words that matches are found by, the next where none of the one before is shared


def diversity(codes: np.ndarray) -> float:
    """Mean over every two of `(n, length)` sequences of the share of positions at which they differ; .75 for random
    bases, 0 for copies of one, nan for a single sequence. An unknown base differs from every other."""
    n, length = codes.shape
    if n < 2:
        return float("nan")
    each = ((codes == base).astype(np.float32) for base in range(4))
    same = np.sum([is_base @ is_base.T for is_base in each], axis=0)
    return float(1 - same[np.triu_indices(n, 1)].mean(dtype=np.float64) / length)


def distinct(codes: np.ndarray) -> float:
    """Share of sequences `(n, length)` that are left when each is kept once."""
    return len(np.unique(codes, axis=0)) / len(codes)


class Trained:
    """Sequences that a maker of designs learned from, in which stretches are looked up.

    Args:
        codes: `(m, length)` uint8.
    """

    def __init__(self, codes: np.ndarray):
        self._bases = _joined(codes)
        self._indices: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def longest_shared(self, codes: np.ndarray) -> np.ndarray:
        """`(n,)` int64 bases of the longest stretch that each of `(n, length)` sequences shares with a training
        sequence, on either strand; exact. An unknown base is shared with nothing."""
        longest = np.zeros(len(codes), np.int64)
        for k in WORDS:
            left = np.flatnonzero(longest == 0)
            for first in range(0, len(left), AT_ONCE):
                rows = left[first : first + AT_ONCE]
                turned = np.where(codes[rows] < 4, 3 - codes[rows], UNKNOWN)[:, ::-1].astype(np.uint8)
                longest[rows] = np.maximum(self._of_strand(codes[rows], k), self._of_strand(turned, k))
        return longest

    def _of_strand(self, codes: np.ndarray, k: int) -> np.ndarray:
        words, places = self._index(k)
        bases = _joined(codes)
        own_words, own = _words(bases, k)
        first, last = (np.searchsorted(words, own_words, side) for side in ("left", "right"))
        matches = last - first
        begin = np.cumsum(matches) - matches
        mine = np.repeat(own, matches)
        theirs = places[np.repeat(first - begin, matches) + np.arange(matches.sum())]
        # the longest match cannot be begun one base earlier: only such are followed
        starts = (bases[mine - 1] != self._bases[theirs - 1]) | (bases[mine - 1] == UNKNOWN)
        mine, theirs = mine[starts], theirs[starts]
        length = np.full(len(mine), k)
        going = np.arange(len(mine))
        while len(going):
            here = bases[mine[going] + length[going]]
            going = going[(here == self._bases[theirs[going] + length[going]]) & (here != UNKNOWN)]
            length[going] += 1
        longest = np.zeros(len(codes), np.int64)
        np.maximum.at(longest, (mine - 1) // (codes.shape[1] + 1), length)
        return longest

    def _index(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """All words of k known bases, sorted, and where each begins."""
        if k not in self._indices:
            words, places = _words(self._bases, k)
            order = np.argsort(words, kind="stable")
            self._indices[k] = words[order], places[order]
        return self._indices[k]


def _joined(codes: np.ndarray) -> np.ndarray:
    """`(n, length)` sequences behind each other, an unknown base before each and after the last: no match goes on
    from one to the next."""
    between = np.pad(codes, ((0, 0), (1, 0)), constant_values=UNKNOWN)
    return np.append(between.ravel(), np.uint8(UNKNOWN))


def _words(bases: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """`(words,)` the numbers of all k-mers of known bases, and `(words,)` where each begins."""
    count = max(0, len(bases) - k + 1)
    words, known = np.zeros(count, np.int64), np.ones(count, bool)
    for i in range(k):
        words = words * 4 + bases[i : i + count]
        known &= bases[i : i + count] != UNKNOWN
    places = np.flatnonzero(known)
    return words[places], places
