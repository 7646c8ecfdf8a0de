"""Variants as people give them: VCF, typed variants, HGVS.

VCF is read by a small parser of our own: pysam and cyvcf2 have no wheels for Windows, and of a VCF only five columns
are needed here. The tests read what is written back with pysam.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import InputError
from engine.genome import hgvs
from engine.genome.assemblies import by_accession
from engine.genome.reference import Reference
from engine.text import text_of, unified

_COLUMNS = "#CHROM POS ID REF ALT QUAL FILTER INFO"
_TYPED = re.compile(
    r"(?P<chrom>[\w.]+)\s*[:\s\-]\s*(?P<pos>\d[\d,]*)\s*[:\s\-]?\s*"
    r"(?P<ref>[A-Za-z]+|-)\s*[>/:\s\-]\s*(?P<alt>[A-Za-z]+|-)"
)


@dataclass(frozen=True)
class Variant:
    """One alternative allele.

    Attributes:
        chrom: the contig as it was written.
        pos: 1-based position of the first reference base; an insertion stands before it.
        ref, alt: upper-case bases; '' for none, so that a deletion needs no base beside it.
        name: what tables call it.
        build: 'GRCh37' or 'GRCh38' where the description says so, else ''.
    """

    chrom: str
    pos: int
    ref: str
    alt: str
    name: str = ""
    build: str = ""

    def __post_init__(self):
        if self.pos < 1:
            raise InputError(f"variant {self.label}: positions begin at 1")
        for what, allele, letters in (("reference", self.ref, "ACGTN"), ("alternative", self.alt, "ACGT")):
            bad = re.search(f"[^{letters}]", allele)
            if bad:
                raise InputError(f"variant {self.label}: {bad.group()!r} in its {what} allele is no definite base")
        if self.ref == self.alt:
            raise InputError(f"variant {self.label} changes nothing")
        if not self.name:
            object.__setattr__(self, "name", self.label)

    @property
    def label(self) -> str:
        """The variant as people write it; '-' for an empty allele."""
        return f"{self.chrom}:{self.pos} {self.ref or '-'}>{self.alt or '-'}"

    @property
    def trimmed(self) -> tuple[int, str, str]:
        """`(start, ref, alt)`: 0-based, without the bases that both alleles share at their end, then at their start."""
        ref, alt, start = self.ref, self.alt, self.pos - 1
        while ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        while ref and alt and ref[0] == alt[0]:
            ref, alt, start = ref[1:], alt[1:], start + 1
        return start, ref, alt


@dataclass(frozen=True)
class ReadVariants:
    """Variants of a file or text, and `(line, reason)` for every line or allele that is none that can be scored."""

    variants: list[Variant]
    skipped: list[tuple[int, str]]


# --- VCF --------------------------------------------------------------------------------------------


def read_vcf(data: bytes, what: str = "the VCF") -> ReadVariants:
    """Every alternative allele of a VCF, plain or gzip/bgzip, of any version 4.

    An allele without definite bases ('*', '.', <DEL>, a breakend) is skipped and named.

    Raises:
        InputError: not VCF text, cut short, no header line, or a row without the header's columns or a numeric POS;
            the message names the line.
    """
    text = text_of(data, what, "VCF")
    if not text.strip():
        raise InputError(f"{what} is empty; expected VCF")
    variants: list[Variant] = []
    skipped: list[tuple[int, str]] = []
    columns = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("##") or not line.strip():
            continue
        if line.startswith("#"):
            columns = line.count("\t") + 1
            if not line.upper().startswith("#CHROM\tPOS\tID\tREF\tALT"):
                raise InputError(f"line {number} of {what} is not VCF's header line; expected '{_COLUMNS}' with tabs")
            continue
        if not columns:
            raise InputError(
                f"line {number} of {what} comes before the header line '{_COLUMNS}'; "
                "is it VCF? Variants written one a line can be typed instead"
            )
        if line.count("\t") + 1 != columns:
            raise InputError(
                f"line {number} of {what} has {line.count(chr(9)) + 1} column(s) where its header has {columns}; "
                "columns are parted by tabs"
            )
        chrom, pos, name, ref, alts, *_ = line.split("\t", 5)
        if not pos.isdecimal():
            raise InputError(f"line {number} of {what}: POS is '{pos}', not a position")
        if not chrom:
            raise InputError(f"line {number} of {what}: CHROM is empty")
        for alt in alts.split(","):
            reason = _no_bases(alt)
            if reason:
                skipped.append((number, f"{chrom}:{pos}: {reason}"))
                continue
            try:
                variants.append(Variant(chrom, int(pos), ref.upper(), alt.upper(), "" if name == "." else name))
            except InputError as error:
                skipped.append((number, str(error)))
    if not columns:
        raise InputError(f"{what} has no header line '{_COLUMNS}'; is it VCF?")
    return ReadVariants(variants, skipped)


def _no_bases(alt: str) -> str:
    """Why an ALT of a VCF names no bases; '' if it does."""
    if alt in (".", ""):
        return "no alternative allele ('.')"
    if alt == "*":
        return "'*' is an allele that another variant deletes"
    if "[" in alt or "]" in alt or alt.startswith(".") or alt.endswith("."):
        return f"'{alt}' is a breakend"
    if alt.startswith("<"):
        return f"'{alt}' is symbolic and names no bases"
    return ""


# --- typed variants ---------------------------------------------------------------------------------


def is_variant(text: str) -> bool:
    """True for text in one of the forms that `parse_variant` knows, whether or not the variant is possible."""
    return hgvs.looks_like_hgvs(text) or _TYPED.fullmatch(text.strip()) is not None


def parse_variant(text: str, reference: Reference | None = None) -> Variant:
    """One variant: `chr1:109817590 G>T`, `1-109817590-G-T`, `chr1:100 G>-` or genomic HGVS.

    Args:
        reference: where HGVS descriptions without bases (`del`, `dup`, `inv`) look them up.

    Raises:
        InputError: not a variant, or bases that are needed and not to be had.
    """
    text = text.strip()
    if hgvs.looks_like_hgvs(text):
        chrom, build, pos, ref, alt = hgvs.alleles(text, reference)
        return Variant(chrom, pos, ref, alt, text, build)
    typed = _TYPED.fullmatch(text)
    if typed is None:
        hint = "an rs number has to be looked up in dbSNP first; " if re.fullmatch(r"rs\d+", text) else ""
        raise InputError(
            f"'{text}' is not a variant; {hint}write it as chr1:109817590 G>T, 1-109817590-G-T "
            "or NC_000001.10:g.109817590G>T"
        )
    chrom, build = typed["chrom"], ""
    if re.match(r"N[A-Z]_", chrom, re.IGNORECASE):
        chrom, build = by_accession(chrom)
    ref, alt = ("" if typed[k] == "-" else typed[k].upper() for k in ("ref", "alt"))
    return Variant(chrom, int(typed["pos"].replace(",", "")), ref, alt, text, build)


def parse_variants(text: str, reference: Reference | None = None) -> ReadVariants:
    """Variants written one a line; a line that is none is skipped and named, '#' begins a comment."""
    variants, skipped = [], []
    for number, line in enumerate(unified(text).split("\n"), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        try:
            variants.append(parse_variant(line, reference))
        except InputError as error:
            skipped.append((number, str(error)))
    return ReadVariants(variants, skipped)
