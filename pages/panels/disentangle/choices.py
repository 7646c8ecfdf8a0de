"""What the page is about: one notion of an experiment, and what is stored of its networks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.data import published
from engine.disentangle import analyses, comparison
from engine.disentangle.declared import CELLS, EXPERIMENTS, SIZES, SYSTEM
from engine.disentangle.results import Score
from engine.experiments import checkpoints, labels
from engine.plots import disentangle as plot
from engine.plots.disentangle import Order
from pages.panels.disentangle import measures
from pages.shared import address, downloads, show
from pages.shared.choices import SEVERAL
from pages.shared.plain import plain
from pages.shared.state import Key

WORDS = labels.RECIPES | labels.ENCODERS
ORDER = Order(tuple(SIZES), tuple(dict.fromkeys(e.recipe.name for e in EXPERIMENTS.values())))
NOTIONS = tuple(dict.fromkeys(e.notion for e in EXPERIMENTS.values()))
COMPARE = analyses.command(comparison.NAME)
SCORE, ANALYSE = "python -m engine disentangle evaluate", "python -m engine disentangle analyse"
TRAIN = "python -m engine disentangle train --all"
MEANING = {
    True: "**Cells.** An experiment is one library in one cell type, K562 or HepG2. What differs between the two is "
    "biology as well as noise.",
    False: "**Assays.** An experiment is one of two assays of the same cell type: the joint library, or the separate "
    "large-scale experiment. What differs between the two is noise.",
}


def notion() -> str:
    """The notion of an experiment that every number on the page belongs to."""
    chosen = st.segmented_control(
        "What counts as an experiment",
        NOTIONS,
        default=NOTIONS[0],
        required=True,
        key="disentangle_notion",
        persist_state="session",
        format_func=lambda n: plain(n[0].upper() + n[1:]),
    )
    st.caption(f"{MEANING[chosen == CELLS]} All numbers below belong to this notion and to no other.")
    return chosen


def names(notion: str) -> dict[tuple[str, str], str]:
    """The trained models of a notion, by encoder and recipe."""
    present = checkpoints.trained(SYSTEM)
    return {(e.encoder, e.recipe.name): n for n, e in EXPERIMENTS.items() if e.notion == notion and n in present}


def scores(notion: str) -> list[Score]:
    """Everything that is stored of the networks of a notion, and of the simple baselines beside them. Without any, what
    makes them is on screen."""
    left_out: list[str] = []
    rows = [s for s in comparison.scores(left_out) if s.notion == notion]
    for why in left_out:
        st.warning(plain(why))
    if not rows:
        st.info(f"No network of this notion is scored yet. Run: `{SCORE}`")
    return rows


def absolute(scores: list[Score], encoders: tuple[str, ...] = ORDER.encoders) -> list[Score]:
    """What is no comparison, of networks of some encoders."""
    return [s for s in scores if not s.against and s.encoder in encoders]


def simple(scores: list[Score]) -> list[Score]:
    """What a rule without a network says."""
    return [s for s in scores if not s.against and s.encoder not in (*ORDER.encoders, published.MEAN)]


def several(offered: list[str], key: str, first: list[str]) -> list[str]:
    """Some of several measures, by their titles; until the user chooses, `first`."""
    return st.multiselect(
        "Measures",
        offered,
        default=None if Key(key, ()).is_set else [m for m in first if m in offered] or offered[:3],
        key=address.made("measures", key, SEVERAL),
        format_func=lambda m: measures.panel(m).title,
        persist_state="session",
    )


def image(name: str) -> dict:
    """The camera above a figure saves it as SVG."""
    return show.image_config(f"cislens-disentangle-{name}", "svg")


def figure(shown, name: str) -> None:
    st.plotly_chart(plot.named(shown, WORDS), key=f"disentangle-{name}", config=image(name))


def table(scores: list[Score], name: str) -> None:
    """The rows behind a figure, folded, and as a file."""
    whole = pd.DataFrame([s.as_row() for s in scores])
    with st.expander(f"In numbers: {len(whole):,} rows, with 95% intervals"):
        numbers = {c: st.column_config.NumberColumn(format="%.4f") for c in ("value", "95% from", "95% to")}
        named = whole.dropna(axis=1, how="all").rename(columns={"low": "95% from", "high": "95% to"})
        for column in named.columns.intersection(["encoder", "recipe", "against"]):
            named[column] = named[column].replace(WORDS)
        st.dataframe(named, hide_index=True, column_config=numbers, placeholder="–")
    downloads.table("Table (CSV)", whole, f"cislens-disentangle-{name}.csv")
