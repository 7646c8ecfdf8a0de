"""The grid: every encoder under every recipe, over the four tiers."""

from __future__ import annotations

import streamlit as st

from engine.plots import disentangle as plot
from pages.panels.disentangle import choices, measures
from pages.shared import address
from pages.shared.models import choose_one
from pages.shared.plain import plain

FIRST = {
    "tier 1": "tier 1/K562/spearman",
    "tier 2": "tier 2/consensus/spearman",
    "tier 3": "tier 3/high/consensus/spearman",
    "tier 4": "tier 4/activity probe/r2",
}


def show(notion: str) -> None:
    rows = choices.scores(notion)
    if not rows:
        return
    st.markdown(
        "Each column is an **encoder** (the network), each line a **recipe** (its losses): how well is the same "
        "network, trained on the same sequences, at four different things?"
    )
    chosen = []
    for column, (tier, title) in zip(st.columns(len(measures.TIERS)), measures.TIERS.items(), strict=True):
        offered = measures.offered(choices.absolute(rows), f"{tier}/")
        if not offered:
            continue
        with column:
            chosen.append(
                choose_one(
                    offered,
                    address.made(tier.replace(" ", "_"), f"disentangle_{tier}_{notion}"),
                    f"{tier.capitalize()}: {title[0].lower() + title[1:] if title != 'CAGI5' else title}",
                    first=FIRST[tier],
                    format_func=lambda m: m.split("/", 1)[1].replace("/", ", "),
                )
            )
    published = measures.reported() if notion == choices.CELLS else {}
    shown = [s for s in choices.absolute(rows) if s.measure in chosen]
    lines = [s for s in choices.simple(rows) if s.measure in chosen]
    panels = [measures.panel(m) for m in chosen]
    choices.figure(
        plot.grid(
            shown, panels, choices.ORDER, f"Every encoder and recipe ({notion})", lines=lines, published=published
        ),
        "grid",
    )
    st.caption(
        "Points: held-out value, of several seeds the mean; bars: 95% intervals over sequences, variants or elements; "
        "small circles: single seeds, which the bars do not hold; lines: what a rule without a network reaches"
        + (f" ({plain(', '.join(dict.fromkeys(s.recipe for s in lines)))})." if lines else " (none is stored).")
    )
    choices.table([*shown, *lines], "grid")
