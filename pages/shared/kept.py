"""What is open is kept on this computer as one goes on, and offered again on the next visit."""

from __future__ import annotations

import secrets
import time

import streamlit as st

from engine import places
from engine.editor import kept, shelf
from engine.editor.kept import Kept
from engine.editor.session import Session
from engine.errors import CisLensError
from engine.sequence import Sequence
from pages.shared import bench, sessions, state
from pages.shared.plain import plain

_KEEPER = st.components.v2.component("cislens_keeper", js=(places.assets() / "keeper.js").read_text(encoding="utf-8"))
_TOLD: state.Key[dict] = state.Key("keeper", {})  # what the browser says
_WINDOW: state.Key[str | None] = state.Key("kept_window", None)  # the token of this visit
_BEFORE: state.Key[tuple[Kept, ...] | None] = state.Key("kept_before", None)  # of earlier visits and other windows
_LAST: state.Key[Session | None] = state.Key("kept_last", None)
_SHELVED: state.Key[Sequence | None] = state.Key("kept_shelved", None)  # the last that went to the recent ones
_WRONG: state.Key[str | None] = state.Key("kept_wrong", None)
_CHOSEN: state.Key[int] = state.Key("kept_chosen", 0)


def browser() -> str | None:
    """The token of the browser, once it has told; None for one that keeps nothing."""
    told = _TOLD.get()
    token = told.get("browser") if hasattr(told, "get") else None
    return token if kept.is_token(token) else None


def offer(page: str | None = None) -> None:
    """What this browser had open before, unless it is open already or was declined; opening it leads to `page`."""
    _KEEPER(key=_TOLD.name, data={"known": browser()}, on_browser_change=lambda: None)
    token = browser()
    if token is None:
        return
    if not _BEFORE.is_set:
        try:
            _BEFORE.put(tuple(kept.kept(token, _window())))
        except OSError:
            _BEFORE.put(())
    opened = bench.current().documents
    before = [k for k in _BEFORE.get() or () if not set(k.session.bench.documents) <= set(opened)]
    if not before:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="kept"):
        st.selectbox(
            "What you had open",
            range(len(before)),
            key=_CHOSEN.name,
            format_func=lambda i: _in_words(before[i]),
            help=f"Kept for this browser alone in {plain(kept.folder())}, on the computer that runs CisLens, for "
            f"{kept.DAYS} days at most. Nothing of it is sent anywhere.",
        )
        chosen = before[min(_CHOSEN.get(), len(before) - 1)]
        if st.button("Open what you had", icon=":material/history:", type="primary"):
            _open(chosen, page)
        st.button("Not now", on_click=_BEFORE.put, args=((),))
        st.button("Forget it", help="Removes all that was kept for this browser.", on_click=_forget, args=(token,))
    if wrong := _WRONG.pop():
        st.error(plain(wrong))


def keep() -> str | None:
    """Keep what is open now; a line for the screen if that cannot be, and None if it is or nothing changed."""
    token, shown = browser(), sessions.on_screen()
    if token is None:
        return "This browser does not let CisLens know it again: save the session to have it back later."
    if shown == _LAST.get():
        return None
    try:
        kept.keep(token, _window(), shown)
        document = shown.bench.document
        if document and document.reference != _SHELVED.get():
            shelf.remember(token, document)
            _SHELVED.put(document.reference)
    except CisLensError as error:
        return f"What is open cannot be kept: {error}"
    except OSError as error:
        return f"What is open cannot be kept in {kept.folder()} ({error.strerror}): save the session."
    _LAST.put(shown)
    return None


def _window() -> str:
    return _WINDOW.get() or _WINDOW.setdefault(secrets.token_hex(16)) or ""


def _open(chosen: Kept, page: str | None) -> None:
    inside = set(bench.current().documents) <= set(chosen.session.bench.documents)
    try:
        sessions.restore(chosen.session, beside=not inside)
    except CisLensError as error:
        _WRONG.put(str(error))
    if page:
        st.switch_page(page)
    st.rerun()


def _forget(token: str) -> None:
    try:
        kept.forget(token)
        shelf.forget(token)
    except OSError as error:
        _WRONG.put(f"{kept.folder()} cannot be changed ({error.strerror})")
    _BEFORE.put(())
    _LAST.clear()


def _in_words(one: Kept) -> str:
    """'LDLR and 2 more, 14 edits, 30 Nov 00:41'."""
    documents = one.session.bench.documents
    shown = one.session.bench.document or documents[0]
    more = f" and {len(documents) - 1} more" if len(documents) > 1 else ""
    edits = sum(len(d.applied) for d in documents)
    when = time.strftime("%d %b %H:%M", time.localtime(one.saved))
    return f"{shown.reference.name[:60]}{more}, {edits} edit{'s' * (edits != 1)}, {when}"
