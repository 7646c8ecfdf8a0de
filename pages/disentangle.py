"""DISENTANGLE: one network for several experiments, which learns what they agree on."""

import streamlit as st

from engine.errors import CisLensError
from pages.panels.disentangle import analyses, choices, grid, planted, sequence, study, trade_off
from pages.shared import header, navigation
from pages.shared.plain import plain

SECTIONS = {
    "The grid": grid.show,
    "Trade-off": trade_off.show,
    "Beside the study": study.show,
    "One sequence": sequence.show,
    "Analyses": analyses.show,
    "Planted noise": planted.show,
}

navigation.inside_app("pages/disentangle.py")
header.show("pages/disentangle.py")
notion = choices.notion()
try:
    if not choices.names(notion):
        st.info(f"No network of this notion is trained yet. Run: `{choices.TRAIN}`")
        st.stop()
    section = st.segmented_control(
        "Section", list(SECTIONS), default=next(iter(SECTIONS)), required=True, key="disentangle_section",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    SECTIONS[section](notion)
except CisLensError as error:
    st.error(plain(error))
