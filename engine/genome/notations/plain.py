"""`chr1:109274968 G>T`, `1-109274968-G-T` (gnomAD), `1:109274968:G:T`, `1:109274968_G/T` (EPACTS): 1-based, as VCF.

Alleles are those of VCF; '-' stands for none. An insertion without a base beside it is read as `chr1:500 ->ACG` alone,
which is how CisLens writes one that stands before the position: elsewhere tools mean the place behind it.
"""

from __future__ import annotations

import re

from engine.errors import InputError
from engine.genome.assemblies import by_accession, is_accession
from engine.genome.notations import spdi
from engine.genome.reference import Reference
from engine.genome.variants import Variant, position

EXAMPLE = "chr1:109274968 G>T"
# blanks are single here (`typed` makes them so), which keeps the search linear in the length of the line
_FORM = re.compile(
    r"(?P<chrom>[A-Za-z0-9_.]+) ?[: \-] ?(?P<pos>[0-9][0-9,]*) ?[:_ \-]? ?"
    r"(?P<ref>[A-Za-z]+|-) ?[>/: \-] ?(?P<alt>[A-Za-z]+|-)",
    re.ASCII,
)
_OWN_INSERTION = re.compile(r"[A-Za-z0-9_.]+:[0-9,]+ -> ?[A-Za-z]+", re.ASCII)
# SPDI without an accession: the same colons with an empty part or a length
_NEARLY_SPDI = re.compile(r"[A-Za-z0-9_.]+:[0-9]+:([A-Za-z]*|[0-9]+):[A-Za-z]*", re.ASCII)


def looks_like(text: str) -> bool:
    is_plain = _FORM.fullmatch(text) is not None or _NEARLY_SPDI.fullmatch(text) is not None
    return is_plain and not spdi.looks_like(text)


def read(text: str, reference: Reference | None) -> list[Variant]:
    """The variant; `text` has single blanks. Raises InputError."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise InputError(
            f"'{text[:80]}' has the colons of SPDI, which counts from 0 and needs an accession (NC_000001.11:499:T:A); "
            "with a chromosome's name write chr1:500 T>A, counted from 1, and '-' for no bases"
        )
    chrom, build = form["chrom"], ""
    if is_accession(chrom):
        chrom, build = by_accession(chrom)
    if form["ref"] == "-" and not _OWN_INSERTION.fullmatch(text):
        raise InputError(
            f"'{text[:80]}': tools place an insertion with '-' before or behind its position; write it with the base "
            "before it, as in VCF (chr1:500 T>TACG)"
        )
    ref, alt = ("" if form[k] == "-" else form[k].upper() for k in ("ref", "alt"))
    return [Variant(chrom, position(form["pos"], text), ref, alt, text, build)]
