"""Motifs: where they match, what goes with them, what they cause, and what embeddings know of them."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from engine import store


def keep_compiled_code() -> None:
    """Name a folder for numba's compiled code where an installation and a home that cannot be written leave none.

    memelite asks numba to keep what it compiles, beside its own files or in the user's cache; numba refuses to load it
    where it can write to neither. Called before anything here imports memelite.
    """
    spec = importlib.util.find_spec("memelite")
    beside = [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []
    if "NUMBA_CACHE_DIR" in os.environ or any(_takes(f) for f in (*beside, Path("~/.cache").expanduser())):
        return
    own = store.cache_folder() / "numba"
    if not _takes(own.parent):
        own = Path(tempfile.mkdtemp(prefix="cislens-numba-"))
        atexit.register(shutil.rmtree, own, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(own)


def _takes(folder: Path) -> bool:
    """Whether a file can be made in a folder; asking for the permission would not know of a read-only disk."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


keep_compiled_code()
