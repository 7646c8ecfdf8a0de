"""Motifs out of attribution maps: what TF-MoDISco does, with libraries that CisLens may be built on.

TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416) cuts stretches of high contribution (seqlets) out of many maps,
groups those that are alike, and averages each group. Its kept implementation, modisco-lite (MIT), cannot run without
igraph (GPL) and leidenalg (GPL-3), so CisLens takes its ideas and other libraries:

1. seqlets by tangermeme (Schreiber, MIT): `engine.interpretation.motifs.de_novo.seqlets`;
2. how alike two are, on either strand and at any shift: the p-value of TOMTOM (Gupta et al. 2007, Genome Biol 8:R24),
   computed by memelite (Schreiber, MIT) on their hypothetical contributions, each with some bases on both sides;
3. groups: average linkage over log p (scikit-learn), cut at `SAME`; a group that falls into several motifs when it is
   cut at `APART` (sites of USF and of CREB do) is taken apart, and what is left over goes to the part it is most like;
4. each group is aligned to its most typical seqlet, then to its own mean until nothing moves; a seqlet and its reverse
   complement are one. The mean contributions are the contribution weight matrix (CWM), the frequencies of the bases
   the position frequency matrix (PFM). Both are cut to where the CWM is more than `TRIM` of its largest position, and
   `EDGE` bases on both sides.

The limits below, the false discovery rates of `seqlets` and the q-value of `matches` were set after a look at what they
give for B1_baseline_mse, R2_softsort, R3_ranknet and H1_HepG2_baseline_mse; the other models had no say in them.

What is given in another order gives the same motifs as long as it is the same maps: seqlets are taken by row and start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from memelite import tomtom
from sklearn.cluster import AgglomerativeClustering

from engine.interpretation.motifs.de_novo.maps import ContributionMaps
from engine.interpretation.motifs.de_novo.seqlets import Seqlets

FLANK = 4  # bases that a seqlet is compared with on both sides
SAME = -6.0  # log10 of p: two groups closer than this on average are one
APART = -12.0  # a group whose parts are no closer than this, two of them large enough to be motifs, is no longer one
FLOOR = -16.0  # log10 of the smallest p that double precision tells from 0
BINS = 20  # values that TOMTOM tells apart in a column; 100 give the same groups in twice the time
HALF = 15  # a motif has up to 2 * HALF + 1 bases
SHIFT = 8  # a seqlet may move by this many bases while it is aligned
ROUNDS = 10
TRIM = 0.3  # as TF-MoDISco has it
GAP = 3  # quiet positions within a motif; what stands further away is a neighbour
EDGE = 2  # bases kept on both sides of what is cut: frequencies there tell related motifs apart
LEAST_SEQLETS, LEAST_ELEMENTS = 10, 8  # of a motif
NARROWEST = 4


@dataclass(frozen=True)
class Pattern:
    """A motif found in maps.

    Attributes:
        pfm: `(4, width)` float64, how often each base stands there; a column sums to 1.
        cwm: `(4, width)` float64, what it contributes there on average, log2(RNA/DNA).
        rows, starts, strands: `(n,)` of its sites, by row and start; starts are 0-based in the element and may lie
            beyond its edge, by up to the part of the motif that is not there; strands are +1 and -1.
        contributions: `(n,)` what the bases of each site contribute together, log2(RNA/DNA).
    """

    pfm: np.ndarray
    cwm: np.ndarray
    rows: np.ndarray
    starts: np.ndarray
    strands: np.ndarray
    contributions: np.ndarray

    @property
    def width(self) -> int:
        return self.pfm.shape[1]

    @property
    def elements(self) -> int:
        return len(np.unique(self.rows))

    def turned(self) -> Pattern:
        """The same motif read on the other strand."""
        return Pattern(
            self.pfm[::-1, ::-1], self.cwm[::-1, ::-1], self.rows, self.starts, -self.strands, self.contributions
        )


def discover(
    maps: ContributionMaps, seqlets: Seqlets, least: int = LEAST_SEQLETS, least_elements: int = LEAST_ELEMENTS
) -> list[Pattern]:
    """Motifs, the one with the most sites first; empty where fewer than `least` seqlets are alike.

    Args:
        least, least_elements: a motif has at least so many sites in so many elements.
    """
    if len(seqlets) < max(2, least):
        return []
    likeness = similarity(maps, seqlets)
    kept = []
    for group in groups(likeness, least):
        typical = group[np.argmin(likeness[np.ix_(group, group)].sum(axis=1))]
        pattern = average(maps, seqlets, group, typical)
        if pattern and len(pattern.rows) >= least and pattern.elements >= least_elements:
            kept.append(pattern)
    return sorted(kept, key=lambda p: (-len(p.rows), p.rows.tolist(), p.starts.tolist()))


def similarity(maps: ContributionMaps, seqlets: Seqlets) -> np.ndarray:
    """`(n, n)` log10 of TOMTOM's p-value, the mean of both directions; small where two seqlets are alike.

    TOMTOM takes its idea of chance from everything that it compares with, so in maps full of one motif nothing would
    look alike. The same seqlets with their bases renamed (A for C, C for G and so on, in three ways) are compared too:
    they know no base better than another.
    """
    pieces = []
    length = maps.codes.shape[1]
    for i, start, end in zip(seqlets.index, seqlets.start, seqlets.end, strict=True):
        piece = maps.hypothetical[i, :, max(0, start - FLANK) : min(length, end + FLANK)].astype(np.float64)
        pieces.append(piece / np.linalg.norm(piece, axis=0).max())
    renamed = [np.roll(piece, k, axis=0) for k in range(1, 4) for piece in pieces]
    p = tomtom(pieces, pieces + renamed, n_target_bins=BINS, n_jobs=1)[0][:, : len(pieces)]
    log = np.log10(np.maximum(p, 10**FLOOR))
    return (log + log.T) / 2


def groups(likeness: np.ndarray, least: int) -> list[np.ndarray]:
    """Indices of seqlets that are alike, in groups of at least `least`."""
    kept: list[np.ndarray] = []
    for group in _cut_tree(likeness, SAME):
        parts = [group[p] for p in _cut_tree(likeness[np.ix_(group, group)], APART)] if len(group) >= 2 * least else []
        parts = [p for p in parts if len(p) >= least]
        kept += parts if len(parts) > 1 else [group] if len(group) >= least else []
    if not kept:
        return []
    left = np.setdiff1d(np.arange(len(likeness)), np.concatenate(kept))
    mean = np.array([likeness[np.ix_(left, g)].mean(axis=1) for g in kept])  # (groups, left over)
    joined = np.where(mean.min(axis=0) <= SAME, mean.argmin(axis=0), -1)
    return [np.sort(np.concatenate([g, left[joined == k]])) for k, g in enumerate(kept)]


def _cut_tree(likeness: np.ndarray, at: float) -> list[np.ndarray]:
    """Groups whose average linkage is closer than `at`."""
    distance = likeness - FLOOR
    np.fill_diagonal(distance, 0)
    label = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=at - FLOOR
    ).fit_predict(distance)
    return [np.flatnonzero(label == k) for k in range(label.max() + 1)]


def average(maps: ContributionMaps, seqlets: Seqlets, group: np.ndarray, typical: int) -> Pattern | None:
    """The motif of a group of seqlets; None where it is narrower than `NARROWEST`.

    A seqlet is moved to where its hypothetical contributions have the largest cosine with the mean of the group,
    within the span of that mean; the first mean is the seqlet `typical`. Seqlets that come to lie on the same site
    count once.
    """
    index = seqlets.index[group]
    centres = (seqlets.start[group] + seqlets.end[group]) // 2
    reach = HALF + SHIFT
    pad = ((0, 0), (0, 0), (reach, reach))
    places = centres[:, None] + np.arange(2 * reach + 1)  # in the padded maps
    around = np.pad(maps.hypothetical, pad)[index[:, None], :, places].transpose(0, 2, 1)
    both = np.stack([around, around[:, ::-1, ::-1]], axis=1)  # (n, strand, 4, 2 * reach + 1)
    frames = np.lib.stride_tricks.sliding_window_view(both, 2 * HALF + 1, axis=3).transpose(0, 1, 3, 2, 4)
    mean = np.zeros((4, 2 * HALF + 1))
    centre = (seqlets.start[typical] + seqlets.end[typical]) // 2
    first, last = seqlets.start[typical] - FLANK - centre + HALF, seqlets.end[typical] + FLANK - centre + HALF
    inside = slice(max(0, first), last)
    mean[:, inside] = around[np.flatnonzero(group == typical)[0], :, SHIFT : SHIFT + 2 * HALF + 1][:, inside]
    strand, shift = np.full(len(group), -1), np.zeros(len(group), int)
    for _ in range(ROUNDS):
        span = _span(mean)
        parts = frames[..., span].astype(np.float64)
        size = np.sqrt((parts**2).sum(axis=(3, 4)))
        score = (parts * mean[:, span]).sum(axis=(3, 4)) / np.maximum(size, 1e-12)
        best = score.reshape(len(group), -1).argmax(axis=1)
        new_strand, new_shift = np.divmod(best, 2 * SHIFT + 1)
        if (new_strand == strand).all() and (new_shift == shift).all():
            break
        strand, shift = new_strand, new_shift
        mean = frames[np.arange(len(group)), strand, shift].mean(axis=0, dtype=np.float64)
    # the middle of each frame, in the element: on the other strand a frame further right lies further left
    middle = centres + np.where(strand == 0, 1, -1) * (shift - SHIFT)
    kept = np.unique(np.stack([index, middle], axis=1), axis=0, return_index=True)[1]
    return _cut(maps, index[kept], middle[kept], strand[kept])


def _cut(maps: ContributionMaps, index: np.ndarray, middle: np.ndarray, strand: np.ndarray) -> Pattern | None:
    """The motif of sites whose frames have these middles, without its empty edges."""
    pad = ((0, 0), (0, 0), (2 * HALF, 2 * HALF))
    places = middle[:, None] + np.arange(HALF, 3 * HALF + 1)
    bases = np.pad(maps.one_hot, pad)[index[:, None], :, places].transpose(0, 2, 1)
    given = np.where(maps.one_hot, maps.hypothetical, 0)
    given = np.pad(given, pad)[index[:, None], :, places].transpose(0, 2, 1).astype(np.float64)
    other = strand == 1
    bases[other], given[other] = bases[other][:, ::-1, ::-1], given[other][:, ::-1, ::-1]
    present = bases.any(axis=1).sum(axis=0)
    cwm = given.sum(axis=0) / np.maximum(present, 1)
    span = _span(np.where(2 * present >= len(index), cwm, 0))  # where at least half of the sites have a base
    if span.stop - span.start < NARROWEST:
        return None
    span = slice(max(0, span.start - EDGE), min(len(present), span.stop + EDGE))
    left = middle - HALF + np.where(other, 2 * HALF + 1 - span.stop, span.start)
    order = np.lexsort((left, maps.rows[index]))
    return Pattern(
        (bases.sum(axis=0) / np.maximum(present, 1))[:, span],
        cwm[:, span],
        maps.rows[index][order],
        left[order],
        np.where(other, -1, 1)[order],
        given[:, :, span].sum(axis=(1, 2))[order],
    )


def _span(mean: np.ndarray) -> slice:
    """The positions of more than `TRIM` of the largest that hang together with it: no further than `GAP` apart."""
    size = np.abs(mean).max(axis=0)
    loud = np.flatnonzero(size > TRIM * size.max())
    if not len(loud):
        return slice(0, 0)
    runs = np.split(loud, np.flatnonzero(np.diff(loud) > GAP + 1) + 1)
    run = next(r for r in runs if size.argmax() in r)
    return slice(int(run[0]), int(run[-1]) + 1)
