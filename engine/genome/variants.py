"""A variant as a value, and what reading a file or a text of them leaves.

`engine.genome.notations` reads variants, `engine.genome.effects` scores them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine import limits
from engine.errors import InputError

# names of VCF's ##contig (specification, section 1.4.7), so that none breaks a line or a column that it is written to
_CONTIG = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~\-][0-9A-Za-z!#$%&*+./:;=?@^_|~\-]{0,199}", re.ASCII)
_SHOWN = 40  # bases of an allele that a label spells out


@dataclass(frozen=True, slots=True)
class Variant:
    """One alternative allele.

    Attributes:
        chrom: the contig as it was written.
        pos: 1-based position of the first reference base; an insertion stands before it.
        ref, alt: upper-case bases; '' for none, so that a deletion needs no base beside it.
        name: what tables call it.
        build: the canonical name of its build (`engine.builds`) where the description says so, else ''.
    """

    chrom: str
    pos: int
    ref: str
    alt: str
    name: str = ""
    build: str = ""

    def __post_init__(self):
        if not _CONTIG.fullmatch(self.chrom):
            raise InputError(f"{self.chrom[:40]!r} is not the name of a contig")
        if self.pos < 1:
            raise InputError(f"variant {self.label}: positions begin at 1")
        for what, allele, letters in (("reference", self.ref, "ACGTN"), ("alternative", self.alt, "ACGT")):
            bad = allele.strip(letters)
            if bad:
                raise InputError(f"variant {self.label}: {bad[0]!r} in its {what} allele is no definite base")
            limits.ALLELE.check(len(allele), f"variant {self.label}")
        if self.ref == self.alt:
            raise InputError(f"variant {self.label} changes nothing")
        if not self.name:
            object.__setattr__(self, "name", self.label)

    @property
    def label(self) -> str:
        """The variant as people write it; '-' for an empty allele, a long one cut short."""
        return f"{self.chrom}:{self.pos} {_shown(self.ref)}>{_shown(self.alt)}"

    @property
    def trimmed(self) -> tuple[int, str, str]:
        """`(start, ref, alt)`: 0-based, without the bases that both alleles share at their end, then at their start."""
        ref, alt = self.ref, self.alt
        shorter = min(len(ref), len(alt))
        end = 0
        while end < shorter and ref[-1 - end] == alt[-1 - end]:
            end += 1
        begin = 0
        while begin < shorter - end and ref[begin] == alt[begin]:
            begin += 1
        return self.pos - 1 + begin, ref[begin : len(ref) - end], alt[begin : len(alt) - end]


def _shown(allele: str) -> str:
    if len(allele) <= _SHOWN:
        return allele or "-"
    return f"{allele[: _SHOWN // 2]}…({len(allele):,} bases)"


@dataclass(frozen=True)
class Skipped:
    """A line, or one allele of it, that is no variant which can be scored.

    Attributes:
        line: its number, from 1.
        reason: in words.
        counts: whether anything is lost by it; what a format itself says names no bases ('*', <DEL>) is not.
    """

    line: int
    reason: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class VcfRecord:
    """A record as it stood in a VCF, and for each ALT the index of its variant, or why it names none."""

    line: str
    alleles: tuple[int | str, ...]


@dataclass(frozen=True)
class VcfSource:
    """A VCF that variants came from, for writing it out again: header lines ('##…' and '#CHROM…') and records."""

    header: tuple[str, ...]
    records: tuple[VcfRecord, ...]


@dataclass(frozen=True)
class ReadVariants:
    """What a file or text holds.

    Attributes:
        variants: in order.
        skipped: every line or allele that is none.
        lines: for each variant the number of its line, from 1.
        vcf: the whole VCF, if it was one.
        build: the build that a header names, which its variants are of.
        remarks: what the user should know of it.
    """

    variants: list[Variant]
    skipped: list[Skipped] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    vcf: VcfSource | None = None
    build: str = ""
    remarks: tuple[str, ...] = ()


_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]+", re.ASCII)


def position(text: str, whole: str) -> int:
    """A position as people write it, in ASCII digits, also grouped as 109,817,590.

    Args:
        whole: the text that it stands in, for the message.

    Raises:
        InputError: no such number, or one of too many digits.
    """
    if not _GROUPED.fullmatch(text):
        raise InputError(f"'{whole[:80]}': '{text[:30]}' is not a position")
    digits = text.replace(",", "")
    limits.DIGITS.check(len(digits), f"'{whole[:80]}'")
    return int(digits)
