"""The first line of a page: its name, and "What is this?" with how to read it and an example at one click."""

from __future__ import annotations

import streamlit as st

from engine.errors import CisLensError
from pages.shared import glossary, state, tour, undo
from pages.shared.about import ABOUT, Example
from pages.shared.plain import plain

_WRONG: state.Key[str] = state.Key("header_wrong", "")
_OPEN: state.Key[bool] = state.Key("header_open", False)


def show(page: str) -> None:
    """The line of a page named by its file, such as 'pages/benchmark.py'."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="page_header"):
        st.title(ABOUT[page].title, anchor=False, width="content")
        what_is_this(page)
        undo.show(page)
    told()


def what_is_this(page: str) -> None:
    """The popover alone, for a page whose first line holds more."""
    popover = st.popover("What is this?", icon=":material/help:", type="tertiary", key=_OPEN.name, on_change="rerun")
    with popover:
        _explanation(page)


def told() -> None:
    """Why an example could not be opened."""
    if wrong := _WRONG.pop():
        st.error(plain(wrong))


def _explanation(page: str) -> None:
    st.markdown(f"**{ABOUT[page].answers}**")
    st.markdown("- " + "\n- ".join(ABOUT[page].reading))
    example = ABOUT[page].example
    if example:
        with st.container(border=True):
            st.markdown(f"**Example.** {ABOUT[page].example.words}")
            if st.button("Show the example", key="page_example", type="primary", on_click=_load, args=(example,)):
                st.rerun()  # the whole page, also where the popover stands in a fragment
    if ABOUT[page].terms:
        with st.expander("Words on this page", icon=":material/menu_book:"):
            st.markdown("  \n".join(f"**{plain(t)}**: {glossary.TERMS[t]}" for t in ABOUT[page].terms))
    tour.button()


def _load(example: Example) -> None:
    _OPEN.put(False)  # the example lies below it
    try:
        if example.opens:
            example.opens()
    except CisLensError as error:
        _WRONG.put(str(error))
        return
    for name, value in example.choices.items():
        state.Key(name, None).put(value)
    if example.page:
        state.WANTED_PAGE.put((example.page, {}))
