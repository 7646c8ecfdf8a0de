"""Activity profile of a long sequence."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from engine.plots.parts import theme
from engine.plots.parts.axis import axis_name, first_position
from engine.results import Profile

MOST = 3000  # points of a line; more are not seen and slow the browser down


def figure(
    profiles: list[Profile],
    outputs: tuple[str, ...],
    labels: Mapping[str, str],
    view: tuple[int, int] | None = None,
    most: int = MOST,
    peaks: tuple[str, str, list[int]] | None = None,
) -> go.Figure:
    """One line a model and output over the position of the window's middle; a point's customdata is its window's start.

    A cell type has one colour, a model one dash.

    Where more than `most` windows lie in view, each stretch of neighbours is drawn by its lowest and its highest
    window, so no peak is lost.

    Args:
        profiles: of one sequence, one a model.
        outputs: which columns are drawn.
        labels: what each model is called.
        view: 0-based half-open stretch of the sequence whose windows' middles are shown; all by default.
        peaks: model, output and rows of the profile that are numbered from 1.
    """
    shown = go.Figure()
    thinned = False
    for profile, dash in zip(profiles, itertools.cycle(theme.DASHES)):
        offset = first_position(profile.region)
        low, high = view or (0, profile.length)
        rows = np.flatnonzero((profile.centres >= low) & (profile.centres < high))
        for i, output in enumerate(outputs):
            if output not in profile.outputs:
                continue
            values = profile.values[:, profile.outputs.index(output)]
            kept = rows[extremes(values[rows], most)]
            thinned |= len(kept) < len(rows)
            shown.add_trace(
                go.Scattergl(
                    x=profile.centres[kept] + offset,
                    y=values[kept],
                    # lists, since the browser hands packed arrays back in another shape
                    customdata=[[int(s), int(s) + profile.window] for s in profile.starts[kept]],
                    mode="lines+markers",
                    line={"color": theme.COLOURS[i % len(theme.COLOURS)], "dash": dash, "width": 1.8},
                    marker={"size": theme.CLICK_TARGET},
                    name=output if len(profiles) == 1 else f"{output}, {theme.literal(labels[profile.model])}",
                    hovertemplate="middle of the window %{x:,}<br>%{y:.3f} log2 RNA/DNA",
                )
            )
        if peaks and peaks[0] == profile.model:
            shown.add_trace(_numbered(profile, peaks[1], peaks[2]))
    shown.update_xaxes(title_text=axis_name(profiles[0].region), tickformat=",d")
    shown.update_yaxes(title_text=f"predicted activity ({theme.UNIT})", zeroline=True)
    title = f"Activity along {theme.literal(profiles[0].name)}"
    if thinned:
        title += " (lowest and highest of neighbouring windows)"
    legend = {"x": 0, "xanchor": "left"}
    return theme.finish(shown, title, 420).update_layout(
        hovermode="closest", showlegend=True, legend=legend, margin={"l": 70, "r": 20, "t": 80, "b": 50}
    )


def _numbered(profile: Profile, output: str, rows: list[int]) -> go.Scatter:
    """Numbers above the peaks, in their order."""
    return go.Scatter(
        x=profile.centres[rows] + first_position(profile.region),
        y=profile.values[rows, profile.outputs.index(output)],
        mode="text",
        text=[f"<b>{n}</b>" for n in range(1, len(rows) + 1)],
        textposition="top center",
        hoverinfo="skip",
        showlegend=False,
        name="peaks",
    )


def extremes(values: np.ndarray, most: int) -> np.ndarray:
    """Rising places of at most `most` values that keep the lowest and the highest of each stretch of neighbours."""
    if len(values) <= most:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), max(1, most // 2) + 1).astype(int)
    kept = []
    for a, b in itertools.pairwise(edges):
        part = values[a:b]
        if np.isnan(part).all():
            kept.append(a)
        else:
            kept += [a + int(np.nanargmin(part)), a + int(np.nanargmax(part))]
    return np.unique(kept)
