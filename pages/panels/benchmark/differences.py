"""The Benchmark page's differences: models against their baseline, or against any other, on the same resamples."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.evaluation import comparison
from engine.experiments import checkpoints, labels
from engine.plots import benchmark as plot
from engine.training import runs
from pages.panels.benchmark import words
from pages.shared import address, downloads, library, models, work
from pages.shared.plain import plain
from pages.shared.state import Key

COLUMNS = ["model", "output", "baseline", "measure", "value", "low", "high", "n", "verdict", "again"]
MEASURE = Key("bench_measure", "held_out spearman")


def kept(compared: dict, cell: str, names: list[str]) -> pd.DataFrame:
    """The stored differences of some models to the baseline of a cell type."""
    table = pd.DataFrame(compared.get("differences", []), columns=COLUMNS)
    return table[(table["output"] == cell) & table["model"].isin(names)]


def choose(cell: str) -> tuple[str, str | None]:
    """The measure, and the model that the others are compared with; None where no model predicts the cell type."""
    baseline = comparison.BASELINES.get(cell)
    able = models.with_output(checkpoints.trained(), cell)
    measures = list(comparison.measures(cell))
    columns = st.columns(2)
    with columns[0]:
        measure = st.selectbox("Measure", measures, format_func=words.measure, key=MEASURE.name)
    with columns[1]:
        other = models.choose_one(
            sorted(able, key=lambda n: n != baseline), address.made("against", f"bench_other_{cell}"), "Compared with",
            first=None, format_func=lambda n: labels.label(n) + (" (baseline)" if n == baseline else ""),
        ) if able else None  # fmt: skip
    return measure, other


def state(compared: dict) -> None:
    """Whether there is a comparison, and of the weights of today."""
    if not compared:
        st.info("Models were not compared yet. Run: `python -m engine compare`")
    elif stale := comparison.stale(compared):
        called = ", ".join(map(labels.label, stale))
        st.warning(f"Trained since the comparison: {plain(called)}. Run: `python -m engine compare`")


def show(compared: dict, cell: str, names: list[str], chosen: tuple[str, str | None]) -> None:
    """A forest of one measure, and all measures as a file.

    Args:
        compared: the stored comparison; empty if there is none.
        names: trained models that predict the cell type.
        chosen: the measure and the model to compare with (`choose`).
    """
    measure, other = chosen
    if other is None:
        return
    stored = other == comparison.BASELINES.get(cell)
    table = kept(compared, cell, names) if stored else _any_other(other, cell, [n for n in names if n != other])
    if table is None:
        return
    rows = table[table["measure"] == measure]
    if rows.empty:
        if compared or not stored:
            st.caption(
                f"{plain(words.measure(measure))}: none of the models shown was compared with "
                f"{plain(labels.label(other))} in {plain(cell)}."
            )
        return
    st.plotly_chart(
        plot.forest(
            rows,
            f"{words.measure(measure)}, {cell}",
            f"difference to {labels.short(other)}",
            models.in_figures(rows["model"]),
        ),
        key="forest",
    )
    downloads.table("Table (CSV)", _flat(table), "cislens-differences.csv")


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """With a column for each number of the other seed."""
    other = pd.DataFrame([a if isinstance(a, dict) else {} for a in table["again"]], index=table.index)
    columns = other.reindex(columns=["value", "low", "high", "verdict"]).add_prefix("other_seed_")
    return table.drop(columns="again").join(columns)


def _any_other(other: str, cell: str, names: list[str]) -> pd.DataFrame | None:
    """Differences to any model, computed on request; None as long as they are not."""
    if not names:
        return pd.DataFrame(columns=COLUMNS)
    if not downloads.offer_download(runs.NEEDED, "Comparing models"):
        return None
    joint = library.joint()

    def compute(progress) -> pd.DataFrame:
        compared = comparison.compare_to(other, names, joint.table, joint.split, progress, outputs=[cell])
        return pd.DataFrame(compared, columns=COLUMNS)

    weights = tuple(comparison.weights(n) for n in (other, *names))
    signature = (cell, other, *names, *weights, joint.table.hash, joint.split.hash)
    return work.on_request("bench-compare", f"Compare with {labels.short(other)}", signature, compute)
