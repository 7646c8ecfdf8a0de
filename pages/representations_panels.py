"""Representations: what the study published, and the section that compares predictions."""

import numpy as np
import pandas as pd
import streamlit as st

from engine import checkpoints
from engine.data import published_representations as published
from engine.evaluation import comparison
from engine.evaluation.held_out import stored_predictions
from engine.evaluation.tails import FRACTION, tail_bias
from engine.interpretation.panel import Library
from engine.plots import benchmark as benchmark_plot
from engine.plots import side_by_side
from pages import common

MOST = 4
FIRST_CHOICE = ("R3_ranknet", "R1_plackett_luce", "H2_HepG2_plackett_luce", "H4_HepG2_softsort")


def published_probe(target: str, model: str) -> float | None:
    """The study's R2 of a probe target ('activity K562', 'GC content'), None where it reports none."""
    return published.figure(f"{target.removesuffix(' K562')} R2", model)


def published_range(first: str, second: str) -> str:
    """The study's range of CKA between networks of two cell types, in words; '' where it reports none."""
    low, high = (published.figure(f"CKA {end}", first, second) for end in ("low", "high"))
    return "" if low is None else f"{low:.2f} to {high:.2f}"


def predictions(of: Library) -> None:
    """Rank correlation of predictions, errors along the activity range, bias of the tails."""
    compared = comparison.read()
    if not compared:
        st.info("Models were not compared yet. Run: `python -m engine compare`")
        return
    stale = comparison.stale(compared)
    if stale:
        st.warning(f"Trained since the comparison: {', '.join(stale)}. Run: `python -m engine compare`")
    cell = st.segmented_control(
        "Cell type", of.table.outputs, default=of.table.outputs[0], required=True, key="predictions_cell",
        persist_state="session",
    )  # fmt: skip
    names = [n for n in checkpoints.trained() if cell in checkpoints.read_description(n)["outputs"] and n not in stale]
    correlations(compared["correlation"], names, cell)
    if len(names) > 1:
        errors(names, cell, of)


def correlations(stored: dict, names: list[str], cell: str) -> None:
    """Spearman between predictions, from what `python -m engine compare` stored, beside the published ones."""
    place = {label: i for i, label in enumerate(stored["labels"])}
    known = [n for n in names if f"{n} {cell}" in place]
    rows = [place[f"{n} {cell}"] for n in known]
    matrix = np.array(stored["spearman"])[np.ix_(rows, rows)]
    st.plotly_chart(
        benchmark_plot.correlation(known, matrix, f"Spearman between predictions for {cell}, whole test fold"),
        key="prediction-correlation",
        config=common.image_config("cislens-prediction-correlation", "svg"),
    )
    pairs = [
        {"first": a, "second": b, "ours": matrix[i, j], "published": published.figure("prediction Spearman", a, b)}
        for i, a in enumerate(known) for j, b in enumerate(known) if i < j
    ]  # fmt: skip
    both = pd.DataFrame([p for p in pairs if p["published"] is not None] if cell == "K562" else [])
    if len(both):
        st.caption(f"Beside the published figures ({published.SOURCE}):")
        numbers = {c: st.column_config.NumberColumn(format="%.3f") for c in ("ours", "published")}
        st.dataframe(both, hide_index=True, column_config=numbers)


def errors(names: list[str], cell: str, of: Library) -> None:
    """Where along the activity range models are closer to the measurement than the baseline, and their tails."""
    baseline = comparison.BASELINES.get(cell, "")
    baseline = baseline if baseline in names else names[0]
    others = [n for n in names if n != baseline]
    key = f"predictions_models_{cell}"
    likely = [n for n in FIRST_CHOICE if n in others] or others[:2]
    chosen = st.multiselect(
        f"Models against {baseline} (up to {MOST})", others, default=None if key in st.session_state else likely,
        key=key, max_selections=MOST, persist_state="session",
    )  # fmt: skip
    measured = of.table.column(cell)[of.split.test].astype(np.float64)
    known = ~np.isnan(measured)
    said = {}
    for name in [baseline, *chosen]:
        checkpoint = common.load(name)
        column = checkpoint.model.outputs.index(cell)
        said[name] = stored_predictions(checkpoint, of.table, of.split)[known, column].astype(np.float64)
    measured = measured[known]
    st.markdown(
        f"**Residuals along the activity range.** Bars above 0: closer to the measurement than {baseline}. Grey: no "
        "difference that this data can show."
    )
    grid = st.columns(2)
    for i, name in enumerate(chosen):
        with grid[i % 2]:
            records = comparison.error_by_activity(said[name], said[baseline], measured)
            st.plotly_chart(side_by_side.gains(records, name, baseline), key=f"representations-gains-{name}")
    st.markdown(
        f"**Tails.** Mean of predicted minus measured activity (log2 RNA/DNA) among the {FRACTION:.0%} of elements "
        "that a model ranks lowest and highest. 0 is calibrated; an interval without 0 is a bias that this data shows."
    )
    tails = {name: tail_bias(values, measured) for name, values in said.items()}
    table = pd.DataFrame(
        [{"model": n, **{f"{t} {FRACTION:.0%}": common.interval(m.as_dict()) for t, m in of_model.items()},
          "n": of_model["highest"].n} for n, of_model in tails.items()]
    )  # fmt: skip
    st.dataframe(table, hide_index=True)
