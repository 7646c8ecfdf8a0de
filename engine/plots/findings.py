"""The figure of Published findings: every statement on one scale, by what may be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from engine.plots.parts import theme

# for, against, and two ways of not knowing: colours that colour-blind people tell apart, and a symbol each
COLOURS = {"holds": "#0072b2", "does not hold": "#d55e00", "not seen": "#e69f00", "cannot be told": theme.MUTED}
SYMBOLS = {
    "holds": "triangle-right",
    "does not hold": "triangle-left",
    "not seen": "diamond",
    "cannot be told": "circle",
}
END = 8.0  # half-widths of an interval; what lies beyond stands at the edge
ROW = 34  # pixels: the statement, and its interval below


@dataclass(frozen=True)
class Row:
    """A statement and where it stands.

    Attributes:
        ours, again: value, low and high in half-widths of the interval from the bound, above 0 for the statement.
        published: the study's figure on the same scale.
        told: what the pointer shows.
    """

    statement: str
    verdict: str
    ours: tuple[float, float, float]
    again: tuple[float, float, float] | None
    published: float | None
    told: str


def forest(rows: Sequence[Row], title: str) -> go.Figure:
    """A row a statement from the top, each under its own words."""
    figure = go.Figure()
    for verdict, colour in COLOURS.items():
        places = [i for i, r in enumerate(rows) if r.verdict == verdict]
        marker = {"color": colour, "size": 10, "symbol": SYMBOLS[verdict]}
        figure.add_trace(
            _marks([rows[i].ours for i in places], places, verdict, marker, [rows[i].told for i in places])
        )
    again = [(i, r.again) for i, r in enumerate(rows) if r.again]
    if again:
        marker = {"color": theme.MUTED, "size": 7, "symbol": "circle-open", "line": {"width": 2}}
        told = [rows[i].told for i, _ in again]
        figure.add_trace(_marks([a for _, a in again], [i for i, _ in again], "another seed", marker, told))
    published = [(i, r.published) for i, r in enumerate(rows) if r.published is not None]
    if published:
        figure.add_trace(
            go.Scatter(
                x=[_clip(p) for _, p in published],
                y=[i for i, _ in published],
                mode="markers",
                name="published",
                marker={"symbol": "diamond-open", "color": theme.MUTED, "size": 9, "line": {"width": 2}},
                customdata=[rows[i].told for i, _ in published],
                hovertemplate="%{customdata}<extra>published</extra>",
            )
        )
    for i, row in enumerate(rows):
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=i - 0.3, yanchor="middle", showarrow=False, align="left",
            text=theme.literal(row.statement), font={"size": 11.5},
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": theme.MUTED, "dash": "dot"})
    figure.update_yaxes(range=[len(rows) - 0.2, -0.8], showticklabels=False, showgrid=False, zeroline=False)
    figure.update_xaxes(
        title="against the statement  ◀  distance from its bound, in half-widths of the 95% interval  ▶  for it",
        range=[-END - 0.5, END + 0.5],
        zeroline=False,
    )
    theme.finish(figure, title, 150 + ROW * len(rows))
    return figure.update_layout(margin={"l": 10, "r": 10, "t": 80, "b": 50}, legend={"x": 0, "xanchor": "left"})


def _clip(value: float) -> float:
    return max(-END, min(END, value))


def _marks(
    values: list[tuple[float, float, float]], places: list[int], name: str, marker: dict, told: list[str]
) -> go.Scatter:
    """Values with whiskers, all within the figure."""
    clipped = [tuple(map(_clip, v)) for v in values]
    return go.Scatter(
        x=[v for v, _, _ in clipped],
        y=[p + (0.22 if name == "another seed" else 0.08) for p in places],
        mode="markers",
        name=name,
        marker=marker,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - v for v, _, high in clipped],
            "arrayminus": [v - low for v, low, _ in clipped],
            "color": marker["color"],
            "thickness": 1 if name == "another seed" else 2,
            "width": 3,
        },
        customdata=told,
        hovertemplate="%{customdata}<extra>" + name + "</extra>",
    )
