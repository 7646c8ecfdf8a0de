"""Held-out elements: what each model predicts of what was measured, and where along the activity range it is closer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.data.library import Library
from engine.evaluation import comparison
from engine.evaluation.held_out import stored_predictions
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.plots import side_by_side as plot
from engine.plots.parts import theme
from engine.statistics import spearman
from pages.shared import downloads, elements, library, state
from pages.shared import show as words
from pages.shared.models import all_models
from pages.shared.plain import plain

CHART = "held-out"
SELECTED: state.Key[list[int]] = state.Key("losses_selected", [])  # rows of the library's table


def known(models: list[Checkpoint], cell: str, joint: Library) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Rows of the elements measured in a cell type `(n,)`, what was measured `(n,)`, and each model's predictions."""
    table, split = joint
    measured = table.column(cell)[split.test].astype(np.float64)
    there = ~np.isnan(measured)
    predicted = {
        c.name: stored_predictions(c, table, split)[there, c.model.outputs.index(cell)].astype(float) for c in models
    }
    return np.asarray(split.test)[there], measured[there], predicted


def show(models: list[Checkpoint], cell: str) -> None:
    joint = library.joint()
    rows, measured, predicted = known(models, cell, joint)
    _scatter(rows, measured, predicted, cell, joint)
    _selected(rows, measured, predicted, cell, joint)
    _gains(measured, predicted)


def _scatter(
    rows: np.ndarray, measured: np.ndarray, predicted: dict[str, np.ndarray], cell: str, joint: Library
) -> None:
    scores = {n: spearman(values, measured) for n, values in predicted.items()}
    best = max(scores, key=scores.__getitem__)
    st.markdown(
        f"**{plain(labels.short(best))} orders these {len(measured):,} elements best** (Spearman {scores[best]:.3f}). "
        "No model learned from them. Draw around points in one panel: the same elements light up in all."
    )

    def select() -> None:
        event = state.Key(CHART, None).get()
        SELECTED.put(sorted({int(p["customdata"][0]) for p in event.selection.points if p.get("customdata")}))

    figure = plot.against_measured(
        {labels.short(n): v for n, v in predicted.items()},
        measured,
        {labels.short(n): theme.model_colour(n, all_models()) for n in predicted},
        {labels.short(n): f"Spearman {s:.3f}" for n, s in scores.items()},
        f"Predicted against measured activity in {cell}, {len(measured):,} held-out elements",
        plot.Elements(rows, joint.table.names[rows], frozenset(SELECTED.get())),
    )
    st.plotly_chart(
        figure,
        key=CHART,
        on_select=select,
        selection_mode=("points", "box", "lasso"),
        config={"displaylogo": False, "toImageButtonOptions": words.image_config("cislens-held-out", "png")[
            "toImageButtonOptions"]},
    )  # fmt: skip
    st.caption("Dotted: predicted as measured. Line: least squares; it is flatter, as no model predicts everything.")


def _selected(
    rows: np.ndarray, measured: np.ndarray, predicted: dict[str, np.ndarray], cell: str, joint: Library
) -> None:
    places = np.flatnonzero(np.isin(rows, SELECTED.get()))
    if not len(places):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(places):,} selected elements**", width="content")
        st.button("Clear selection", key="losses_clear", icon=":material/close:", on_click=SELECTED.clear)
    table = pd.DataFrame(
        {
            "element": joint.table.names[rows[places]],
            "class": joint.table.classes[rows[places]],
            "measured": measured[places],
            **{labels.short(n): v[places] for n, v in predicted.items()},
        }
    )
    elements.listed(table, rows[places], joint, "losses-selected", list(predicted), cell)


def _gains(measured: np.ndarray, predicted: dict[str, np.ndarray]) -> None:
    first, *others = predicted
    st.markdown(
        "**Where along the activity range is each model closer to the measurement?** Above 0: closer than "
        f"{plain(labels.short(first))}. Each bar holds a tenth of the elements. Grey: no difference that they can show."
    )
    grid = st.columns(min(3, len(others)))
    records = {}
    for i, name in enumerate(others):
        records[name] = comparison.error_by_activity(predicted[name], predicted[first], measured)
        with grid[i % len(grid)]:
            figure = plot.gains(records[name], theme.literal(labels.short(name)), theme.literal(labels.short(first)))
            st.plotly_chart(figure, key=f"gains-{name}")
    flat = pd.DataFrame([{"model": n, "against": first} | r for n, bins in records.items() for r in bins])
    downloads.table("Errors by activity (CSV)", flat, "cislens-errors.csv")
