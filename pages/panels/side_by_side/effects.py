"""Measured effects of an element's single-base changes against those that each model predicts."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.data import satmut
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.plots import saturation as plot
from engine.plots.parts import theme
from engine.statistics import measure, spearman
from pages.shared import show as words
from pages.shared import work
from pages.shared.models import all_models
from pages.shared.plain import plain


def show(models: list[Checkpoint], element: satmut.MeasuredElement, cell: str) -> None:
    """Who ranks the changes of this element best, then a scatter a model."""
    variants = element.variants[element.variants["alt"] != satmut.DELETION].copy()
    snv = (element.variants["alt"] != satmut.DELETION).to_numpy()
    variants["high"] = variants["confidence"] >= satmut.HIGH_CONFIDENCE
    scores = {}
    for checkpoint in models:
        title = labels.short(checkpoint.name)
        advance, clear = work.progress_bar(f"{title}: windows computed (only the first time)")
        column = checkpoint.model.outputs.index(cell)
        variants[checkpoint.name] = work.effects(checkpoint, element, advance)[snv, column]
        clear()
        predicted = variants[checkpoint.name].to_numpy()
        scores[checkpoint.name] = measure(spearman, predicted, variants["effect"].to_numpy(), resamples=200)
    assayed = element.data_set.cells
    best = max(scores, key=lambda n: scores[n].value)
    st.markdown(
        f"**{plain(labels.short(best))} ranks the {len(variants):,} measured changes of "
        f"{plain(element.data_set.name)} best: Spearman {words.interval(scores[best].as_dict())}.** "
        f"Measured in {plain(assayed)}, predicted for {plain(cell)}. Where the intervals of two models overlap widely, "
        "this element cannot tell them apart."
    )
    table = pd.DataFrame(
        [{"model": labels.label(n), "Spearman [95% interval]": words.interval(s.as_dict()), "changes": s.n}
         for n, s in scores.items()]
    )  # fmt: skip
    st.dataframe(table, hide_index=True, height="content")
    grid = st.columns(min(3, len(models)))
    for i, name in enumerate(scores):
        with grid[i % len(grid)]:
            figure = plot.scatter(variants, name, theme.model_colour(name, all_models()), cell, labels.short(name))
            st.plotly_chart(figure, key=f"effects-{name}")
