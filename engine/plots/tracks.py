"""The Explorer's figure: logos, mutagenesis map and difference to the reference on one x-axis."""

from __future__ import annotations

import itertools

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots import theme
from engine.plots.logo import letter_traces, observed
from engine.results import Track
from engine.sequence import BASES

LETTERS_UP_TO = 90  # bases in view; beyond that letters in the map would run into each other
ROWS = {"ig": 1.0, "ism": 1.0, "map": 1.25, "difference": 0.7}


def figure(
    ig: Track,
    ism: Track,
    output: str,
    *,
    reference: Track | None = None,
    view: tuple[int, int] | None = None,
    first_position: int = 1,
    axis_name: str = "position in the sequence (bp)",
    palette: str = "standard",
    title: str | None = None,
) -> go.Figure:
    """All tracks of one output of one model.

    Args:
        ig, ism: tracks of the sequence as it stands.
        reference: the ig track of a reference sequence of the same length; None leaves the difference row empty.
        view: 0-based half-open stretch to show; all by default.
        first_position: what the first base is called on the axis (1, or its genomic position).

    The invisible markers over the map carry `customdata` (0-based position, base): heat-map cells give no
    selection events, markers do.
    """
    low, high = view or (0, len(ism.bases))
    x = np.arange(len(ism.bases)) + first_position
    colours = theme.base_colours(palette)
    unit = theme.unit(ism.standardised)
    shown = make_subplots(
        rows=4,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.045,
        row_heights=list(ROWS.values()),
        subplot_titles=(
            "Integrated Gradients: contribution of each base",
            "In-silico mutagenesis: loss when the base is replaced (mean of the three substitutions, sign turned)",
            "In-silico mutagenesis: effect of each substitution (click a cell to apply it)",
            "Integrated Gradients: edited minus reference",
        ),
    )
    for row, track in ((1, ig), (2, ism)):
        per_position = track.per_position(output)
        for trace in letter_traces(observed(track.bases, per_position), x, colours):
            shown.add_trace(trace, row=row, col=1)
        shown.add_trace(_hover(track.bases, per_position, x, unit), row=row, col=1)
    for trace in mutagenesis_map(ism.output(output), ism.bases, x, unit, letters=high - low <= LETTERS_UP_TO):
        shown.add_trace(trace, row=3, col=1)
    if reference is not None:
        change = ig.per_position(output) - reference.per_position(output)
        shown.add_trace(
            go.Bar(
                x=x,
                y=change,
                marker={"color": theme.MUTED},
                name="difference",
                showlegend=False,
                hovertemplate=f"position %{{x}}<br>%{{y:.3f}} {unit}<extra></extra>",
            ),
            row=4,
            col=1,
        )
        changed = [a != b for a, b in zip(ig.bases, reference.bases, strict=True)]
        shown.update_layout(
            shapes=[_band(first, last, row) for first, last in _runs(changed, x) for row in (1, 2, 3, 4)]
        )
    else:
        shown.add_annotation(
            text="no difference: the sequence is the reference, or their lengths differ",
            showarrow=False,
            font={"color": theme.MUTED},
            x=(x[low] + x[high - 1]) / 2,
            y=0,
            row=4,
            col=1,
        )
        shown.update_yaxes(visible=False, row=4, col=1)
    shown.update_yaxes(title_text=unit, row=1, col=1, zeroline=True)
    shown.update_yaxes(title_text=unit, row=2, col=1, zeroline=True)
    shown.update_yaxes(title_text="new base", row=3, col=1, fixedrange=True)
    shown.update_yaxes(title_text=unit, row=4, col=1, zeroline=True)
    shown.update_xaxes(range=[x[low] - 0.5, x[high - 1] + 0.5], tickformat="d", showgrid=False)
    shown.update_xaxes(title_text=axis_name, row=4, col=1)
    shown.update_annotations(font_size=13)
    theme.finish(shown, title or f"{ism.model}, {output}", 860)
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
    return {"type": "rect", "fillcolor": "#fab005", "opacity": 0.18, "line": {"width": 0}, **place}


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
        colorbar={"title": {"text": unit, "side": "right"}, "len": 0.3, "y": 0.36, "thickness": 12},
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
            "color": [theme.MUTED if same and not letters else "rgba(0,0,0,0)" for same in own],
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
