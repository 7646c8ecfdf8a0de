"""Files that are whole or not there, what they were made of, and the command that mends a broken one: the one
writer of what CisLens keeps (what a user asks for by `--out`, `engine.cli.common` writes).

A *cache* saves time: where its file is missing, broken or made of something else, it is made anew without a word
(`load_json`, `load_arrays`, `remembered`). A *result* is somebody's work: a broken file is an error that names the
command which makes it anew (`read_json`, `read_arrays`, `remembered` with `mend`). What a file of arrays was made of it
holds itself, as text under a name of the caller's choice (its marks).

Nothing here knows models; where their results lie, `engine.interpretation.stored` knows.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.errors import CheckpointError

BROKEN = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)  # what numpy says of a broken .npz


def cache_folder() -> Path:
    """Where downloads and computed tables are kept."""
    return Path(os.environ.get("CISLENS_CACHE") or Path.home() / ".cache" / "cislens").expanduser()


def digest(content: str | bytes, length: int | None = None) -> str:
    """The sha256 of some content in hexadecimal, or the first `length` letters of it, as names of files have them."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:length]


# --- writing ----------------------------------------------------------------------------------------


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A file beside `file` to write to, which takes its place once it is whole; after an error `file` is as it was.

    The name is this thread's alone, so that two processes, or two sessions of the app, never write to the same one, and
    ends on none of the endings that files are looked for by.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        yield partial
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def write_bytes(file: Path, content: bytes) -> None:
    """Bytes that replace the old file only when they are whole."""
    with replacing(file) as partial:
        partial.write_bytes(content)


def write_json(file: Path, content: dict) -> None:
    """JSON that replaces the old file only when it is whole."""
    write_bytes(file, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def write_arrays(file: Path, **arrays: np.ndarray) -> None:
    """`np.savez_compressed` that replaces the old file only when it is whole."""
    with replacing(file) as partial, partial.open("wb") as handle:
        np.savez_compressed(handle, allow_pickle=False, **arrays)


# --- reading ----------------------------------------------------------------------------------------


def load_json(file: Path) -> dict | None:
    """The content of a JSON file; None if it is not there or broken."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def read_json(file: Path, mend: str) -> dict:
    """The content of a JSON file, empty if there is none.

    Raises:
        CheckpointError: it is broken; gives `mend`, the command that makes it anew.
    """
    content = load_json(file)
    if content is None and file.is_file():
        raise CheckpointError(f"{file} is broken; delete it and run: {mend}")
    return content or {}


def load_arrays(file: Path, *needed: str, **marks: str) -> dict[str, np.ndarray] | None:
    """All arrays of a file that `write_arrays` wrote.

    Returns:
        None if it is not there, is broken, lacks one of `needed` or holds other `marks` than these.
    """
    arrays = _whole_arrays(file, {*needed, *marks})
    return arrays if arrays is not None and _bears(arrays, marks) else None


def read_arrays(file: Path, mend: str, *needed: str, **marks: str) -> dict[str, np.ndarray] | None:
    """`load_arrays` of a result: None if there is none, or of other `marks`.

    Raises:
        CheckpointError: it is broken or lacks one of `needed`; gives `mend`, the command that makes it anew.
    """
    arrays = _whole_arrays(file, {*needed, *marks})
    if arrays is None and file.is_file():
        raise CheckpointError(f"{file} is broken; run: {mend}")
    return arrays if arrays is not None and _bears(arrays, marks) else None


def remembered(
    file: Path,
    needed: tuple[str, ...],
    compute: Callable[[], dict[str, np.ndarray]],
    *,
    mend: str | None = None,
    **marks: str,
) -> dict[str, np.ndarray]:
    """The arrays of a file; those of `compute`, which are kept there, where it does not hold them.

    Args:
        needed: names of arrays that must be there.
        mend: of a result, the command that makes it anew; None for a cache.
        marks: what the arrays are made of. A file of other marks is made anew.

    Raises:
        CheckpointError: a result that is broken, with `mend`.
    """
    kept = load_arrays(file, *needed, **marks) if mend is None else read_arrays(file, mend, *needed, **marks)
    if kept is not None:
        return kept
    arrays = compute() | {name: np.array(mark) for name, mark in marks.items()}
    write_arrays(file, **arrays)
    return arrays


def _whole_arrays(file: Path, needed: set[str]) -> dict[str, np.ndarray] | None:
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
    except BROKEN:
        return None
    return arrays if arrays.keys() >= needed else None


def _bears(arrays: dict[str, np.ndarray], marks: dict[str, str]) -> bool:
    return all(str(arrays[name]) == mark for name, mark in marks.items())
