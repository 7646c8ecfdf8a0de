"""Representations: what the study published, and the section that compares predictions."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import published
from engine.data.library import Library
from engine.evaluation import comparison
from engine.evaluation.held_out import stored_predictions
from engine.evaluation.tails import FRACTION, tail_bias
from engine.experiments import checkpoints, labels
from engine.plots import benchmark as benchmark_plot
from engine.plots import side_by_side
from pages.shared import address, downloads, models, show
from pages.shared.choices import SEVERAL
from pages.shared.plain import plain

MOST = 4


def published_probe(target: str, model: str) -> float | None:
    """The study's R2 of a probe target ('activity K562', 'GC content'), None where it reports none."""
    return published.representation(f"{target.removesuffix(' K562')} R2", model)


def published_range(first: str, second: str) -> str:
    """The study's range of CKA between networks of two cell types, in words; '' where it reports none."""
    low, high = (published.representation(f"CKA {end}", first, second) for end in ("low", "high"))
    return "" if low is None else f"{low:.2f} to {high:.2f}"


def predictions(joint: Library) -> None:
    """Rank correlation of predictions, scatter, residuals along the activity range, bias of the tails."""
    compared = comparison.read()
    if not compared:
        st.info("Models were not compared yet. Run: `python -m engine compare`")
        return
    stale = comparison.stale(compared)
    if stale:
        called = ", ".join(map(labels.label, stale))
        st.warning(f"Trained since the comparison: {plain(called)}. Run: `python -m engine compare`")
    cell = st.segmented_control(
        "Cell type", joint.table.outputs, default=joint.table.outputs[0], required=True, key="predictions_cell",
        persist_state="session",
    )  # fmt: skip
    names = models.with_output([n for n in checkpoints.trained() if n not in stale], cell)
    correlations(compared["correlation"], names, cell, len(joint.split.test))
    if len(names) > 1:
        side_by_side_predictions(names, cell, joint)


def correlations(stored: dict, names: list[str], cell: str, n: int) -> None:
    """Spearman between predictions, from what `python -m engine compare` stored, beside the published ones."""
    place = {label: i for i, label in enumerate(stored["labels"])}
    known = [n for n in names if f"{n} {cell}" in place]
    rows = [place[f"{n} {cell}"] for n in known]
    matrix = np.array(stored["spearman"])[np.ix_(rows, rows)]
    st.plotly_chart(
        benchmark_plot.correlation(
            known,
            matrix,
            f"Spearman between predictions for {cell}, {n:,} held-out elements",
            models.in_figures(known),
        ),
        key="prediction-correlation",
        config=show.image_config("cislens-prediction-correlation", "svg"),
    )
    pairs = [
        {"first": labels.label(a), "second": labels.label(b),
         "published": published.representation("prediction Spearman", a, b),
         "ours": show.interval(comparison.correlation_interval(matrix[i, j], n).as_dict())}
        for i, a in enumerate(known) for j, b in enumerate(known) if i < j
    ]  # fmt: skip
    both = pd.DataFrame([p for p in pairs if p["published"] is not None] if cell == "K562" else [])
    if len(both):
        with st.expander(f"Beside the {len(both)} published figures"):
            numbers = {"published": st.column_config.NumberColumn(format="%.3f")}
            st.dataframe(both, hide_index=True, column_config=numbers, height="content")
            st.caption(
                f"Published: {published.REPRESENTATIONS.source}. Intervals over {n:,} elements (Bonett & Wright 2000)."
            )


def side_by_side_predictions(names: list[str], cell: str, joint: Library) -> None:
    """Some models against the measurement and against the baseline, along the activity range and in the tails."""
    baseline = comparison.BASELINES.get(cell, "")
    baseline = baseline if baseline in names else names[0]
    others = [n for n in names if n != baseline]
    likely = models.first_choice("predictions", others) or others[:2]
    chosen = models.choose_several(
        others,
        address.made("against", f"predictions_models_{cell}", SEVERAL),
        f"Models against {labels.label(baseline)} (up to {MOST})",
        first=likely,
        most=MOST,
    )
    measured = joint.table.column(cell)[joint.split.test].astype(np.float64)
    known = ~np.isnan(measured)
    predicted = {}
    for name in [baseline, *chosen]:
        checkpoint = models.load(name)
        column = checkpoint.model.outputs.index(cell)
        predicted[name] = stored_predictions(checkpoint, joint.table, joint.split)[known, column].astype(np.float64)
    measured = measured[known]
    legend = models.in_figures(predicted)
    colours = {legend.label(n): legend.colour(n) for n in predicted}
    notes = {legend.label(n): scores(n, cell) for n in predicted}
    title = f"Predicted against measured activity in {cell}, {len(measured):,} held-out elements"
    st.plotly_chart(
        side_by_side.against_measured(
            {legend.label(n): v for n, v in predicted.items()}, measured, colours, notes, title
        ),
        key="prediction-scatter",
        config=show.image_config("cislens-prediction-scatter", "png"),
    )
    st.caption(
        "Dotted: predicted as measured. Line: least squares; it is flatter, as no model predicts everything. In "
        "brackets: 95% intervals over elements."
    )
    if chosen:
        residuals(predicted, baseline, measured, colours)
    tails(predicted, measured)


def scores(name: str, cell: str) -> str:
    """Held-out Spearman and Pearson of a model with their intervals, as `python -m engine evaluate` kept them."""
    kept = checkpoints.read_metrics(name).get("held_out", {}).get(cell, {})
    return "<br>".join(f"{m.capitalize()} {show.interval(kept[m])}" for m in ("spearman", "pearson") if m in kept)


def residuals(predicted: dict[str, np.ndarray], baseline: str, measured: np.ndarray, colours: dict[str, str]) -> None:
    """Where along the activity range models say more or less than the baseline, and where they are closer."""
    called = labels.short(baseline)
    st.markdown(
        f"**Where does a model predict more or less than {plain(called)}?** Line: mean of a tenth of the elements, "
        "with its 95% interval."
    )
    own = {n: values for n, values in predicted.items() if n != baseline}
    apart = {n: values - predicted[baseline] for n, values in own.items()}
    more = {n: comparison.difference_by_activity(values, predicted[baseline], measured) for n, values in own.items()}
    figure = side_by_side.against_baseline(
        {labels.short(n): v for n, v in apart.items()},
        measured,
        {labels.short(n): v for n, v in more.items()},
        colours,
        called,
        f"Prediction minus that of {called}",
    )
    st.plotly_chart(figure, key="prediction-residuals", config=show.image_config("cislens-prediction-residuals", "png"))
    closer = {n: comparison.error_by_activity(values, predicted[baseline], measured) for n, values in own.items()}
    with st.expander("Where is each model closer to the measurement?"):
        st.caption(f"Above 0: closer than {plain(called)}. Grey: no difference that this data can show.")
        grid = st.columns(min(3, len(own)))
        for i, name in enumerate(own):
            with grid[i % len(grid)]:
                figure = side_by_side.gains(closer[name], labels.short(name), called)
                st.plotly_chart(figure, key=f"representations-gains-{name}")
    kinds = {"prediction minus that of the baseline": more, "error of the baseline minus own error": closer}
    columns = ("from", "to", "value", "low", "high", "n")
    flat = [
        {"model": n, "baseline": baseline, "mean of": kind, **{k: r[k] for k in columns}}
        for kind, by_model in kinds.items() for n, records in by_model.items() for r in records
    ]  # fmt: skip
    downloads.table("Residuals by activity (CSV)", pd.DataFrame(flat), "cislens-residuals.csv")


def tails(predicted: dict[str, np.ndarray], measured: np.ndarray) -> None:
    """Whether the elements that a model ranks lowest and highest are as active as it says."""
    st.markdown(
        f"**Are the elements that a model ranks lowest and highest ({FRACTION:.0%} each) as active as it says?** Mean "
        "of predicted minus measured activity (log2 RNA/DNA). 0: yes. An interval without 0: too high or too low."
    )
    biases = {name: tail_bias(values, measured) for name, values in predicted.items()}
    table = pd.DataFrame(
        [{"model": labels.label(n), **{f"{t} {FRACTION:.0%}": show.interval(m.as_dict()) for t, m in of_model.items()},
          "n": of_model["highest"].n} for n, of_model in biases.items()]
    )  # fmt: skip
    st.dataframe(table, hide_index=True)
