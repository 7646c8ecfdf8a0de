"""How often a motif stands in each of many sequences, on both strands.

A place that matches on both strands, as every place of a palindrome does, counts once: it is one site. (The study
counts it twice, which changes neither a rank correlation nor an R2.) Sites may overlap. A place with a letter other
than A, C, G, T matches nothing.
"""

from __future__ import annotations

import numpy as np

from engine.data.jaspar import Matrix
from engine.data.motifs import STUDY, Motif, masks
from engine.interpretation.motifs import scan
from engine.results import Progress
from engine.sequence import UNKNOWN, Sequence, decode

AT_ONCE = 4096  # sequences; bounds the memory of a batch to a few megabytes


def counts(
    codes: np.ndarray, motifs: dict[str, Motif] | None = None, progress: Progress | None = None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Sites of each motif in each sequence.

    Args:
        codes: `(n, length)` uint8 (see `engine.sequence.encode`).
        motifs: by label: of `engine.data.motifs.STUDY` or as `matrices` there gives them; None takes the study's.
        progress: called with (motifs done, motifs).

    Returns:
        The labels, and `(n, motifs)` int64.
    """
    wanted = dict(STUDY) if motifs is None else motifs
    sites = np.zeros((len(codes), len(wanted)), np.int64)
    for column, motif in enumerate(wanted.values()):
        sites[:, column] = of_matrix(codes, motif) if isinstance(motif, Matrix) else of_patterns(codes, motif.patterns)
        if progress:
            progress(column + 1, len(wanted))
    return tuple(wanted), sites


def of_patterns(codes: np.ndarray, patterns: tuple[str, ...]) -> np.ndarray:
    """`(n,)` int64 sites of a consensus, or of several that end with the same bases: a site is where they end."""
    allowed = [masks(p) for p in patterns]
    bits = np.where(codes == UNKNOWN, 0, 1 << np.minimum(codes, 3)).astype(np.uint8)
    sites = np.zeros(len(codes), np.int64)
    for first in range(0, len(codes), AT_ONCE):
        part = bits[first : first + AT_ONCE]
        length = part.shape[1]
        # where a site ends on the forward strand; on the reverse strand, that is where it begins
        plus, minus = np.zeros((2, len(part), length + 1), bool)
        twice = np.zeros((len(part), length + 1), bool)
        for mask in allowed:
            forward, reverse = _matches(part, mask), _matches(part, _complement(mask))
            plus[:, len(mask) : len(mask) + forward.shape[1]] |= forward
            minus[:, : reverse.shape[1]] |= reverse
            twice[:, : forward.shape[1]] |= forward & reverse
        sites[first : first + AT_ONCE] = plus.sum(axis=1) + minus.sum(axis=1) - twice.sum(axis=1)
    return sites


def of_matrix(codes: np.ndarray, matrix: Matrix, p_threshold: float | None = None) -> np.ndarray:
    """`(n,)` int64 places of a matrix with a p-value of at most `p_threshold` (as `scan` has it) on either strand."""
    n, length = codes.shape
    # one long sequence with an unknown base between the elements, which no match spans
    joined = np.concatenate([codes, np.full((n, 1), UNKNOWN, np.uint8)], axis=1)
    hits = scan.scan(Sequence("elements", decode(joined.ravel())), {matrix.id: matrix}, p_threshold)
    places = np.unique(np.array([h.start for h in hits], np.int64))
    return np.bincount(places // (length + 1), minlength=n)


def _matches(bits: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`(n, length - width + 1)` whether the motif stands at each place."""
    places = max(0, bits.shape[1] - len(mask) + 1)
    matching = np.ones((len(bits), places), bool)
    for offset, allowed in enumerate(mask):
        matching &= (bits[:, offset : offset + places] & allowed) > 0
    return matching


def _complement(mask: np.ndarray) -> np.ndarray:
    """The mask read on the other strand."""
    swapped = np.sum([((mask >> b) & 1) << (3 - b) for b in range(4)], axis=0)
    return swapped[::-1].astype(np.uint8)
