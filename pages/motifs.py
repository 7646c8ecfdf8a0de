"""Motifs: how they go with measured activity, what networks hold of them, what they do to predictions."""

import streamlit as st

from engine.errors import CisLensError
from pages.panels.motifs.stored import VIEWS
from pages.shared import header, navigation
from pages.shared.plain import plain

navigation.inside_app("pages/motifs.py")
header.show("pages/motifs.py")
view = st.segmented_control(
    "View", list(VIEWS), default=next(iter(VIEWS)), required=True, key="motifs_view", persist_state="session"
)
try:
    VIEWS[view]()
except CisLensError as error:
    st.error(plain(error))
