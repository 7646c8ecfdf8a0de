"""Figures of maps of many elements: where along the sequence models look, and how far they agree."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from engine.plots.parts import theme
from engine.plots.parts.legend import Legend
from engine.sequence import BASES

PLACE_COLOURS = {"5' edge": theme.COLOURS[0], "centre": "#adb5bd", "3' edge": theme.COLOURS[4]}
PLAIN = Legend()
SMOOTH = 5  # bases over which a profile is averaged, so that several models can be told apart


def profiles(sizes: dict[str, np.ndarray], title: str, unit: str, legend: Legend = PLAIN) -> go.Figure:
    """Mean absolute attribution `(length,)` of each model along the sequence, averaged over `SMOOTH` bases."""
    figure = go.Figure()
    for name, values in sizes.items():
        smooth = np.convolve(values, np.ones(SMOOTH) / SMOOTH, mode="valid")
        positions = np.arange(len(smooth)) + 1 + SMOOTH // 2
        style = legend.style(name)
        line = {"color": style.colour, "dash": style.dash, "width": 2}
        figure.add_scatter(x=positions, y=smooth, name=legend.label(name), mode="lines", line=line)
    figure.update_xaxes(title="position in the element (bp)")
    figure.update_yaxes(title=f"mean |attribution|<br>({unit})", rangemode="tozero")
    theme.finish(figure, title, 360)
    figure.update_layout(legend={"orientation": "v", "x": 1.01, "xanchor": "left", "y": 1, "yanchor": "top"})
    return figure


def focus(shares: dict[str, dict[str, dict]], even: dict[str, float], title: str, legend: Legend = PLAIN) -> go.Figure:
    """The share of attribution at either edge and in the centre, a bar a model; `even` is drawn where an even spread
    would lie. `shares[model][place]` is a metric as dict."""
    figure = go.Figure()
    names = list(shares)[::-1]
    for place, colour in PLACE_COLOURS.items():
        figure.add_bar(
            y=[legend.axis(n) for n in names],
            x=[100 * shares[n][place]["value"] for n in names],
            orientation="h",
            name=place,
            marker={"color": colour},
            customdata=[[100 * shares[n][place][k] for k in ("low", "high")] for n in names],
            hovertemplate=place + " %{x:.1f}% [%{customdata[0]:.1f}, %{customdata[1]:.1f}]<extra>%{y}</extra>",
        )
    for at in (even["5' edge"], even["5' edge"] + even["centre"]):
        figure.add_vline(x=100 * at, line={"dash": "dot", "color": theme.MUTED})
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    figure.update_xaxes(title="share of an element's attribution (%); dotted: even spread", range=[0, 100])
    figure.update_yaxes(automargin=True)
    return theme.finish(figure, title, 150 + 26 * len(names))


def by_base(sizes: dict[str, np.ndarray], title: str, unit: str, legend: Legend = PLAIN) -> go.Figure:
    """Mean absolute attribution of each base at each position, `sizes[model]` `(4, length)`, four rows a model."""
    rows = [f"{legend.label(name)} {base}" for name in sizes for base in BASES]
    values = np.concatenate(list(sizes.values()))
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=np.arange(values.shape[1]) + 1,
            y=rows,
            zmin=0,
            zmax=float(np.quantile(values, 0.995)) or 1.0,
            colorscale=theme.SEQUENTIAL,
            hovertemplate="%{y} at %{x}: %{z:.4f}<extra></extra>",
            colorbar={"title": unit, "thickness": 12, "title_side": "right"},
        )
    )
    for edge in range(4, len(rows), 4):
        figure.add_hline(y=edge - 0.5, line={"color": theme.MUTED, "width": 1})
    figure.update_xaxes(title="position in the element (bp)", showgrid=False)
    figure.update_yaxes(autorange="reversed", dtick=1, showgrid=False, tickfont={"size": 10}, automargin=True)
    return theme.finish(figure, title, 160 + 14 * len(rows))


def correlations(models: list[str], matrix: np.ndarray, title: str, legend: Legend = PLAIN) -> go.Figure:
    """Mean correlation between the maps of every two models, `(n, n)`, nan on the diagonal."""
    labels, rows = legend.below(models), [legend.axis(m) for m in models]
    figure = go.Figure(
        go.Heatmap(
            z=np.round(matrix, 3),
            x=labels,
            y=rows,
            zmin=-1,
            zmax=1,
            colorscale=theme.FAINT_DIVERGING,
            hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>",
            colorbar={"title": "r", "thickness": 12},
            hoverongaps=False,
        )
    )
    if len(labels) <= 18:
        figure.add_trace(theme.cell_texts(labels, rows, theme.in_cells(matrix)))
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.update_xaxes(automargin=True, showgrid=False)
    return theme.finish(figure, title, 170 + 28 * len(labels))


def one_element(models: list[str], values: np.ndarray, bases: str, title: str, legend: Legend = PLAIN) -> go.Figure:
    """The maps of one element by several models, `(models, length)` in s.d., a row a model."""
    labels = [legend.axis(m) for m in models]
    largest = float(np.abs(values).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=np.arange(len(bases)) + 1,
            y=labels,
            zmin=-largest,
            zmax=largest,
            colorscale=theme.DIVERGING,
            customdata=np.repeat(np.array(list(bases))[None], len(labels), axis=0),
            hovertemplate="%{y}<br>%{customdata} at %{x}: %{z:.3f}<extra></extra>",
            colorbar={"title": "s.d.", "thickness": 12, "title_side": "right"},
        )
    )
    figure.update_xaxes(title="position in the element (bp)")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return theme.finish(figure, title, 160 + 24 * len(labels))
