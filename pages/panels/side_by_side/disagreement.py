"""Held-out elements that the chosen models disagree on most, ranked, named, and one click from the Explorer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.data.library import Library
from engine.evaluation import comparison
from engine.evaluation.disagreements import BetweenModels, between_models
from engine.evaluation.held_out import stored_predictions
from engine.experiments import checkpoints, labels
from engine.experiments.checkpoints import Checkpoint
from engine.plots import side_by_side as plot
from pages.panels.side_by_side import held_out
from pages.shared import elements, library
from pages.shared import show as words
from pages.shared.plain import plain

DRAWN, LISTED = 20, 200  # elements of the figure, of the table


def show(models: list[Checkpoint], cell: str) -> None:
    joint = library.joint()
    rows, measured, predicted = held_out.known(models, cell, joint)
    apart = between_models(predicted, measured)
    typical = words.interval(apart.typical.as_dict())
    st.markdown(
        f"**These models lie {plain(typical)} s.d. apart over {len(rows):,} held-out elements; "
        f"on the element that they disagree on most, {apart.spread[apart.order[0]]:.2f}.** "
        f"{plain(_by_chance(models[0], cell, joint))}"
    )
    top = apart.order[:DRAWN]
    names = [labels.short(n) for n in apart.models]
    st.plotly_chart(
        plot.disagreement(
            joint.table.names[rows[top]], np.column_stack([apart.measured[top], apart.predicted[top]]), names,
            f"The {len(top)} elements that these models disagree on most in {cell}",
        ),
        key="disagreement",
        config=words.image_config("cislens-disagreement", "svg"),
    )  # fmt: skip
    _ranked(apart, rows, measured, cell, joint)


def _by_chance(first: Checkpoint, cell: str, joint: Library) -> str:
    """How far two networks of a recipe lie apart that differ in their seed alone."""
    folder = comparison.other_seed(first.name)
    if folder is None:
        return "No second seed of the first model is stored, so it is not known how much of this is chance."
    again = checkpoints.load(first.name, folder)
    _, measured, predicted = held_out.known([first], cell, joint)
    there = ~np.isnan(joint.table.column(cell)[joint.split.test])
    twin = stored_predictions(again, joint.table, joint.split)[there, again.model.outputs.index(cell)]
    typical = between_models({"one": predicted[first.name], "other": twin}, measured).typical
    return (
        f"Chance alone: two networks of {labels.short(first.name)} that differ only in the seed lie "
        f"{words.interval(typical.as_dict())} s.d. apart."
    )


def _ranked(apart: BetweenModels, rows: np.ndarray, measured: np.ndarray, cell: str, joint: Library) -> None:
    names = [labels.short(n) for n in apart.models]
    classes = joint.table.classes[rows].astype(str)
    wanted = st.selectbox(
        "Kind of element", ["all", *sorted(set(classes))], key="losses_kind", persist_state="session", width=320
    )
    order = apart.order[(classes[apart.order] == wanted) | (wanted == "all")][:LISTED]
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            "element": joint.table.names[rows[order]],
            "kind": classes[order],
            "spread (s.d.)": apart.spread[order],
            "measured (log2)": measured[order],
            "measured (s.d.)": apart.measured[order],
            **{f"{n} (s.d.)": apart.predicted[order, i] for i, n in enumerate(names)},
            "closest to the measurement": [names[i] if i >= 0 else "" for i in apart.closest[order]],
        }
    )
    elements.listed(table, rows[order], joint, "losses-disagreement", list(apart.models), cell)
    st.caption(
        "s.d.: each model's prediction, and the measurement, in standard deviations from its own mean over these "
        "elements, since models that learn an order have a scale of their own. Spread: standard deviation over the "
        "models; the number above is the root of its mean square. The Explorer then asks the same models."
    )
