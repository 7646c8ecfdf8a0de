"""Motif matches as files for other tools: CSV and BED."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from engine import sheets
from engine.results import MotifHit
from engine.sequence import Sequence, genomic_columns

HIT_COLUMNS = (
    "name", "motif", "matrix", "start", "end", "genomic_position", "genomic_strand", "strand", "score_bits", "p", "q",
    "bases",
)  # fmt: skip


def hit_rows(hits: Iterable[MotifHit], sequence: Sequence) -> Iterator[tuple]:
    """Motif matches as rows of `HIT_COLUMNS`: positions 1-based, both ends included; the genomic place if known.

    `strand` is the match's on the sequence, `genomic_strand` the one in the genome: they differ on a sequence of the
    minus strand. `bases` are those of the sequence as it is read.
    """
    for h in hits:
        genomic = genomic_columns(sequence.region, h.start, h.end, h.strand)
        numbers = (f"{h.score:.6g}", f"{h.p:.6g}", f"{h.q:.6g}")
        yield (
            sequence.name, h.motif, h.matrix, h.start + 1, h.end, *genomic, h.strand, *numbers,
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
    whole = sequence.placed
    placed = [(whole.part(h.start, h.end, h.strand), h) for h in hits]
    if whole.reverse:  # in the order of the genome
        placed.sort(key=lambda pair: (pair[0].start, pair[0].end))
    rows = []
    for place, h in placed:
        score = min(1000, round(-10 * math.log10(max(h.p, 1e-100))))
        words = (place.chrom, str(place.start), str(place.end), f"{h.motif}|{h.matrix}", str(score), place.strand)
        rows.append("\t".join(re.sub(r"\s+", "_", word) for word in words) + "\n")
    return "".join(rows)
