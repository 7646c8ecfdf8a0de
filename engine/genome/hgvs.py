"""Genomic HGVS descriptions (`NC_000001.10:g.109817590G>T`) as positions and alleles.

Substitutions, del, dup, ins, delins and inv of the linear genomic (g.) and mitochondrial (m.) coordinates, after the
HGVS nomenclature (den Dunnen et al. 2016, Hum Mutat 37:564). Coding (c.) and protein (p.) descriptions need a
transcript and are refused.
"""

from __future__ import annotations

import re

from engine.errors import InputError
from engine.genome.assemblies import by_accession
from engine.genome.reference import Reference
from engine.sequence import Region, reverse_complement

_WHOLE = re.compile(r"(?P<place>[A-Za-z0-9_.\-]+):(?P<kind>[a-z])\.(?P<rest>\S+)")
_EDIT = re.compile(
    r"(?P<start>\d+)(_(?P<end>\d+))?"
    r"((?P<sub>[ACGTN])>(?P<by>[ACGTN])|del(?P<deleted>[ACGTN]*)ins(?P<delins>[ACGTN]+)|del(?P<del>[ACGTN]*|\d+)"
    r"|dup(?P<dup>[ACGTN]*|\d+)|inv(?P<inv>[ACGTN]*|\d+)|ins(?P<ins>[ACGTN]+)|ins(?P<first>\d+)_(?P<last>\d+))",
    re.IGNORECASE,
)


def looks_like_hgvs(text: str) -> bool:
    """True for `something:x.…`, whether or not it can be read."""
    return _WHOLE.fullmatch(text.strip()) is not None


def alleles(text: str, reference: Reference | None = None) -> tuple[str, str, int, str, str]:
    """`(chrom, build, pos, ref, alt)` of a description; `pos` is 1-based, an empty allele is ''.

    An insertion stands before `pos`. `build` is '' where the description names a chromosome and not an accession.

    Args:
        reference: asked for the bases that the description leaves out (`del`, `dup`, `inv`), and to check those that
            it gives.

    Raises:
        InputError: not such a description, bases that are not there, or bases that are needed and not to be had.
    """
    text = text.strip()
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise InputError(f"'{text}' is not an HGVS description; write it as NC_000001.10:g.109817590G>T")
    if whole["kind"] not in ("g", "m"):
        raise InputError(
            f"'{text}' counts along a transcript or protein ({whole['kind']}.), which is not known here; "
            "give the genomic description (g.)"
        )
    place = whole["place"]
    if re.match(r"N[A-Z]_", place, re.IGNORECASE):
        chrom, build = by_accession(place)
    else:
        chrom, build = place, ""
    edit = _EDIT.fullmatch(whole["rest"])
    if edit is None:
        raise InputError(
            f"'{text}' cannot be read after '{whole['kind']}.'; known are 100G>T, 100del, 100_102del, 100_102dup, "
            "100_101insACG, 100_102delinsAC and 100_102inv"
        )
    start, end = int(edit["start"]), int(edit["end"] or edit["start"])
    if start < 1 or end < start:
        raise InputError(f"'{text}': positions begin at 1 and the second comes after the first")
    given = {k: (v or "").upper() for k, v in edit.groupdict().items()}

    def bases_between(first: int, last: int, written: str, needed_for: str) -> str:
        """The bases at 1-based `[first, last]`; those that the description gives are checked."""
        length = last - first + 1
        bases = "" if written.isdigit() else written
        if (bases and len(bases) != length) or (written.isdigit() and int(written) != length):
            raise InputError(f"'{text}' spans {length} position(s) but names {written}")
        if reference is None:
            if bases:
                return bases
            raise InputError(f"'{text}' leaves out the bases of the {needed_for}; a genome is needed to look them up")
        _same_build(text, build, reference)
        held = reference.stretch(chrom, first - 1, last)
        known = reference.bases(Region(held.chrom, first - 1, last, held.build))
        if bases and bases != known:
            raise InputError(f"variant {text}: the genome has {known} there (wrong build?)")
        return known

    if edit["sub"]:
        if end != start:
            raise InputError(f"'{text}': a substitution has one position; write {start}_{end}delins{given['by']}")
        return chrom, build, start, bases_between(start, end, given["sub"], "reference"), given["by"]
    if edit["delins"]:
        return chrom, build, start, bases_between(start, end, given["deleted"], "deleted stretch"), given["delins"]
    if edit["del"] is not None:
        return chrom, build, start, bases_between(start, end, given["del"], "deleted stretch"), ""
    if edit["dup"] is not None:
        return chrom, build, end + 1, "", bases_between(start, end, given["dup"], "duplicated stretch")
    if edit["inv"] is not None:
        bases = bases_between(start, end, given["inv"], "inverted stretch")
        return chrom, build, start, bases, reverse_complement(bases)
    if end != start + 1:
        raise InputError(f"'{text}': an insertion lies between two neighbours; write {start}_{start + 1}ins…")
    if edit["ins"]:
        return chrom, build, end, "", given["ins"]
    first, last = int(given["first"]), int(given["last"])
    if last < first:
        raise InputError(f"'{text}': the inserted stretch ends before it starts")
    return chrom, build, end, "", bases_between(first, last, "", "inserted stretch")


def _same_build(text: str, build: str, reference: Reference) -> None:
    if build and reference.build and build != reference.build:
        raise InputError(f"variant {text} is of {build} but {reference.name} is {reference.build}")
