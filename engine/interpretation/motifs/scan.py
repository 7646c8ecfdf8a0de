"""Where the matrices of JASPAR match a sequence, on both strands.

Scores and p-values as FIMO has them (Grant et al. 2011, Bioinformatics 27:1017-1018) with a uniform background; the
tables from score to p-value are memelite's (Schreiber, MIT). They depend on the matrices alone and are computed
once a process, so a sequence of 200 bases is scanned again in some 10 ms after each edit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.data import jaspar
from engine.data.jaspar import Matrix
from engine.errors import InputError
from engine.results import MotifHit, Progress
from engine.sequence import UNKNOWN, Sequence, encode

P_THRESHOLD = 1e-4  # FIMO's own; of a matrix that no sequence can match as well, the p-value of its best match
# What a figure shows unless the user asks for more or less. With all of JASPAR this leaves 43 of 47 matches on the
# measured LDLR promoter (318 bases) and 154 of 222 on SORT1 (600), at 18 and 32 places (`best_per_place`). Chance alone
# gives about 54 and 104 matches with p <= 1e-4 there, and over all matrices together none has q <= 0.1: a match
# is a hint, and what the models say of its bases is what counts.
Q_SHOWN = 0.05
# Bits. Log-odds are rounded to this grid, so that the score of a place is a bin of the table of its matrix and its
# p-value is that of the bin. Unrounded, a score may fall beyond the last bin of memelite's table: then the p-value of
# the best match there is, reads 0 (as for the consensus of 66 of 680 matrices at its own default).
STEP = 1 / 64
PLACES = 512  # scored at once; more of them take memory, not less time


def scan(
    sequence: Sequence,
    matrices: dict[str, Matrix] | None = None,
    p_threshold: float | None = None,
    progress: Progress | None = None,
) -> list[MotifHit]:
    """All matches with a p-value of at most `p_threshold`, sorted by start, end, p-value.

    Without a threshold it is `P_THRESHOLD`, and of a short matrix, whose best match is more likely than that by chance
    (six columns: 4**-6), the p-value of this best match: its consensus is reported, and nothing else. A threshold that
    is asked for holds for every matrix. `remark` says which matrices are concerned.

    A place that holds a letter other than A, C, G, T matches nothing.

    The q-value is that of Benjamini & Hochberg (1995, J R Stat Soc B 57:289-300) for each matrix on its own, over its
    places on both strands, as FIMO reports it: among the matches of one matrix with q <= 0.05, one in twenty is
    expected to be chance. It does not correct for having asked all the matrices. Matches ranked by p-value count from
    the smallest, so those that are not reported do not change the rank of one that is; the smallest of a match's own
    and all larger p * tests / rank is taken over the reported ones, which can only make q larger.

    Args:
        matrices: by id, as `engine.data.jaspar.load` and `chosen` give them; None takes all of JASPAR.
        progress: called with (places done, places).

    Raises:
        InputError: a threshold that is not above 0 and at most 1, or no matrix.
    """
    _check(p_threshold)
    chosen = tuple((jaspar.load() if matrices is None else matrices).values())
    if not chosen:
        raise InputError("no matrix to scan with; name at least one")
    tables = _tables(chosen)
    codes = encode(sequence.bases, sequence.name)
    clear = _clear(codes)
    limits = np.maximum(P_THRESHOLD, tables.best_p()) if p_threshold is None else np.full(len(chosen), p_threshold)
    lowest = tables.lowest_bin(limits)
    passing = []
    for first in range(0, len(codes), PLACES):
        last = min(first + PLACES, len(codes))
        bins = tables.bins(codes[first : last + tables.widest])[: last - first]
        possible = clear[first:last, None, None] >= tables.widths[:, None]
        place, matrix, strand = np.nonzero((bins >= lowest[:, None]) & possible)
        passing.append(np.stack([place + first, matrix, strand, bins[place, matrix, strand].astype(np.int64)]))
        if progress:
            progress(last, len(codes))
    places, which, strands, bins = np.concatenate(passing, axis=1)
    p = tables.p(which, bins)
    q = _q_values(which, p, 2 * (clear[:, None] >= tables.widths).sum(axis=0))
    hits = [
        MotifHit(
            chosen[k].name,
            chosen[k].id,
            int(start),
            int(start) + chosen[k].width,
            "+-"[strand],
            _score(chosen[k], codes[start : start + chosen[k].width], strand),
            float(own_p),
            float(own_q),
        )
        for start, k, strand, own_p, own_q in zip(places, which, strands, p, q, strict=True)
    ]
    return sorted(hits, key=lambda h: (h.start, h.end, h.p, h.matrix, h.strand))


def remark(matrices: dict[str, Matrix] | None = None, p_threshold: float | None = None) -> str:
    """What there is to say of the matrices that are too short to match with the p-value asked for, in one sentence;
    empty if there are none.

    Args:
        matrices, p_threshold: as `scan` takes them.
    """
    _check(p_threshold)
    chosen = tuple((jaspar.load() if matrices is None else matrices).values())
    limit = P_THRESHOLD if p_threshold is None else p_threshold
    # the same leeway as in `lowest_bin`
    best = _tables(chosen).best_p() if chosen else np.zeros(0)
    short = [(m, p) for m, p in zip(chosen, best, strict=True) if p > limit * (1 + 1e-9)]
    if not short:
        return ""
    listed = ", ".join(f"{m.name} {m.id}" for m, _ in short[:3]) + (" …" if len(short) > 3 else "")
    ps = sorted(float(p) for _, p in short)
    reach = f"p = {ps[0]:.2g}" + (f" to {ps[-1]:.2g}" if ps[-1] > ps[0] * 1.01 else "")
    what = f"{len(short)} of {len(chosen)} matrices {'is' if len(short) == 1 else 'are'} too short for p ≤ {limit:g}"
    if p_threshold is None:
        return f"{what}: there the best match that is possible, {reach}, is reported ({listed})"
    return f"{what} and can match nothing: the best match that is possible has {reach} ({listed})"


def _check(p_threshold: float | None) -> None:
    if p_threshold is not None and not 0 < p_threshold <= 1:
        raise InputError(f"the p-value threshold is {p_threshold:g}; give one above 0 and at most 1")


def best_per_place(hits: Iterable[MotifHit]) -> list[MotifHit]:
    """One match a place: from the smallest p-value on, a match stays unless it shares more than half of the shorter
    one's bases with a match that stayed. Related factors have matrices that match together; this shows the best."""
    kept: list[MotifHit] = []
    for hit in sorted(hits, key=lambda h: (h.p, -h.score, h.matrix, h.start, h.strand)):
        if not any(_shared(hit, k) * 2 > min(hit.end - hit.start, k.end - k.start) for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.end))


def _shared(a: MotifHit, b: MotifHit) -> int:
    return min(a.end, b.end) - max(a.start, b.start)


def _clear(codes: np.ndarray) -> np.ndarray:
    """`(length,)` how many bases from each place on are known: to the next N, or to the end."""
    stops = np.append(np.flatnonzero(codes == UNKNOWN), len(codes))
    places = np.arange(len(codes))
    return stops[np.searchsorted(stops, places)] - places


def _score(matrix: Matrix, codes: np.ndarray, strand: int) -> float:
    """Log-odds in bits against a uniform background, not rounded."""
    read = 3 - codes[::-1] if strand else codes
    return float(np.log2(4 * matrix.probabilities[read, np.arange(matrix.width)]).sum())


def _q_values(which: np.ndarray, p: np.ndarray, tests: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg for each matrix; `tests[k]` places on both strands were scanned with matrix k."""
    q = np.empty(len(p))
    for k in np.unique(which):
        rows = np.flatnonzero(which == k)
        order = rows[np.argsort(p[rows], kind="stable")]
        raw = p[order] * tests[k] / np.arange(1, len(order) + 1)
        q[order] = np.minimum(1, np.minimum.accumulate(raw[::-1])[::-1])
    return q


# --- what depends on the matrices alone -------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Tables:
    """Scores in steps of the grid.

    `widths: (n,)`; `best: (n,)` the largest score that any bases have; `weights: (4 * widest, 2 * n)` of the window's
    one-hot, both strands of a matrix side by side; table k is `log_p[offsets[k]:offsets[k + 1]]`, log2 of the p-value
    of bin `smallest[k]` on.
    """

    widths: np.ndarray
    best: np.ndarray
    weights: np.ndarray
    smallest: np.ndarray
    offsets: np.ndarray
    log_p: np.ndarray

    @property
    def widest(self) -> int:
        return len(self.weights) // 4

    def bins(self, codes: np.ndarray) -> np.ndarray:
        """`(length, n, 2)` score of each place, matrix and strand; whole numbers, exact in float32."""
        padded = np.zeros((len(codes) + self.widest, 5), np.float32)
        padded[np.arange(len(codes)), codes] = 1
        windows = np.lib.stride_tricks.sliding_window_view(padded[:-1, :4], self.widest, axis=0)
        flat = windows.transpose(0, 2, 1).reshape(len(codes), -1)
        return (flat @ self.weights).reshape(len(codes), -1, 2)

    def best_p(self) -> np.ndarray:
        """`(n,)` the p-value of the best match that there can be."""
        return self.p(np.arange(len(self.widths)), self.best)

    def lowest_bin(self, p_thresholds: np.ndarray) -> np.ndarray:
        """`(n,)` the lowest score whose p-value is at most that matrix's threshold; beyond every score if none is."""
        rises = zip(self.offsets, self.offsets[1:], self.smallest, -np.log2(p_thresholds) - 1e-9, strict=False)
        # a table falls from 0 on, so its negative is sorted
        return np.array([s + np.searchsorted(-self.log_p[a:b], limit) for a, b, s, limit in rises], np.float32)

    def p(self, which: np.ndarray, bins: np.ndarray) -> np.ndarray:
        """p-values of scores of matrices."""
        return np.exp2(self.log_p[self.offsets[which] + bins - self.smallest[which]])


_lock = threading.Lock()  # numba's threads must not be started twice at once


def _tables(matrices: tuple[Matrix, ...]) -> _Tables:
    with _lock:
        return _computed(matrices)


@lru_cache(maxsize=4)
def _computed(matrices: tuple[Matrix, ...]) -> _Tables:
    widths = np.array([m.width for m in matrices])
    steps = [np.rint(np.log2(4 * m.probabilities) / STEP) for m in matrices]
    columns = np.concatenate([[0], np.cumsum(widths)]).astype(np.uint64)
    # memelite brings numba along, a second that matrices which are only looked up need not wait for
    from memelite.fimo import _pvalue_tables

    smallest, offsets, log_p = _pvalue_tables(np.concatenate(steps, axis=1) * STEP, columns, STEP)
    weights = np.zeros((widths.max(), 4, len(matrices), 2), np.float32)
    for k, step in enumerate(steps):
        weights[: widths[k], :, k, 0] = step.T
        weights[: widths[k], :, k, 1] = step[::-1, ::-1].T
    best = np.array([step.max(axis=0).sum() for step in steps], np.int64)
    return _Tables(widths, best, weights.reshape(4 * widths.max(), -1), smallest, offsets, log_p)
