"""Models side by side on one sequence: predictions, and maps on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine.evaluation.standing import standing
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.plots import side_by_side as plot
from engine.plots.parts import axis
from engine.results import Track
from engine.sequence import Sequence
from engine.statistics import spearman
from pages.shared import downloads, glossary, show, work
from pages.shared.models import choose_one, choose_palette

METHODS_SHOWN = {"ism": "In-silico mutagenesis", "ig": "Integrated Gradients"}


def predictions(models: list[Checkpoint], sequence: Sequence, cell: str, policy: str) -> None:
    rows = []
    for checkpoint in models:
        prediction = work.prediction(checkpoint, sequence, policy)
        column = prediction.outputs.index(cell)
        scale = checkpoint.metrics.get("standardisation", {}).get(cell)
        value = float(prediction.values[0, column])
        place = standing(checkpoint)
        row: dict[str, object] = {"model": labels.label(checkpoint.name), "log2 RNA/DNA": value}
        if scale:
            row["s.d. from the mean of held-out predictions"] = (value - scale["mean"]) / scale["sd"]
        if place:
            row["percentile among held-out elements"] = place.percentile(cell, value)
        if prediction.spread is not None:
            row["spread"] = float(prediction.spread[0, column])
        rows.append(row)
    table = pd.DataFrame(rows)
    digits = {"percentile among held-out elements": "%.0f"}
    # a column that some models do not have is text, in which what is not known is an empty cell
    for column in table.columns[table.isna().any()]:
        table[column] = ["" if pd.isna(v) else (digits.get(column, "%.3f") % v) for v in table[column]]
    numbers = {c: st.column_config.NumberColumn(format=digits.get(c, "%.3f")) for c in table.columns
               if table[c].dtype.kind == "f"}  # fmt: skip
    st.dataframe(table, hide_index=True, column_config=numbers, height="content")


@dataclass(frozen=True)
class _Display:
    """How the maps are drawn."""

    standardised: bool
    palette: str
    kind: str
    view: tuple[int, int]


def _display(length: int) -> _Display:
    with st.popover("Display", icon=":material/tune:"):
        standardised = st.toggle(
            "In standard deviations of held-out predictions",
            value=True,
            key="losses_standardised",
            persist_state="session",
            help="Divides each model's map by the spread of its own predictions. Without it, a model that predicts in "
            "a narrow range seems to see less.",
        )
        palette = choose_palette()
        kind = st.segmented_control("Image format", ["svg", "png"], default="svg", required=True, key="losses_image")
        middle = st.toggle("Middle 80 bases", key="losses_zoom", persist_state="session") and length > 80
    return _Display(standardised, palette, kind, (length // 2 - 40, length // 2 + 40) if middle else (0, length))


def explanations(models: list[Checkpoint], sequence: Sequence, cell: str, policy: str) -> None:
    """The logos of all models on one scale, then what two of them differ in."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Map", list(METHODS_SHOWN), default="ism", required=True, key="losses_method", persist_state="session",
            format_func=METHODS_SHOWN.get, help=f"{glossary.TERMS['ISM']} {glossary.TERMS['IG']}",
        )  # fmt: skip
        display = _display(len(sequence))
    tracks = []
    for checkpoint in models:
        advance, clear = work.progress_bar(f"{labels.short(checkpoint.name)}: {METHODS_SHOWN[method]}")
        if method == "ism":
            tracks.append(work.ism_track(checkpoint, sequence, policy, display.standardised, advance))
        else:
            tracks.append(
                work.ig_track(checkpoint, sequence, policy, cell, display.standardised, "uniform", False, advance)
            )
        clear()
    region = sequence.region
    names = {t.model: labels.short(t.model) for t in tracks}
    axes = {
        "view": display.view,
        "first_position": axis.first_position(region),
        "axis_name": axis.axis_name(region),
        "names": names,
    }
    title = plot.METHODS[method]
    st.plotly_chart(
        plot.logos(tracks, cell, palette=display.palette, title=f"{title[0].upper()}{title[1:]}, {cell}", **axes),
        config=show.image_config(f"cislens-{method}-{sequence.name}", display.kind),
        key=f"logos-{method}",
    )
    other = choose_one(
        [c.name for c in models[1:]],
        "losses_other",
        f"{labels.short(models[0].name)} minus",
        first=None,
        format_func=labels.short,
    )
    second = next(t for t in tracks if t.model == other)
    st.plotly_chart(
        plot.difference_map(tracks[0], second, cell, **axes),
        config=show.image_config(f"cislens-difference-{sequence.name}", display.kind),
        key="difference",
    )
    _agreement(tracks, cell, method)
    saved = pd.DataFrame(
        [
            {"model": t.model, "track": t.kind, "position": position, "ref": ref, "alt": alt,
             "value": values[t.outputs.index(cell)]}
            for t in tracks
            for position, ref, alt, *values in t.rows()
        ]
    )  # fmt: skip
    downloads.table("Maps (CSV)", saved, f"cislens-maps-{sequence.name}.csv")


def _agreement(tracks: list[Track], cell: str, method: str) -> None:
    """How far each map agrees with the first, and the method's own check."""
    first = tracks[0]
    rows = []
    for track in tracks:
        row = {
            "model": labels.label(track.model),
            f"Spearman with {labels.short(first.model)}": spearman(track.per_position(cell), first.per_position(cell)),
        }
        if method == "ig":
            row["steps"] = track.checks["steps"][cell]
            row["convergence delta"] = track.checks["convergence_delta"][cell]
        rows.append(row)
    table = pd.DataFrame(rows)
    with st.expander("How far do the maps agree?"):
        formats = dict.fromkeys(table.columns[1:], "%.3f") | {"steps": "%d"}
        columns = {column: st.column_config.NumberColumn(format=shown) for column, shown in formats.items()}
        st.dataframe(table, hide_index=True, column_config=columns)
        st.caption(f"Spearman over the {len(first.bases)} positions.")
        if method == "ig":
            st.caption("Convergence delta: what the letters of a map lack of the prediction; near 0 is right.")
