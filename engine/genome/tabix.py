"""Text packed as bgzip, and the tabix index that lets other tools fetch a region of it.

Formats: BGZF is section 4.1 of the SAM specification (SAMv1.pdf), the index is "The Tabix index file format"
(tabix.pdf), both of https://github.com/samtools/hts-specs; bins and the linear index are those of section 5 of the
former. pysam, which writes both, has no package for Windows; in the tests it reads what is written here.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field

_SHIFT = 14  # the linear index has windows of 16,384 bases
LONGEST = 1 << 29  # bases of a contig that this kind of index can hold
_BLOCK = 65_280  # bytes that are packed together, as bgzip does: what does not pack still fits into 64 kb
_HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")
_LAST = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # the empty block that ends a file
_END = re.compile(r"(?:^|;)END=([0-9]{1,18})(?:;|$)", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """Where a line names its place: columns counted from 1 (end 0: there is none), and what the positions count from.

    Attributes:
        kind: 0 for a table, 2 for VCF, whose end is that of REF or of INFO's END.
        zero_based: half-open positions from 0, as BED has them; else from 1 and both ends included.
    """

    kind: int
    chrom: int
    start: int
    end: int
    zero_based: bool

    def place(self, line: str) -> tuple[str, int, int]:
        """Contig and 0-based half-open stretch of a line; raises ValueError where it names none."""
        parts = line.split("\t")
        start = int(parts[self.start - 1]) - (not self.zero_based)
        if self.kind == 2:
            named = _END.search(parts[7]) if len(parts) > 7 else None
            end = int(named[1]) if named else start + len(parts[3])
        else:
            end = int(parts[self.end - 1])
        return parts[self.chrom - 1], start, max(end, start + 1)


COLUMNS = {"vcf": Columns(2, 1, 2, 0, False), "bed": Columns(0, 1, 2, 3, True), "bedgraph": Columns(0, 1, 2, 3, True)}


@dataclass
class _Contig:
    """What the index says of one contig: chunks `[first, last)` of virtual offsets by bin, and the linear index."""

    bins: dict[int, list[list[int]]] = field(default_factory=dict)
    linear: list[int] = field(default_factory=list)
    last: int = 0  # start of the latest line, which the next may not precede

    def add(self, start: int, end: int, first: int, last: int) -> None:
        """Take in a line of `[start, end)` at the virtual offsets `[first, last)`; ValueError if it is out of order."""
        if not self.last <= start < end <= LONGEST:
            raise ValueError(f"a line at {start} is out of order")
        chunks = self.bins.setdefault(_bin(start, end), [])
        if chunks and chunks[-1][1] == first:
            chunks[-1][1] = last
        else:
            chunks.append([first, last])
        # the smallest offset of a line in each window of 16 kb; windows that are skipped take that of the next line
        self.linear += [first] * (((end - 1) >> _SHIFT) + 1 - len(self.linear))
        self.last = start


def packed(text: str, columns: Columns | None = None) -> tuple[bytes, bytes | None]:
    """Text as bgzip, and its tabix index.

    The same text gives the same bytes: neither a time nor a file name is in them.

    Args:
        text: lines that end with a newline; what begins with '#' is a header, and so are the `track` and `browser`
            lines of BED files before the first place.
        columns: where lines name their places; None for text without any.

    Returns:
        The index is None without columns, and where none can be made: lines of one contig do not stand together or in
        order, name no place, or lie beyond `LONGEST`.
    """
    data = text.encode()
    content, offsets = bgzip(data)
    if columns is None:
        return content, None
    try:
        contigs = _contigs(data, columns, offsets)
    except (ValueError, IndexError):
        return content, None
    return content, bgzip(_index(contigs, columns))[0]


def bgzip(data: bytes) -> tuple[bytes, list[int]]:
    """Bytes as BGZF, and where in it each block of `_BLOCK` of them begins; the last is the empty block at the end."""
    out, offsets = bytearray(), []
    for first in range(0, len(data), _BLOCK):
        block = data[first : first + _BLOCK]
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        deflated = packer.compress(block) + packer.flush()
        offsets.append(len(out))
        end = struct.pack("<2I", zlib.crc32(block), len(block))
        out += _HEAD + struct.pack("<H", len(deflated) + 25) + deflated + end
    offsets.append(len(out))
    return bytes(out) + _LAST, offsets


def _contigs(data: bytes, columns: Columns, offsets: list[int]) -> dict[str, _Contig]:
    """The index by contig; raises ValueError or IndexError for lines that none can be made of."""
    contigs: dict[str, _Contig] = {}
    current, first = None, 0
    for line in data.split(b"\n")[:-1]:
        last = first + len(line) + 1
        if not (line.startswith(b"#") or (current is None and line.startswith((b"track", b"browser")))):
            chrom, start, end = columns.place(line.decode())
            if chrom != current:
                if chrom in contigs:
                    raise ValueError(f"lines of {chrom} do not stand together")
                current, contigs[chrom] = chrom, _Contig()
            contigs[chrom].add(start, end, *(offsets[p // _BLOCK] << 16 | p % _BLOCK for p in (first, last)))
        first = last
    return contigs


def _index(contigs: dict[str, _Contig], columns: Columns) -> bytes:
    """The index file before it is packed."""
    kind = columns.kind | (0x10000 if columns.zero_based else 0)
    names = b"".join(name.encode() + b"\0" for name in contigs)
    head = (len(contigs), kind, columns.chrom, columns.start, columns.end, ord("#"), 0, len(names))
    out = [b"TBI\1", struct.pack("<8i", *head), names]
    for contig in contigs.values():
        out.append(struct.pack("<i", len(contig.bins)))
        for number, chunks in contig.bins.items():
            out.append(struct.pack("<Ii", number, len(chunks)))
            out += [struct.pack("<2Q", *chunk) for chunk in chunks]
        out.append(struct.pack(f"<i{len(contig.linear)}Q", len(contig.linear), *contig.linear))
    return b"".join(out)


def _bin(start: int, end: int) -> int:
    """The smallest bin that holds a 0-based half-open stretch (SAM specification, section 5.3)."""
    end -= 1
    for level, shift in enumerate((14, 17, 20, 23, 26)):
        if start >> shift == end >> shift:
            return ((1 << 3 * (5 - level)) - 1) // 7 + (start >> shift)
    return 0
