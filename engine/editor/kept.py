"""Sessions that are kept on this computer, so that a closed window or a stopped server loses nothing.

Each browser has a folder of its own, named by a digest of a token that only this browser knows; each of its windows a
file there, which holds what a session file holds. The folder can be read by its owner alone, nothing of it leaves the
computer that runs CisLens, and it is swept: by age, by number and by size.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine import store
from engine.editor import session as sessions
from engine.editor.session import Session
from engine.errors import CisLensError

DAYS = 30
MOST = 10  # sessions of one browser
MOST_BYTES = 500_000_000  # of all browsers together
_TOKEN = re.compile("[0-9a-f-]{32,36}")


@dataclass(frozen=True)
class Kept:
    """A session that was kept, and when (seconds since 1970)."""

    session: Session
    saved: float


def folder() -> Path:
    """Where the sessions of all browsers are kept."""
    return store.cache_folder() / "sessions"


def is_token(text: object) -> bool:
    """Whether this can be the token of a browser or of a window."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def keep(browser: str, window: str, session: Session) -> None:
    """Keep what a window has open, in place of what it had before, and of what another kept that is the same.

    Args:
        browser, window: their tokens.

    Raises:
        InputError: a session that cannot be saved.
        OSError: the folder cannot be written.
    """
    own = _folder_of(browser)
    text = sessions.to_json(session).encode()
    documents = store.digest(sessions.to_json(Session(session.bench)), 16)
    file = own / f"{window}.{documents}.json"
    store.make_folder(own)
    os.chmod(folder(), 0o700)
    old = [f for f in own.glob("*.json") if f.name.startswith(f"{window}.") or f.name.split(".")[1] == documents]
    store.write_bytes(file, text)
    for other in old:
        if other != file:
            other.unlink(missing_ok=True)
    if not any(f.name.startswith(f"{window}.") for f in old):
        sweep()


def kept(browser: str, but: str = "") -> list[Kept]:
    """What this browser kept, the newest first, without the window `but`; what cannot be read is left out."""
    found = []
    for file in newest_first(_folder_of(browser).glob("*.json")):
        if file.name.startswith(f"{but}.") and but:
            continue
        try:
            found.append(Kept(sessions.from_json(file.read_bytes(), "what was kept"), file.stat().st_mtime))
        except (CisLensError, OSError):
            continue
    return found


def forget(browser: str) -> None:
    """Remove all that this browser kept."""
    for file in _folder_of(browser).glob("*.json"):
        file.unlink(missing_ok=True)


def sweep() -> None:
    """Remove what is older than `DAYS`, more than `MOST` of one browser, and the oldest beyond `MOST_BYTES`."""
    total = 0
    numbers: dict[Path, int] = {}
    for file in newest_first(folder().glob("*/*.json")):
        try:
            state = file.stat()
        except OSError:
            continue
        total += state.st_size
        numbers[file.parent] = numbers.get(file.parent, 0) + 1
        if total > MOST_BYTES or numbers[file.parent] > MOST or time.time() - state.st_mtime > DAYS * 86_400:
            file.unlink(missing_ok=True)


def _folder_of(browser: str) -> Path:
    return folder() / store.digest(browser, 32)


def newest_first(files: Iterable[Path]) -> list[Path]:
    """Files by when they were written."""

    def saved(file: Path) -> float:
        try:
            return file.stat().st_mtime
        except OSError:  # another window has just replaced it
            return 0.0

    return sorted(files, key=saved, reverse=True)
