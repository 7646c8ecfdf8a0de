"""One element of the panel by all chosen models, and how far each map can be trusted."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.experiments import labels
from engine.interpretation import stored as stored_results
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import store as reliability
from engine.interpretation.reliability.badge import OTHER_BASELINE, of_panel
from engine.plots import attributions as plot
from pages.panels.attributions.choices import Chosen
from pages.shared import bench, navigation, panel_elements, reliability_badge
from pages.shared.models import in_figures
from pages.shared.plain import plain


def show(panel: dict[str, maps.Maps], chosen: Chosen) -> None:
    """One element of the panel by all chosen models."""
    names, first = chosen.models, panel[chosen.models[0]]
    number, sequence, remark = panel_elements.choose(first, "attributions_element")
    values = np.stack([panel[n].profile(chosen.cell, chosen.method, chosen.baseline)[number] for n in names])
    st.plotly_chart(
        plot.one_element(names, values, sequence.bases, chosen.words, in_figures(names)),
        key="attributions-element",
    )
    _trusted(panel, chosen, number)
    if st.button("Open in the Explorer", icon=":material/edit:"):
        bench.open_sequence(sequence, remark)
        st.switch_page("pages/explorer.py")


def _trusted(panel: dict[str, maps.Maps], chosen: Chosen, number: int) -> None:
    """The short verdict on each model's maps of one element, and the way to all checks."""
    if chosen.baseline != "uniform":
        st.caption(OTHER_BASELINE)
        return
    verdicts, output = {}, chosen.cell
    for name in chosen.models:
        place = stored_results.place(name)
        content = reliability.read(place)
        if "checks" in content.get("outputs", {}).get(output, {}):
            verdicts[name] = of_panel(reliability.calibration(place, output, content), panel[name], output, number)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, verdict in verdicts.items():
            label = f"{plain(labels.short(name))}, IG against ISM: {verdict.level}"
            st.badge(label, color=reliability_badge.COLOURS[verdict.level], help=plain(verdict.sentence))
        first = next(iter(verdicts), "")
        label = f"All checks of {plain(labels.short(first))}"
        if verdicts and st.button(label, icon=":material/arrow_forward:", type="tertiary"):
            navigation.check_map(first, output, number)
