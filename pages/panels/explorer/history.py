"""The history of the sequence on screen: its steps, states with a name, and what was undone before another edit."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine.editor.document import Document
from engine.errors import CisLensError
from pages.shared import bench, state, undo
from pages.shared.plain import plain

LISTED = 30  # steps around the present one that are listed
_NAME: state.Key[str] = state.Key("history_name", "")
_WRONG: state.Key[str | None] = state.Key("history_wrong", None)


def popover(document: Document) -> None:
    """The panel behind a button that counts the edits in force."""
    with st.popover(f"History ({len(document.applied)})", icon=":material/history:", help="Edits, states, branches."):
        show()


def show() -> None:
    """Undo and redo, the steps, and the states: each can be gone to, opened beside, or forgotten."""
    document = bench.document()
    if document is None:
        return
    _walk(document)
    _steps(document)
    _name()
    _branches(document)
    undo.reopen_button()
    if wrong := _WRONG.pop():
        st.error(plain(wrong))


def _changed(change: Callable[[Document], Document]) -> None:
    """For callbacks: what is on screen then, changed."""
    try:
        bench.put_document(change(bench.document()))
    except CisLensError as error:
        _WRONG.put(str(error))


def _walk(document: Document) -> None:
    walks = (
        ("Undo", ":material/undo:", Document.undo, document.cursor == 0),
        ("Redo", ":material/redo:", Document.redo, document.cursor == len(document.edits)),
        ("Back to the reference", ":material/restart_alt:", Document.reset, document.cursor == 0),
    )
    with st.container(horizontal=True):
        for label, icon, walk, impossible in walks:
            st.button(
                label, key=f"history-{label}", icon=icon, disabled=impossible, on_click=_changed, args=(walk,),
            )  # fmt: skip


def _steps(document: Document) -> None:
    """The steps of this history, each to go to; those after the present one are undone."""
    if not document.edits:
        st.caption("No edit yet. Each edit becomes a step here, and you can go back to any of them.")
        return
    first = max(0, min(document.cursor - LISTED // 2, len(document.edits) - LISTED))
    listed = range(first, min(len(document.edits), first + LISTED) + 1)
    if len(listed) <= len(document.edits):
        st.caption(f"Steps {first:,} to {listed[-1]:,} of {len(document.edits):,}.")
    # a widget of its own for every state of the sequence, so that it always shows the present step
    step = state.Key(f"history_step-{state.EDITION.get()}", document.cursor)
    with st.container(height=min(260, 30 + 26 * len(listed))):
        st.radio(
            "Step",
            listed,
            index=document.cursor - first,
            key=step.name,
            format_func=lambda n: "0. the reference" if not n else f"{n}. {plain(document.edits[n - 1].description)}",
            label_visibility="collapsed",
            on_change=lambda: _changed(lambda d: d.at(step.get())),
        )


def _name() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Name this state",
            key=_NAME.name,
            placeholder="e.g. GATA1 site removed",
            help="You find a named state again whatever you do next. Session files keep it.",
        )
        st.button("Keep", icon=":material/bookmark_add:", key="history_keep", on_click=_keep)


def _keep() -> None:
    document = bench.document()
    try:
        bench.follow_editor(document.named(_NAME.get()))
    except CisLensError as error:
        _WRONG.put(str(error))
        return
    _NAME.put("")


def _branches(document: Document) -> None:
    if not document.branches:
        return
    st.caption("Kept states. An edit after an undo keeps here what was undone.")
    for index, branch in reversed([*enumerate(document.branches)]):
        present = branch.edits == document.applied
        with st.container(horizontal=True, vertical_alignment="center"):
            n = len(branch.edits)
            counted = f", {n} edit{'s' * (n != 1)}" if branch.name else ""
            st.markdown(
                f"**{plain(branch.label)}**{plain(counted)}" + (" (on screen)" if present else ""), width="stretch"
            )
            st.button(
                "Go",
                key=f"branch_go-{index}-{state.EDITION.get()}",
                disabled=present,
                help="Shows this state. Where you are now is kept too.",
                on_click=_changed,
                args=(lambda d, i=index: d.gone_to(i),),
            )
            st.button(
                "Open beside",
                key=f"branch_beside-{index}-{state.EDITION.get()}",
                help="Opens this state as a sequence of its own, to compare the two.",
                on_click=_open_beside,
                args=(index,),
            )
            st.button(
                "",
                key=f"branch_remove-{index}-{state.EDITION.get()}",
                icon=":material/delete:",
                help="Forget this state",
                on_click=_forget,
                args=(index,),
            )


def _open_beside(index: int) -> None:
    try:
        bench.open_beside(bench.document().gone_to(index))
    except CisLensError as error:
        _WRONG.put(str(error))


def _forget(index: int) -> None:
    try:
        bench.follow_editor(bench.document().without_branch(index))
    except CisLensError as error:
        _WRONG.put(str(error))
