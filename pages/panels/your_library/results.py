"""Predictions beside measurements: scores, the scatter, and where the two lie apart."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from engine import sheets
from engine.editor.document import Document
from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.mpra.comparison import MEAN, Comparison, Predictions, apart, compare, largest, seen_by
from engine.mpra.exports import rows, seen_in_words, without_output
from engine.mpra.library import VARIANTS, MeasuredLibrary
from engine.mpra.overlap import IN_WORDS, NEW, Kin
from engine.mpra.predicting import Done, as_variant, predicted
from engine.plots import your_library as plot
from engine.plots.parts import theme
from engine.results import Progress
from engine.statistics import Metric, in_words
from pages.shared import bench, downloads, state, work
from pages.shared import show as words
from pages.shared.models import all_models
from pages.shared.plain import plain
from pages.shared.show import image_config
from pages.shared.turns import Urgency

UNFINISHED: state.Key[dict] = state.Key("library_unfinished", {})  # parts of predictions, by what they depend on
KEPT = 4  # unfinished runs that can be gone on with
FARTHEST = 50  # rows of the table of disagreements


def comparison_of(
    library: MeasuredLibrary, mark: str, models: list[Checkpoint], wanted: str, kin: Kin | None
) -> Comparison | None:
    """The comparison, once the predictions were asked for and are there; stopped work goes on where it was."""
    signature = (mark, kin is None, tuple((c.name, c.weights_hash) for c in models))
    predictions = _predictions(library, signature, models, kin)
    if predictions is None:
        return None
    score = work.in_turn(Urgency.REQUEST, lambda step: compare(library, predictions, wanted, step))
    try:
        with st.spinner("Scoring …"):
            return work.remembered(("library", signature, wanted), score)
    except CisLensError as error:
        st.error(plain(error))
        return None


def _predictions(
    library: MeasuredLibrary, signature: tuple, models: list[Checkpoint], kin: Kin | None
) -> list[Predictions] | None:
    runs = UNFINISHED.setdefault({})
    done = runs.setdefault(signature, {c.name: Done() for c in models})
    while len(runs) > KEPT:
        runs.pop(next(iter(runs)))
    ready, total = sum(map(len, done.values())), len(library) * len(models)
    label = f"Predict {total:,} {'activities' if library.target is None else 'effects'}"
    if ready:
        label = f"Go on ({ready:,} of {total:,} done)"

    def compute(progress: Progress) -> list[Predictions]:
        return [
            predicted(
                c,
                library,
                seen=seen_by(c, library, kin),
                done=done[c.name],
                progress=lambda at, n, i=i: progress(i * n + at, n * len(models)),
            )
            for i, c in enumerate(models)
        ]

    return work.on_request("library", label, signature, compute)


def show(comparison: Comparison) -> None:
    """Everything that is known of the comparison."""
    for one in comparison.predictions:
        st.caption(f"{plain(one.model)}: {plain(seen_in_words(one.seen))}.")
    if several := without_output(comparison):
        st.caption(f"No output is called {plain(', '.join(several))}: held against each; choose one above.")
    _scores(comparison)
    pairs = list(comparison.pairs)
    chosen = st.selectbox(
        "Shown",
        range(len(pairs)),
        format_func=lambda i: _pair_in_words(comparison.library, pairs[i]),
        key=f"library_pair-{'-'.join(dict.fromkeys(m for m, _, _ in pairs))}",
    )
    model, output, label = pairs[chosen]
    one = comparison.of(model)
    _scatter(comparison.library, one, output, label)
    _disagreements(comparison.library, one, output, label)
    downloads.button("All rows (CSV)", lambda: sheets.text(rows(comparison)), "your_library.csv")


def _pair_in_words(library: MeasuredLibrary, pair: tuple[str, str, str]) -> str:
    model, output, label = pair
    return f"{model} {output}, measured {library.title(label)}"


def _scores(comparison: Comparison) -> None:
    library = comparison.library
    table = pd.DataFrame(
        {
            "predicted by": f"{s.model} {s.output}".strip(),
            "measured": library.title(s.label),
            "rows": s.rows,
            "n": s.spearman.n,
            "Spearman": "" if s.model == MEAN else _interval(s.spearman),
            "Pearson": "" if s.model == MEAN else _interval(s.pearson),
            "RMSE": _interval(s.rmse),
        }
        for s in comparison.scores
    )
    st.dataframe(table, hide_index=True, key="library-scores")
    st.caption(
        "Each with its 95% bootstrap interval. GC content and the mean of the table are baselines: a model that is no "
        "better than these says nothing here. Rows not seen share no 30-mer with what the model learned from. RMSE in "
        "log2 RNA/DNA; it means something only where the table's zero and scale are the models'."
    )


def _interval(metric: Metric) -> str:
    return "" if math.isnan(metric.value) else in_words(metric.value, metric.low, metric.high)


def _scatter(library: MeasuredLibrary, one: Predictions, output: str, label: str) -> None:
    is_effect = library.kind == VARIANTS
    unit = "score" if is_effect else theme.UNIT
    title = theme.literal(library.title(label))
    figure = plot.scatter(
        library.measured[:, library.labels.index(label)],
        one.column(output),
        library.names,
        None if one.seen is None else one.seen != NEW,
        title=f"{theme.literal(one.model)}, {theme.literal(output)}",
        axes=(f"measured {title} ({unit})", f"predicted {'effect' if is_effect else 'activity'} ({theme.UNIT})"),
        colour=theme.model_colour(one.model, all_models()),
    )
    event = st.plotly_chart(
        figure,
        key=f"library-scatter-{state.VERSION.get()}",
        on_select="rerun",
        selection_mode="points",
        config=image_config("cislens-your-library", "png"),
    )
    st.caption("Click a point to open its sequence in the Explorer.")
    clicked = [p["customdata"] for p in event.selection.points if p.get("customdata") is not None]
    if clicked:
        _open(library, int(clicked[0][0]))


def _disagreements(library: MeasuredLibrary, one: Predictions, output: str, label: str) -> None:
    """The rows where prediction and measurement lie farthest apart; one that is chosen opens in the Explorer."""
    st.markdown("**Where the two lie farthest apart**, each in its own standard deviations")
    distance = apart(library, one, output, label)
    places = largest(distance, FARTHEST)
    table = pd.DataFrame(
        {
            "name": [library.names[i] for i in places],
            "line": library.lines[places],
            "measured": library.measured[places, library.labels.index(label)],
            "predicted": one.column(output)[places],
            "apart (s.d.)": distance[places],
            "GC content" if library.target is None else "change of GC": library.gc[places],
            **({"seen": [IN_WORDS[int(one.seen[i])] for i in places]} if one.seen is not None else {}),
        }
    )
    number = st.column_config.NumberColumn(format="%.3f")
    picked = words.pick_row(
        table,
        f"library-apart-{one.model}-{output}-{label}-{state.VERSION.get()}",
        {c: number for c in table.columns if table[c].dtype == np.float64},
    )
    st.caption("Select a row to open it in the Explorer.")
    if picked is not None:
        _open(library, int(places[picked]))


def _open(library: MeasuredLibrary, row: int) -> None:
    """A sequence of the library on the bench; of a variant the target, with the change as its first edit."""
    remark = "; ".join(
        f"{library.title(label)} {value:.3f}" if math.isfinite(value) else f"{library.title(label)} not measured"
        for label, value in zip(library.labels, library.measured[row], strict=True)
    )
    remark = f"Line {library.lines[row]} of {library.what}: measured {remark}."
    try:
        if library.target is None:
            bench.open_sequence(library.sequence(row), remark)
        else:
            change = as_variant(library.target.bases, library.bases[row], library.names[row])
            document = Document(library.target, remark=remark)
            bench.open_beside(document.spliced(change.pos - 1, len(change.ref), change.alt, library.names[row]))
    except CisLensError as error:
        st.error(plain(error))
    else:
        st.switch_page("pages/explorer.py")
