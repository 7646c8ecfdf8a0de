"""The badge under a map: the short verdict on it, with its reasons, and the way to the whole one."""

import streamlit as st

from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.reliability.badge import OTHER_BASELINE
from engine.interpretation.reliability.verdict import LEVELS, Verdict
from pages.shared import navigation, work
from pages.shared.plain import plain

COLOURS = dict(zip(LEVELS, ("green", "orange", "red"), strict=True))


def show(checkpoint: Checkpoint, output: str, verdict: Verdict | None) -> None:
    """Draw the verdict; nothing where the model was not examined for this output.

    Args:
        verdict: None for maps that the scale is not for.
    """
    if work.scale(checkpoint, output) is None:
        return
    if verdict is None:
        st.caption(OTHER_BASELINE)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(verdict.level, icon=":material/verified:", color=COLOURS[verdict.level])
        if st.button("All checks", icon=":material/arrow_forward:", type="tertiary"):
            navigation.check_map(checkpoint.name, output)
    st.caption(plain(verdict.sentence))
