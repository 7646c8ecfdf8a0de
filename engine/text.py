"""Bytes that somebody gave, as text: plain or gzip/bgzip, with or without byte order mark, never cut short."""

from __future__ import annotations

import gzip
import io
import zlib

from engine import limits
from engine.errors import InputError

_GZIP = b"\x1f\x8b"
# the empty block that ends every bgzip file (SAM specification, section 4.1.2)
_BGZIP_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def decompressed(data: bytes, what: str = "the file") -> bytes:
    """`data` unpacked if it is gzip or bgzip, else as it is.

    Raises:
        InputError: a compressed file that is cut short, damaged or unpacks to more than `limits.UNPACKED`.
    """
    if not data.startswith(_GZIP):
        return data
    is_bgzip = data[3:4] == b"\x04" and data[12:14] == b"BC"
    if is_bgzip and not data.endswith(_BGZIP_END):
        raise InputError(f"{what} is cut short: it lacks the mark that ends a bgzip file; copy or download it again")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as handle:
            unpacked = handle.read(limits.UNPACKED.most + 1)
    except EOFError as error:
        raise InputError(f"{what} is cut short in its compressed part; copy or download it again") from error
    except (OSError, zlib.error) as error:
        raise InputError(f"{what} is damaged and cannot be unpacked ({error}); copy or download it again") from error
    limits.UNPACKED.check(len(unpacked), what)
    return unpacked


def text_of(data: bytes, what: str = "the file", expected: str = "text") -> str:
    """`decompressed(data)` as text, without byte order mark; raises InputError for what is not UTF-8 text."""
    unpacked = decompressed(data, what)
    try:
        text = unpacked.decode("utf-8-sig")  # some editors begin a text with a byte order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{what} is not text; expected {expected}") from error
    if "\0" in text:
        raise InputError(f"{what} is not text (it holds zero bytes); expected {expected}")
    return text
