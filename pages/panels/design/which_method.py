"""Which method makes the best designs? The stored comparison of all methods, by judges that had no part in it."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from engine.design import benchmark, tables
from engine.design.benchmark import Benchmark, Judge
from engine.design.catalogue import METHODS
from engine.design.metrics.table import MEASURES, Measure
from engine.design.results import BenchmarkRow
from engine.experiments import labels
from engine.plots import design as plot
from engine.statistics import Metric, in_words
from pages.shared import downloads, show
from pages.shared.plain import plain

ALL = "all cell types"
FIRST = "asked"  # the measure that is shown at first
READ = {"higher": "Higher is better.", "lower": "Lower is better.", "near its floor": "Best near its floor."}


def called(method: str) -> str:
    """A method in words."""
    if method == benchmark.FLOOR:
        return "Natural elements (floor)"
    return METHODS[method].label if method in METHODS else method


def show_all() -> None:
    """The table, one measure of it as a figure, and two methods against each other; raises CheckpointError."""
    stored = benchmark.read()
    if stored is None or not stored.rows:
        st.info(f"The methods were not compared yet. Run: `{benchmark.COMMAND}`")
        return
    st.markdown(
        "Every method answers the same questions. Models that had no part in the making judge the answers. Natural "
        "elements that nobody designed are the floor: no measure is to be read without it."
    )
    judge = _judge(stored)
    _figure(stored, judge)
    _table(stored, judge)
    _two(stored)
    if stored.left_out:
        with st.expander(f"Methods that could not answer ({len(stored.left_out)})"):
            for method, why in stored.left_out.items():
                st.markdown(f"**{plain(called(method))}**: {plain(why)}")
    downloads.table("All numbers (CSV)", pd.DataFrame(tables.scores(stored)), "cislens-design-benchmark.csv")


def _judge(stored: Benchmark) -> str:
    """Whose word is shown, and what is to be said of it."""
    names = [j.name for j in stored.judges]
    name = st.segmented_control(
        "Judge", names, default=names[0], required=True, key="design_bench_judge", persist_state="session",
        format_func=lambda model: plain(labels.label(model)),
    )  # fmt: skip
    judge: Judge = stored.judges[names.index(name)]
    scores = ", ".join(f"{o} {v:.3f}" for o, v in judge.held_out.items())
    st.caption(f"Spearman of this judge with held-out elements: {plain(scores) or show.UNKNOWN}.")
    for caveat in judge.caveats:
        st.warning(plain(labels.in_text(caveat)))
    return name


def _rows(stored: Benchmark, judge: str, measure: str | None = None) -> list[BenchmarkRow]:
    """Of one judge, and of the sequences alone."""
    return [r for r in stored.rows if r.judge in ("", judge) and measure in (None, r.measure)]


def _figure(stored: Benchmark, judge: str) -> None:
    measures = [m for m in MEASURES if _rows(stored, judge, m)]
    left, right = st.columns(2)
    with left:
        name = st.selectbox(
            "Measure", measures, index=measures.index(FIRST) if FIRST in measures else 0, key="design_measure",
            format_func=lambda m: MEASURES[m].label, persist_state="session",
        )  # fmt: skip
    rows = _rows(stored, judge, name)
    outputs = list(dict.fromkeys(r.output for r in rows))
    with right:
        output = outputs[0]
        if len(outputs) > 1:
            output = st.selectbox(
                "Cell type", outputs, key=f"design_bench_output-{'-'.join(outputs)}", persist_state="session"
            )
    measure: Measure = MEASURES[name]
    of_output = [r for r in rows if r.output == output]
    methods = {called(r.method): r.metric for r in of_output if r.method != benchmark.FLOOR}
    floor = next((r.floor for r in of_output if r.floor is not None), None)
    if not methods:
        st.info("No method has this number yet.")
        return
    st.markdown(f"**{plain(measure.label)}{f', {plain(output)}' if output else ''}**")
    st.plotly_chart(
        plot.benchmark(methods, floor, measure.unit),
        key=f"design-benchmark-{name}-{output}-{judge}",
        config=show.image_config("cislens-design-benchmark", "svg"),
    )
    draws, designs = {m.n for m in methods.values()}, {r.designs for r in of_output}
    st.caption(
        f"{plain(measure.what)} {READ[measure.better]} Mean and 95% interval over {plain(_span(draws))} draws of "
        f"{plain(_span(designs))} "
        "designs for the same goals (other goals would give other numbers); the dotted line is the floor."
    )


def _span(numbers: set[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _words(metric: Metric) -> str:
    """A number with its interval; without one where there was a single draw."""
    if math.isnan(metric.value):
        return show.UNKNOWN
    if math.isnan(metric.low):
        return f"{metric.value:.3f} (one draw)"
    return in_words(metric.value, metric.low, metric.high)


def _table(stored: Benchmark, judge: str) -> None:
    """A line a method, a column a measure and cell type."""
    table: dict[str, dict[str, str]] = {}
    for row in _rows(stored, judge):
        column = MEASURES[row.measure].label + (f", {row.output}" if row.output else "")
        table.setdefault(called(row.method), {})[column] = _words(row.metric)
    st.dataframe(pd.DataFrame.from_dict(table, orient="index").rename_axis("method").reset_index(), hide_index=True,
                 key="design-benchmark-table", placeholder=show.UNKNOWN)  # fmt: skip


def _two(stored: Benchmark) -> None:
    """One method against another by the same draws."""
    methods = [m for m in stored.scores if m != benchmark.FLOOR]
    if len(methods) < 2:
        return
    st.markdown("**One method against another**, by the same draws and every judge")
    left, right = st.columns(2)
    with left:
        first = st.selectbox("Method", methods, key="design_first", format_func=called, persist_state="session")
    with right:
        others = [m for m in methods if m != first]
        second = st.selectbox(
            "Against", others, key=f"design_second-{first}", format_func=called, persist_state="session"
        )
    st.dataframe(
        pd.DataFrame(
            {
                "measure": MEASURES[d.measure].label,
                "cell type": d.output,
                "judge": labels.label(d.judge) if d.judge else "",
                "better by": _words(d.metric),
                "draws": d.metric.n,
                "verdict": d.verdict,
            }
            for d in benchmark.differences(stored, first, second)
        ),
        hide_index=True,
        key="design-differences",
        placeholder=show.UNKNOWN,
    )
    st.caption("Above 0, the first method is better. If the interval crosses 0, the difference may be chance.")
