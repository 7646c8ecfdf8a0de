"""VCF of any version 4: every alternative allele, and the whole file for writing it out again.

A small parser of our own: pysam and cyvcf2 have no wheels for Windows, and of a VCF only five columns mean something
here. The tests read what is written back with pysam.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine import limits
from engine.builds import build_mentioned, build_or_none, contradict
from engine.errors import InputError
from engine.genome.assemblies import ACCESSIONS, guess_build
from engine.genome.variants import ReadVariants, Skipped, Variant, VcfRecord, VcfSource
from engine.text import numbered_lines, text_of

COLUMNS = "#CHROM POS ID REF ALT QUAL FILTER INFO"
_HEADER = "#CHROM\tPOS\tID\tREF\tALT"
_NAMED = 1_000  # alleles without bases that are named one by one; a gVCF has one on each line
_POSITION = re.compile(r"[0-9]+", re.ASCII)


def is_vcf(text: str) -> bool:
    """True for text that begins as a VCF does: what comes first below its '##' lines is the header of columns."""
    if text[:200].lstrip("\n").startswith("##fileformat=VCF"):
        return True
    first = next((line for _, line in numbered_lines(text) if line.strip() and not line.startswith("##")), "")
    return first.upper().startswith(_HEADER)


@dataclass
class _Reading:
    """What has been read so far."""

    what: str
    header: list[str] = field(default_factory=list)
    records: list[VcfRecord] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    columns: int = 0
    build: str = ""
    baseless: int = 0
    keeps_records: bool = True
    records_seen: int = 0
    chroms: dict[str, str] = field(default_factory=dict)  # each contig's name once, of millions of lines

    def leave_out(self, number: int, reason: str, counts: bool = True) -> str:
        self.baseless += not counts
        if counts or self.baseless <= _NAMED:
            self.skipped.append(Skipped(number, reason, counts))
        limits.NO_VARIANTS.check(len(self.skipped) - min(self.baseless, _NAMED), self.what)
        return reason


def read_vcf(data: bytes, what: str = "the VCF") -> ReadVariants:
    """Every alternative allele of a VCF, plain or gzip/bgzip.

    A line that is no record, and an allele without definite bases ('*', '.', <DEL>, a breakend), are skipped and named.
    The variants are of the build that the header names (##reference, ##contig) or their accession is of.

    Raises:
        InputError: not VCF text, cut short, no header line before the records, or no line that is a record.
    """
    return read_vcf_text(text_of(data, what, "VCF"), what)


def read_vcf_text(text: str, what: str = "the VCF") -> ReadVariants:
    """`read_vcf` of its text."""
    return read_vcf_lines(numbered_lines(text), what)


def read_vcf_lines(lines: Iterable[tuple[int, str]], what: str, *, keeps_records: bool = True) -> ReadVariants:
    """`read_vcf` of its lines with their numbers, which are taken one at a time.

    Args:
        keeps_records: keep the records for writing the VCF out again; without them `ReadVariants.vcf` is None.
    """
    reading = _Reading(what, keeps_records=keeps_records)
    remarks: tuple[str, ...] = ()
    empty = True
    for number, line in lines:
        if not line.strip():
            continue
        empty = False
        if line.startswith("##"):
            if not reading.columns:
                reading.header.append(line)
        elif line.startswith("#"):
            _column_line(reading, number, line)
            reading.build, remarks = header_build(reading.header, what)
        elif not reading.columns:
            raise InputError(
                f"line {number} of {what} comes before the header line '{COLUMNS}'; "
                "is it VCF? Variants written one a line can be typed instead"
            )
        else:
            _record(reading, number, line)
    if empty:
        raise InputError(f"{what} is empty; expected VCF")
    if not reading.columns:
        raise InputError(f"{what} has no header line '{COLUMNS}'; is it VCF?")
    if not reading.records_seen and reading.skipped:
        first = reading.skipped[0]
        raise InputError(f"line {first.line} of {what} {first.reason}; no other line is a record of VCF either")
    if reading.baseless > _NAMED:
        remarks = (*remarks, f"{reading.baseless - _NAMED:,} more alleles of {what} name no bases and are left out")
    source = VcfSource(tuple(reading.header), tuple(reading.records)) if keeps_records else None
    return ReadVariants(reading.variants, reading.skipped, reading.lines, source, reading.build, remarks)


def header_build(header: list[str], what: str) -> tuple[str, tuple[str, ...]]:
    """The build that ##reference and ##contig lines name, and what is to be said where they contradict each other."""
    named: dict[str, str] = {}
    contigs: dict[str, int] = {}
    for line in header:
        key, _, value = line[2:].partition("=")
        if key == "reference":
            named.setdefault(build_or_none(value) or build_mentioned(value), f"##reference={value[:60]}")
        elif key == "contig":
            fields = dict(part.partition("=")[::2] for part in value.strip("<>").split(","))
            assembly = fields.get("assembly", "").strip('"')
            named.setdefault(build_or_none(assembly) or build_mentioned(assembly), f"assembly={assembly[:60]}")
            length = fields.get("length", "")
            if _POSITION.fullmatch(length) and len(length) <= limits.DIGITS.most:
                contigs[fields.get("ID", "")] = int(length)
    named.setdefault(guess_build(contigs), "the lengths of ##contig")
    named.pop("", None)
    if len(named) > 1:
        shown = ", ".join(f"{build} in {where}" for build, where in named.items())
        return "", (
            f"the header of {what} names several builds ({shown}); each reference base is checked all the same",
        )
    return next(iter(named), ""), ()


def _column_line(reading: _Reading, number: int, line: str) -> None:
    columns = line.count("\t") + 1
    if not line.upper().startswith(_HEADER):
        if reading.columns:  # a remark between records
            return
        raise InputError(f"line {number} of {reading.what} is not VCF's header line; expected '{COLUMNS}' with tabs")
    if reading.columns and columns != reading.columns:
        raise InputError(
            f"line {number} of {reading.what} is a second header line with other columns; were two VCFs joined? "
            "Give them one by one"
        )
    if not reading.columns:
        reading.header.append(line)
    reading.columns = columns


def _record(reading: _Reading, number: int, line: str) -> None:
    columns = line.count("\t") + 1
    if columns != reading.columns:
        reading.leave_out(
            number, f"has {columns} column(s) where its header has {reading.columns}; columns are parted by tabs"
        )
        return
    chrom, pos, name, ref, alt, *_ = line.split("\t", 5)
    build = ACCESSIONS.get(chrom.upper(), ("", ""))[1]
    problem = ""
    if not chrom.strip():
        problem = "has no CHROM"
    elif not _POSITION.fullmatch(pos):
        problem = f"has the POS '{pos[:30]}', which is not a position"
    elif len(pos) > limits.DIGITS.most:
        problem = f"has a POS of {len(pos)} digits"
    elif contradict(build, reading.build):
        problem = f"has the CHROM {chrom}, which is of {build}, but the header says {reading.build}"
    elif alt.count(",") >= limits.ALLELES.most:
        problem = f"has {alt.count(',') + 1:,} alternative alleles, more than {limits.ALLELES.most:,}"
    if problem:
        reading.leave_out(number, problem)
        return
    build = build or reading.build
    chrom = reading.chroms.setdefault(chrom, chrom)
    alleles: list[int | str] = []
    for allele in alt.split(","):
        reason = _no_bases(allele)
        if reason:
            alleles.append(reading.leave_out(number, f"{chrom}:{pos}: {reason}", counts=False))
            continue
        try:
            variant = Variant(chrom, int(pos), ref.upper(), allele.upper(), "" if name == "." else name, build)
        except InputError as error:
            alleles.append(reading.leave_out(number, str(error)))
            continue
        alleles.append(len(reading.variants))
        reading.variants.append(variant)
        reading.lines.append(number)
    reading.records_seen += 1
    if reading.keeps_records:
        reading.records.append(VcfRecord(line, tuple(alleles)))
    limits.VARIANTS.check(max(len(reading.variants), reading.records_seen), reading.what)


def _no_bases(alt: str) -> str:
    """Why an ALT of a VCF names no bases; '' if it does."""
    if alt in (".", ""):
        return "no alternative allele ('.')"
    if alt == "*":
        return "'*' is an allele that another variant deletes"
    if "[" in alt or "]" in alt or alt.startswith(".") or alt.endswith("."):
        return f"'{alt[:60]}' is a breakend"
    if alt.startswith("<"):
        return f"'{alt[:60]}' is symbolic and names no bases"
    return ""
