"""A tour of the app in five steps, offered on the first visit of a browser and shown whenever it is asked for.

It runs in the browser alone (assets/tour/tour.js), which also remembers that it was offered.
"""

from __future__ import annotations

import streamlit as st

from engine import places
from pages.shared import state

_FILES = places.assets() / "tour"
_CSS = (_FILES / "tour.css").read_text(encoding="utf-8")
_TOUR = st.components.v2.component("cislens_tour", js=(_FILES / "tour.js").read_text(encoding="utf-8"))
_ASKED: state.Key[int] = state.Key("tour_asked", 0)


def offer() -> None:
    """The tour, for every page; drawn once above them."""
    _TOUR(key="cislens_tour", data={"asked": _ASKED.get(), "css": _CSS}, height=1)


def button() -> None:
    if st.button("Take the tour", key="tour_button", icon=":material/explore:", on_click=_ASKED.count):
        st.rerun()  # `offer` stands outside any fragment
