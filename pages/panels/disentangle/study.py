"""Ours beside the study's figures, what the recipes gain over plain squared error, and what that gain is worth."""

from __future__ import annotations

import streamlit as st

from engine.data import published
from engine.disentangle.results import Score, per_network
from engine.experiments import labels
from engine.plots import disentangle as plot
from engine.statistics import VERDICTS, verdict
from pages.panels.disentangle import choices, measures
from pages.shared.plain import plain

PRINTED = (
    "tier 1/K562/spearman", "tier 2/consensus/spearman", "tier 3/high/consensus/spearman",
    "tier 4/experiment probe/accuracy", "tier 4/activity probe/r2",
)  # fmt: skip
FULL, BASELINE = "full_disentangle", "baseline_mse"
CONSENSUS, THIRD, DIFFERENCE = "tier 2/consensus/spearman", "tier 2/third ", "cells/difference/spearman"
HEADLINES = ("tier 1/K562/spearman", CONSENSUS, "tier 3/high/consensus/spearman", DIFFERENCE)


def show(notion: str) -> None:
    rows = choices.scores(notion)
    if not rows:
        return
    parts = {"Gains": lambda: _gains(rows, notion), "A third measurement": lambda: _third(rows, notion)}
    if notion == choices.CELLS:
        parts = {"Ours and the study's": lambda: _beside(rows), **parts, "The cells' difference": lambda: _cells(rows)}
    for tab, part in zip(st.tabs(list(parts)), parts.values(), strict=True):
        with tab:
            part()


def _beside(rows: list[Score]) -> None:
    st.subheader("Ours and the study's")
    st.markdown("Filled: ours, with 95% intervals. Open: what the study printed for networks of its own.")
    means = [s for s in choices.absolute(rows, (published.MEAN,)) if s.measure in PRINTED]
    if not means:
        st.caption("The study prints means over BiLSTM and dilated CNN; both have to be scored first.")
        return
    order = plot.Order((published.MEAN,), choices.ORDER.recipes)
    panels = [measures.panel(m) for m in PRINTED if m in {s.measure for s in means}]
    choices.figure(
        plot.across(
            means, panels, order, "Mean over BiLSTM and dilated CNN (cells)", published=measures.reported(),
        ),
        "published",
    )  # fmt: skip
    st.caption(
        f"Published: {published.DISENTANGLE.source}; larger networks, other training data: levels need not agree, the "
        "order of the recipes may."
    )
    choices.table(means, "published")


def _gains(rows: list[Score], notion: str) -> None:
    st.subheader("What a recipe gains over its baseline")
    st.markdown("Right of the line: better than the same encoder trained by squared error alone.")
    apart = _differences(rows)
    if not apart:
        st.info(f"No difference is stored yet. Run: `{choices.COMPARE}`")
        return
    chosen = choices.several(measures.offered(apart), f"disentangle_gains_{notion}", list(HEADLINES))
    shown = [s for s in apart if s.measure in chosen]
    if not shown:
        st.info("Choose at least one measure.")
        return
    panels = [measures.panel(m) for m in chosen]
    title = f"Each recipe minus {labels.RECIPES[BASELINE]} alone, paired ({notion})"
    choices.figure(plot.grid(shown, panels, choices.ORDER, title, differences=True), "differences")
    st.caption(
        "Bars: 95% intervals of the paired difference, over the same sequences or variants; of several seeds the mean."
    )
    choices.table(shown, "differences")


def _differences(rows: list[Score]) -> list[Score]:
    """Recipes minus the baseline of the same encoder."""
    return [s for s in rows if s.against == BASELINE and s.encoder in choices.ORDER.encoders]


def _third(rows: list[Score], notion: str) -> None:
    """Full DISENTANGLE minus its baseline: on the consensus, which it learned, and on what no network learned."""
    shown = [
        s for s in _differences(rows) if s.recipe == FULL and (s.measure == CONSENSUS or s.measure.startswith(THIRD))
    ]
    if not any(s.measure.startswith(THIRD) for s in shown):
        return
    st.subheader("Does the gain survive a third measurement?")
    st.markdown(
        "The consensus is made of the two experiments that the network learned from, so a gain there may be circular. "
        "The separate large-scale experiments are not: no network saw them, nor relatives of the sequences used here. "
    )
    for measure in measures.offered(shown):
        words = [verdict(s.metric.low, s.metric.high) for s in per_network(shown) if s.measure == measure]
        counts = ", ".join(f"{words.count(v)} {v}" for v in VERDICTS if v in words)
        third = measure.removeprefix(THIRD).replace("/spearman", "").replace("/", ", ")
        what = "the consensus" if measure == CONSENSUS else f"the third measurement in {third}"
        st.markdown(
            f"- On {plain(what)}: **{plain(counts)}** (encoders under full DISENTANGLE, against their baseline)"
        )
    panels = [measures.panel(m) for m in measures.offered(shown)]
    title = f"{labels.RECIPES[FULL]} minus {labels.RECIPES[BASELINE]} alone, on a third measurement ({notion})"
    choices.figure(plot.across(shown, panels, choices.ORDER, title, by="encoder", differences=True), "third")
    choices.table(shown, "third")


def _cells(rows: list[Score]) -> None:
    shown = [s for s in rows if s.measure == DIFFERENCE and s.encoder in choices.ORDER.encoders and not s.against]
    if not shown:
        return
    st.subheader("What invariance does to the cells' real difference")
    st.markdown(
        "K562 and HepG2 differ in earnest, and the study counts that as noise. Far right: the network still tells "
        "which sequences are more active in K562 than in HepG2. At 0: it has forgotten."
    )
    lines = [s for s in choices.simple(rows) if s.measure == DIFFERENCE]
    title = "Predicted against measured K562 minus HepG2 (cells)"
    choices.figure(plot.grid(shown, [measures.panel(DIFFERENCE)], choices.ORDER, title, lines=lines), "cells")
    choices.table(shown, "cells")
