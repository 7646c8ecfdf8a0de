"""rs numbers looked up in a VCF of dbSNP that the user has.

The file is read once from front to end and never held as a whole: dbSNP's has a thousand million records. Its ID column
is not indexed, so an index (.tbi) neither helps nor is needed.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

from engine import limits
from engine.errors import InputError
from engine.genome.notations.vcf import read_vcf_text
from engine.genome.variants import Variant
from engine.results import Progress
from engine.text import text_of

_LONGEST_LINE = 10_000_000  # bytes; a record of dbSNP has some hundred
_EVERY = 1_000_000  # lines between two calls of `progress`


def look_up(file: str | Path, wanted: Iterable[str], progress: Progress | None = None) -> dict[str, list[Variant]]:
    """The alleles that dbSNP has of each rs number; one that it has not is missing.

    Args:
        file: VCF, plain or gzip/bgzip.
        wanted: rs numbers in any case.
        progress: called with (lines read, 0) now and then; it may raise to stop.

    Raises:
        InputError: the file cannot be read, or is no VCF.
    """
    path = Path(file).expanduser()
    ids = {rs.lower().encode("ascii", "replace") for rs in wanted}
    header: list[bytes] = []
    records: list[bytes] = []
    if not ids:
        return {}
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), b""), 1):
                if line.startswith(b"#"):
                    header.append(line)
                elif _is_wanted(line, ids):
                    records.append(line)
                if len(header) > limits.VARIANT_LINE.most:
                    raise InputError(f"{path} has more than {limits.VARIANT_LINE.most:,} header lines; is it VCF?")
                if number == 1 and not line.startswith(b"#"):
                    raise InputError(f"{path} does not begin as a VCF does; give the VCF of dbSNP")
                if progress and number % _EVERY == 0:
                    progress(number, 0)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is cut short or damaged; copy or download it again") from error
    except OSError as error:
        raise InputError(f"the dbSNP file {path} cannot be read ({error.strerror or error})") from error
    return _by_rs(b"".join([*header, *records]), path.name, ids)


def _is_wanted(line: bytes, ids: set[bytes]) -> bool:
    columns = line.split(b"\t", 3)
    if len(columns) < 4:
        return False
    name = columns[2].lower()
    return name in ids or (b";" in name and not ids.isdisjoint(name.split(b";")))


def _by_rs(content: bytes, what: str, ids: set[bytes]) -> dict[str, list[Variant]]:
    found: dict[str, list[Variant]] = {}
    for variant in read_vcf_text(text_of(content, what, "VCF"), what).variants:
        for rs in variant.name.lower().split(";"):
            if rs.encode() in ids:
                one = Variant(variant.chrom, variant.pos, variant.ref, variant.alt, rs, variant.build)
                found.setdefault(rs, []).append(one)
    return found
