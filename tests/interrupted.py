"""An action broken off at every point: killed or refused at each operation on files, or out of room at each byte.

Each attempt runs in a process of its own (a fork, so that it costs milliseconds), which an audit hook of Python
watches: opening for writing, renaming, removing, making folders, copying; and, by a wrapper, flushing to the disk. A
test gives the action and afterwards asserts what must hold of the files, whichever point it was::

    for point in interrupted.kills(lambda: store.write_json(file, new), folder):
        assert store.load_json(file) in (old, new), point

`folder` is put back as it was after each attempt. Only on Unix
(`pytestmark = interrupted.unix` skips a file elsewhere).
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

unix = pytest.mark.skipif(not hasattr(os, "fork"), reason="interrupts an action in a fork of the process")

_EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.copyfile"}
_EVENTS |= {"shutil.copytree", "shutil.move", "shutil.rmtree"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MOST = 1000  # points of one action; more are a mistake of the test


def kills(action: Callable[[], object], folder: Path) -> Iterator[str]:
    """Run `action` once for each of its operations in `folder`, killed there, and yield where that was, so that
    the caller can look at the files. The last time it runs to its end."""
    yield from _each(action, folder, "kill")


def refusals(action: Callable[[], object], folder: Path) -> Iterator[str]:
    """The same where each operation in turn fails as on a full disk (ENOSPC); the action goes on as it likes."""
    yield from _each(action, folder, "refuse")


def out_of_room(action: Callable[[], object], folder: Path, sizes: Iterator[int] | range, dies: bool) -> Iterator[int]:
    """The same where no file can grow beyond so many bytes: the write fails, or the process is killed by it."""
    for size in sizes:
        with _restored(folder):
            _fork(action, lambda size=size: _limit(size, dies))
            yield size


def _each(action: Callable[[], object], folder: Path, how: str) -> Iterator[str]:
    for n in range(_MOST):
        with _restored(folder), tempfile.NamedTemporaryFile("r", encoding="utf-8", suffix=".point") as point:
            _fork(action, lambda n=n, point=point: _watch(folder, n, how, point.name))
            where = point.read()
            yield f"{how} {n}: {where or 'none'}"
            if not where:
                return
    raise AssertionError(f"more than {_MOST} operations")


@contextlib.contextmanager
def _restored(folder: Path) -> Iterator[None]:
    """`folder` put back afterwards as it is now."""
    with tempfile.TemporaryDirectory() as safe:
        shutil.copytree(folder, Path(safe) / "copy", symlinks=True)
        try:
            yield
        finally:
            shutil.rmtree(folder)
            shutil.copytree(Path(safe) / "copy", folder, symlinks=True)


def _fork(action: Callable[[], object], prepare: Callable[[], None]) -> None:
    """`action` in a child, whose output is dropped; waits for its end."""
    child = os.fork()
    if child == 0:
        try:
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            prepare()
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.waitpid(child, 0)


def _limit(size: int, dies: bool) -> None:
    import resource  # of Unix alone

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    if dies:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def _watch(folder: Path, n: int, how: str, point: str) -> None:
    """Strike at the `n`-th operation in `folder`, after it was written down in the file `point`."""
    root, counted = str(folder), [0]

    def operation(name: str, *paths: object) -> None:
        if not any(isinstance(p, str | bytes | os.PathLike) and os.fsdecode(p).startswith(root) for p in paths):
            return
        counted[0] += 1
        if counted[0] - 1 != n:
            return
        counted[0] = -_MOST  # writing it down is no operation
        with open(point, "w", encoding="utf-8") as handle:
            handle.write(f"{name} {' '.join(map(str, paths))}")
        if how == "kill":
            os._exit(137)
        counted[0] = n + 1
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def hook(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            operation("open", arguments[0])
        elif event in _EVENTS:
            operation(event, *arguments[:2])

    sys.addaudithook(hook)
    fsync = os.fsync

    def flushed(descriptor: int) -> None:
        operation("fsync", os.readlink(f"/proc/self/fd/{descriptor}") if os.path.isdir("/proc/self/fd") else root)
        fsync(descriptor)

    os.fsync = flushed
