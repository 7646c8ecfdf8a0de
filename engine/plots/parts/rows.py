"""Figures made of rows on one position axis: a row is what is drawn, how high it is and how its own axis looks.

`compose` puts any list of rows together. The rows here show attributions; `engine.plots.parts.site_rows` has others.
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
from engine.sequence import BASES

LETTERS_UP_TO = 90  # bases in view; beyond that letters in the map would run into each other
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

    @property
    def letters(self) -> bool:
        """Whether letters have room in the cells of a map."""
        return self.view[1] - self.view[0] <= LETTERS_UP_TO


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


def substitutions(frame: Frame, track: Track, output: str, caption: str) -> Row:
    """Every effect of a mutagenesis track as a map that can be clicked."""
    unit = theme.unit(track.standardised)
    traces = mutagenesis_map(track.output(output), track.bases, frame.x, unit, letters=frame.letters)
    return Row(caption, 205, traces, {"title_text": "new base", "fixedrange": True})


def difference(frame: Frame, track: Track, reference: Track | None, output: str, caption: str) -> Row:
    """A track minus that of a reference of the same length; without one, a row that says so."""
    if reference is None:
        note = "no difference: the sequence is the reference, or their lengths differ"
        return Row(caption, 115, axis={"visible": False}, note=note)
    unit = theme.unit(track.standardised)
    bars = go.Bar(
        x=frame.x,
        y=track.per_position(output) - reference.per_position(output),
        marker={"color": theme.MUTED},
        name="difference",
        showlegend=False,
        hovertemplate=f"position %{{x}}<br>%{{y:.3f}} {unit}<extra></extra>",
    )
    return Row(caption, 115, [bars], valued(unit, SMALL))


def valued(unit: str, size: int = 12) -> dict:
    return {"title": {"text": unit, "font": {"size": size}}, "zeroline": True}


def mutagenesis_map(
    values: np.ndarray,
    bases: str,
    x: np.ndarray,
    unit: str,
    *,
    letters: bool = False,
) -> list[go.Scatter | go.Heatmap]:
    """Heat map of `(length, 4)` effects, a mark (or its letter) at the base that is there, and clickable markers."""
    is_reference = np.array([[b == base for b in BASES] for base in bases])
    cells = np.where(is_reference, np.nan, values)
    limit = float(np.nanmax(np.abs(cells), initial=1e-6))
    heat = go.Heatmap(
        z=cells.T,
        x=x,
        y=list(BASES),
        colorscale=theme.DIVERGING,
        zmin=-limit,
        zmax=limit,
        zmid=0,
        hoverinfo="skip",
        colorbar={"title": {"text": unit, "side": "right"}, "thickness": 12},
    )
    at = [(i, j) for i in range(len(bases)) for j in range(4) if not np.isnan(values[i, j])]
    own = [is_reference[i, j] for i, j in at]
    labels = [
        f"{x[i]} {bases[i]} (the base that is there)"
        if same
        else f"{x[i]} {bases[i]}>{BASES[j]}: {values[i, j]:+.3f} {unit}"
        for (i, j), same in zip(at, own, strict=True)
    ]
    markers = go.Scatter(
        x=[x[i] for i, _ in at],
        y=[BASES[j] for _, j in at],
        mode="markers+text" if letters else "markers",
        marker={
            "symbol": "square",
            "size": theme.CLICK_TARGET,
            # as numbers on a scale of two colours: plotly looks at each of a list of colours, which takes long
            "color": np.array([float(same and not letters) for same in own]),
            "colorscale": [[0, "rgba(0,0,0,0)"], [1, theme.MUTED]],
            "cmin": 0,
            "cmax": 1,
        },
        customdata=[[i, BASES[j]] for i, j in at],
        text=[bases[i] if same else "" for (i, _), same in zip(at, own, strict=True)],
        textfont={"size": 11},
        hovertext=labels,
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
        # a click must not fade the rest of the map
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        name="substitution",
    )
    return [heat, markers]


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
