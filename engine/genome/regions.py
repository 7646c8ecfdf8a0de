"""Regions as people give them: BED, and lines such as chr1:1-200."""

from __future__ import annotations

from engine.errors import InputError
from engine.sequence import Region, parse_region
from engine.text import unified


def read_bed(text: str, what: str = "the BED text", build: str = "") -> list[tuple[Region, str]]:
    """Regions of a BED text (0-based half-open columns) or of lines such as chr1:1-200 (1-based, both ends).

    BED's fourth column is the name; without it the region's own label is. Lines that begin with `track`, `browser`
    or `#` are passed over.

    Raises:
        InputError: a line that is no region, which it names; no region at all.
    """
    regions: list[tuple[Region, str]] = []
    for number, line in enumerate(unified(text).split("\n"), 1):
        words = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or line.startswith("#") or words[0].split()[0] in ("track", "browser"):
            continue
        where = f"line {number} of {what}"
        try:
            if len(words) < 3 and ":" in words[0]:
                region = parse_region(words[0], build)
                name = words[1] if len(words) > 1 else ""
            elif len(words) < 3:
                raise InputError(f"'{line.strip()}' has {len(words)} column(s); BED has chrom, start and end at least")
            else:
                chrom, start, end = (w.strip() for w in words[:3])
                for column, value in (("start", start), ("end", end)):
                    if not value.isdecimal():
                        raise InputError(f"{column} is '{value}', not a position")
                region = Region(chrom, int(start), int(end), build)
                name = words[3].strip() if len(words) > 3 else ""
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        regions.append((region, name if name not in ("", ".") else region.label))
    if not regions:
        raise InputError(f"{what} holds no region; expected BED columns (chrom, start, end) or chr1:1-200")
    return regions
