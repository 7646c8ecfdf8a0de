"""Markov chains of order k over bases: what composition alone says of a sequence, and sequences with no more than it.

Base i depends on the min(i, k) bases before it. Given some bases of a sequence, the others are drawn exactly from the
chain conditioned on them, on both sides (forward filtering, backward sampling run from the end: Rabiner 1989,
doi:10.1109/5.18626, section III).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.sequence import BASES, UNKNOWN

LONGEST = 8  # bases of context; a chain of more has a table larger than a library can fill
PSEUDOCOUNT = 0.5  # of each base after each context (Krichevsky & Trofimov 1981), so that no base is impossible
_COMPLEMENT = np.array([3, 2, 1, 0], np.uint8)


@dataclass(frozen=True, eq=False)
class Markov:
    """A chain of order k: `tables[j]` `(4**j, 4)` float64, log-probabilities in nats of the next base given the j bases
    before it, the last of them the lowest digit of the row's number in base 4; j from 0 to k.
    """

    tables: tuple[np.ndarray, ...]

    @property
    def order(self) -> int:
        return len(self.tables) - 1

    @classmethod
    def fit(cls, codes: np.ndarray, order: int, both_strands: bool = True) -> Markov:
        """The chain whose probabilities are the counts of `codes` `(n, length)` uint8, of A, C, G and T alone.

        Args:
            both_strands: count the reverse complements too, so that the chain does not tell strands apart.

        Raises:
            InputError: an order below 0 or above `LONGEST`, or sequences no longer than it.
        """
        if not 0 <= order <= LONGEST:
            raise InputError(f"a Markov chain of order {order} was asked for; the order is 0 to {LONGEST}")
        if codes.size == 0 or codes.shape[1] <= order:
            raise InputError(f"a Markov chain of order {order} learns from sequences of more than {order} bases")
        strands = [codes, _COMPLEMENT[codes[:, ::-1]]] if both_strands else [codes]
        tables = []
        for context in range(order + 1):
            counts = np.full(len(BASES) ** (context + 1), PSEUDOCOUNT)
            for strand in strands:
                words = np.zeros((len(strand), strand.shape[1] - context), np.int64)
                for i in range(context + 1):
                    words = words * len(BASES) + strand[:, i : i + words.shape[1]]
                counts += np.bincount(words.ravel(), minlength=len(counts))
            counts = counts.reshape(-1, len(BASES))
            tables.append(np.log(counts / counts.sum(axis=1, keepdims=True)))
        return cls(tuple(tables))

    def nats(self, codes: np.ndarray) -> np.ndarray:
        """`(n,)` float64, minus the log-probability of each whole sequence `(n, length)` of A, C, G and T alone."""
        total, context = np.zeros(len(codes)), np.zeros(len(codes), np.int64)
        for i in range(codes.shape[1]):
            total -= self._table(i)[context, codes[:, i]]
            context = self._next(context, codes[:, i], i)
        return total

    def sample(self, uniforms: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Sequences drawn from the chain, given the bases that are fixed before and behind: exact, not approximate.

        Args:
            uniforms: `(n, length)` random numbers in [0, 1), one for each base.
            fixed: `(length,)` uint8, the code of each fixed base and `UNKNOWN` of every other; None fixes none.

        Returns:
            `(n, length)` uint8.
        """
        n, length = uniforms.shape
        ahead = self._ahead(fixed) if fixed is not None and (fixed != UNKNOWN).any() else None
        codes, context = np.empty((n, length), np.uint8), np.zeros(n, np.int64)
        for i in range(length):
            if fixed is not None and fixed[i] != UNKNOWN:
                codes[:, i] = fixed[i]
            else:
                scores = self._table(i)[context]
                if ahead is not None:
                    following = self._next(context[:, None], np.arange(len(BASES)), i)
                    scores = scores + ahead[i + 1][following]
                cumulative = np.exp(scores - scores.max(axis=1, keepdims=True)).cumsum(axis=1)
                codes[:, i] = (uniforms[:, i, None] * cumulative[:, -1:] >= cumulative[:, :-1]).sum(axis=1)
            context = self._next(context, codes[:, i], i)
        return codes

    def _ahead(self, fixed: np.ndarray) -> Sequence[np.ndarray]:
        """Of every position, and behind the last, the log-probability of the fixed bases from there on, by context."""
        ahead = [np.zeros(len(BASES) ** min(len(fixed), self.order))]
        for i in reversed(range(len(fixed))):
            context = np.arange(len(self._table(i)))[:, None]
            scores = self._table(i) + ahead[-1][self._next(context, np.arange(len(BASES)), i)]
            ahead.append(scores[:, fixed[i]] if fixed[i] != UNKNOWN else np.logaddexp.reduce(scores, axis=1))
        return ahead[::-1]

    def _table(self, position: int) -> np.ndarray:
        return self.tables[min(position, self.order)]

    def _next(self, context: np.ndarray, base: np.ndarray, position: int) -> np.ndarray:
        """The context of the position behind one with a base."""
        return (context * len(BASES) + base) % len(BASES) ** min(position + 1, self.order)
