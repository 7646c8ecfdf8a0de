"""The library with its folds, read once for all pages that look at held-out elements."""

import streamlit as st

from engine.data import library
from engine.data.library import Library


@st.cache_resource(show_spinner="Reading the library …")
def joint() -> Library:
    return library.joint()
