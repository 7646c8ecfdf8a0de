"""Figures made of rows on one position axis: a row is what is drawn, how high it is and how its own axis looks.

`compose` puts any list of rows together. `logo` is a row of letters.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.errors import InputError
from engine.plots.parts import theme
from engine.plots.parts.logo import letter_traces, observed
from engine.results import Track

GAP = 36  # pixels between rows, for the caption of the lower one
SMALL = 10  # font of an axis title beside a low row
MARGINS = 100  # pixels above the first and below the last row


@dataclass(frozen=True)
class Frame:
    """The axis that the rows share: the sequence, the stretch to show and what the first base is called.

    Attributes:
        view: 0-based half-open.
        first_position: 1, or the genomic position of the first base (1-based).
    """

    bases: str
    view: tuple[int, int]
    first_position: int = 1

    @property
    def x(self) -> np.ndarray:
        """`(length,)` place of each base on the axis."""
        return np.arange(len(self.bases)) + self.first_position


@dataclass(frozen=True)
class Row:
    """One row of a figure.

    Attributes:
        caption: what it shows, above it.
        height: pixels.
        traces: plotly traces without axes; the colour bar of a heat map is moved beside the row.
        axis: settings of the row's y-axis.
        note: words in the middle of a row that has nothing to show.
    """

    caption: str
    height: int
    traces: list = field(default_factory=list)
    axis: dict = field(default_factory=dict)
    note: str = ""


def compose(
    rows: list[Row], frame: Frame, *, axis_name: str, title: str, changed: list[bool] | None = None
) -> go.Figure:
    """The rows below one another.

    Args:
        changed: `length` flags; each stretch of changed bases is marked in every row.

    Raises:
        InputError: no row.
    """
    if not rows:
        raise InputError("there is nothing to draw; choose a row that there are numbers for")
    inner = sum(r.height for r in rows) + GAP * (len(rows) - 1)
    shown = make_subplots(
        rows=len(rows),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=GAP / inner if len(rows) > 1 else 0,
        row_heights=[r.height for r in rows],
        subplot_titles=[r.caption for r in rows],
    )
    x, (low, high) = frame.x, frame.view
    traces = []
    for number, row in enumerate(rows, start=1):
        axis = "" if number == 1 else str(number)
        bottom, top = shown.layout[f"yaxis{axis}"].domain
        for trace in row.traces:
            trace.update(xaxis=f"x{axis}", yaxis=f"y{axis}")
            if trace.type == "heatmap" and trace.showscale is not False:
                trace.colorbar.update(y=(bottom + top) / 2, len=top - bottom)
            traces.append(trace)
        shown.update_yaxes(**row.axis, row=number, col=1)
        if row.note:
            middle = (x[low] + x[high - 1]) / 2
            shown.add_annotation(
                text=row.note, showarrow=False, font={"color": theme.MUTED}, x=middle, y=0, row=number, col=1
            )
    shown.add_traces(traces)
    if changed is not None:
        shown.update_layout(
            shapes=[_band(*run, number) for run in _runs(changed, x) for number in range(1, len(rows) + 1)]
        )
    shown.update_xaxes(range=[x[low] - 0.5, x[high - 1] + 0.5], tickformat="d", showgrid=False)
    shown.update_xaxes(title_text=theme.literal(axis_name), row=len(rows), col=1)
    shown.update_annotations(font_size=13)
    theme.finish(shown, theme.literal(title), inner + MARGINS)
    return shown.update_layout(dragmode="zoom", clickmode="event+select", hoverdistance=theme.REACH, bargap=0)


def _runs(changed: list[bool], x: np.ndarray) -> list[tuple[float, float]]:
    """Left and right edge of each stretch of changed positions."""
    runs, start = [], 0
    for is_changed, group in itertools.groupby(changed):
        end = start + len(list(group))
        if is_changed:
            runs.append((float(x[start]) - 0.5, float(x[end - 1]) + 0.5))
        start = end
    return runs


def _band(first: float, last: float, row: int) -> dict:
    """A coloured stretch of one row. A dictionary: plotly's add_vrect takes seconds for a hundred of them."""
    axis = "" if row == 1 else row
    place = {"xref": f"x{axis}", "x0": first, "x1": last, "yref": f"y{axis} domain", "y0": 0, "y1": 1}
    return {"type": "rect", "fillcolor": "#fab005", "opacity": 0.18, "layer": "below", "line": {"width": 0}, **place}


# --- attributions -----------------------------------------------------------------------------------


def logo(frame: Frame, track: Track, output: str, caption: str, palette: str = "standard") -> Row:
    """A track's one number a position as letters."""
    values, unit = track.per_position(output), theme.unit(track.standardised)
    letters = letter_traces(observed(track.bases, values), frame.x, theme.base_colours(palette))
    return Row(caption, 165, [*letters, _hover(track.bases, values, frame.x, unit)], valued(unit))


def valued(unit: str, size: int = 12) -> dict:
    return {"title": {"text": unit, "font": {"size": size}}, "zeroline": True}


def _hover(bases: str, values: np.ndarray, x: np.ndarray, unit: str) -> go.Scatter:
    """Invisible points that answer the pointer over a logo."""
    return go.Scatter(
        x=x,
        y=values,
        mode="markers",
        marker={"size": 10, "color": "rgba(0,0,0,0)"},
        text=list(bases),
        hovertemplate=f"position %{{x}}, %{{text}}<br>%{{y:.3f}} {unit}<extra></extra>",
        showlegend=False,
        name="value",
    )
