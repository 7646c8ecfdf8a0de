"""Losses side by side: two to six models on one sequence and on the held-out elements, on one scale."""

import streamlit as st

from engine.errors import CisLensError
from engine.sequence import default_policy
from pages.panels.side_by_side import choices, maps
from pages.shared import bench, downloads, header, navigation
from pages.shared.plain import plain

navigation.inside_app("pages/side_by_side.py")
header.show("pages/side_by_side.py")
st.markdown("One network, different losses: what does each predict, what does it look at, and where is it right?")
choices.read_link()
try:
    cell, models = choices.choose_models()
    sequence, element, named = choices.choose_sequence()
    policy = default_policy(len(sequence), models[0].model.window)
    choices.write_link(cell, [c.name for c in models], named)
    place = f", {sequence.region.label} GRCh37" if sequence.region else ""
    st.subheader(f"{plain(sequence.name)}: {len(sequence)} bases{plain(place)}")
    maps.predictions(models, sequence, cell, policy)
    with st.container(horizontal=True):
        if st.button("Open in the Explorer", icon=":material/edit:"):
            bench.open_sequence(sequence)
            st.switch_page("pages/explorer.py")
    maps.explanations(models, sequence, cell, policy)
    if element is not None:
        maps.against_mutagenesis(models, element, cell)
    st.subheader("The held-out elements", help="The test fold of the joint library, which no model saw.")
    if downloads.offer_download(downloads.LENTIMPRA_FILES, "The comparison on held-out elements"):
        maps.on_held_out(models, cell)
except CisLensError as error:
    st.error(plain(error))
