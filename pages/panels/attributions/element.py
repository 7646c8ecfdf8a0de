"""One element of the panel by all chosen models, and how far each map can be trusted."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.interpretation import stored as stored_results
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import store as reliability
from engine.interpretation.reliability.badge import OTHER_BASELINE, of_panel
from engine.plots import attributions as plot
from pages.shared import bench, navigation, panel_elements, reliability_badge
from pages.shared.plain import plain


def show(panel: dict[str, maps.Maps], output: str, names: list[str], method: str, baseline: str) -> None:
    """One element of the panel by all chosen models."""
    st.subheader("One element")
    first = panel[names[0]]
    number, sequence, remark = panel_elements.choose(first, "attributions_element")
    values = np.stack([panel[n].profile(output, method, baseline)[number] for n in names])
    st.plotly_chart(
        plot.one_element(names, values, sequence.bases, f"{method.upper()}, {output}", "s.d."),
        key="attributions-element",
    )
    _trusted(panel, output, names, number, baseline if method == "ig" else "uniform")
    if st.button("Open in the Explorer", icon=":material/edit:"):
        bench.open_sequence(sequence, remark)
        st.switch_page("pages/explorer.py")


def _trusted(panel: dict[str, maps.Maps], output: str, names: list[str], number: int, baseline: str) -> None:
    """The short verdict on each model's maps of one element, and the way to all checks."""
    if baseline != "uniform":
        st.caption(OTHER_BASELINE)
        return
    verdicts = {}
    for name in names:
        place = stored_results.place(name)
        content = reliability.read(place)
        if "checks" in content.get("outputs", {}).get(output, {}):
            verdicts[name] = of_panel(reliability.calibration(place, output, content), panel[name], output, number)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, verdict in verdicts.items():
            label = f"{name}, IG against ISM: {verdict.level}"
            st.badge(label, color=reliability_badge.COLOURS[verdict.level], help=plain(verdict.sentence))
        if verdicts and st.button(
            f"All checks of {plain(next(iter(verdicts)))}", icon=":material/arrow_forward:", type="tertiary"
        ):
            navigation.check_map(next(iter(verdicts)), output, number)
