"""Attributions: maps of a fixed panel of held-out elements by every model, on one scale."""

import streamlit as st

from engine.errors import CisLensError
from engine.experiments import checkpoints
from engine.interpretation.attribution import maps
from pages.panels.attributions import agreements, choices, element, places
from pages.shared import header, navigation
from pages.shared.plain import plain

COMMAND = "python -m engine interpret {} --what maps"


navigation.inside_app("pages/attributions.py")
header.show("pages/attributions.py")
st.markdown(
    f"{2 * maps.PER_HALF} held-out elements, half of high and half of low activity, explained by every model. Maps "
    "are in standard deviations of each model's held-out predictions, so that models compare."
)
try:
    panel = choices.stored(choices.stamps())
    if not panel:
        st.info(f"No maps are stored yet. Run: `{COMMAND.format('MODEL')}`")
        st.stop()
    chosen = choices.choose(panel)
    cell, models, how, start = chosen
    agreements.agreement(panel, cell, models, how, start)
    places.show(panel, cell, models, how, start)
    element.show(panel, cell, models, how, start)
    missing = [n for n in checkpoints.trained() if n not in panel]
    if missing:
        with st.expander(f"Trained models without maps for their weights: {len(missing)}"):
            st.code("\n".join(COMMAND.format(n) for n in missing), language="bash")
except CisLensError as error:
    st.error(plain(error))
