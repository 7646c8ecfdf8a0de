"""The sequence on screen in words and as plain text."""

from __future__ import annotations

import streamlit as st

from engine.editor.document import Document
from engine.errors import CisLensError
from engine.sequence import ambiguous_positions, any_known, gc_content
from pages.shared import bench, shelf, show, state
from pages.shared import header as page_header
from pages.shared.plain import plain


def header(document: Document) -> None:
    """What is on screen, in a line, and what is known about it."""
    reference = document.reference
    place = f", {reference.region.label} {reference.region.build}" if reference.region else ""
    gc = f"{gc_content(document.bases):.0%}" if any_known(document.bases) else "not known"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="sequence_line"):
        st.markdown(
            f"**{plain(reference.name)}** ({len(document.bases)} bp{plain(place)}; GC {gc}; {plain(reference.origin)})"
            + (f" :small[{plain(document.remark)}]" if document.remark else ""),
            width="content",
        )
        shelf.star(document)
        show.open_in_ucsc(document.sequence.region)
        page_header.what_is_this("pages/explorer.py")
    unknown = ambiguous_positions(document.bases)
    if len(unknown) == len(document.bases):
        st.warning("No known base: none of the letters is A, C, G or T, so no model is asked and there is no number.")
    elif unknown:
        st.warning(
            f"{len(unknown):,} of {len(document.bases):,} bases are not A, C, G or T (first at position "
            f"{unknown[0] + 1}); the models see each as 0.25 of every base."
        )


def as_text(document: Document) -> None:
    """The same sequence as a plain text field."""
    # a field of its own for every state of the sequence: one field, whose text is set from here, would be taken for
    # changed by the user whenever a key press in the editor comes before the browser has the new text
    field = state.Key(f"editor_text-{state.EDITION.get()}", "")
    with st.popover("As text", icon=":material/notes:"):
        st.text_area(
            "Sequence (edit it here; Ctrl+Enter applies)",
            document.bases,
            key=field.name,
            height=140,
            width=640,
            on_change=_take,
            args=(field,),
            persist_state="session",
            help="Letters other than A, C, G, T and the IUPAC codes are refused; blanks, digits, lower case and U are "
            "cleaned.",
        )
        if wrong := state.EDITOR_ERROR.get():
            st.error(f"{plain(wrong)}. Your text is kept; the tracks still show the last valid sequence.")
        for note in state.EDITOR_NOTES.get():
            st.caption(f"Cleaned: {plain(note)}.")


def _take(field: state.Key[str]) -> None:
    """The text field was changed: take it over, or keep the text and say what is wrong with it."""
    try:
        changed, notes = bench.document().typed(field.get())
        bench.check_length(changed.reference.name, changed.bases)
    except CisLensError as error:
        state.EDITOR_ERROR.put(str(error))
        return
    bench.put_document(changed)
    state.EDITOR_NOTES.put(tuple(notes))
