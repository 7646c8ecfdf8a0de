"""Undo and redo of the open sequence on the pages beside the Explorer, and the way back to one that was closed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine.editor.document import Document
from engine.errors import CisLensError
from pages.shared import bench, state
from pages.shared.plain import plain

# pages that work on the open sequence or change it; the Explorer's editor and history have their own
PAGES = ("pages/in_silico.py", "pages/variants.py", "pages/saturation.py", "pages/scan.py", "pages/reliability.py")
_WRONG: state.Key[str] = state.Key("undo_wrong", "")


def show(page: str) -> None:
    """Two buttons where an open sequence was edited; their help says what they would do."""
    document = bench.document()
    if page not in PAGES or document is None:
        return
    name = document.reference.name
    if document.cursor:
        edit = document.edits[document.cursor - 1].description
        _button("undo", f"Undo in {name}: {edit}", Document.undo)
    if document.cursor < len(document.edits):
        edit = document.edits[document.cursor].description
        _button("redo", f"Redo in {name}: {edit}", Document.redo)
    reopen_button()


def _button(icon: str, told: str, walk: Callable[[Document], Document]) -> None:
    st.button(
        plain(icon.capitalize()),
        key=f"page_{icon}",
        icon=f":material/{icon}:",
        type="tertiary",
        help=plain(told),
        on_click=lambda: bench.put_document(walk(bench.document())),
    )


def reopen_button() -> None:
    """Opens again what was closed last, if anything was."""
    closed = state.CLOSED.get()
    if closed:
        st.button(
            f"Reopen {plain(closed[-1].reference.name[:40])}",
            key="reopen",
            icon=":material/undo:",
            type="tertiary",
            on_click=_reopen,
        )
    if wrong := _WRONG.pop():
        st.error(plain(wrong))


def _reopen() -> None:
    try:
        bench.reopen()
    except CisLensError as error:
        _WRONG.put(str(error))
