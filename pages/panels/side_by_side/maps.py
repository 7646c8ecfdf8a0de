"""Models side by side: predictions, maps on one scale, measured effects, held-out elements."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import satmut
from engine.evaluation import comparison
from engine.evaluation.held_out import stored_predictions
from engine.experiments.checkpoints import Checkpoint
from engine.plots import saturation as saturation_plot
from engine.plots import side_by_side as plot
from engine.plots.parts import axis, theme
from engine.sequence import Sequence
from engine.statistics import measure, spearman
from pages.shared import downloads, library, show, work
from pages.shared.models import (
    all_models,
    choose_one,
    choose_palette,
)
from pages.shared.plain import plain


def predictions(models: list[Checkpoint], sequence: Sequence, cell: str, policy: str) -> None:
    rows = []
    for checkpoint in models:
        prediction = work.prediction(checkpoint, sequence, policy)
        column = prediction.outputs.index(cell)
        scale = checkpoint.metrics.get("standardisation", {}).get(cell)
        value = float(prediction.values[0, column])
        rows.append(
            {
                "model": checkpoint.name,
                "loss": checkpoint.description["experiment"].get("loss", "as its members"),
                "log2 RNA/DNA": value,
                "spread of members": None if prediction.spread is None else float(prediction.spread[0, column]),
                "s.d. from the mean of held-out predictions": (value - scale["mean"]) / scale["sd"] if scale else None,
            }
        )
    table = pd.DataFrame(rows)
    numbers = {c: st.column_config.NumberColumn(format="%.3f") for c in table.columns[2:]}
    st.dataframe(table, hide_index=True, column_config=numbers)


def explanations(models: list[Checkpoint], sequence: Sequence, cell: str, policy: str) -> None:
    """IG and ISM logos on one scale, and the difference of two models' mutagenesis."""
    columns = st.columns([1.4, 1.2, 1, 1])
    with columns[0]:
        standardised = st.toggle(
            "In standard deviations of held-out predictions",
            value=True,
            key="losses_standardised",
            persist_state="session",
            help="Divides each model's map by the spread of its own predictions, so that a model that predicts in a "
            "narrow range is not taken for one that sees less.",
        )
    with columns[1]:
        palette = choose_palette()
    with columns[2]:
        kind = st.segmented_control("Image format", ["svg", "png"], default="svg", required=True, key="losses_image")
    view = (0, len(sequence))
    with columns[3]:
        if st.toggle("Middle 80 bases", key="losses_zoom", persist_state="session") and len(sequence) > 80:
            view = (len(sequence) // 2 - 40, len(sequence) // 2 + 40)
    tracks = {"ig": [], "ism": []}
    for checkpoint in models:
        advance, clear = work.progress_bar(f"{checkpoint.name}: mutations computed")
        tracks["ism"].append(work.ism_track(checkpoint, sequence, policy, standardised, advance))
        tracks["ig"].append(work.ig_track(checkpoint, sequence, policy, cell, standardised, "uniform", False, advance))
        clear()
    region = sequence.region
    axes = {"view": view, "first_position": axis.first_position(region), "axis_name": axis.axis_name(region)}
    for method, title in plot.METHODS.items():
        st.plotly_chart(
            plot.logos(tracks[method], cell, palette=palette, title=f"{title[0].upper()}{title[1:]}, {cell}", **axes),
            config=show.image_config(f"cislens-{method}-{sequence.name}", kind),
            key=f"logos-{method}",
        )
    agreement = pd.DataFrame(
        {
            "model": [c.name for c in models],
            **{
                f"{method.upper()} against {models[0].name}": [
                    spearman(t.per_position(cell), maps[0].per_position(cell)) for t in maps
                ]
                for method, maps in tracks.items()
            },
            "IG convergence delta": [t.checks["convergence_delta"][cell] for t in tracks["ig"]],
        }
    )
    st.caption("Agreement of the maps: Spearman over positions with the first model's; IG's own check beside it.")
    st.dataframe(agreement, hide_index=True, column_config={c: st.column_config.NumberColumn(format="%.3f")
                                                            for c in agreement.columns[1:]})  # fmt: skip
    other = choose_one(
        [c.name for c in models[1:]], "losses_other", f"Mutagenesis of {models[0].name} minus that of", first=None
    )
    second = next(t for t in tracks["ism"] if t.model == other)
    st.plotly_chart(
        plot.difference_map(tracks["ism"][0], second, cell, **axes),
        config=show.image_config(f"cislens-difference-{sequence.name}", kind),
        key="difference",
    )
    downloads.table(
        "Maps (CSV)",
        pd.DataFrame(
            [
                {
                    "model": t.model,
                    "track": t.kind,
                    "position": position,
                    "ref": ref,
                    "alt": alt,
                    "value": values[t.outputs.index(cell)],
                }
                for maps in tracks.values()
                for t in maps
                for position, ref, alt, *values in t.rows()
            ]
        ),
        f"cislens-maps-{sequence.name}.csv",
    )


def against_mutagenesis(models: list[Checkpoint], element: satmut.MeasuredElement, cell: str) -> None:
    """A grid of predicted against measured effects."""
    st.subheader(
        f"Measured effects of {plain(element.data_set.name)}", help="Single-base exchanges over the whole element."
    )
    variants = element.variants[element.variants["alt"] != satmut.DELETION].copy()
    snv = (element.variants["alt"] != satmut.DELETION).to_numpy()
    variants["high"] = variants["confidence"] >= satmut.HIGH_CONFIDENCE
    grid = st.columns(min(3, len(models)))
    for i, checkpoint in enumerate(models):
        advance, clear = work.progress_bar(f"{checkpoint.name}: windows computed (only the first time)")
        column = checkpoint.model.outputs.index(cell)
        variants[checkpoint.name] = work.effects(checkpoint, element, advance)[snv, column]
        clear()
        score = measure(spearman, variants[checkpoint.name].to_numpy(), variants["effect"].to_numpy(), resamples=200)
        with grid[i % len(grid)]:
            figure = saturation_plot.scatter(
                variants, checkpoint.name, theme.model_colour(checkpoint.name, all_models()), cell
            )
            st.plotly_chart(figure, key=f"effects-{checkpoint.name}")
            st.caption(f"Spearman {show.interval(score.as_dict())}, n = {score.n:,}")


def on_held_out(models: list[Checkpoint], cell: str) -> None:
    """Scatter of every model, and where each is closer to the measurement than the first."""
    table, split = library.joint()
    measured = table.column(cell)[split.test].astype(np.float64)
    known = ~np.isnan(measured)
    predicted = {
        c.name: stored_predictions(c, table, split)[known, c.model.outputs.index(cell)].astype(float) for c in models
    }
    measured = measured[known]
    limits = (float(measured.min()) - 0.3, float(measured.max()) + 0.3)
    grid = st.columns(min(3, len(models)))
    for i, (name, values) in enumerate(predicted.items()):
        note = f"Spearman {spearman(values, measured):.3f}, n = {len(measured):,}"
        colour = theme.model_colour(name, all_models())
        with grid[i % len(grid)]:
            st.plotly_chart(plot.held_out_scatter(values, measured, name, colour, limits, note), key=f"held-out-{name}")
    first, *others = predicted
    st.markdown(
        "**Where along the activity range does each model win?** Bars above 0: closer to the measurement than "
        f"{first}. Grey: no difference that this data can show."
    )
    grid = st.columns(min(2, len(others)))
    records = {}
    for i, name in enumerate(others):
        records[name] = comparison.error_by_activity(predicted[name], predicted[first], measured)
        with grid[i % len(grid)]:
            st.plotly_chart(plot.gains(records[name], name, first), key=f"gains-{name}")
    flat = pd.DataFrame([{"model": n, "against": first} | r for n, bins in records.items() for r in bins])
    downloads.table("Errors by activity (CSV)", flat, "cislens-errors.csv")
