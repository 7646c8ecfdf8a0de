"""The bytes of a FASTA file from any place on: of a plain file, or of one packed in the blocks of bgzip.

The table of blocks is read off the file itself (SAM specification, section 4.1), which takes a fraction of a second for
a whole genome, so that no `.gzi` beside it can be of another file. A file that changes while it is open is refused.
"""

from __future__ import annotations

import gzip
import itertools
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from engine.errors import InputError

_GZIP = b"\x1f\x8b"
_TWO_BIT = (bytes.fromhex("1a412743"), bytes.fromhex("4327411a"))
_HEADER = 12  # bytes of a gzip header up to the length of its extra field, that length included
_TAIL = 8  # check sum and size at the end of a block


class Source(Protocol):
    """Unpacked bytes of a file: how many there are, any stretch of them, and all of them line by line."""

    file: Path
    size: int

    def read(self, start: int, end: int) -> bytes:
        """Bytes `[start, end)`; raises InputError if the file is damaged or was changed."""

    def lines(self) -> Iterator[bytes]:
        """Every line with its end."""


def opened(file: Path) -> Source:
    """The file, plain or bgzip.

    Raises:
        InputError: it cannot be read, is no FASTA, is cut short, or is gzip without the blocks of bgzip, in which no
            place can be found without unpacking all that is before it.
    """
    try:
        with file.open("rb") as handle:
            begin = handle.read(4)
        if begin in _TWO_BIT:
            raise InputError(f"{file} is a 2bit file; make FASTA of it with UCSC's twoBitToFa")
        if begin[:2] == _GZIP:
            return _Blocks(file)
        if begin and begin[:1] not in b">\r\n":  # also what has no line ends, and would be one line of gigabytes
            raise InputError(f"{file} cannot be read as an indexed FASTA: it does not begin with '>'")
        return _Plain(file)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})") from error


class _Plain:
    def __init__(self, file: Path):
        self.file = file
        with file.open("rb") as handle:
            self._state = _state(handle)
        self.size = self._state[0]

    def read(self, start: int, end: int) -> bytes:
        with _unchanged(self.file, self._state) as handle:
            handle.seek(start)
            return handle.read(end - start)

    def lines(self) -> Iterator[bytes]:
        with _unchanged(self.file, self._state) as handle:
            yield from handle


class _Blocks:
    def __init__(self, file: Path):
        self.file = file
        with file.open("rb", buffering=0) as handle:
            self._state = _state(handle)
            packed, sizes = _blocks(handle, file)
        self._packed = np.array(packed, np.int64)  # where each block begins in the file, and where the last one ends
        self._starts = np.concatenate([[0], np.cumsum(sizes)])  # the same of the unpacked bytes
        self.size = int(self._starts[-1])

    def read(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        if end <= start:
            return b""
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        last = int(np.searchsorted(self._starts, end, side="left"))
        with _unchanged(self.file, self._state) as handle:
            handle.seek(int(self._packed[first]))
            packed = handle.read(int(self._packed[last] - self._packed[first]))
        cuts = (self._packed[first : last + 1] - self._packed[first]).tolist()
        unpacked = b"".join(self._unpacked(packed[a:b]) for a, b in itertools.pairwise(cuts))
        skipped = int(self._starts[first])
        return unpacked[start - skipped : end - skipped]

    def lines(self) -> Iterator[bytes]:
        try:
            with _unchanged(self.file, self._state) as handle, gzip.GzipFile(fileobj=handle) as unpacked:
                yield from unpacked
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged() from error

    def _unpacked(self, block: bytes) -> bytes:
        begin = _HEADER + struct.unpack_from("<H", block, 10)[0]
        check, size = struct.unpack("<II", block[-_TAIL:])
        try:
            content = zlib.decompress(block[begin:-_TAIL], wbits=-15, bufsize=max(size, 1))
        except zlib.error as error:
            raise self._damaged() from error
        if len(content) != size or zlib.crc32(content) != check:
            raise self._damaged()
        return content

    def _damaged(self) -> InputError:
        return InputError(f"{self.file} is damaged and cannot be unpacked; copy or download it again")


def _blocks(handle: BinaryIO, file: Path) -> tuple[list[int], list[int]]:
    """Where each block begins in the file, with the end of the last one, and the unpacked bytes of each."""
    cut = InputError(f"{file} is cut short: it lacks the empty block that ends a bgzip file; copy or download it again")
    packed, sizes, at = [0], list[int](), 0
    head = handle.read(_HEADER + 6)
    while head:
        if len(head) < _HEADER + 6 and sizes:
            raise cut
        length = _block_length(handle, at, head)
        if length is None:
            raise InputError(
                f"{file} cannot be read as an indexed FASTA; a compressed file must be bgzip, not gzip: "
                "unpack it, or pack it again with 'bgzip'"
            )
        handle.seek(at + length - 4)
        behind = handle.read(4 + _HEADER + 6)  # the size of this block, and the header of the next one
        if len(behind) < 4:
            raise cut
        sizes.append(struct.unpack("<I", behind[:4])[0])
        if sizes[-1] > 65536:  # the most that a block may hold
            raise InputError(f"{file} is damaged and cannot be unpacked; copy or download it again")
        at += length
        packed.append(at)
        head = behind[4:]
    if not sizes or sizes[-1]:
        raise cut
    return packed, sizes


def _block_length(handle: BinaryIO, at: int, head: bytes) -> int | None:
    """Bytes of the block that begins at `at` with `head`; None if it is none of bgzip."""
    if len(head) < _HEADER + 6 or head[:2] != _GZIP or not head[3] & 4:
        return None
    extra_length = struct.unpack_from("<H", head, 10)[0]
    extra = head[_HEADER:]
    if extra_length > 6:  # other fields stand beside the one of bgzip
        handle.seek(at + _HEADER)
        extra = handle.read(extra_length)
    place = 0
    while place + 4 <= min(extra_length, len(extra)):
        field_length = struct.unpack_from("<H", extra, place + 2)[0]
        if extra[place : place + 2] == b"BC" and field_length == 2 and place + 6 <= len(extra):
            length = struct.unpack_from("<H", extra, place + 4)[0] + 1
            return length if length >= _HEADER + extra_length + _TAIL else None
        place += 4 + field_length
    return None


def _state(handle: BinaryIO) -> tuple[int, int]:
    """What changes when somebody writes to the file."""
    status = os.fstat(handle.fileno())
    return status.st_size, status.st_mtime_ns


def _unchanged(file: Path, state: tuple[int, int]) -> BinaryIO:
    """The file, opened to be read; raises InputError if it is another one than before."""
    try:
        handle = file.open("rb")
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})") from error
    if _state(handle) != state:
        handle.close()
        raise InputError(f"{file} was changed since it was opened; open it again")
    return handle
