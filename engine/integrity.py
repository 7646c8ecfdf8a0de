"""Whether a stored file still holds what was written: a checksum in every JSON file, the checks of every .npz.

A file of JSON carries the sha256 of all else in it, under `SEAL`. It is taken over the content and not over the bytes,
so that another layout or other line ends change nothing, and any other number, name or order in a list does. The arrays
of an .npz have the checksums of the zip archive that it is. Either is read without trust: nothing is unpacked before
its size is known to be that of the arrays that it claims to hold.
"""

from __future__ import annotations

import io
import json
import math
import struct
import tokenize
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np

from engine.errors import InputError
from engine.limits import UNPACKED

SEAL = "sha256"
# what zipfile and numpy say of an archive that is none, is cut short, encrypted or packed in a way of its own, and of a
# header that is no Python
_BROKEN = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, MemoryError, OverflowError, InputError),
    *(zipfile.BadZipFile, zlib.error, struct.error, SyntaxError, tokenize.TokenError),
)


def sealed(content: dict) -> dict:
    """The content with its checksum; a JSON object as it comes back from a file."""
    plain = json.loads(json.dumps({k: v for k, v in content.items() if k != SEAL}))
    return plain | {SEAL: _checksum(plain)}


def unsealed(raw: bytes) -> dict | None:
    """The content of a file that `sealed` made; None for any other: broken, changed, or without a checksum."""
    content = as_object(raw)
    if content is None or content.pop(SEAL, None) != _checksum(content):
        return None
    return content


def as_object(raw: bytes) -> dict | None:
    """The object that a JSON file holds, whatever is in it; None if it holds none."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):  # what is no text is a ValueError too
        return None
    return content if isinstance(content, dict) else None


def _checksum(content: dict) -> str:
    # keys in their order: some tables are read in the order of their rows
    return sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def arrays_of(file: Path) -> dict[str, np.ndarray] | None:
    """All arrays of an .npz; None if it is not there, or anything about it is not as `np.savez` writes it."""
    try:
        with open(file, "rb") as handle, zipfile.ZipFile(handle) as archive:
            entries = archive.infolist()
            UNPACKED.check(sum(entry.file_size for entry in entries), str(file))
            arrays = {entry.filename: _array(archive, entry) for entry in entries}
    except _BROKEN:
        return None
    whole = len(arrays) == len(entries) and all(name.endswith(".npy") for name in arrays)
    return {name.removesuffix(".npy"): array for name, array in arrays.items()} if whole else None


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    """Raises one of `_BROKEN`."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("not a packing that numpy uses")
    content = io.BytesIO(archive.read(entry))
    header = np.lib.format.read_array_header_1_0
    if np.lib.format.read_magic(content) != (1, 0):
        header = np.lib.format.read_array_header_2_0
    shape, _, dtype = header(content)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != entry.file_size - content.tell():
        raise ValueError("not the size that its header claims")
    content.seek(0)
    return np.lib.format.read_array(content, allow_pickle=False)
