"""Variants one a line, in any notation of `NOTATIONS`, as they are typed or stand in a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine import limits
from engine.errors import InputError
from engine.genome.notations import columns, gtex, hgvs, plain, spdi
from engine.genome.reference import Reference
from engine.genome.variants import ReadVariants, Skipped, Variant
from engine.text import numbered_lines, seen, unified

RsNumbers = Mapping[str, list[Variant]]  # what `engine.genome.dbsnp` holds of each rs number that was asked for


@dataclass(frozen=True)
class Notation:
    """One way to write a variant.

    Attributes:
        example: one variant (rs12740374) in it.
        looks_like: true for text of this form, possible or not; no two notations claim one text.
        read: the alleles; raises InputError with the reason.
    """

    name: str
    example: str
    looks_like: Callable[[str], bool]
    read: Callable[[str, Reference | None], list[Variant]]


NOTATIONS = (
    Notation("HGVS", hgvs.EXAMPLE, hgvs.looks_like, hgvs.read),
    Notation("SPDI", spdi.EXAMPLE, spdi.looks_like, spdi.read),
    Notation("GTEx", gtex.EXAMPLE, gtex.looks_like, gtex.read),
    Notation("columns", columns.EXAMPLE, columns.looks_like, columns.read),
    Notation("plain", plain.EXAMPLE, plain.looks_like, plain.read),
)
_RS = re.compile(r"rs[0-9]{1,15}", re.IGNORECASE | re.ASCII)
_RS_IN_TEXT = re.compile(r"(?<![A-Za-z0-9_])rs[0-9]{1,15}(?![A-Za-z0-9_])", re.IGNORECASE | re.ASCII)
_DASHES = str.maketrans("–—−‑", "----")  # what editors of text make of a hyphen


def _tidied(text: str) -> str:
    limits.VARIANT_LINE.check(len(text), "a variant")
    return " ".join(seen(text).translate(_DASHES).split())


def is_variant(text: str) -> bool:
    """True for one line in one of the forms that `parse_variant` knows, whether or not the variant is possible."""
    if len(text) > limits.VARIANT_LINE.most or "\n" in text.strip():
        return False
    tidied = _tidied(text)
    return _RS.fullmatch(tidied) is not None or any(notation.looks_like(tidied) for notation in NOTATIONS)


def rs_numbers(text: str) -> set[str]:
    """The rs numbers that stand in a text, in lower case."""
    return {found.lower() for found in _RS_IN_TEXT.findall(seen(text))}


def parse_line(text: str, reference: Reference | None = None, dbsnp: RsNumbers | None = None) -> list[Variant]:
    """The alleles that one line names; more than one only where its notation lists several.

    Args:
        reference: where notations without bases (HGVS `del`, SPDI lengths) look them up.
        dbsnp: the variants of rs numbers, if a dbSNP file was given.

    Raises:
        InputError: not a variant, or bases that are needed and not to be had.
    """
    tidied = _tidied(text)
    if _RS.fullmatch(tidied):
        return _of_dbsnp(tidied.lower(), dbsnp)
    for notation in NOTATIONS:
        if notation.looks_like(tidied):
            return notation.read(tidied, reference)
    examples = ", ".join(notation.example for notation in NOTATIONS)
    raise InputError(f"'{tidied[:80]}' is not a variant; write it as one of {examples}")


def parse_variant(text: str, reference: Reference | None = None, dbsnp: RsNumbers | None = None) -> Variant:
    """`parse_line` of a line that names one allele; raises InputError also for one that names several."""
    alleles = parse_line(text, reference, dbsnp)
    if len(alleles) > 1:
        raise InputError(f"'{text[:80]}' names {len(alleles)} alleles; give one of them")
    return alleles[0]


def parse_variants(text: str, reference: Reference | None = None, dbsnp: RsNumbers | None = None) -> ReadVariants:
    """Variants written one a line; a line that is none is skipped and named, '#' begins a comment."""
    variants: list[Variant] = []
    skipped: list[Skipped] = []
    lines: list[int] = []
    for number, line in numbered_lines(unified(text)):
        line = line.split("#")[0].strip()
        if not line:
            continue
        try:
            alleles = parse_line(line, reference, dbsnp)
        except InputError as error:
            skipped.append(Skipped(number, str(error)))
            limits.NO_VARIANTS.check(len(skipped), "the list")
            continue
        limits.VARIANTS.check(len(variants) + len(alleles), "the list")
        variants += alleles
        lines += [number] * len(alleles)
    return ReadVariants(variants, skipped, lines)


def _of_dbsnp(rs: str, dbsnp: RsNumbers | None) -> list[Variant]:
    if dbsnp is None:
        raise InputError(
            f"'{rs}' is a name in dbSNP and not a place; nothing is looked up on the internet here: write the variant "
            "itself, or give the VCF of dbSNP with --dbsnp (on the page Variants: 'dbSNP VCF')"
        )
    if not dbsnp.get(rs):
        raise InputError(f"'{rs}' is not in the dbSNP file; it may have been merged into another rs number")
    return dbsnp[rs]
