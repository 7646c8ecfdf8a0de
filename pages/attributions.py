"""Attributions: maps of a fixed panel of held-out elements by every model, on one scale."""

import streamlit as st

from engine.errors import CisLensError
from engine.experiments import checkpoints
from engine.interpretation.attribution import maps
from pages.panels.attributions import agreements, choices, element, places
from pages.shared import header, models, navigation
from pages.shared.plain import plain

COMMAND = "python -m engine interpret {} --what maps"
SECTIONS = {
    "Where along the element?": places.show,
    "One element": element.show,
    "Other kinds of maps, and seeds": agreements.details,
}

navigation.inside_app("pages/attributions.py")
header.show("pages/attributions.py")
try:
    panel = choices.stored(choices.stamps())
    if not panel:
        st.info(f"No maps are stored yet. Run: `{COMMAND.format('MODEL')}`")
        st.stop()
    chosen = choices.choose(panel)
    agreements.answer(panel, chosen)
    section = st.segmented_control(
        "Details", list(SECTIONS), default=next(iter(SECTIONS)), required=True, key="attributions_section",
        persist_state="session",
    )  # fmt: skip
    SECTIONS[section](panel, chosen)
    st.caption(
        f"{2 * maps.PER_HALF} held-out elements, half of high and half of low activity. Maps are in standard "
        "deviations of each model's held-out predictions, so that models can be compared."
    )
    with st.container(horizontal=True):
        models.legend(chosen.models)
        if missing := [n for n in checkpoints.trained() if n not in panel]:
            with st.popover(f"Models without maps: {len(missing)}"):
                st.code("\n".join(COMMAND.format(n) for n in missing), language="bash")
except CisLensError as error:
    st.error(plain(error))
