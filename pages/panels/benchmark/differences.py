"""The Benchmark page's differences: models against their baseline, or against any other, on the same resamples."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.evaluation import comparison
from engine.experiments import checkpoints
from engine.plots import benchmark as plot
from engine.statistics import VERDICTS
from engine.training import runs
from pages.shared import downloads, library, models, work
from pages.shared.plain import plain

COLUMNS = ["model", "output", "baseline", "measure", "value", "low", "high", "n", "verdict", "again"]
TOLD = ["model", "verdict", "again"]


def kept(compared: dict, cell: str, names: list[str]) -> pd.DataFrame:
    """The stored differences of some models to the baseline of a cell type."""
    table = pd.DataFrame(compared.get("differences", []), columns=COLUMNS)
    return table[(table["output"] == cell) & table["model"].isin(names)]


def show(compared: dict, cell: str, names: list[str], config: dict) -> None:
    """The section: what to compare with, a forest of one measure, verdicts in words, all measures as a file.

    Args:
        compared: the stored comparison; empty if there is none.
        names: trained models that predict the cell type.
        config: of the figures.
    """
    st.subheader(
        "Differences",
        help="Both models are scored on the same resampled elements or variants, 1,000 times. The interval covers "
        "another draw of test data, not another training seed. Where both models were trained with a second seed, the "
        "same difference between those networks is shown in grey.",
    )
    stale = comparison.stale(compared)
    if not compared:
        st.info("Models were not compared yet. Run: `python -m engine compare`")
    elif stale:
        st.warning(f"Trained since the comparison: {plain(', '.join(stale))}. Run: `python -m engine compare`")
    stored = kept(compared, cell, names)
    baseline = comparison.BASELINES.get(cell)
    able = models.with_output(checkpoints.trained(), cell)
    columns = st.columns(2)
    with columns[0]:
        other = models.choose_one(
            sorted(able, key=lambda n: n != baseline), f"bench_other_{cell}", "Compared with", first=None,
            format_func=lambda n: f"{n} (baseline)" if n == baseline else n,
        )  # fmt: skip
    table = stored if other == baseline else _any_other(other, cell, [n for n in names if n != other])
    if table is None:
        return
    if table.empty:
        st.caption(f"None of the models shown was compared with {plain(other)} in {plain(cell)}.")
        return
    with columns[1]:
        measure = st.selectbox(
            "Measure", list(dict.fromkeys(table["measure"])), format_func=spoken, key="bench_measure"
        )
    chosen = table[table["measure"] == measure]
    st.plotly_chart(
        plot.forest(chosen, f"{spoken(measure)}, {cell}", f"difference to {other}"), config=config, key="forest"
    )
    named = {
        model: _with_other_seed(model, verdict, again) for model, verdict, again in chosen[TOLD].itertuples(index=False)
    }
    words = chosen.groupby("verdict")["model"].apply(list)
    for verdict in VERDICTS:
        if verdict in words:
            st.markdown(f"**{verdict}**: {plain(', '.join(named[m] for m in words[verdict]))}")
    downloads.table("Table (CSV)", _flat(table), "cislens-differences.csv")


def spoken(measure: str) -> str:
    """The name of a measure as it stands on screen."""
    return measure.replace("held_out", "held-out").replace("cagi5", "CAGI5").replace("_", " ")


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """With a column for each number of the other seed."""
    other = pd.DataFrame([a if isinstance(a, dict) else {} for a in table["again"]], index=table.index)
    columns = other.reindex(columns=["value", "low", "high", "verdict"]).add_prefix("other_seed_")
    return table.drop(columns="again").join(columns)


def _with_other_seed(model: str, verdict: str, again: dict | None) -> str:
    """A model's name, and whether the networks of another seed say the same where there are such."""
    if not isinstance(again, dict):
        return model
    return f"{model} (another seed too)" if again["verdict"] == verdict else f"{model} (not with another seed)"


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
    return work.on_request("bench-compare", f"Compare with {other}", signature, compute)
