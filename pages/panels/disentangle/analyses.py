"""The analyses of the trained networks, a figure each."""

from __future__ import annotations

import re
from dataclasses import replace

import streamlit as st

from engine.data import published
from engine.disentangle import analyses as stored
from engine.disentangle import comparison
from engine.disentangle.declared import RECIPES
from engine.disentangle.results import Score
from engine.experiments import labels
from engine.plots import disentangle as plot
from engine.plots import disentangle_analyses as plot_analyses
from engine.plots.disentangle import Order
from pages.panels.disentangle import choices, measures
from pages.panels.disentangle.views import view
from pages.shared.models import choose_one
from pages.shared.plain import plain

UNTRAINED = "untrained"
ORDER = Order(choices.ORDER.encoders, (*choices.ORDER.recipes, UNTRAINED))
BASELINE = "baseline_mse"
UNIT_OF_PAIRS = "1: the same"
# what the measures end with that hold a network against the baseline
DIFFERENCES = ("/minus baseline", "/less", "/baseline by this")
# Where every recipe takes room, those of the grid have it; the table holds all.
OF_THE_GRID = Order(choices.ORDER.encoders, tuple(RECIPES))


def show(notion: str) -> None:
    names = [n for n in stored.ANALYSES if n != comparison.NAME]  # which the other sections show
    if not names:
        st.info(f"Nothing is analysed yet. Run: `{choices.ANALYSE}`")
        return
    name = choose_one(names, "disentangle_analysis", "Analysis", first=None, format_func=lambda n: view(n).title)
    if view(name).sentence:
        st.markdown(plain(view(name).sentence))
    rows = [s for s in stored.read(name) if s.notion == notion]
    if not rows:
        st.info(f"Not stored for this notion yet. Run: `{plain(stored.command(name))}`")
        return
    if missing := stored.missing(name):
        st.caption(f"{len(missing)} networks were trained since. Take them in: `{plain(stored.command(name))}`")
    apart = [s for s in rows if s.measure.endswith(DIFFERENCES)]
    rest = [s for s in rows if not s.measure.endswith(DIFFERENCES)]
    alone = [s for s in rest if s.against not in choices.ORDER.recipes]
    _pairs([s for s in rest if {s.recipe, s.against} <= set(RECIPES)], alone, name, notion)
    _curves([s for s in alone if s.recipe in RECIPES], name, notion)
    _grid([s for s in alone if not measures.place(s.measure)], apart, name, notion)
    choices.table(rows, f"analysis-{name}")


def _of_seeds(measure: str) -> str:
    """What two seeds of one recipe have, which is what two recipes are to be held against."""
    return re.sub("between recipes( and seeds)?", "between seeds", measure)


def _pairs(rows: list[Score], alone: list[Score], name: str, notion: str) -> None:
    """A number for every two recipes."""
    if not rows:
        return
    kinds = list(dict.fromkeys((s.measure, s.method) for s in rows))
    measure, method = choose_one(
        kinds, f"disentangle_pairs_{name}", "Between two recipes", first=None, format_func=lambda k: ", ".join(k)
    )
    shown = [s for s in rows if (s.measure, s.method) == (measure, method)]
    shown += [replace(s, against=s.recipe) for s in alone if (s.measure, s.method) == (_of_seeds(measure), method)]
    signed = any(s.metric.value < 0 for s in shown)
    choices.figure(
        plot_analyses.matrices(
            shown,
            OF_THE_GRID,
            f"{measure.replace('/', ', ')} ({notion})",
            UNIT_OF_PAIRS,
            ends=(-1.0 if signed else 0.0, 1.0),
            published=_reported(measure, name, notion),
        ),
        f"pairs-{name}",
    )
    st.caption(
        "Under the pointer: 95% intervals. On the diagonal, where it is filled: two seeds of the same recipe. In "
        "brackets: published. Recipes beyond the grid are in the table."
    )


def _reported(measure: str, name: str, notion: str) -> dict[tuple[str, str, str], float]:
    """The published figures that go with a measure of two recipes, by encoder and both recipes."""
    wanted = [quantity for begins, quantity in view(name).pairs if measure.startswith(begins)]
    if not wanted or notion != choices.CELLS:
        return {}
    figures = published.DISENTANGLE.figures()
    return {(encoder, one, other): v for (what, encoder, one, other), v in figures.items() if what == wanted[0]}


def _curves(rows: list[Score], name: str, notion: str) -> None:
    """What a measure is along epochs or positions."""
    placed = {s.measure: at for s in rows if (at := measures.place(s.measure))}
    if not placed:
        return
    lines = list(dict.fromkeys((at.line, at.axis) for at in placed.values()))
    line, axis = choose_one(lines, f"disentangle_curve_{name}", "Along", first=None, format_func=lambda k: ", ".join(k))
    places = {m: at.number for m, at in placed.items() if (at.line, at.axis) == (line, axis)}
    choices.figure(
        plot_analyses.curves(rows, places, OF_THE_GRID, f"{line} ({notion})", (axis, line.split("/")[-1])),
        f"curve-{name}",
    )


def _grid(rows: list[Score], apart: list[Score], name: str, notion: str) -> None:
    """A number for every network, and what it is to be held against."""
    # a measure all of whose rows name another side has that side as a part of it, and no reference
    held = {s.measure for s in rows if not s.against}
    rows = [s if s.measure in held else replace(s, against="") for s in rows]
    offered = measures.offered(rows)
    if not offered:
        return
    known = {p.measure: p for p in view(name).panels}
    columns = st.columns([3, 1], vertical_alignment="bottom")
    with columns[0]:
        chosen = choices.several(offered, f"disentangle_measures_{name}_{notion}", list(known))
    with columns[1]:
        differences = st.toggle(
            f"Minus {labels.RECIPES[BASELINE]} alone",
            key=f"disentangle_apart_{name}",
            persist_state="session",
            disabled=not apart,
        )
    panels = [known.get(m, measures.panel(m)) for m in chosen]
    if differences and apart:
        shown = [
            replace(s, measure=m)
            for s in apart
            if s.against == BASELINE and (m := s.measure.rsplit("/", 1)[0]) in chosen
        ]
        panels = [replace(p, axis=f"{p.axis}, difference", zero=True, logarithmic=False) for p in panels]
    else:
        shown = [s for s in rows if s.measure in chosen]
    if not shown:
        st.info("Choose at least one measure." if not chosen else "There is no difference of these measures.")
        return
    lines = [s for s in shown if s.encoder not in ORDER.encoders]
    figures = measures.reported() if notion == choices.CELLS and not differences else {}
    choices.figure(
        plot.grid(
            [s for s in shown if s not in lines], panels, ORDER, f"{view(name).title} ({notion})", lines=lines,
            published=figures, differences=differences,
        ),
        f"analysis-{name}",
    )  # fmt: skip
    st.caption(
        "Bars: 95% intervals. Crosses: computed as the study does it, where we do otherwise. Grey ticks: what a "
        "network is held against."
    )
