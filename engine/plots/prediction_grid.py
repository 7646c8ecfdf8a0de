"""Predictions of several models side by side: against the measurement, and against those of a baseline."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.parts import theme


def against_measured(
    said: dict[str, np.ndarray], measured: np.ndarray, colours: dict[str, str], notes: dict[str, str], title: str
) -> go.Figure:
    """Predicted against measured activity `(n,)`, a panel a model; dotted: equal, line: least squares.

    All panels are one figure: a browser keeps few figures of many points at once.
    """
    small = "<span style='font-size:11px'>{}</span>"
    shown = _grid([f"<b>{name}</b><br>{small.format(notes[name])}" for name in said])
    limits = (float(measured.min()) - 0.3, float(measured.max()) + 0.3)
    for column, (name, values) in enumerate(said.items(), 1):
        shown.add_trace(_dots(measured, values, colours[name], "measured %{x:.2f}, predicted %{y:.2f}"), 1, column)
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
    return theme.finish(shown, title, 440).update_layout(margin={"t": 125})


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
        of = records[name]
        shown.add_trace(
            go.Scattergl(  # as the dots: a line of another kind would be drawn behind them
                x=[r["middle"] for r in of],
                y=[r["value"] for r in of],
                mode="lines+markers",
                line={"color": colours[name], "width": 4},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": [r["high"] - r["value"] for r in of],
                    "arrayminus": [r["value"] - r["low"] for r in of],
                },
                customdata=[[r["low"], r["high"], r["n"]] for r in of],
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
