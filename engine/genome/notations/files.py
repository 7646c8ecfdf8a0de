"""Which notation a file of variants is in: VCF, a table with a header, or variants one a line."""

from __future__ import annotations

import re

from engine.errors import InputError
from engine.genome.notations.table import layout, read_table
from engine.genome.notations.typed import RsNumbers, is_variant, parse_variants, rs_numbers
from engine.genome.notations.vcf import is_vcf, read_vcf_lines, read_vcf_text
from engine.genome.reference import Reference
from engine.genome.variants import ReadVariants
from engine.text import TextFile, numbered_lines

VCF_ENDINGS = (".vcf", ".vcf.gz", ".vcf.bgz")
_WORDS = re.compile(r"[\t,; ]+")


def read_variants(
    text: str, what: str, reference: Reference | None = None, dbsnp: RsNumbers | None = None
) -> ReadVariants:
    """The variants of a file's text, whatever kind of file it is.

    Args:
        reference: where notations that leave bases out look them up.
        dbsnp: the variants of rs numbers, if a dbSNP file was given.

    Raises:
        InputError: a file in which nothing is a variant, or a table whose columns say too little; with the line.
    """
    if not text.strip():
        raise InputError(f"{what} is empty; expected variants: VCF, a table with a header, or one a line")
    if is_vcf(text) or what.lower().endswith(VCF_ENDINGS):
        return read_vcf_text(text, what)
    if _is_table(text, what):
        return read_table(text, what, reference, dbsnp)
    read = parse_variants(text, reference, dbsnp)
    if not read.variants:
        problem = f": {read.skipped[0].reason}" if read.skipped else " holds comments alone"
        at = f"line {read.skipped[0].line} of " if read.skipped else ""
        raise InputError(f"{at}{what}{problem}")
    return read


def read_variants_file(
    file: TextFile,
    reference: Reference | None = None,
    dbsnp: RsNumbers | None = None,
    *,
    keeps_records: bool = True,
) -> ReadVariants:
    """`read_variants` of a file; a VCF is read line by line, in the room that its variants take.

    Args:
        keeps_records: as in `engine.genome.notations.vcf.read_vcf_lines`.
    """
    if is_vcf_file(file):
        return read_vcf_lines(file.lines(), file.what, keeps_records=keeps_records)
    return read_variants(file.text(), file.what, reference, dbsnp)


def is_vcf_file(file: TextFile) -> bool:
    """Whether a file is read as VCF."""
    beginning = next(file.pieces(), "")
    named = file.what.lower().endswith(VCF_ENDINGS)
    return bool(beginning.strip()) and (named or is_vcf(beginning))


def _is_table(text: str, what: str) -> bool:
    """Whether the first line that is no comment, or a comment before it, is a table's header.

    Raises:
        InputError: a header that cannot be understood. Rows below a header that is passed over would be read as typed
            variants, under a convention that it may deny.
    """
    for number, line in numbered_lines(text):
        if not line.strip():
            continue
        try:
            if layout(line) is not None:
                return True
        except InputError as error:
            raise InputError(f"line {number} of {what}: {error}") from error
        if line.startswith("#"):
            continue
        words = _WORDS.split(line.strip())
        is_header = len(words) > 2 and not any(c.isdigit() for c in "".join(words)) and not line.startswith(">")
        if is_header and not is_variant(line) and not rs_numbers(line):
            raise InputError(
                f"line {number} of {what} reads as a header, but no column is called as those of variants are "
                "(chrom, pos, ref, alt, or variant)"
            )
        return False
    return False
