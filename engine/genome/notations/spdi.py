"""SPDI: `NC_000001.11:109274967:G:T` (Holmes et al. 2020, Bioinformatics 36:1902).

Sequence, position, deletion and insertion.

The position counts the bases before the deletion, so it is 0-based. The deletion may be given by its length, and either
part may be empty. It is SPDI only with an accession and its version in front: `chr1:500:T:A` counts from 1.
"""

from __future__ import annotations

import re

from engine import limits
from engine.errors import InputError
from engine.genome.assemblies import by_accession
from engine.genome.reference import Reference, reference_allele
from engine.genome.variants import Variant, position

EXAMPLE = "NC_000001.11:109274967:G:T"
_FORM = re.compile(
    r"(?P<sequence>([A-Z]{2}_|CM)[0-9]+(\.[0-9]+)?):(?P<pos>[0-9]+):(?P<deleted>[A-Z]*|[0-9]+):(?P<inserted>[A-Z]*)",
    re.IGNORECASE | re.ASCII,
)


def looks_like(text: str) -> bool:
    return _FORM.fullmatch(text) is not None


def read(text: str, reference: Reference | None) -> list[Variant]:
    """The variant of an SPDI; a deletion that is given by its length is looked up. Raises InputError."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise InputError(f"'{text[:80]}' is not SPDI; write it as {EXAMPLE}")
    chrom, build = by_accession(form["sequence"])
    pos = position(form["pos"], text) + 1
    deleted = form["deleted"].upper()
    if deleted.isdigit():
        length = position(deleted, text)
        limits.ALLELE.check(length, f"the deletion of '{text[:80]}'")
        deleted = ""
        if length:
            if reference is None:
                raise InputError(f"'{text[:80]}' leaves out the deleted bases; a genome is needed to look them up")
            deleted = reference_allele(reference, chrom, pos, length, build, text[:80])
    return [Variant(chrom, pos, deleted, form["inserted"].upper(), text, build)]
