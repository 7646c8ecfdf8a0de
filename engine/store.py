"""Files that are whole or not there, what they were made of, and the command that mends a broken one: the one
writer of files, of what CisLens keeps and of what a user asks for.

A *cache* saves time: where its file is missing, broken or made of something else, it is made anew without a word
(`load_json`, `load_arrays`, `remembered`). A *result* is somebody's work: a broken file is an error that names the
command which makes it anew (`read_json`, `read_arrays`, `remembered` with `mend`). What a file of arrays was made of it
holds itself, as text under a name of the caller's choice (its marks).

Nothing here knows models; where their results lie, `engine.interpretation.stored` knows.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from engine import integrity
from engine.errors import CheckpointError
from engine.limits import Limit

UPGRADE = "python -m engine upgrade"  # gives files of earlier versions their checksums


def cache_folder() -> Path:
    """Where downloads and computed tables are kept; a place that takes nothing where nobody has a home."""
    try:
        return Path(os.environ.get("CISLENS_CACHE") or Path.home() / ".cache" / "cislens").expanduser()
    except RuntimeError:  # neither HOME nor an entry among the users
        return Path(os.devnull) / "cislens"


def digest(content: str | bytes, length: int | None = None) -> str:
    """The sha256 of some content in hexadecimal, or the first `length` letters of it, as names of files have them."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:length]


# --- writing ----------------------------------------------------------------------------------------

_PARTIAL = re.compile(r"\.cislens-([0-9a-f]{8})-([0-9]+)-[0-9a-f]{16}\.partial")
_STALE = 3600.0  # seconds after which what a dead process left is swept: longer than any file takes to write
_IN_MEMORY, _PIECE = 64_000_000, 1 << 20  # bytes of a stream that are kept without a file, and read at once
_swept: set[Path] = set()  # folders that this process has looked through


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A file to write to, which takes the place of `file` once it is whole; after an error `file` is as it was.

    It lies beside the file, under a name that nobody else has and whose ending nobody looks for. Its content, and then
    its new name, are on the disk before this returns. A link stays a link, and the file that it leads to is replaced.
    What cannot be replaced (a pipe, a device, an open file as `/dev/stdout` or `/dev/fd/3`) gets the whole content at
    the end.

    Raises:
        OSError: it cannot be written, at the start where that can be known.
    """
    with _writable(file) as partial:
        yield partial


def _writable(file: Path) -> AbstractContextManager[Path]:
    opened = descriptor(file)
    if opened is not None:
        return _poured(lambda: os.fdopen(os.dup(opened), "wb"))
    try:
        mode = os.stat(file).st_mode  # of what a link leads to; a link that leads in a circle is an error
    except FileNotFoundError:
        return _renamed(Path(os.path.realpath(file)))
    if stat.S_ISREG(mode):
        return _renamed(Path(os.path.realpath(file)))
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    if not os.access(file, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
    return _poured(lambda: open(file, "wb"))


def descriptor(file: Path) -> int | None:
    """The number of the open file that a path, or the link that it is, stands for on Unix; None for any other."""
    path = str(file)
    for _ in range(40):  # as many links as Linux follows
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        if match := re.fullmatch(rf"(?:/dev|/proc/{os.getpid()}|/proc/{os.getpid()}/task/[0-9]+)/fd/([0-9]+)", path):
            return int(match[1])
        if not os.path.islink(path):
            return None
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    return None


@contextmanager
def _poured(opened: Callable[[], BinaryIO]) -> Iterator[Path]:
    """A temporary file whose content goes into what cannot be replaced, once it is whole."""
    with tempfile.TemporaryDirectory(prefix="cislens-") as folder:
        partial = Path(folder) / "content"
        yield partial
        sys.stdout.flush()  # what was printed before comes first
        with opened() as handle, partial.open("rb") as content:
            shutil.copyfileobj(content, handle)


@contextmanager
def _renamed(target: Path) -> Iterator[Path]:
    make_folder(target.parent)
    sweep(target.parent)
    partial = beside(target)
    try:
        partial.open("xb").close()  # a folder that cannot be written is told before the work
        yield partial
        settle(partial)
        rename(partial, target)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def beside(target: Path) -> Path:
    """A name in the same folder, for a file or folder on its way to `target`, that no other thread or process has.

    It tells whose it is, so that `sweep` knows what a dead process left.
    """
    return target.parent / f".cislens-{_host()}-{os.getpid()}-{secrets.token_hex(8)}.partial"


def rename(partial: Path, target: Path) -> None:
    """Let `partial` take the place of `target`, and have the disk know it."""
    for attempt in range(10):
        try:
            partial.replace(target)
            break
        except PermissionError:  # Windows: somebody is just reading the old file
            if os.name != "nt" or attempt == 9:
                raise
            time.sleep(0.05)
    settle(target.parent)


def settle(path: Path) -> None:
    """Return once the disk holds the content of a file, or the names in a folder."""
    if path.is_dir():
        if os.name == "nt":
            return  # cannot open a folder, and keeps its names by itself
        with contextlib.suppress(OSError):  # not every network drive knows this of folders
            _fsync(path, os.O_RDONLY)
    else:
        _fsync(path, os.O_RDWR)  # Windows wants to be able to write


def _fsync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """A folder and those above it, if they are not there, by names that the disk holds."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for new in missing:
        settle(new.parent)


def sweep(folder: Path) -> None:
    """Remove what processes of this machine that are no more left half-written in a folder; once a process."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            name = _PARTIAL.fullmatch(entry.name)
            if name and name[1] == _host() and not _lives(int(name[2])):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat().st_mtime > _STALE:
                        shutil.rmtree(entry.path) if entry.is_dir() else os.unlink(entry.path)


def _lives(process: int) -> bool:
    """Whether a process runs. Windows says no, as asking would end it; there what is open cannot be removed."""
    if os.name == "nt":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


@functools.cache
def _host() -> str:
    return digest(platform.node(), 8)


def spooled(source: BinaryIO, most: Limit, what: str) -> Callable[[], AbstractContextManager[BinaryIO]]:
    """What a stream holds, to be read from its beginning as often as its opener is called, once at a time.

    It is kept in memory, or where that is too much in a nameless temporary file, which goes with the process.

    Raises:
        InputError: more than `most` bytes.
    """
    # it lives as long as what opens it
    kept = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
    size = 0
    while piece := source.read(_PIECE):
        size += len(piece)
        most.check(size, what)
        kept.write(piece)

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        kept.seek(0)
        yield kept

    return opened


def write_bytes(file: Path, content: bytes) -> None:
    """Bytes that replace the old file only when they are whole."""
    with replacing(file) as partial:
        partial.write_bytes(content)


def write_json(file: Path, content: dict) -> None:
    """JSON with its checksum (`engine.integrity`), which replaces the old file only when it is whole."""
    text = json.dumps(integrity.sealed(content), indent=1, ensure_ascii=False) + "\n"
    write_bytes(file, text.encode(errors="surrogatepass"))


def write_arrays(file: Path, **arrays: np.ndarray) -> None:
    """`np.savez_compressed` that replaces the old file only when it is whole."""
    with replacing(file) as partial, partial.open("wb") as handle:
        np.savez_compressed(handle, allow_pickle=False, **arrays)


# --- reading ----------------------------------------------------------------------------------------


def load_json(file: Path) -> dict | None:
    """The content of a JSON file that `write_json` wrote; None if it is not there, broken or changed since."""
    try:
        return integrity.unsealed(file.read_bytes())
    except OSError:
        return None


def read_json(file: Path, mend: str) -> dict:
    """The content of a JSON file that `write_json` wrote, empty if there is none.

    Raises:
        CheckpointError: it is broken or was changed since; gives `mend`, the command that makes it anew.
    """
    content = load_json(file)
    if content is None and file.is_file():
        raise CheckpointError(f"{file} {wrong_with(file)}delete it and run: {mend}")
    return content or {}


def wrong_with(file: Path) -> str:
    """What is wrong with a JSON file that `load_json` does not read, and what may mend it, before what else may."""
    try:
        content = integrity.as_object(file.read_bytes())
    except OSError as error:
        return f"cannot be read ({error.strerror}); "
    if content and integrity.SEAL not in content:
        return f"has no checksum: if an earlier version of CisLens wrote it, run: {UPGRADE}; if not, "
    return "is broken; " if content is None else "is broken: it was changed after it was written; "


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
    try:
        write_arrays(file, **arrays)
    except OSError:
        if mend is not None:
            raise  # a cache only saves time: without a place for it, the work goes on
    return arrays


def _whole_arrays(file: Path, needed: set[str]) -> dict[str, np.ndarray] | None:
    arrays = integrity.arrays_of(file)
    return arrays if arrays is not None and arrays.keys() >= needed else None


def _bears(arrays: dict[str, np.ndarray], marks: dict[str, str]) -> bool:
    return all(str(arrays[name]) == mark for name, mark in marks.items())
