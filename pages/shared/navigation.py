"""Ways from one page to another."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from engine.experiments.description import read_description
from pages.shared import state


def inside_app(page: str) -> None:
    """Go on to `page` by way of app.py if Streamlit has run it alone.

    A page whose address is the very first one that a new server is asked for is run without app.py, since `pages/` is
    a folder that Streamlit discovers by itself until app.py has called `st.navigation`.
    """
    if PagesManager.uses_pages_directory and not state.INSIDE_APP.is_set:
        state.WANTED_PAGE.put((page, st.query_params.to_dict()))
        st.switch_page("app.py")


OPENED, FROM_PANEL = "the Explorer's sequence", "a held-out element"  # whose map is checked


def track_of(model: str, output: str) -> None:
    """The Explorer asks this model next, for all its cell types, and shows the tracks of one of them."""
    state.MODELS.put([model])
    state.OUTPUTS.put(read_description(model)["outputs"])
    state.TRACK_MODEL.put(model)
    state.TRACK_OUTPUT.put(output)


def check_map(model: str, output: str, element: int | None = None) -> None:
    """Go to the checks of a map: of the sequence on screen, or of an element of the panel, counted from 0."""
    state.RELIABILITY_MODEL.put(model)
    state.RELIABILITY_OUTPUT.put(output)
    state.RELIABILITY_SOURCE.put(OPENED if element is None else FROM_PANEL)
    if element is not None:
        state.RELIABILITY_ELEMENT.put(element)
    st.switch_page("pages/reliability.py")
