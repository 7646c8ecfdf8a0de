"""Bytes that somebody gave, as text: plain or gzip/bgzip, in any of the usual encodings, never cut short.

All that is read goes through here, so that the same file means the same on every page and in every command. What comes
out has "\\n" as its only line end and no byte order mark; split it with `text.split("\\n")`: `str.splitlines` parts at
more than line ends (a form feed in a comment, for one).
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cached_property
from typing import BinaryIO

from engine import limits
from engine.errors import InputError
from engine.limits import Limit

_GZIP = b"\x1f\x8b"
# the empty block that ends every bgzip file (SAM specification, section 4.1.2)
_BGZIP_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
# what else people call compressed, by the bytes that such a file begins with
_PACKED = {
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
}
# the longer mark first: that of UTF-32 begins with that of UTF-16
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_MARK = "\ufeff"
UNSEEN = "\u200b\u2060\ufeff"  # web pages and word processors put them into texts, and so do this app's own messages
_PIECE = 1 << 20  # bytes that a text of any size is read by
_UNSEEN = dict.fromkeys(map(ord, UNSEEN))
_CONTROLS = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")  # no text has them; \x1a ended files under DOS


def decompressed(data: bytes, what: str = "the file", most: Limit = limits.UNPACKED) -> bytes:
    """`data` unpacked if it is gzip or bgzip, else as it is.

    Args:
        what: what an error calls it.
        most: how many bytes this kind of file may have.

    Raises:
        InputError: a compressed file that is cut short, damaged, of another kind, or unpacks to more than `most`.
    """
    unpacked = next(_unpacked(io.BytesIO(data), what, most.most + 1), b"")
    most.check(len(unpacked), what)
    return unpacked


def _unpacked(handle: BinaryIO, what: str, piece: int) -> Iterator[bytes]:
    """The bytes of a file in pieces of `piece`, unpacked if it is gzip or bgzip; raises as `decompressed` does."""
    start = handle.read(14)
    if not start.startswith(_GZIP):
        for mark, kind in _PACKED.items():
            if start.startswith(mark):
                raise InputError(f"{what} is packed as {kind}; unpack it first (gzip alone is unpacked here)")
        handle.seek(0)
        yield from iter(lambda: handle.read(piece), b"")
        return
    if start[3:4] == b"\x04" and start[12:14] == b"BC":
        handle.seek(max(0, handle.seek(0, os.SEEK_END) - len(_BGZIP_END)))
        if handle.read() != _BGZIP_END:
            raise InputError(
                f"{what} is cut short: it lacks the mark that ends a bgzip file; copy or download it again"
            )
    handle.seek(0)
    try:
        with gzip.GzipFile(fileobj=handle, mode="rb") as unpacked:
            yield from iter(lambda: unpacked.read(piece), b"")
    except EOFError as error:
        raise InputError(f"{what} is cut short in its compressed part; copy or download it again") from error
    except (OSError, zlib.error) as error:
        raise InputError(f"{what} is damaged and cannot be unpacked ({error}); copy or download it again") from error


def text_of(data: bytes, what: str = "the file", expected: str = "text", most: Limit = limits.UNPACKED) -> str:
    """`decompressed(data)` as text with "\\n" line ends and without byte order mark.

    UTF-8, or what a byte order mark says (UTF-16, UTF-32); what is neither is taken for Windows-1252, which has the
    letters of Latin-1: names and comments are written so. None of its letters above 127 is DNA, a digit or an allele,
    so each reader refuses them with their place wherever they mean something.

    Raises:
        InputError: what `decompressed` says, or what is not text, as an image or a BAM file.
    """
    unpacked = decompressed(data, what, most)
    encoding, length = _marked(unpacked)
    try:
        text = unpacked[length:].decode(encoding)
    except UnicodeDecodeError as error:
        text = unpacked.decode("cp1252", "replace")
        if length or _CONTROLS.search(text):
            raise InputError(f"{what} is not text; expected {expected}") from error
    _check_zeros(text, what, expected)
    return unified(text)


def _marked(data: bytes) -> tuple[str, int]:
    """The encoding that a byte order mark at the beginning names, UTF-8 without one, and the bytes of the mark."""
    return next(((encoding, len(mark)) for mark, encoding in _MARKS.items() if data.startswith(mark)), ("utf-8", 0))


def _check_zeros(text: str, what: str, expected: str) -> None:
    if "\0" in text:
        zeros = sorted((text[::2].count("\0"), text[1::2].count("\0")))
        is_utf16 = zeros[0] == 0 and zeros[1] > len(text) // 4  # of Latin letters every other byte is zero
        hint = ", as UTF-16 does: save it as UTF-8" if is_utf16 else ""
        raise InputError(f"{what} is not text (it holds zero bytes{hint}); expected {expected}")


class TextFile:
    """A text of any size, read piece by piece in flat memory and as often as somebody asks: that of `text_of`.

    Args:
        opened: opens the bytes at their beginning, once for each reading.
        what, expected: as in `text_of`.
        most: how many bytes it may have, unpacked.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[BinaryIO]],
        what: str,
        expected: str = "text",
        most: Limit = limits.STREAMED_TEXT,
    ):
        self.what, self._opened, self._expected, self._most = what, opened, expected, most

    def pieces(self) -> Iterator[str]:
        """The text in pieces of whole lines, each with its end, about a megabyte or one line; raises as `text_of`."""
        begun: list[str] = []
        for text in self._decoded(*self._encoding):
            end = text.rfind("\n") + 1
            if end:
                yield unified("".join((*begun, text[:end])))
                begun = []
            begun.append(text[end:])
        if rest := "".join(begun):
            yield unified(rest)

    def text(self, most: Limit = limits.UNPACKED) -> str:
        """The whole text; raises InputError beyond `most` letters."""
        parts, size = list[str](), 0
        for piece in self.pieces():
            parts.append(piece)
            size += len(piece)
            most.check(size, self.what)
        return "".join(parts)

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers from 1; raises as `text_of`."""
        before = 0
        for piece in self.pieces():
            for number, line in numbered_lines(piece.removesuffix("\n")):
                yield before + number, line
            before += piece.count("\n")

    @cached_property
    def _encoding(self) -> tuple[str, str]:
        """That of the whole text ('' for what its mark says), and what is done with bytes that are no letters."""
        try:
            for text in self._decoded("", "strict"):
                _check_zeros(text, self.what, self._expected)
        except UnicodeDecodeError as error:
            windows = "cp1252", "replace"
            if self._mark[1] or any(_CONTROLS.search(text) for text in self._decoded(*windows)):
                raise InputError(f"{self.what} is not text; expected {self._expected}") from error
            return windows
        return "", "strict"

    @cached_property
    def _mark(self) -> tuple[str, int]:
        return _marked(next(self._bytes(), b""))

    def _decoded(self, encoding: str, errors: str) -> Iterator[str]:
        """Pieces of the text with "\\n" line ends."""
        named, skipped = self._mark
        letters = codecs.getincrementaldecoder(encoding or named)(errors)
        decoder = io.IncrementalNewlineDecoder(letters, translate=True)
        for piece in self._bytes():
            yield decoder.decode(piece[skipped:])
            skipped = 0
        yield decoder.decode(b"", final=True)

    def _bytes(self) -> Iterator[bytes]:
        size = 0
        try:
            with self._opened() as handle:
                for piece in _unpacked(handle, self.what, _PIECE):
                    size += len(piece)
                    self._most.check(size, self.what)
                    yield piece
        except OSError as error:
            raise InputError(f"{self.what} cannot be read ({error.strerror or error})") from error


def unified(text: str) -> str:
    """Text with "\\n" for every line end (CRLF, CR, LF, also mixed) and without byte order marks before a line.

    A mark stands before a later line where files were joined.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _MARK in text:
        text = text.removeprefix(_MARK).replace("\n" + _MARK, "\n")
    return text


def seen(text: str) -> str:
    """Text without the characters that nobody sees and that come along when it is copied from a page."""
    return text.translate(_UNSEEN)


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers from 1, one at a time: a list of them takes more room than the text."""
    number, start = 1, 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield number, text[start:end]
        number, start = number + 1, end + 1
