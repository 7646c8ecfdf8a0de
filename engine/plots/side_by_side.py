"""Models side by side on one sequence and on the held-out set: logos on one scale, differences, scatters, errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.parts import theme
from engine.plots.parts.logo import letter_traces, observed
from engine.results import Track
from engine.sequence import BASES

METHODS = {"ig": "Integrated Gradients", "ism": "in-silico mutagenesis"}


def logos(
    tracks: list[Track],
    output: str,
    *,
    view: tuple[int, int] | None = None,
    first_position: int = 1,
    axis_name: str = "position in the sequence (bp)",
    palette: str = "standard",
    title: str = "",
    names: Mapping[str, str] | None = None,
) -> go.Figure:
    """Logos one below the other, one a track, all on one position axis and one scale.

    Args:
        tracks: of the same sequence, each with the output; ism tracks show the mean loss of the three substitutions.
        view: 0-based half-open stretch to show; all by default.
        names: what models are called; each by its own name by default.
    """
    called = names or {}
    low, high = view or (0, len(tracks[0].bases))
    x = np.arange(len(tracks[0].bases)) + first_position
    heights = [track.per_position(output) for track in tracks]
    top = max(float(np.nanmax(h[low:high], initial=0.0)) for h in heights)
    bottom = min(float(np.nanmin(h[low:high], initial=0.0)) for h in heights)
    margin = 0.06 * max(top - bottom, 1e-9)
    shown = make_subplots(
        rows=len(tracks),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=min(0.08, 0.4 / len(tracks)),
        subplot_titles=[theme.literal(called.get(t.model, t.model)) for t in tracks],
    )
    for row, (track, height) in enumerate(zip(tracks, heights, strict=True), start=1):
        for trace in letter_traces(observed(track.bases, height), x, theme.base_colours(palette)):
            shown.add_trace(trace, row=row, col=1)
        shown.add_trace(
            go.Scatter(
                x=x,
                y=height,
                mode="markers",
                marker={"color": "rgba(0,0,0,0)", "size": 8},
                text=list(track.bases),
                hovertemplate="position %{x:d} %{text}<br>%{y:.3f} "
                + theme.unit(track.standardised)
                + "<extra></extra>",
                showlegend=False,
            ),
            row=row,
            col=1,
        )
    shown.update_yaxes(range=[bottom - margin, top + margin], zeroline=True)
    shown.update_yaxes(
        title_text=theme.unit(tracks[0].standardised), row=(len(tracks) + 1) // 2, col=1, title_standoff=4
    )
    shown.update_xaxes(range=[x[low] - 0.5, x[high - 1] + 0.5], tickformat="d", showgrid=False)
    shown.update_xaxes(title_text=axis_name, row=len(tracks), col=1)
    shown.update_annotations(font_size=13)
    return theme.finish(shown, theme.literal(title), 120 + 100 * len(tracks))


def difference_map(
    first: Track,
    second: Track,
    output: str,
    *,
    view: tuple[int, int] | None = None,
    first_position: int = 1,
    axis_name: str = "position in the sequence (bp)",
    names: Mapping[str, str] | None = None,
) -> go.Figure:
    """The first model's map minus the second's, both on the scale that the tracks are on: every substitution of a
    mutagenesis as a heat map, one bar a position of Integrated Gradients."""
    called = names or {}
    one, other = (theme.literal(called.get(t.model, t.model)) for t in (first, second))
    low, high = view or (0, len(first.bases))
    x = np.arange(len(first.bases)) + first_position
    unit = theme.unit(first.standardised)
    if first.kind == "ism":
        shown = go.Figure(_differences(first, second, output, x, (low, high), (one, other)))
        shown.add_trace(theme.own_bases(x, BASES, np.array([[b == base for b in first.bases] for base in BASES])))
        shown.update_yaxes(title_text="new base", fixedrange=True)
    else:
        shown = go.Figure(
            go.Bar(
                x=x,
                y=first.per_position(output) - second.per_position(output),
                marker={"color": theme.MUTED},
                hovertemplate=f"position %{{x}}<br>difference %{{y:+.3f}} {unit}<extra></extra>",
            )
        )
        shown.update_yaxes(title_text=unit, zeroline=True)
    shown.update_xaxes(range=[x[low] - 0.5, x[high - 1] + 0.5], tickformat="d", showgrid=False, title_text=axis_name)
    return theme.finish(shown, f"{one} minus {other}: {METHODS[first.kind]}", 260)


def _differences(
    first: Track, second: Track, output: str, x: np.ndarray, view: tuple[int, int], names: tuple[str, str]
) -> go.Heatmap:
    difference = first.output(output) - second.output(output)
    limit = float(np.nanmax(np.abs(difference[slice(*view)]), initial=0.0)) or 1.0
    unit = theme.unit(first.standardised)
    return go.Heatmap(
        z=difference.T,
        x=x,
        y=list(BASES),
        colorscale=theme.DIVERGING,
        zmin=-limit,
        zmax=limit,
        customdata=np.dstack([first.output(output).T, second.output(output).T]),
        hovertemplate=f"position %{{x}} to %{{y}}<br>{names[0]} %{{customdata[0]:+.3f}}"
        f"<br>{names[1]} %{{customdata[1]:+.3f}}<br>difference %{{z:+.3f}} {unit}<extra></extra>",
        colorbar={"title": {"text": unit, "side": "right"}, "thickness": 12},
    )


def disagreement(names: Sequence[str], values: np.ndarray, models: list[str], title: str) -> go.Figure:
    """Elements that models disagree on, the first on top: what was measured, then what each model predicts.

    Args:
        values: `(elements, 1 + models)` in standard deviations from each column's own mean.
    """
    columns = ["measured", *map(theme.literal, models)]
    rows = [theme.literal(str(n)) for n in names][::-1]
    limit = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    shown = go.Figure(
        go.Heatmap(
            z=values[::-1],
            x=columns,
            y=rows,
            colorscale=theme.FAINT_DIVERGING,
            zmin=-limit,
            zmax=limit,
            hovertemplate="%{y}<br>%{x}: %{z:+.2f} s.d.<extra></extra>",
            colorbar={"title": {"text": "s.d. from the mean", "side": "right"}, "thickness": 12},
        )
    )
    shown.add_trace(theme.cell_texts(columns, rows, theme.in_cells(values[::-1])))
    shown.add_trace(theme.hatch(columns, rows, np.isnan(values[::-1])))
    shown.add_vline(x=0.5, line={"color": theme.MUTED, "width": 1})
    shown.update_xaxes(side="top", showgrid=False)
    shown.update_yaxes(showgrid=False, dtick=1)
    theme.finish(shown, title, 150 + 21 * len(rows))
    return shown.update_layout(margin={"l": 190, "r": 20, "t": 90, "b": 20})


def gains(records: list[dict], model: str, baseline: str) -> go.Figure:
    """Where along the activity range a model is closer to the measurement than its baseline.

    `records` as `engine.evaluation.comparison.error_by_activity` gives them.
    """
    middle = [f"{r['from']:.2f} to {r['to']:.2f}" for r in records]
    shown = go.Figure(
        go.Bar(
            x=middle,
            y=[r["value"] for r in records],
            marker={"color": [theme.VERDICT_COLOURS[r["verdict"]] for r in records]},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [r["high"] - r["value"] for r in records],
                "arrayminus": [r["value"] - r["low"] for r in records],
                "thickness": 1.5,
            },
            customdata=[[r["verdict"], r["n"]] for r in records],
            hovertemplate="%{x}<br>%{y:+.4f}: %{customdata[0]} (n = %{customdata[1]:,})<extra></extra>",
        )
    )
    shown.update_xaxes(title_text=f"measured activity ({theme.UNIT})", tickangle=-35)
    shown.update_yaxes(title_text=f"error of {baseline}<br>minus own error", zeroline=True)
    theme.finish(shown, model, 360)
    return shown.update_layout(margin={"l": 80, "r": 20, "t": 50, "b": 110})


@dataclass(frozen=True)
class Elements:
    """Whose points can be selected, in all panels at once.

    Attributes:
        rows: `(n,)` of the elements in their table: the custom data of the points.
        names: `(n,)`, shown under the pointer.
        selected: rows that are selected now; without any, no point is faint.
    """

    rows: np.ndarray
    names: np.ndarray
    selected: frozenset[int] = frozenset()


def against_measured(
    predicted: dict[str, np.ndarray],
    measured: np.ndarray,
    colours: dict[str, str],
    notes: dict[str, str],
    title: str,
    elements: Elements | None = None,
) -> go.Figure:
    """Predicted against measured activity `(n,)`, a panel a model; dotted: equal, line: least squares.

    All panels are one figure: a browser keeps few figures of many points at once.
    """
    small = "<span style='font-size:11px'>{}</span>"
    shown = _grid([f"<b>{name}</b><br>{small.format(notes[name])}" for name in predicted])
    limits = (float(measured.min()) - 0.3, float(measured.max()) + 0.3)
    for column, (name, values) in enumerate(predicted.items(), 1):
        dots = _dots(measured, values, colours[name], "measured %{x:.2f}, predicted %{y:.2f}")
        if elements:
            _selectable(dots, elements)
        shown.add_trace(dots, 1, column)
        slope, start = np.polyfit(measured, values, 1)
        ends = np.array(limits)
        for y, dash, colour in ((ends, "dot", theme.MUTED), (start + slope * ends, "solid", colours[name])):
            line = {"color": colour, "dash": dash, "width": 2}
            shown.add_trace(
                go.Scatter(x=ends, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False), 1, column
            )
    shown.update_xaxes(title_text=f"measured ({theme.UNIT})", range=limits)
    shown.update_yaxes(range=limits)
    shown.update_yaxes(title_text=f"predicted ({theme.UNIT})", col=1)
    shown = theme.finish(shown, title, 440).update_layout(margin={"t": 125})
    return shown.update_layout(dragmode="lasso", hovermode="closest") if elements else shown


def _selectable(dots: go.Scattergl, elements: Elements) -> None:
    # lists, since the browser hands packed arrays back in another shape
    dots.update(
        customdata=[[int(row)] for row in elements.rows],
        text=[theme.literal(str(name)) for name in elements.names],
        hovertemplate="%{text}<br>" + dots.hovertemplate,
        selected={"marker": {"size": 7, "opacity": 1}},
        unselected={"marker": {"opacity": 0.12}},
    )
    places = np.flatnonzero(np.isin(elements.rows, list(elements.selected)))
    if len(places):
        dots.selectedpoints = places.tolist()


def against_baseline(
    apart: dict[str, np.ndarray],
    measured: np.ndarray,
    records: dict[str, list[dict]],
    colours: dict[str, str],
    baseline: str,
    title: str,
) -> go.Figure:
    """A model's prediction minus the baseline's `(n,)` against measured activity, a panel a model.

    `records` as `engine.evaluation.comparison.difference_by_activity` gives them: drawn as means with intervals.
    """
    shown = _grid(list(apart))
    for column, (name, values) in enumerate(apart.items(), 1):
        shown.add_trace(_dots(measured, values, theme.MUTED, "measured %{x:.2f}, difference %{y:+.2f}"), 1, column)
        bins = records[name]
        shown.add_trace(
            go.Scattergl(  # as the dots: a line of another kind would be drawn behind them
                x=[r["middle"] for r in bins],
                y=[r["value"] for r in bins],
                mode="lines+markers",
                line={"color": colours[name], "width": 4},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": [r["high"] - r["value"] for r in bins],
                    "arrayminus": [r["value"] - r["low"] for r in bins],
                },
                customdata=[[r["low"], r["high"], r["n"]] for r in bins],
                hovertemplate="mean %{y:+.3f} [%{customdata[0]:+.3f}, %{customdata[1]:+.3f}]"
                "<br>n = %{customdata[2]:,}<extra></extra>",
                showlegend=False,
            ),
            1,
            column,
        )
    shown.add_hline(y=0, line={"color": theme.MUTED, "dash": "dot"})
    shown.update_xaxes(title_text=f"measured ({theme.UNIT})")
    shown.update_yaxes(title_text=f"minus {baseline}<br>({theme.UNIT})", col=1)
    return theme.finish(shown, title, 360).update_layout(margin={"l": 80, "t": 80})


def _grid(titles: list[str]) -> go.Figure:
    shown = make_subplots(1, len(titles), shared_yaxes=True, horizontal_spacing=0.02, subplot_titles=titles)
    return shown.update_annotations(font_size=13)


def _dots(x: np.ndarray, y: np.ndarray, colour: str, hover: str) -> go.Scattergl:
    marker = {"color": colour, "size": 3, "opacity": 0.3}
    return go.Scattergl(
        x=x.astype(np.float32), y=y.astype(np.float32), mode="markers", marker=marker, showlegend=False,
        hovertemplate=hover + "<extra></extra>",
    )  # fmt: skip
