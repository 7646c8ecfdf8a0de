"""Ways from one page to another."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from engine.experiments import checkpoints


def inside_app(page: str) -> None:
    """Go on to `page` by way of app.py if Streamlit has run it alone.

    A page whose address is the very first one that a new server is asked for is run without app.py, since `pages/` is
    a folder that Streamlit discovers by itself until app.py has called `st.navigation`.
    """
    if PagesManager.uses_pages_directory and "inside_app" not in st.session_state:
        st.session_state["wanted_page"] = (page, st.query_params.to_dict())
        st.switch_page("app.py")


OPENED, FROM_PANEL = "the Explorer's sequence", "a held-out element"  # whose map is checked


def track_of(model: str, output: str) -> None:
    """The Explorer asks this model next, for all its cell types, and shows the tracks of one of them."""
    state = st.session_state
    state["models"], state["outputs"] = [model], checkpoints.read_description(model)["outputs"]
    state["track_model"], state["track_output"] = model, output


def check_map(model: str, output: str, element: int | None = None) -> None:
    """Go to the checks of a map: of the sequence on screen, or of an element of the panel, counted from 0."""
    state = st.session_state
    state["reliability_model"], state["reliability_output"] = model, output
    state["reliability_source"] = OPENED if element is None else FROM_PANEL
    if element is not None:
        state["reliability_element"] = element
    st.switch_page("pages/reliability.py")
