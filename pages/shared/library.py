"""The library with its folds, read once for all pages that look at held-out elements."""

import streamlit as st

from engine.data.library import Library, library


@st.cache_resource(show_spinner="Reading the library …")
def library() -> Library:
    return library_()
