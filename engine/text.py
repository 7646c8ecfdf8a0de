"""Bytes that somebody gave, as text: plain or gzip/bgzip, in any of the usual encodings, never cut short.

All that is read goes through here, so that the same file means the same on every page and in every command. What comes
out has "\\n" as its only line end and no byte order mark; split it with `text.split("\\n")`: `str.splitlines` parts at
more than line ends (a form feed in a comment, for one).
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator

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
    if not data.startswith(_GZIP):
        for mark, kind in _PACKED.items():
            if data.startswith(mark):
                raise InputError(f"{what} is packed as {kind}; unpack it first (gzip alone is unpacked here)")
        most.check(len(data), what)
        return data
    is_bgzip = data[3:4] == b"\x04" and data[12:14] == b"BC"
    if is_bgzip and not data.endswith(_BGZIP_END):
        raise InputError(f"{what} is cut short: it lacks the mark that ends a bgzip file; copy or download it again")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as handle:
            unpacked = handle.read(most.most + 1)
    except EOFError as error:
        raise InputError(f"{what} is cut short in its compressed part; copy or download it again") from error
    except (OSError, zlib.error) as error:
        raise InputError(f"{what} is damaged and cannot be unpacked ({error}); copy or download it again") from error
    most.check(len(unpacked), what)
    return unpacked


def text_of(data: bytes, what: str = "the file", expected: str = "text", most: Limit = limits.UNPACKED) -> str:
    """`decompressed(data)` as text with "\\n" line ends and without byte order mark.

    UTF-8, or what a byte order mark says (UTF-16, UTF-32); what is neither is taken for Windows-1252, which has the
    letters of Latin-1: names and comments are written so. None of its letters above 127 is DNA, a digit or an allele,
    so each reader refuses them with their place wherever they mean something.

    Raises:
        InputError: what `decompressed` says, or what is not text, as an image or a BAM file.
    """
    unpacked = decompressed(data, what, most)
    encoding, length = next(((e, len(m)) for m, e in _MARKS.items() if unpacked.startswith(m)), ("utf-8", 0))
    try:
        text = unpacked[length:].decode(encoding)
    except UnicodeDecodeError as error:
        text = unpacked.decode("cp1252", "replace")
        if length or _CONTROLS.search(text):
            raise InputError(f"{what} is not text; expected {expected}") from error
    if "\0" in text:
        zeros = sorted((text[::2].count("\0"), text[1::2].count("\0")))
        is_utf16 = zeros[0] == 0 and zeros[1] > len(text) // 4  # of Latin letters every other byte is zero
        hint = ", as UTF-16 does: save it as UTF-8" if is_utf16 else ""
        raise InputError(f"{what} is not text (it holds zero bytes{hint}); expected {expected}")
    return unified(text)


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
