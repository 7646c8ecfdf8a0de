"""Planted noise: a second experiment that is the first with noise of a known kind, so that the truth is known."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from engine.disentangle import planted
from engine.plots import disentangle as plot
from engine.plots.disentangle import Order
from pages.panels.disentangle import choices, measures
from pages.shared.models import choose_one

KINDS = {
    "planted nothing": "nothing",
    "planted gc": "a bias by GC content",
    "planted offset": "an offset by batch",
    "planted multiplicative": "multiplicative noise",
}


def show(notion: str) -> None:
    st.markdown(
        "Here the second experiment is made: the first one's activities with **noise of a known kind** on top. So "
        "the clean signal is known, and a network can be asked whether it found it. These numbers belong to neither "
        "notion."
    )
    rows = planted.read()
    if not rows:
        st.info(f"Nothing is stored yet. Run: `{planted.COMMAND}`")
        return
    encoders = list(dict.fromkeys(s.encoder for s in rows if s.encoder in choices.ORDER.encoders))
    encoder = choose_one(encoders, "disentangle_planted", "Encoder", first=None) if len(encoders) > 1 else encoders[0]
    differences = st.toggle("Minus baseline_mse", key="disentangle_planted_apart", persist_state="session")
    own = [s for s in rows if s.encoder == encoder and bool(s.against in choices.ORDER.recipes) == differences]
    chosen = choices.several(measures.offered(own), f"disentangle_planted_{differences}", [])
    shown = [s for s in own if s.measure in chosen]
    if not shown:
        st.info("Nothing is stored of these measures.")
        return
    # the kinds of noise are the columns here, in place of the encoders
    order = Order(tuple(KINDS.values()), choices.ORDER.recipes)
    panels = [measures.panel(m) for m in chosen]
    columns = [replace(s, encoder=KINDS.get(s.notion, s.notion)) for s in shown]
    lines = [
        replace(s, encoder=KINDS.get(s.notion, s.notion))
        for s in rows
        if s.encoder not in choices.ORDER.encoders and s.measure in chosen and not differences
    ]
    title = f"Planted noise: {encoder}" + (", recipe minus baseline_mse" if differences else "")
    choices.figure(plot.grid(columns, panels, order, title, lines=lines, differences=differences), "planted")
    st.caption("Bars: 95% intervals over held-out sequences. Lines: what a rule without a network reaches.")
    choices.table(shown, "planted")
