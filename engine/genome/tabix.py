"""Text packed as bgzip, and the tabix index that lets other tools fetch a region of it.

Formats: BGZF is section 4.1 of the SAM specification (SAMv1.pdf), the index is "The Tabix index file format"
(tabix.pdf), both of https://github.com/samtools/hts-specs; bins and the linear index are those of section 5 of the
former. pysam, which writes both, has no package for Windows; in the tests it reads what is written here.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import BinaryIO

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


class Packer:
    """Text as bgzip while it is written, and its tabix index at the end; what stands in memory is one block.

    The same text gives the same bytes, in whatever parts it comes: neither a time nor a file name is in them.

    Args:
        handle: takes the packed bytes.
        columns: where lines name their places; None for text without any.
    """

    def __init__(self, handle: BinaryIO, columns: Columns | None = None):
        self._handle, self._columns = handle, columns
        self._held = bytearray()  # of a block that is not full
        self._line = bytearray()  # that has not ended
        self._start = 0  # of that line, in bytes of the text
        self._written = 0  # bytes of the file
        self._offsets: list[int] = []  # where each block begins in the file
        self._waiting: deque[tuple[str, int, int, int, int]] = deque()  # lines whose block is not written
        self._contigs: dict[str, _Contig] | None = {} if columns else None
        self._current: str | None = None

    def write(self, text: str, /) -> None:
        """Take more of the text."""
        self.take(text.encode())

    def take(self, data: bytes) -> None:
        """`write` of text in UTF-8, or of any bytes where there are no columns."""
        if self._contigs is not None:
            self._line += data
            *lines, rest = bytes(self._line).split(b"\n")
            self._line = bytearray(rest)
            for line in lines:
                self._look_at(line)
        self._held += data
        while len(self._held) >= _BLOCK:
            self._pack(bytes(self._held[:_BLOCK]))
            del self._held[:_BLOCK]

    @property
    def offsets(self) -> list[int]:
        """Where each block of `_BLOCK` bytes begins in the file; the last is the empty block at the end."""
        return self._offsets

    def finish(self) -> bytes | None:
        """Write what is left and the empty block at the end.

        Returns:
            The index; None without columns, and where none can be made: lines of one contig do not stand together or
            in order, name no place, or lie beyond `LONGEST`.
        """
        if self._held:
            self._pack(bytes(self._held))
        self._offsets.append(self._written)
        self._handle.write(_LAST)
        self._index_waiting()
        if self._contigs is None or self._columns is None:
            return None
        return bgzip(_index(self._contigs, self._columns))[0]

    def _pack(self, block: bytes) -> None:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        deflated = packer.compress(block) + packer.flush()
        end = struct.pack("<2I", zlib.crc32(block), len(block))
        content = _HEAD + struct.pack("<H", len(deflated) + 25) + deflated + end
        self._offsets.append(self._written)
        self._handle.write(content)
        self._written += len(content)
        self._index_waiting()

    def _look_at(self, line: bytes) -> None:
        """Take a whole line into the index, or give the index up where it names no place or stands out of order."""
        first, self._start = self._start, self._start + len(line) + 1
        assert self._columns is not None
        if self._contigs is None or line.startswith(b"#"):
            return
        if self._current is None and line.startswith((b"track", b"browser")):
            return
        try:
            chrom, start, end = self._columns.place(line.decode())
        except (ValueError, IndexError):
            self._contigs = None
            return
        if chrom != self._current:
            if chrom in self._contigs:  # its lines do not stand together
                self._contigs = None
                return
            self._current, self._contigs[chrom] = chrom, _Contig()
        self._waiting.append((chrom, start, end, first, self._start))

    def _index_waiting(self) -> None:
        """Take in the lines whose last byte's offset is known by now."""
        while self._waiting and self._contigs is not None:
            chrom, start, end, first, last = self._waiting[0]
            if last // _BLOCK >= len(self._offsets):
                return
            try:
                self._contigs[chrom].add(start, end, self._offset(first), self._offset(last))
            except ValueError:
                self._contigs = None
                return
            self._waiting.popleft()

    def _offset(self, place: int) -> int:
        """The virtual offset of a byte of the text (SAM specification, section 4.1.1)."""
        return self._offsets[place // _BLOCK] << 16 | place % _BLOCK


def packed(text: str, columns: Columns | None = None) -> tuple[bytes, bytes | None]:
    """Text as bgzip, and its tabix index; see `Packer`.

    Args:
        text: lines that end with a newline; what begins with '#' is a header, and so are the `track` and `browser`
            lines of BED files before the first place.
    """
    out = io.BytesIO()
    packer = Packer(out, columns)
    packer.write(text)
    index = packer.finish()
    return out.getvalue(), index


def bgzip(data: bytes) -> tuple[bytes, list[int]]:
    """Bytes as BGZF, and where in it each block begins; the last is the empty block at the end."""
    out = io.BytesIO()
    packer = Packer(out)
    packer.take(data)
    packer.finish()
    return out.getvalue(), packer.offsets


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
