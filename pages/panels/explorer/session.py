"""Several sequences side by side; saving, opening and linking what is on screen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.editor import session
from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.sequence import default_policy
from pages.shared import bench, downloads, kept, sessions, state, work
from pages.shared.plain import plain

_LINK: state.Key[str | None] = state.Key("link", None)  # to what is on screen; None where no address holds it


def _open_file() -> None:
    """The uploaded session takes the place of what is open; a broken one changes nothing."""
    file = state.SESSION_UPLOAD.get()
    state.SESSION_ERROR.clear()
    if file is None:
        return
    try:
        sessions.restore(session.from_json(file.getvalue(), file.name), beside=False)
    except CisLensError as error:
        state.SESSION_ERROR.put(str(error))
    else:
        state.SESSION_OPENED.put(True)


def read_link() -> None:
    """Open what the address holds."""
    if wrong := sessions.open_link(st.query_params.get("s", "")):
        st.error(f"{plain(wrong)}. Nothing that was open is lost.")


def write_link() -> None:
    """Let the address hold what is on screen, so that reloading the page or passing it on shows the same.

    Where that is more than an address holds, it holds nothing: an old state would be opened for the one on screen. The
    whole of what is open is kept on this computer either way.
    """
    link = sessions.link()
    _LINK.put(link)
    if link is None:
        st.query_params.pop("s", None)
    elif st.query_params.get("s") != link:
        st.query_params["s"] = link
    wrong = kept.keep()
    if _LINK.get() is None:
        st.warning(
            "The address of this page does not hold what is on screen: there are more edits than a link takes. "
            + (plain(wrong) if wrong else "It is kept on this computer, and offered on your next visit.")
        )
    elif wrong and kept.browser():
        st.warning(plain(wrong))


def show() -> None:
    """Save, open, link."""
    with st.popover("Session", icon=":material/save:", help="Save all that is open, open it again, or link to it."):
        _save_and_open()


def told() -> None:
    """What a session that was opened left out, or why it was not opened."""
    if wrong := state.SESSION_ERROR.get():
        st.error(f"{plain(wrong)}. Nothing that was open is lost.")
    if note := state.SESSION_NOTE.get():
        st.warning(plain(note))


def _save_and_open() -> None:
    save, load = st.columns(2)
    with save:
        if bench.document() is None:
            st.caption("Nothing is open yet.")
        else:
            shown = sessions.on_screen()
            downloads.button(
                "Save session (JSON)",
                lambda: session.to_json(shown),
                "cislens-session.json",
                icon=":material/save:",
                help="All open sequences with their whole edit history, the models and the cell types.",
            )
            if link := _LINK.get():
                st.caption("Link to the sequence on screen, with its edits, models, cell types and window:")
                st.code(f"{(st.context.url or '').split('?')[0]}?s={link}", language=None, height=80)
            else:
                st.caption("There are more edits than a link takes: save the session instead.")
            if kept.browser():
                st.caption(
                    "All of it is kept on the computer that runs CisLens, for this browser alone, and offered on your "
                    "next visit."
                )
    with load:
        st.file_uploader("Open a session", type=["json"], key=state.SESSION_UPLOAD.name, on_change=_open_file)
        if state.SESSION_OPENED.pop():
            st.rerun()  # all of the page: the models are chosen outside of the part that runs after an upload


def open_sequences(checkpoint: Checkpoint, outputs: list[str]) -> None:
    """A tab for each open sequence, and what the model predicts for all of them beside each other."""
    opened = bench.current()
    if len(opened.documents) < 2:
        return
    labels = opened.labels
    # a new key for every change of the bench: the control then shows what is on screen
    shown = state.Key(f"shown-{state.VERSION.get()}", opened.active)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Open sequences",
            range(len(labels)),
            default=opened.active,
            required=True,
            key=shown.name,
            format_func=lambda i: plain(labels[i]),
            on_change=lambda: bench.put(bench.current().shown(shown.get())),
        )
        st.button(
            "Close",
            icon=":material/close:",
            help="Closes the sequence on screen. The history brings it back.",
            on_click=bench.close,
        )
    with st.expander(f"Side by side: {len(labels)} sequences"):
        rows = []
        for label, document in zip(labels, opened.documents, strict=True):
            policy = default_policy(len(document.sequence), checkpoint.model.window)
            values = work.prediction(checkpoint, document.sequence, policy).values[0]
            rows.append({"sequence": label, "bases": len(document.bases), "edits": len(document.applied)})
            rows[-1] |= {o: float(v) for o, v in zip(checkpoint.model.outputs, values, strict=True) if o in outputs}
        table = pd.DataFrame(rows)
        for output in [o for o in outputs if o in table]:
            table[f"{output}, minus the first"] = table[output] - table[output].iloc[0]
        numbers = {c: st.column_config.NumberColumn(format="%.3f") for c in table.columns[3:]}
        st.dataframe(table, hide_index=True, column_config=numbers)
        st.caption(f"{plain(checkpoint.name)}, log2 RNA/DNA, both strands averaged; * edited.")
