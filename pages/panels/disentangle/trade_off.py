"""The trade-off: what a network gives up within an experiment for what it gains across experiments."""

from __future__ import annotations

import streamlit as st

from engine.disentangle.front import pareto
from engine.models.disentangle import DENOISED
from engine.plots import disentangle_analyses as plot
from engine.plots.disentangle import named
from pages.panels.disentangle import choices, measures
from pages.shared import address, navigation
from pages.shared.models import choose_one
from pages.shared.plain import plain
from pages.shared.state import Key

CHOSEN: Key[str | None] = Key("disentangle_opened", None)
CLICKED: Key[tuple[str, str] | None] = Key("disentangle_clicked", None)


def show(notion: str) -> None:
    rows, names = choices.absolute(choices.scores(notion)), choices.names(notion)
    if not rows:
        return
    st.markdown(
        "To the right: better **within** an experiment. Upwards: better at what **both experiments agree on**. The "
        "dotted line joins the networks that no other one beats at both."
    )
    left, right = st.columns(2)
    with left:
        across = choose_one(
            measures.offered(rows, "tier 1/"),
            address.made("across", f"disentangle_across_{notion}"),
            "Across",
            first=None,
            format_func=_words,
        )
    with right:
        offered = measures.offered(rows, "tier 2/") + measures.offered(rows, "cells/")
        up = choose_one(
            offered,
            address.made("up", f"disentangle_up_{notion}"),
            "Up",
            first="tier 2/consensus/spearman",
            format_func=_words,
        )
    shown = [s for s in rows if s.measure in (across, up)]
    event = st.plotly_chart(
        named(
            plot.trade_off(
                shown, measures.panel(across), measures.panel(up), choices.ORDER, pareto(shown, across, up),
                f"Within an experiment against across experiments ({notion})",
            ),
            choices.WORDS,
        ),
        key="disentangle-trade-off",
        on_select="rerun",
        selection_mode="points",
        config=choices.image("trade-off"),
    )  # fmt: skip
    st.caption("Bars: 95% intervals over held-out sequences. The line goes by the points, whose bars may overlap.")
    _open(names, event)
    choices.table(shown, "trade-off")


def _words(measure: str) -> str:
    return measures.panel(measure).title


def _open(names: dict[tuple[str, str], str], event) -> None:
    """The network of the clicked point, or another one, in the Explorer."""
    points = [tuple(p["customdata"]) for p in event.selection.points if p.get("customdata")]
    clicked = points[0] if points else None
    if clicked in names and clicked != CLICKED.get():
        CHOSEN.put(names[clicked])
    CLICKED.put(clicked)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = choose_one(list(names.values()), CHOSEN.name, "Network (or click its point)", first=None)
        if st.button(f"Open {plain(name)} in the Explorer", icon=":material/edit:"):
            navigation.track_of(name, DENOISED)
            st.switch_page("pages/explorer.py")
