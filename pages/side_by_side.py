"""Losses side by side: two to six models on one sequence and on the held-out elements, on one scale."""

import streamlit as st

from engine.errors import CisLensError
from engine.sequence import default_policy
from pages.panels.side_by_side import choices, disagreement, effects, held_out, maps
from pages.shared import bench, downloads, header, navigation
from pages.shared.models import trained_or_stop
from pages.shared.plain import plain

navigation.inside_app("pages/side_by_side.py")
header.show("pages/side_by_side.py")
choices.read_link()
try:
    trained_or_stop()
    sequence, element, named = choices.choose_sequence()
    cell, models = choices.choose_models(element)
    policy = default_policy(len(sequence), models[0].model.window)
    section = st.segmented_control(
        "Section", choices.SECTIONS, default=choices.SECTIONS[0], required=True, key=choices.SECTION.name,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    choices.write_link(cell, [c.name for c in models], named)
    if section == "This sequence":
        place = f", {sequence.region.label} GRCh37" if sequence.region else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"{plain(sequence.name)}: {len(sequence)} bases{plain(place)}", width="content")
            if st.button("Open in the Explorer", icon=":material/edit:"):
                bench.open_sequence(sequence)
                st.switch_page("pages/explorer.py")
        maps.predictions(models, sequence, cell, policy)
        maps.explanations(models, sequence, cell, policy)
    elif section == "Measured effects":
        if element is None:
            st.info(f"Choose '{choices.SOURCES[0]}' above: only these were measured base by base.")
        else:
            effects.show(models, element, cell)
    elif downloads.offer_download(downloads.LENTIMPRA_FILES, "The comparison on held-out elements"):
        show = held_out.show if section == "Held-out elements" else disagreement.show
        show(models, cell)
except CisLensError as error:
    st.error(plain(error))
