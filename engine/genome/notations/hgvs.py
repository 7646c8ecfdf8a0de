"""Genomic HGVS descriptions: `NC_000001.11:g.109274968G>T`, 1-based.

Substitutions, del, dup, ins, delins and inv of the linear genomic (g.) and mitochondrial (m.) coordinates, after the
HGVS nomenclature (den Dunnen et al. 2016, Hum Mutat 37:564). Coding (c.) and protein (p.) descriptions need a
transcript and are refused, and so are those that name no definite bases or more than one variant, each with its reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine import limits
from engine.builds import build_named, build_or_none
from engine.errors import InputError
from engine.genome.assemblies import by_accession
from engine.genome.reference import Reference, reference_allele
from engine.genome.variants import Variant
from engine.sequence import reverse_complement

EXAMPLE = "NC_000001.11:g.109274968G>T"
_LONGEST_PLACE = 200  # letters before the colon
_WHOLE = re.compile(r"(?P<place>[!-9;-~]+):(?P<kind>[a-z])\.(?P<rest>[!-~]+)", re.ASCII)
# chr1(GRCh37) and GRCh37(chr1), as databases of variants write them
_BUILD_AFTER = re.compile(r"(?P<chrom>[A-Za-z0-9_.]+)\((?P<build>[A-Za-z]+[0-9.p]+)\)", re.ASCII)
_BUILD_BEFORE = re.compile(r"(?P<build>[A-Za-z]+[0-9.p]+)\((?P<chrom>[A-Za-z0-9_.]+)\)", re.ASCII)
_EDIT = re.compile(
    r"(?P<start>[0-9]+)(_(?P<end>[0-9]+))?"
    r"((?P<sub>[ACGTN])>(?P<by>[ACGTN])|del(?P<deleted>[ACGTN]*)ins(?P<delins>[ACGTN]+)|del(?P<del>[ACGTN]*|[0-9]+)"
    r"|dup(?P<dup>[ACGTN]*|[0-9]+)|inv(?P<inv>[ACGTN]*|[0-9]+)|ins(?P<ins>[ACGTN]+)"
    r"|ins(?P<first>[0-9]+)_(?P<last>[0-9]+))",
    re.IGNORECASE | re.ASCII,
)
# what HGVS can say beyond that, by the sign that tells it; looked for in this order
_REFUSED = (
    (re.compile(r".*="), "says that nothing is changed"),
    (re.compile(r".*;|\[.*\]$"), "holds several variants; write one a line"),
    (re.compile(r".*\[[0-9(_?)]+\]"), "counts repeats, which descriptions do in two ways; write it as dup, ins or del"),
    (re.compile(r".*[?(]|.*(pter|qter|cen)"), "has an uncertain position or uncertain bases"),
    (re.compile(r".*con"), "is a conversion; write it as delins with its bases"),
    (re.compile(r".*(::|sup)"), "is a rearrangement of chromosomes"),
    (re.compile(r".*\|"), "is a change of methylation or the like, not of bases"),
)


@dataclass(frozen=True)
class _Place:
    """What a description counts along, and how it is written."""

    chrom: str
    build: str
    text: str
    reference: Reference | None


def looks_like(text: str) -> bool:
    """True for `something:x.…`, whether or not it can be read."""
    return _WHOLE.fullmatch(text.replace(" ", "")) is not None


def read(text: str, reference: Reference | None = None) -> list[Variant]:
    """The variant of a description; an insertion stands before its position.

    Args:
        reference: asked for the bases that the description leaves out (`del`, `dup`, `inv`), and to check those that
            it gives.

    Raises:
        InputError: not such a description, bases that are not there, or bases that are needed and not to be had.
    """
    shown = text[:80]
    whole = _WHOLE.fullmatch(text.replace(" ", ""))
    if whole is None:
        raise InputError(f"'{shown}' is not an HGVS description; write it as {EXAMPLE}")
    if whole["kind"] not in ("g", "m"):
        raise InputError(
            f"'{shown}' counts along a transcript or protein ({whole['kind']}.), which is not known here; "
            "give the genomic description (g.)"
        )
    edit = _EDIT.fullmatch(whole["rest"])
    if edit is None:
        for sign, reason in _REFUSED:
            if sign.match(whole["rest"]):
                raise InputError(f"'{shown}' {reason}")
        raise InputError(
            f"'{shown}' cannot be read after '{whole['kind']}.'; known are 100G>T, 100del, 100_102del, 100_102dup, "
            "100_101insACG, 100_102delinsAC and 100_102inv"
        )
    if len(whole["place"]) > _LONGEST_PLACE:
        raise InputError(f"'{shown}' begins with no name of a sequence")
    chrom, build = _sequence(whole["place"])
    pos, ref, alt = _alleles(edit, _Place(chrom, build, shown, reference))
    return [Variant(chrom, pos, ref, alt, text, build)]


def _sequence(place: str) -> tuple[str, str]:
    """`(chromosome, build)` of what stands before the colon."""
    before, after = _BUILD_BEFORE.fullmatch(place), _BUILD_AFTER.fullmatch(place)
    with_build = before if before and build_or_none(before["build"]) else after
    named = build_named(with_build["build"]) if with_build else ""
    chrom = with_build["chrom"] if with_build else place
    if not re.match(r"N[A-Z]_|CM[0-9]{6}", chrom, re.IGNORECASE | re.ASCII):
        return chrom, named
    chrom, build = by_accession(chrom)
    if named and build and named != build:
        raise InputError(f"'{place}' names a sequence of {build}, and {named}")
    return chrom, build or named


def _alleles(edit: re.Match[str], place: _Place) -> tuple[int, str, str]:
    """1-based position, reference and alternative allele; an empty one is ''."""
    text = place.text
    for number in ("start", "end", "first", "last"):
        limits.DIGITS.check(len(edit[number] or ""), f"'{text}'")
    start, end = int(edit["start"]), int(edit["end"] or edit["start"])
    if start < 1 or end < start:
        raise InputError(f"'{text}': positions begin at 1 and the second comes after the first")
    given = {k: (v or "").upper() for k, v in edit.groupdict().items()}
    if edit["sub"]:
        if end != start:
            raise InputError(f"'{text}': a substitution has one position; write {start}_{end}delins{given['by']}")
        return start, _bases(place, start, end, given["sub"], "reference"), given["by"]
    if edit["delins"]:
        return start, _bases(place, start, end, given["deleted"], "deleted stretch"), given["delins"]
    if edit["del"] is not None:
        return start, _bases(place, start, end, given["del"], "deleted stretch"), ""
    if edit["dup"] is not None:
        return end + 1, "", _bases(place, start, end, given["dup"], "duplicated stretch")
    if edit["inv"] is not None:
        bases = _bases(place, start, end, given["inv"], "inverted stretch")
        return start, bases, reverse_complement(bases)
    if end != start + 1:
        raise InputError(f"'{text}': an insertion lies between two neighbours; write {start}_{start + 1}ins…")
    if edit["ins"]:
        return end, "", given["ins"]
    first, last = int(given["first"]), int(given["last"])
    if last < first:
        raise InputError(f"'{text}': the inserted stretch ends before it starts")
    return end, "", _bases(place, first, last, "", "inserted stretch")


def _bases(place: _Place, first: int, last: int, written: str, needed_for: str) -> str:
    """The bases at 1-based `[first, last]`; those that the description gives are checked."""
    length = last - first + 1
    bases = "" if written.isdigit() else written
    limits.DIGITS.check(len(written) if written.isdigit() else 0, f"'{place.text}'")
    if (bases and len(bases) != length) or (written.isdigit() and int(written) != length):
        raise InputError(f"'{place.text}' spans {length} position(s) but names {written[:80]}")
    if place.reference is None:
        if bases:
            return bases
        raise InputError(f"'{place.text}' leaves out the bases of the {needed_for}; a genome is needed to look them up")
    known = reference_allele(place.reference, place.chrom, first, length, place.build, place.text)
    if bases and bases != known:
        raise InputError(f"variant {place.text}: the genome has {known[:80]} there (wrong build?)")
    return known
