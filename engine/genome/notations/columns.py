"""Lines of columns: VEP's default format, a VCF record, and chrom, start, end, ref, alt (ANNOVAR).

- VEP (Ensembl, "Default VEP input"): `1 500 500 T/A + name`, 1-based, both ends included, alleles on the given strand.
  An insertion has '-' and a start that is its end plus one.
- VCF: `chr1 500 rs1 T A` and more columns, which say nothing here.
- Five columns with an end: `1 500 500 T A`. The length of the reference allele has to fit, which tells them from BED,
  where the start counts from 0; insertions are refused, since tools place them before or behind the position.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine import limits
from engine.errors import InputError
from engine.genome.assemblies import by_accession, is_accession
from engine.genome.reference import Reference
from engine.genome.variants import Variant, position
from engine.sequence import reverse_complement

EXAMPLE = "1 109274968 109274968 G/T +"
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_BASES = re.compile(r"[A-Za-z]+|-", re.ASCII)
_ALTS = re.compile(r"[A-Za-z]+(,([A-Za-z]+|\*|\.|<[A-Za-z0-9:_*]+>))*", re.ASCII)
_ALLELES = re.compile(r"([A-Za-z]+|-)(/([A-Za-z]+|-))+", re.ASCII)
_ALLELE = re.compile(r"[ACGTN]+|-", re.IGNORECASE | re.ASCII)
_STRUCTURAL = frozenset({"INS", "DEL", "DUP", "TDUP", "CNV", "INV", "BND", "TREP"})
_STRANDS = {"+": 1, "1": 1, "+1": 1, "-": -1, "-1": -1}


def looks_like(text: str) -> bool:
    return _read_as(text.split(" ")) is not None


def read(text: str, reference: Reference | None) -> list[Variant]:
    """The alleles of a line of columns; `text` has single blanks. Raises InputError."""
    words = text.split(" ")
    reader = _read_as(words)
    if reader is None:
        raise InputError(f"'{text[:80]}' is no line of columns that is known; VEP's is {EXAMPLE}")
    return reader(words, text[:80])


def _read_as(words: list[str]) -> Callable[[list[str], str], list[Variant]] | None:
    """What reads these columns, by their form alone; None if nothing does."""
    if len(words) < 4 or not _NUMBER.fullmatch(words[1]):
        return None
    if _NUMBER.fullmatch(words[2]):
        if _ALLELES.fullmatch(words[3]) or words[3].upper() in _STRUCTURAL:
            return _vep
        if len(words) == 5 and _BASES.fullmatch(words[3]) and _BASES.fullmatch(words[4]):
            return _start_and_end
        if len(words) >= 5 and _BASES.fullmatch(words[3]) and _ALTS.fullmatch(words[4]):
            return _numbered
        return None
    if len(words) >= 5 and _BASES.fullmatch(words[3]) and _ALTS.fullmatch(words[4]):
        return _unclear if _ALLELE.fullmatch(words[2]) else _vcf
    return None


def _place(contig: str) -> tuple[str, str]:
    return by_accession(contig) if is_accession(contig) else (contig, "")


def _vep(words: list[str], whole: str) -> list[Variant]:
    chrom, build = _place(words[0])
    start, end = position(words[1], whole), position(words[2], whole)
    if words[3].upper() in _STRUCTURAL:
        raise InputError(f"'{whole}' is structural ({words[3]}) and names no bases")
    strand = _STRANDS.get(words[4]) if len(words) > 4 else 1
    if strand is None:
        raise InputError(f"'{whole}': the strand is '{words[4][:20]}'; VEP's format has + or - in its fifth column")
    alleles = ["" if a == "-" else a.upper() for a in words[3].split("/")]
    if strand < 0:
        alleles = [reverse_complement(a) for a in alleles]
    ref, *alts = alleles
    limits.ALLELES.check(len(alts), f"'{whole}'")
    _spans(whole, start, end, ref)
    name = words[5] if len(words) > 5 else whole
    return [Variant(chrom, start, ref, alt, name, build) for alt in alts]


def _start_and_end(words: list[str], whole: str) -> list[Variant]:
    chrom, build = _place(words[0])
    start, end = position(words[1], whole), position(words[2], whole)
    ref, alt = ("" if w == "-" else w.upper() for w in words[3:5])
    if not ref:
        raise InputError(
            f"'{whole}': tools place an insertion with '-' before or behind its position; write it with the base "
            "before it, as in VCF (chr1:500 T>TACG)"
        )
    _spans(whole, start, end, ref)
    return [Variant(chrom, start, ref, alt, whole, build)]


def _numbered(words: list[str], whole: str) -> list[Variant]:
    raise InputError(
        f"'{whole}': is {words[2]} in the third column an end or a name? Write chr1:500 T>A, or '.' for no name"
    )


def _unclear(words: list[str], whole: str) -> list[Variant]:
    raise InputError(f"'{whole}': is {words[2]} a name or an allele? Write chr1:500 T>A, or '.' for no name")


def _vcf(words: list[str], whole: str) -> list[Variant]:
    chrom, build = _place(words[0])
    pos, name = position(words[1], whole), "" if words[2] == "." else words[2]
    alts = words[4].split(",")
    limits.ALLELES.check(len(alts), f"'{whole}'")
    return [Variant(chrom, pos, words[3].upper(), alt.upper(), name, build) for alt in alts]


def _spans(whole: str, start: int, end: int, ref: str) -> None:
    length = end - start + 1
    if length == len(ref):
        return
    hint = "; does its start count from 0, as in BED? Here it counts from 1" if length == len(ref) + 1 else ""
    raise InputError(f"'{whole}' spans {length} position(s) but its reference allele has {len(ref)}{hint}")
