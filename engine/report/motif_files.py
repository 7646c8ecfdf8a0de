"""Motif matches as files for other tools: CSV and BED."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from engine import sheets
from engine.results import MotifHit
from engine.sequence import Region, Sequence

HIT_COLUMNS = (
    "name", "motif", "matrix", "start", "end", "genomic_position", "strand", "score_bits", "p", "q", "bases",
)  # fmt: skip


def hit_rows(hits: Iterable[MotifHit], sequence: Sequence) -> Iterator[tuple]:
    """Motif matches as rows of `HIT_COLUMNS`: positions 1-based, both ends included; the genomic position if known.

    `bases` are those of the forward strand.
    """
    region = sequence.region
    for h in hits:
        genomic = Region(region.chrom, region.start + h.start, region.start + h.end).label if region else ""
        numbers = (f"{h.score:.6g}", f"{h.p:.6g}", f"{h.q:.6g}")
        yield (
            sequence.name, h.motif, h.matrix, h.start + 1, h.end, genomic, h.strand, *numbers,
            sequence.bases[h.start : h.end],
        )  # fmt: skip


def hits_csv(hits: Iterable[MotifHit], sequence: Sequence) -> str:
    """CSV of motif matches, see `hit_rows`."""
    return sheets.text([HIT_COLUMNS, *hit_rows(hits, sequence)])


def hits_bed(hits: Iterable[MotifHit], sequence: Sequence) -> str:
    """BED6 of motif matches; the score is -10 log10(p), at most 1000, as FIMO writes it.

    The contig is that of the sequence's region, and without one the sequence itself under its name, with _ for what
    BED takes for a new column.
    """
    contig, first = re.sub(r"\s+", "_", sequence.name), 0
    if sequence.region:
        contig, first = sequence.region.chrom, sequence.region.start
    rows = [
        (
            contig, first + h.start, first + h.end, f"{h.motif}|{h.matrix}",
            min(1000, round(-10 * math.log10(max(h.p, 1e-100)))), h.strand,
        )
        for h in hits
    ]  # fmt: skip
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)
