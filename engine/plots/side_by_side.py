"""Models side by side on one sequence and on the held-out set: logos on one scale, differences, scatters, errors."""

from __future__ import annotations

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
) -> go.Figure:
    """Logos one below the other, one a track, all on one position axis and one scale.

    Args:
        tracks: of the same sequence, each with the output; ism tracks show the mean loss of the three substitutions.
        view: 0-based half-open stretch to show; all by default.
    """
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
        vertical_spacing=min(0.07, 0.4 / len(tracks)),
        subplot_titles=[f"{t.model}: {METHODS[t.kind]}" for t in tracks],
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
    return theme.finish(shown, theme.literal(title), 130 + 125 * len(tracks))


def difference_map(
    first: Track,
    second: Track,
    output: str,
    *,
    view: tuple[int, int] | None = None,
    first_position: int = 1,
    axis_name: str = "position in the sequence (bp)",
) -> go.Figure:
    """Heat map of the first model's mutagenesis minus the second's, both on the scale that the tracks are on."""
    low, high = view or (0, len(first.bases))
    x = np.arange(len(first.bases)) + first_position
    difference = first.output(output) - second.output(output)
    limit = float(np.nanmax(np.abs(difference[low:high]), initial=0.0)) or 1.0
    unit = theme.unit(first.standardised)
    shown = go.Figure(
        go.Heatmap(
            z=difference.T,
            x=x,
            y=list(BASES),
            colorscale=theme.DIVERGING,
            zmin=-limit,
            zmax=limit,
            customdata=np.dstack([first.output(output).T, second.output(output).T]),
            hovertemplate=f"position %{{x}} to %{{y}}<br>{first.model} %{{customdata[0]:+.3f}}"
            f"<br>{second.model} %{{customdata[1]:+.3f}}<br>difference %{{z:+.3f}} {unit}<extra></extra>",
            colorbar={"title": {"text": unit, "side": "right"}, "thickness": 12},
        )
    )
    shown.update_xaxes(range=[x[low] - 0.5, x[high - 1] + 0.5], tickformat="d", showgrid=False, title_text=axis_name)
    shown.update_yaxes(title_text="new base", fixedrange=True)
    return theme.finish(shown, f"In-silico mutagenesis: {first.model} minus {second.model}", 290)


def held_out_scatter(
    predicted: np.ndarray, measured: np.ndarray, model: str, colour: str, limits: tuple[float, float], note: str
) -> go.Figure:
    """Predicted against measured activity of the test fold `(n,)`, both axes on `limits`; `note` under the title."""
    shown = go.Figure(
        go.Scattergl(
            x=measured,
            y=predicted,
            mode="markers",
            marker={"color": colour, "size": 3, "opacity": 0.35},
            hovertemplate="measured %{x:.2f}, predicted %{y:.2f}<extra></extra>",
            showlegend=False,
        )
    )
    shown.add_trace(
        go.Scatter(
            x=limits,
            y=limits,
            mode="lines",
            line={"color": theme.MUTED, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    shown.update_xaxes(title_text=f"measured ({theme.UNIT})", range=limits)
    shown.update_yaxes(title_text=f"predicted ({theme.UNIT})", range=limits)
    return theme.finish(shown, f"{model}<br><sup>{note}</sup>", 400)


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
    shown.update_xaxes(title_text=f"measured activity ({theme.UNIT}), ten equally filled ranges", tickangle=-35)
    shown.update_yaxes(title_text=f"error of {baseline}<br>minus own error", zeroline=True)
    theme.finish(shown, model, 400)
    return shown.update_layout(margin={"l": 80, "r": 20, "t": 50, "b": 110})


def against_measured(
    predicted: dict[str, np.ndarray], measured: np.ndarray, colours: dict[str, str], notes: dict[str, str], title: str
) -> go.Figure:
    """Predicted against measured activity `(n,)`, a panel a model; dotted: equal, line: least squares.

    All panels are one figure: a browser keeps few figures of many points at once.
    """
    small = "<span style='font-size:11px'>{}</span>"
    shown = _grid([f"<b>{name}</b><br>{small.format(notes[name])}" for name in predicted])
    limits = (float(measured.min()) - 0.3, float(measured.max()) + 0.3)
    for column, (name, values) in enumerate(predicted.items(), 1):
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
