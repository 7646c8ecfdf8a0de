"""Favourites and recent sequences of this browser: lists to open from, and the mark on the one on screen."""

from __future__ import annotations

import time

import streamlit as st

from engine.editor import shelf
from engine.editor.document import Document
from engine.editor.shelf import Entry
from engine.errors import CisLensError
from pages.shared import bench, kept, state
from pages.shared.plain import plain

_READ: state.Key[tuple[int, tuple[Entry, ...]]] = state.Key("shelf_read", (0, ()))  # with the stamp of its file
_WRONG: state.Key[str | None] = state.Key("shelf_wrong", None)


def entries() -> tuple[Entry, ...]:
    """What this browser's shelf holds, the newest first; nothing where the browser is not known again."""
    token = kept.browser()
    if token is None:
        return ()
    stamp = shelf.stamp(token)
    if _READ.get()[0] != stamp:
        _READ.put((stamp, shelf.entries(token)))
    return _READ.get()[1]


def favourites() -> list[Entry]:
    return [e for e in entries() if e.favourite]


def recent() -> list[Entry]:
    """Those that are no favourites and are not open."""
    opened = {shelf.key_of(d.reference) for d in bench.current().documents}
    return [e for e in entries() if not e.favourite and e.key not in opened]


def star(document: Document) -> None:
    """A button that makes the sequence on screen a favourite, as it stands, or takes the mark off."""
    token = kept.browser()
    if token is None:
        return
    key = shelf.key_of(document.reference)
    marked = any(e.key == key for e in favourites())
    st.button(
        "Favourite",
        key="favourite",
        icon=":material/star:" if marked else ":material/star_border:",
        type="primary" if marked else "secondary",
        help="Takes the mark off again."
        if marked
        else "Keeps this sequence with its edits in your list on Home, for this browser, on the computer that runs "
        "CisLens.",
        on_click=_marked,
        args=(token, None if marked else document, key),
    )
    if wrong := _WRONG.pop():
        st.error(plain(wrong))


def _marked(token: str, document: Document | None, key: str) -> None:
    try:
        if document is None:
            shelf.unmark(token, key)
        else:
            shelf.mark(token, document)
    except CisLensError as error:
        _WRONG.put(str(error))
    except OSError as error:
        _WRONG.put(f"{shelf.folder()} cannot be changed ({error.strerror})")


def show(page: str | None = None) -> None:
    """The favourites and the recent sequences, if any, a button each; opening one leads to `page`."""
    if marked := favourites():
        st.caption("Favourites")
        _buttons(marked, ":material/star:", page)
    if opened := recent():
        st.caption("Recent")
        _buttons(opened, ":material/history:", page)
    if wrong := _WRONG.pop():
        st.error(plain(wrong))


def _buttons(listed: list[Entry], icon: str, page: str | None) -> None:
    with st.container(horizontal=True):
        for entry in listed:
            if st.button(plain(_label(entry)), key=f"shelf-{entry.key}", icon=icon, help=plain(_in_words(entry))):
                _open(entry, page)


def _open(entry: Entry, page: str | None) -> None:
    try:
        bench.open_beside(entry.document)
    except CisLensError as error:
        st.error(plain(error))
        return
    state.VIEW.clear()
    state.DRAWER_DONE.put(True)
    if page:
        st.switch_page(page)
    st.rerun()


def _label(entry: Entry) -> str:
    document = entry.document
    edited = ", edited" if document.bases != document.reference.bases else ""
    return f"{document.reference.name[:40]} ({len(document.bases)} bp{edited})"


def _in_words(entry: Entry) -> str:
    """Where it is from and when it was opened, in a line."""
    reference = entry.document.reference
    place = f"{reference.region.label} {reference.region.build}".strip() if reference.region else reference.origin
    return f"{place[:80]}, {time.strftime('%d %b %Y, %H:%M', time.localtime(entry.when))}"
