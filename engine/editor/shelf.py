"""Sequences that a browser had open lately, and those that its user marked as favourites.

Beside the sessions of `engine.editor.kept`, and like them: a file a browser, named by a digest of a token that only
this browser knows, readable by its owner alone. Of a recent sequence the reference and what was drawn on it are kept,
of a favourite its whole history too.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field, ValidationError

from engine import limits, store
from engine.editor import forms
from engine.editor.document import Document
from engine.editor.forms import DocumentForm
from engine.editor.kept import newest_first
from engine.editor.schema import Strict, first_wrong
from engine.errors import CisLensError, InputError
from engine.sequence import Sequence

RECENT = 12
FAVOURITES = limits.Limit(50, "favourites", "take the mark off some")
DAYS = 180  # since a browser last changed its own
MOST_BYTES = 200_000_000  # of all browsers together
_TURN = threading.Lock()  # two windows of a browser change one file


@dataclass(frozen=True)
class Entry:
    """A sequence on the shelf, and when it was last opened or marked (seconds since 1970)."""

    document: Document
    when: float
    favourite: bool = False

    @property
    def key(self) -> str:
        return key_of(self.document.reference)


class _Entry(Strict):
    document: DocumentForm
    when: float
    favourite: bool = False


class _Shelf(Strict):
    entries: list[_Entry] = Field(max_length=RECENT + FAVOURITES.most)


def key_of(reference: Sequence) -> str:
    """What tells one sequence from another: its name, its bases and its place."""
    return store.digest(f"{reference.name}\n{reference.bases}\n{reference.region}", 16)


def folder() -> Path:
    """Where the shelves of all browsers are."""
    return store.cache_folder() / "shelves"


def entries(browser: str) -> tuple[Entry, ...]:
    """What is on the shelf of a browser, the newest first; nothing if its file cannot be read."""
    try:
        raw = _file_of(browser).read_bytes()
        limits.SESSION.check(len(raw), "the shelf")
        written = _Shelf.model_validate_json(raw)
        return tuple(Entry(forms.read(e.document, "the shelf"), e.when, e.favourite) for e in written.entries)
    except (OSError, ValidationError, CisLensError):
        return ()


def stamp(browser: str) -> int:
    """A number that changes when the shelf does; 0 where there is none."""
    try:
        return _file_of(browser).stat().st_mtime_ns
    except OSError:
        return 0


def remember(browser: str, document: Document) -> None:
    """A sequence was opened. That of a favourite stays as it was marked.

    Raises:
        InputError: a sequence that cannot be written.
        OSError: the folder cannot be written.
    """
    opened = Entry(replace(document, edits=(), cursor=0, branches=()), time.time())
    with _TURN:
        shelf = entries(browser)
        same = next((e for e in shelf if e.key == opened.key and e.favourite), None)
        _write(browser, [replace(same, when=opened.when) if same else opened, *_others(shelf, opened.key)])


def mark(browser: str, document: Document) -> None:
    """Make a sequence, as it stands and with its history, a favourite.

    Raises:
        InputError: too many favourites, or a sequence that cannot be written.
        OSError: the folder cannot be written.
    """
    marked = Entry(document, time.time(), favourite=True)
    with _TURN:
        others = _others(entries(browser), marked.key)
        FAVOURITES.check(sum(e.favourite for e in others) + 1, "your list")
        _write(browser, [marked, *others])


def unmark(browser: str, key: str) -> None:
    """A favourite is one no longer; raises OSError where the folder cannot be written."""
    with _TURN:
        _write(browser, [replace(e, favourite=e.favourite and e.key != key) for e in entries(browser)])


def forget(browser: str) -> None:
    """Empty the shelf of a browser; raises OSError where the folder cannot be written."""
    _file_of(browser).unlink(missing_ok=True)


def _others(shelf: tuple[Entry, ...], key: str) -> list[Entry]:
    return [e for e in shelf if e.key != key]


def _write(browser: str, shelf: list[Entry]) -> None:
    recent = [e for e in shelf if not e.favourite][:RECENT]
    try:
        written = _Shelf(
            entries=[
                _Entry(document=forms.write(e.document), when=e.when, favourite=e.favourite)
                for e in shelf
                if e.favourite or e in recent
            ]
        )
    except ValidationError as error:
        raise InputError(f"the sequence cannot be kept: {first_wrong(error)}") from error
    text = written.model_dump_json(exclude_defaults=True).encode()
    limits.SESSION.check(len(text), "your list")
    file = _file_of(browser)
    is_new = not file.exists()
    store.make_folder(folder())
    os.chmod(folder(), 0o700)
    store.write_bytes(file, text)
    if is_new:
        sweep()


def sweep() -> None:
    """Remove the shelves that were not changed for `DAYS`, and the oldest beyond `MOST_BYTES`."""
    total = 0
    for file in newest_first(folder().glob("*.json")):
        try:
            state = file.stat()
        except OSError:
            continue
        total += state.st_size
        if total > MOST_BYTES or time.time() - state.st_mtime > DAYS * 86_400:
            file.unlink(missing_ok=True)


def _file_of(browser: str) -> Path:
    return folder() / f"{store.digest(browser, 32)}.json"
