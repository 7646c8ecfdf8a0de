"""The way to one design: which bases were settled early, and are they the ones that the map points at?"""

from __future__ import annotations

import streamlit as st

from engine.design.results import Designed, Goal
from engine.design.trajectory import early_and_important, settled
from engine.errors import CisLensError
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.plots import design as plot
from engine.sequence import default_policy
from engine.statistics import in_words
from pages.shared import glossary, show, work
from pages.shared.plain import plain


def show_way(design: Designed, goal: Goal, by: Checkpoint) -> None:
    """When each base was settled, above the map of the finished sequence by the model that ranks."""
    outputs = [o for o in goal.activity if o in by.model.outputs] or list(by.model.outputs)
    with st.expander(f"How {plain(design.sequence.name)} came about", icon=":material/timeline:", key="design_way"):
        output = st.selectbox(
            "Contributions in", outputs, key=f"design_way_output-{'-'.join(outputs)}",
            help=glossary.explained("IG"),
        )  # fmt: skip
        policy = default_policy(len(design.sequence), by.model.window)
        try:
            track = work.ig_track(by, design.sequence, policy, output, False, "uniform", False)
            at = settled(design.steps)
            metric = early_and_important(design.steps, track.per_position(output), goal.free)
        except CisLensError as error:
            st.error(plain(error))
            return
        st.plotly_chart(
            plot.trajectory(at, len(design.steps) - 1, track, output, goal.free),
            key=f"design-way-{design.sequence.name}",
            config=show.image_config("cislens-design-steps", "svg"),
        )
        st.markdown(
            f"Tall bars were settled early. Early bases and large contributions: rank correlation "
            f"{in_words(metric.value, metric.low, metric.high, metric.n)}. "
            f"Contributions by Integrated Gradients of {plain(labels.label(by.name))}."
        )
