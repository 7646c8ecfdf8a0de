"""Files that are whole or not there, and the command that mends a broken one: the only writer."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from engine.errors import CheckpointError


def write_json(file: Path, content: dict) -> None:
    """JSON that replaces the old file only when it is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    partial.replace(file)


def read_json(file: Path, mend: str) -> dict:
    """The content of a JSON file, empty if there is none. Raises CheckpointError, with the command that mends it."""
    try:
        return json.loads(file.read_text()) if file.is_file() else {}
    except ValueError as error:
        raise CheckpointError(f"{file} is broken; delete it and run: {mend}") from error


def read_arrays(file: Path, mend: str, *needed: str) -> dict[str, np.ndarray] | None:
    """The arrays of a file, None if there is none.

    Raises:
        CheckpointError: it is broken or lacks one of `needed`; gives the command that mends it.
    """
    arrays = load_arrays(file, *needed)
    if arrays is None and file.is_file():
        raise CheckpointError(f"{file} is broken; run: {mend}")
    return arrays


BROKEN = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)  # what numpy says of a broken .npz


def cache_folder() -> Path:
    """Where downloads and computed tables are kept."""
    return Path(os.environ.get("CISLENS_CACHE") or Path.home() / ".cache" / "cislens").expanduser()


def save_arrays(file: Path, **arrays: np.ndarray) -> None:
    """`np.savez_compressed` that appears under its name only when it is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.stem}.{os.getpid()}.partial.npz")
    np.savez_compressed(partial, allow_pickle=False, **arrays)
    partial.replace(file)


def load_arrays(file: Path, *needed: str) -> dict[str, np.ndarray] | None:
    """All arrays of a file that `save_arrays` wrote. None if it is not there, is broken or lacks one of `needed`: what
    can be computed anew then is."""
    try:
        with np.load(file, allow_pickle=False) as z:
            arrays = dict(z)
    except BROKEN:
        return None
    return arrays if arrays.keys() >= set(needed) else None
