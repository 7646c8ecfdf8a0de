"""Designed sequences: the goal among natural elements, what is locked, designs beside nature, and the way to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.design.results import Goal, Opinion
from engine.plots.parts import theme
from engine.plots.parts.logo import letter_traces, observed
from engine.results import Track
from engine.statistics import Metric

UNIT = "s.d. above the natural mean"
WIDEST = 4.0  # s.d. to either side that the natural distribution is drawn to
BINS = 48
GOAL = theme.COLOURS[4]
DESIGNED = theme.COLOURS[0]
DRAWN = 300  # designs drawn as shapes of their own; a browser is slow with more, which are drawn as one picture
LETTERS_UP_TO = 400  # bases of a strip whose letters are drawn, in lines of `LINE`
LINE = 50  # letters that keep apart on a phone


def natural(values: np.ndarray, wanted: float | None, output: str) -> go.Figure:
    """The distribution of natural elements in one cell type, with the wanted activity as a line; None wants nothing.

    Args:
        values: `(n,)` measured, standard deviations; nan is left out, what lies farther out than `WIDEST` falls into
            the outermost bins.
    """
    known = values[np.isfinite(values)]
    counts, edges = np.histogram(np.clip(known, -WIDEST, WIDEST), BINS, (-WIDEST, WIDEST))
    middles = (edges[1:] + edges[:-1]) / 2
    shown = go.Figure(
        go.Bar(
            x=middles,
            y=counts,
            width=edges[1] - edges[0],
            marker={"color": [theme.MUTED if wanted is None or m < wanted else GOAL for m in middles], "opacity": 0.6},
            hovertemplate="%{y:,} natural elements at %{x:.1f} s.d.<extra></extra>",
            name=output,
        )
    )
    if wanted is not None:
        shown.add_vline(x=wanted, line={"color": GOAL, "width": 2})
    shown.update_xaxes(range=[-WIDEST, WIDEST], showgrid=False, zeroline=False, fixedrange=True)
    shown.update_yaxes(visible=False, fixedrange=True)
    theme.finish(shown, "", 110)
    return shown.update_layout(margin={"l": 8, "r": 8, "t": 4, "b": 22}, bargap=0, showlegend=False)


def strip(bases: str, kept: Sequence[tuple[int, int]]) -> go.Figure:
    """The sequence to start from, with the stretches that are locked; dragging over it selects bases.

    Each base is a marker whose customdata is its 0-based position. A sequence whose letters are drawn is broken into
    lines, so that they keep apart on a phone.
    """
    n = len(bases)
    width = LINE if n <= LETTERS_UP_TO else n
    lines = -(-n // width)
    locked = np.zeros(n, dtype=bool)
    for start, end in kept:
        locked[start:end] = True
    colours = theme.base_colours("standard")
    shown = go.Figure()
    for start, end in kept:
        for line in range(start // width, (end - 1) // width + 1):
            first, last = max(start, line * width) - line * width, min(end, (line + 1) * width) - line * width
            shown.add_shape(
                type="rect", x0=first + 0.5, x1=last + 0.5, y0=line - 0.75, y1=line + 0.25, fillcolor=theme.MISSING,
                line={"width": 0}, layer="below",
            )  # fmt: skip
    # arrays would come back from the browser in another shape
    shown.add_trace(
        go.Scatter(
            x=[i % width + 1 for i in range(n)],
            y=[i // width for i in range(n)],
            mode="markers+text" if n <= LETTERS_UP_TO else "markers",
            text=list(bases),
            textposition="top center",
            textfont={"size": 9, "color": [colours.get(b, theme.MUTED) for b in bases]},
            marker={
                "size": 6,
                "symbol": ["square" if held else "circle-open" for held in locked],
                "color": [colours.get(b, theme.MUTED) for b in bases],
            },
            customdata=[[i] for i in range(n)],
            hovertemplate=[f"position {i + 1} {b}, {'locked' if h else 'free'}<extra></extra>"
                           for i, (b, h) in enumerate(zip(bases, locked, strict=True))],
            showlegend=False,
        )
    )  # fmt: skip
    broken = lines > 1
    shown.update_xaxes(
        range=[0.5, width + 0.5], title_text="" if broken else "position (bp)", visible=not broken, showgrid=False,
        zeroline=False, fixedrange=True,
    )  # fmt: skip
    shown.update_yaxes(
        range=[lines - 0.6, -0.9], tickvals=list(range(lines)), ticktext=[str(i * width + 1) for i in range(lines)],
        visible=broken, showgrid=False, zeroline=False, fixedrange=True,
    )  # fmt: skip
    theme.finish(shown, "", (44 + 36 * lines) if broken else 120)
    margin = {"l": 34, "r": 8, "t": 32, "b": 12} if broken else {"l": 8, "r": 8, "t": 8, "b": 40}
    return shown.update_layout(
        margin=margin, dragmode="select", selectdirection="any" if broken else "h", clickmode="event+select"
    )


def scatter(
    nature: Opinion, designed: Opinion, names: Sequence[str], goal: Goal, axes: tuple[str, str], beside: str
) -> go.Figure:
    """Designs among natural elements in two cell types; the customdata of a design is its row.

    Args:
        nature: of natural elements, by what is called `beside`.
        axes: the outputs on x and y.
    """
    x, y = axes
    known = np.isfinite(nature.column(x)) & np.isfinite(nature.column(y))
    shown = go.Figure()
    shown.add_trace(
        go.Scattergl(
            x=nature.column(x)[known],
            y=nature.column(y)[known],
            mode="markers",
            marker={"color": theme.MUTED, "size": 4, "opacity": 0.35},
            hoverinfo="skip",
            # on two lines, since a phone cuts off what is longer
            name=f"natural elements, n={int(known.sum()):,}<br>{beside}",
        )
    )
    spreads = designed.spread_of(x), designed.spread_of(y)
    kind = go.Scatter if len(names) <= DRAWN else go.Scattergl
    shown.add_trace(
        kind(
            x=designed.column(x),
            y=designed.column(y),
            mode="markers",
            marker={"color": DESIGNED, "size": 9, "line": {"width": 1, "color": "white"}},
            error_x=_error(spreads[0]),
            error_y=_error(spreads[1]),
            customdata=[[i] for i in range(len(names))],
            text=[theme.literal(name) for name in names],
            hovertemplate=f"%{{text}}<br>{x} %{{x:.2f}}, {y} %{{y:.2f}} s.d.<extra></extra>",
            name=f"designs, n={len(names):,}<br>by {theme.literal(designed.model)}",
        )
    )
    if x in goal.activity and y in goal.activity:
        shown.add_trace(
            go.Scatter(
                x=[goal.activity[x]],
                y=[goal.activity[y]],
                mode="markers",
                marker={"symbol": "x-thin", "size": 18, "line": {"width": 3, "color": GOAL}},
                hovertemplate="the goal<extra></extra>",
                name="the goal",
            )
        )
    else:
        for output, line in ((x, shown.add_vline), (y, shown.add_hline)):
            if output in goal.activity:
                at = {"x" if output == x else "y": goal.activity[output]}
                line(**at, line={"color": GOAL, "width": 2, "dash": "dash"})
    shown.update_xaxes(title_text=f"{x} ({UNIT})", zeroline=True)
    shown.update_yaxes(title_text=f"{y} ({UNIT})", zeroline=True)
    theme.finish(shown, "", 510)
    return shown.update_layout(
        hovermode="closest",
        clickmode="event+select",
        margin={"l": 70, "r": 20, "t": 30, "b": 140},
        # on a phone its entries take a line each, for which there is no room above
        legend={"yanchor": "top", "y": -0.18, "xanchor": "left", "x": 0},
    )


def _error(spread: np.ndarray | None) -> dict | None:
    """Bars of one standard deviation."""
    if spread is None:
        return None
    return {"type": "data", "array": np.nan_to_num(spread), "thickness": 1, "width": 0, "color": theme.MUTED}


def motif_content(families: Sequence[str], designed: Sequence[Metric], nature: Sequence[Metric]) -> go.Figure:
    """Mean sites a sequence of each motif family, each with its 95% interval: designs beside natural elements.

    Args:
        designed, nature: a mean for each of the families.
    """
    labels = [theme.literal(f) for f in families]
    shown = go.Figure()
    for means, name, colour, symbol in (
        (designed, "designs", DESIGNED, "circle"),
        (nature, "natural elements", theme.MUTED, "circle-open"),
    ):
        shown.add_trace(
            go.Scatter(
                x=[m.value for m in means],
                y=labels,
                mode="markers",
                marker={"color": colour, "size": 10, "symbol": symbol, "line": {"width": 2, "color": colour}},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [m.high - m.value for m in means],
                    "arrayminus": [m.value - m.low for m in means],
                    "thickness": 1.2,
                    "width": 4,
                    "color": colour,
                },
                customdata=[[m.low, m.high] for m in means],
                hovertemplate=f"%{{y}}, {name}: %{{x:.2f}} [%{{customdata[0]:.2f}}, %{{customdata[1]:.2f}}] sites a "
                "sequence<extra></extra>",
                cliponaxis=False,  # a mean of nought is drawn whole
                name=f"{name}, n={means[0].n if means else 0:,}",
            )
        )
    shown.update_xaxes(title_text="sites a sequence (mean, 95% interval)", rangemode="tozero")
    shown.update_yaxes(autorange="reversed", title_text="motif family")
    theme.finish(shown, "", 150 + 26 * len(labels))
    return shown.update_layout(
        margin={"l": 130, "r": 20, "t": 36, "b": 90},
        # above, a phone would draw it over the tools
        legend={"yref": "container", "yanchor": "bottom", "y": 0, "xanchor": "left", "x": 0},
    )


def trajectory(settled: np.ndarray, steps: int, track: Track, output: str, free: Sequence[int]) -> go.Figure:
    """When each base was settled, above what it contributes to the prediction of the finished sequence.

    Args:
        settled: `(length,)` steps, as `engine.design.trajectory.settled` gives them.
        steps: in all.
        free: the 0-based positions that might change; the others are drawn as locked.
    """
    n = len(track.bases)
    x = np.arange(1, n + 1)
    importance = track.per_position(output)
    may = np.zeros(n, dtype=bool)
    may[list(free)] = True
    shown = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for which, name, colour in ((may, "free", DESIGNED), (~may, "locked", theme.MUTED)):
        if which.any():
            shown.add_trace(
                go.Bar(
                    x=x[which],
                    y=steps - settled[which],
                    marker={"color": colour},
                    customdata=np.stack([settled[which]], axis=1),
                    hovertemplate="position %{x}: settled at step %{customdata[0]} of "
                    + str(steps)
                    + "<extra></extra>",
                    name=name,
                ),
                row=1,
                col=1,
            )
    for trace in letter_traces(observed(track.bases, importance), x, theme.base_colours("standard")):
        shown.add_trace(trace, row=2, col=1)
    shown.add_trace(
        go.Scatter(
            x=x,
            y=importance,
            mode="markers",
            marker={"color": "rgba(0,0,0,0)", "size": 8},
            text=list(track.bases),
            hovertemplate="position %{x:d} %{text}<br>%{y:.3f} " + theme.unit(track.standardised) + "<extra></extra>",
            showlegend=False,
        ),
        row=2,
        col=1,
    )
    shown.update_yaxes(title_text="steps before the end", row=1, col=1)
    shown.update_yaxes(title_text=f"contribution ({theme.unit(track.standardised)})", zeroline=True, row=2, col=1)
    shown.update_xaxes(title_text="position (bp)", range=[0.5, n + 0.5], row=2, col=1)
    theme.finish(shown, "", 420)
    return shown.update_layout(bargap=0, hovermode="closest")


def benchmark(values: Mapping[str, Metric], floor: Metric | None, axis: str) -> go.Figure:
    """One measure of every method with its 95% interval; the dotted line is what natural elements reach among
    themselves, its interval the band around it. A number of a single draw has no interval.

    Args:
        values: by method.
        floor: natural against natural; None where there is none.
    """
    labels = [theme.literal(name) for name in values]
    middle, low, high = np.array([(m.value, m.low, m.high) for m in values.values()], float).reshape(-1, 3).T
    shown = go.Figure(
        go.Scatter(
            x=middle,
            y=labels,
            mode="markers",
            marker={"size": 9, "color": DESIGNED},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num(high - middle),
                "arrayminus": np.nan_to_num(middle - low),
                "thickness": 1.5,
                "width": 5,
                "color": theme.MUTED,
            },
            customdata=[
                "" if np.isnan(a) else f" [{a:.3f}, {b:.3f}]" for a, b in zip(low.tolist(), high.tolist(), strict=True)
            ],
            hovertemplate="%{y}: %{x:.3f}%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    if floor is not None:
        shown.add_vline(x=floor.value, line={"color": theme.MUTED, "width": 2, "dash": "dot"})
        if np.isfinite([floor.low, floor.high]).all():
            shown.add_vrect(floor.low, floor.high, fillcolor=theme.MISSING, line={"width": 0}, layer="below")
    shown.update_xaxes(title_text=axis, zeroline=True)
    shown.update_yaxes(autorange="reversed")
    theme.finish(shown, "", 130 + 28 * len(labels))
    return shown.update_layout(margin={"l": 190, "r": 20, "t": 50, "b": 50})
