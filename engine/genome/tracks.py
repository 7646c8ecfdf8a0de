"""Values along a genome, as genome browsers take them: sorted, and never two for one base.

Regions and windows overlap, and lie on either strand. Where several values are given for a base, their mean stands for
it. bedGraph (UCSC) and bigWig both want each contig once, rising starts and no overlap; `bedgraph` and whoever writes
bigWig take the same `GenomeTrack`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.sequence import Region

_AT_ONCE = 2_000_000  # pairs of an interval and a part of it that are added up at once


@dataclass(frozen=True)
class Piece:
    """Values on a stretch: `values[i]` for its bases `[firsts[i], lasts[i])`, 0-based in the stretch's own direction.

    nan is no value.
    """

    region: Region
    firsts: np.ndarray
    lasts: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class GenomeTrack:
    """A named track: by contig, in the order of their names, `(starts, ends, values)`, 0-based half-open.

    Starts rise and no interval overlaps another.
    """

    name: str
    description: str
    contigs: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]


def genome_track(name: str, description: str, pieces: Iterable[Piece]) -> GenomeTrack:
    """The pieces on their contigs; where several have a value for a base, it gets their mean."""
    parts: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for piece in pieces:
        region, known = piece.region, ~np.isnan(piece.values)
        firsts, lasts = np.asarray(piece.firsts)[known], np.asarray(piece.lasts)[known]
        ends = (region.end - firsts, region.end - lasts) if region.reverse else None
        starts, stops = (ends[1], ends[0]) if ends else (region.start + firsts, region.start + lasts)
        parts.setdefault(region.chrom, []).append((starts, stops, np.asarray(piece.values, np.float64)[known]))
    contigs = {}
    for contig in sorted(parts):
        starts, stops, values = (np.concatenate(column) for column in zip(*parts[contig], strict=True))
        if len(starts):
            contigs[contig] = without_overlap(starts, stops, values)
    return GenomeTrack(name, description, contigs)


def without_overlap(
    starts: np.ndarray, ends: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intervals `(n,)` sorted by start; those that overlap are cut where one begins or ends, each part with the mean of
    the values that cover it."""
    order = np.argsort(starts, kind="stable")
    starts, ends, values = starts[order], ends[order], values[order]
    if (starts[1:] >= ends[:-1]).all():
        return starts, ends, values
    edges = np.unique(np.concatenate([starts, ends]))
    low, high = np.searchsorted(edges, starts), np.searchsorted(edges, ends)
    sums, counts = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1, np.int64)
    pairs = np.cumsum(high - low)
    first = 0
    while first < len(starts):
        before = pairs[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(pairs, before + _AT_ONCE)))
        widths = (high - low)[first:last]
        within = np.arange(widths.sum()) - np.repeat(np.cumsum(widths) - widths, widths)
        part = np.repeat(low[first:last], widths) + within
        sums += np.bincount(part, np.repeat(values[first:last], widths), len(sums))
        counts += np.bincount(part, minlength=len(sums))
        first = last
    covered = counts > 0
    return edges[:-1][covered], edges[1:][covered], sums[covered] / counts[covered]


def bedgraph(tracks: Iterable[GenomeTrack]) -> str:
    """bedGraph of tracks, one after the other, each under its `track` line."""
    lines = []
    for track in tracks:
        description = f' description="{_quoted(track.description)}"' if track.description else ""
        lines.append(f'track type=bedGraph name="{_quoted(track.name)}"{description}')
        for contig, (starts, ends, values) in track.contigs.items():
            lines += [
                f"{contig}\t{start}\t{end}\t{value:.6g}" for start, end, value in zip(starts, ends, values, strict=True)
            ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """For a `track` line, which is one line, with names in double quotes."""
    return re.sub(r"\s+", " ", text).replace('"', "'")
