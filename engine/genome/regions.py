"""Regions as people give them: BED, narrowPeak, GTF, GFF, interval_list, and lines such as chr1:1-200(-).

BED counts from 0 and leaves the end out, the others count from 1 and mean both ends. Which a file is, its lines tell:
BED has numbers in its second column, GTF and GFF in their fourth and fifth, interval_list begins with a header of '@'
lines. What would be read by the wrong count is refused by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from engine.errors import InputError
from engine.limits import DIGITS, REGIONS
from engine.sequence import Region, is_region, parse_region
from engine.text import seen

GFF_ENDINGS = (".gff", ".gff2", ".gff3", ".gtf")
INTERVAL_ENDINGS = (".interval_list", ".intervals")
_NUMBER = re.compile("[0-9]+", re.ASCII)
_HEADED = ("start", "chromstart", "chrom_start")  # what the second column of a line of column names is called
# Files that are no list of regions, or count otherwise, by what one of their first lines begins with or holds.
_REFUSED: dict[str, tuple[re.Pattern, str]] = {
    "a VCF": (re.compile("##fileformat=VCF"), "give it to 'variants'"),
    "a wiggle track": (re.compile("(fixed|variable)Step"), "it counts from 1; convert it to BED"),
    "FASTA": (re.compile(">"), "give it without --bed"),
    "MACS's table of peaks": (re.compile(r".*\babs_summit\b"), "it counts from 1; give MACS's .narrowPeak file"),
    "a table of GRanges": (re.compile("seqnames[\t ,]"), "it counts from 1; write it as BED with rtracklayer::export"),
}
_ATTRIBUTES = ("gene_name", "Name", "gene_id", "ID", "transcript_id")  # of GTF and GFF, the first that is there


@dataclass(frozen=True)
class NamedRegion:
    """A region with its name, and `where` it was given: the line and file, or the text that was typed."""

    region: Region
    name: str
    where: str


@dataclass(frozen=True)
class ReadRegions:
    """Regions of a file or text; `(where, reason)` for every line that is none; and what else to know, in words."""

    regions: list[NamedRegion] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_regions(text: str, what: str = "the text", build: str = "", summit: int = 0) -> ReadRegions:
    """Regions of a text in any of the formats above, in its order.

    A line that begins with `track`, `browser` or `#` is passed over. BED's sixth column is the strand where it is '+',
    '-' or '.'; its fourth is the name, without which the region's own label is. Blocks of BED12 are not looked at: the
    whole span is taken, and said so.

    Args:
        text: with "\\n" line ends, as `engine.text` gives it.
        what: what an error calls it; its ending tells GTF, GFF and interval_list where no line does.
        summit: if not 0, windows of that many bases around the summit (narrowPeak's tenth column, or a region of one
            base) stand for the regions; a line without summit is skipped.

    Raises:
        InputError: a format that holds no regions or counts otherwise; more regions than `engine.limits` allows; no
            region at all.
    """
    read = ReadRegions()
    lines = seen(text).split("\n")
    parse = _format(lines, what, build)
    notes: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or line.startswith(("#", "@")) or words[0] in ("track", "browser"):
            if line.startswith("##FASTA"):  # of GFF: sequences follow
                break
            continue
        where = f"line {number} of {what}"
        columns = [c.strip() for c in line.split("\t")] if "\t" in line else words
        if len(columns) > 2 and columns[1].lower() in _HEADED and not read.regions and not read.skipped:
            notes["line of column names passed over"] += 1
            continue
        try:
            region, name = parse(columns, line, notes)
            if summit:
                region = _around_summit(region, columns, summit)
        except InputError as error:
            read.skipped.append((where, str(error)))
            continue
        read.regions.append(NamedRegion(region, name if name not in ("", ".") else region.label, where))
        REGIONS.check(len(read.regions), what)
    if not read.regions:
        first = f"; {': '.join(read.skipped[0])}" if read.skipped else ""
        raise InputError(f"{what} holds no region{first or '; expected BED columns (chrom, start, end) or chr1:1-200'}")
    read.remarks.extend(f"{what}: {n:,} {note}" for note, n in notes.items())
    return read


_Parse = Callable[[list[str], str, Counter], tuple[Region, str]]


def _format(lines: list[str], what: str, build: str) -> _Parse:
    """How the lines are read; raises InputError for a format that is refused."""
    plain = what.lower().removesuffix(".gz").removesuffix(".bgz")
    shown = [line for line in lines[:1000] if line.strip()]
    shown = shown[: next((i for i, line in enumerate(shown) if line.startswith("##FASTA")), len(shown))]
    for kind, (pattern, mend) in _REFUSED.items():
        if any(pattern.match(line) for line in shown[:50]):
            raise InputError(f"{what} is {kind}, not a list of regions; {mend}")
    if plain.endswith(".bedpe"):
        raise InputError(f"{what} holds pairs of regions; give each side as BED")
    if plain.endswith(GFF_ENDINGS) or any(line.startswith("##gff-version") for line in shown[:50]):
        return lambda columns, line, notes: _gff(columns, build, notes)
    if plain.endswith(INTERVAL_ENDINGS) or any(line.startswith(("@SQ", "@HD")) for line in shown[:1]):
        return lambda columns, line, notes: _interval(columns, line, build)
    for line in shown:
        columns = line.split("\t")
        if line.startswith("#") or len(columns) < 5:
            continue
        if 8 <= len(columns) <= 9 and _is_number(columns[3]) and _is_number(columns[4]) and not _is_number(columns[1]):
            return lambda columns, line, notes: _gff(columns, build, notes)
        if len(columns) == 5 and columns[3].strip() in ("+", "-") and _is_number(columns[1]):
            raise InputError(
                f"{what} has its strand in column 4, as Picard's interval_list has, which counts from 1, while BED "
                "counts from 0; call it .interval_list, or write BED with the strand in column 6"
            )
        break
    return lambda columns, line, notes: _bed(columns, line, build, notes)


def _bed(columns: list[str], line: str, build: str, notes: Counter) -> tuple[Region, str]:
    numbered = len(columns) > 2 and _is_number(columns[1])
    if not numbered and ":" in columns[0]:
        return _written(line, build)
    if len(columns) < 3:
        raise InputError(
            f"'{_short(line)}' is not a region: it has {len(columns)} column(s) where BED has chrom, start and end; "
            "or write it as chr1:1-200"
        )
    chrom, start, end = columns[0], _position(columns[1], "start"), _position(columns[2], "end")
    if not chrom:
        raise InputError("its first column, the contig, is empty")
    if start == end:
        raise InputError(
            f"start and end are both {start}: BED counts from 0 and leaves the end out, so that is no base; "
            "does the file count from 1?"
        )
    strand = columns[5] if len(columns) > 5 else "."
    if strand not in ("+", "-", "."):
        notes["region(s) with another sixth column than BED's strand (+, - or .), read on the forward strand"] += 1
    if len(columns) >= 12 and _is_number(columns[9]) and columns[9] != "1" and "," in columns[10]:
        notes["region(s) with blocks, as BED12 has them, of which the whole span is taken"] += 1
    name = columns[3] if len(columns) > 3 else ""
    return Region(chrom, start, end, build, strand if strand in ("+", "-") else ""), name


def _gff(columns: list[str], build: str, notes: Counter) -> tuple[Region, str]:
    if len(columns) < 8:
        raise InputError(f"it has {len(columns)} column(s); GTF and GFF have 9, parted by tabs")
    region = _one_based(columns[0], columns[3], columns[4], columns[6], build)
    notes[f"feature(s) of type {_short(columns[2])}"] += 1
    attributes = columns[8] if len(columns) > 8 else ""
    for key in _ATTRIBUTES:
        value = re.search(rf'(?:^|[;\s]){key}[ =]"?([^";]*)', attributes)
        if value:
            return region, unquote(value[1].strip())
    return region, ""


def _interval(columns: list[str], line: str, build: str) -> tuple[Region, str]:
    if len(columns) < 3 and ":" in columns[0]:  # GATK's lists are lines of chr1:1-200
        return _written(line, build)
    if len(columns) < 4:
        raise InputError(f"it has {len(columns)} column(s); interval_list has chrom, start, end, strand and name")
    chrom, first, last, strand = columns[:4]
    return _one_based(chrom, first, last, strand, build), columns[4] if len(columns) > 4 else ""


def _written(line: str, build: str) -> tuple[Region, str]:
    """chr1:1-200(-), with a name behind it or not."""
    if is_region(line):
        return parse_region(line, build), ""
    place, *name = line.split(maxsplit=1)
    return parse_region(place, build), "".join(name).strip()


def _one_based(chrom: str, first: str, last: str, strand: str, build: str) -> Region:
    start, end = _position(first, "start"), _position(last, "end")
    if strand not in ("+", "-", ".", "?"):
        raise InputError(f"its strand is '{_short(strand)}'; expected +, - or .")
    if not 1 <= start <= end:
        raise InputError(f"{start}-{end} is no stretch where positions count from 1 and both ends are meant")
    return Region(chrom, start - 1, end, build, strand if strand in ("+", "-") else "")


def _around_summit(region: Region, columns: list[str], width: int) -> Region:
    if len(region) == 1:
        summit = region.start
    else:
        offset = columns[9] if len(columns) == 10 else ""
        if not _is_number(offset):
            given = "its summit is -1, which is none" if offset == "-1" else "narrowPeak has it in column 10"
            raise InputError(f"{region.label} has no summit: {given}")
        summit = region.start + _position(offset, "summit")
        if summit >= region.end:
            raise InputError(f"the summit of {region.label}, {offset}, lies outside it")
    start = summit - width // 2
    if start < 0:
        raise InputError(f"a window of {width} around {region.chrom}:{summit + 1} starts before the contig does")
    return Region(region.chrom, start, start + width, region.build, region.strand)


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _position(text: str, column: str) -> int:
    if not _is_number(text):
        raise InputError(f"{column} is '{_short(text)}', not a position")
    DIGITS.check(len(text), column)
    return int(text)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:40] + "…"
