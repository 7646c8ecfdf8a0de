"""Motif matches and sites as files for other tools: CSV and BED."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine import sheets
from engine.results import MotifHit, MotifSite
from engine.sequence import Sequence, genomic_columns

HIT_COLUMNS = (
    "name", "motif", "matrix", "start", "end", "genomic_position", "genomic_strand", "strand", "score_bits", "p", "q",
    "bases",
)  # fmt: skip

SITE_COLUMNS = ("name", "status", "family", "factors", *HIT_COLUMNS[1:], "p_before", "also_matching")


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


def sites_csv(sites: Iterable[MotifSite], lost: Iterable[MotifSite], sequence: Sequence, reference: Sequence) -> str:
    """CSV of motif sites (`SITE_COLUMNS`), one row a site: those of a sequence as it stands, then what edits took away.

    `status` is kept, gained or lost. A lost site's name, place and bases are those of the reference. `factors` are all
    members of the family that match there, the best first, whose numbers the row has; `p_before` is the best p-value of
    the family there before the edits; `also_matching` are families that match there too.
    """
    rows = []
    for whose, own in ((sequence, sites), (reference, lost)):
        for site in own:
            ((name, *of_best),) = hit_rows([site.best], whose)
            factors, others = ("; ".join(names) for names in (site.members, site.others))
            before = "" if site.before is None else f"{site.before:.6g}"
            rows.append((name, site.status, site.family, factors, *of_best, before, others))
    return sheets.text([SITE_COLUMNS, *rows])


def sites_bed(sites: Iterable[MotifSite], lost: Iterable[MotifSite], sequence: Sequence, reference: Sequence) -> str:
    """BED6 of motif sites, named by family, status and matrix; otherwise as `hits_bed` has it.

    Lost sites stand at their place in the genome; on a contig that bears the reference's name where the sequence, which
    may be longer or shorter by the edits, has no place there.
    """
    rows = []
    reference = reference if sequence.region else replace(reference, region=None)
    for whose, own in ((sequence, sites), (reference, lost)):
        named = [(f"{s.family}|{s.status}|{s.best.matrix}", s.best) for s in own]
        rows += _placed(named, whose)
    return "".join(line for _, line in sorted(rows, key=lambda row: row[0]))


def hits_bed(hits: Iterable[MotifHit], sequence: Sequence) -> str:
    """BED6 of motif matches; the score is -10 log10(p), at most 1000, as FIMO writes it.

    The contig is that of the sequence's region, and without one the sequence itself under its name, with _ for what
    BED takes for a new column.
    """
    rows = _placed([(f"{h.motif}|{h.matrix}", h) for h in hits], sequence)
    if sequence.placed.reverse:  # in the order of the genome
        rows.sort(key=lambda row: row[0])
    return "".join(line for _, line in rows)


def _placed(named: list[tuple[str, MotifHit]], sequence: Sequence) -> list[tuple[tuple[str, int, int], str]]:
    """Lines of BED, each with the place that it is sorted by."""
    rows = []
    for name, hit in named:
        place = sequence.placed.part(hit.start, hit.end, hit.strand)
        score = min(1000, round(-10 * math.log10(max(hit.p, 1e-100))))
        words = (place.chrom, str(place.start), str(place.end), name, str(score), place.strand)
        line = "\t".join(re.sub(r"\s+", "_", word) for word in words) + "\n"
        rows.append(((place.chrom, place.start, place.end), line))
    return rows
