"""Figures of how far explanations can be trusted."""

from __future__ import annotations

import plotly.graph_objects as go

from engine.plots.parts import theme
from engine.plots.parts.legend import Legend
from engine.statistics import Metric

PLAIN = Legend()
PASSED, FAILED = theme.COLOURS[0], "#d55e00"
KIND_SYMBOLS = ("circle", "diamond-open", "x")
PRIOR_COLOURS = theme.COLOURS[:2]


def percentiles(words: list[str], places: list[float], failed: list[bool], worst: float, title: str) -> go.Figure:
    """Where a map stands among held-out maps, a bar a check (100: better than all); below `worst` is failed."""
    order = range(len(words))[::-1]
    figure = go.Figure(
        go.Bar(
            y=[words[i] for i in order],
            x=[places[i] for i in order],
            orientation="h",
            marker={"color": [FAILED if failed[i] else PASSED for i in order]},
            hovertemplate="%{y}: better than %{x:.0f}% of held-out maps<extra></extra>",
            width=0.65,
        )
    )
    figure.add_vline(x=worst, line={"dash": "dot", "color": theme.MUTED})
    figure.update_xaxes(title=f"percentile among held-out maps (dotted: {worst:.0f}th)", range=[0, 100])
    figure.update_yaxes(automargin=True)
    return theme.finish(figure, title, 130 + 30 * len(words))


def completeness(by_steps: dict[int, float], title: str) -> go.Figure:
    """Absolute convergence delta against the number of steps."""
    figure = go.Figure(
        go.Scatter(x=list(by_steps), y=list(by_steps.values()), mode="lines+markers", line={"color": "#4c6ef5"})
    )
    figure.update_xaxes(title="steps", type="log", tickvals=list(by_steps))
    figure.update_yaxes(title=f"missed ({theme.UNIT})", type="log", dtick=1, exponentformat="power")
    return theme.finish(figure, title, 300)


def randomised(records: dict[str, list[dict]], method: str, title: str, legend: Legend = PLAIN) -> go.Figure:
    """Absolute correlation with the trained map as more of the network is drawn anew, a line a model."""
    figure = go.Figure()
    for name, steps in records.items():
        parts = ["trained", *(s["part"] for s in steps)]
        style = legend.style(name)
        figure.add_scatter(
            x=[100 * i / len(steps) for i in range(len(parts))],
            y=[1.0, *(s[method]["value"] for s in steps)],
            customdata=parts,
            name=legend.label(name),
            mode="lines+markers",
            line={"color": style.colour, "dash": style.dash},
            marker={"symbol": style.symbol},
            hovertemplate="%{customdata} drawn anew: |r| %{y:.2f}<extra>" + legend.label(name) + "</extra>",
        )
    figure.update_xaxes(title="parts of the network drawn anew, from the output (%)")
    figure.update_yaxes(title="|r| with the trained map", range=[0, 1.05])
    theme.finish(figure, title, 380)
    figure.update_layout(legend={"y": -0.25, "yanchor": "top", "x": 0, "xanchor": "left"}, margin={"b": 110})
    return figure


def spread(outputs: dict[str, list[dict]], colours: dict[str, str], title: str) -> go.Figure:
    """Mean absolute error against mean spread of models, in tenths of the held-out elements, a line an output."""
    figure = go.Figure()
    for name, bins in outputs.items():
        value = [b["error"]["value"] for b in bins]
        figure.add_scatter(
            x=[b["spread"] for b in bins],
            y=value,
            error_y={
                "type": "data",
                "array": [b["error"]["high"] - v for b, v in zip(bins, value, strict=True)],
                "arrayminus": [v - b["error"]["low"] for b, v in zip(bins, value, strict=True)],
                "thickness": 1,
            },
            name=name,
            mode="lines+markers",
            line={"color": colours[name]},
        )
    figure.update_xaxes(title=f"spread of the models (s.d., {theme.UNIT})", rangemode="tozero")
    figure.update_yaxes(title=f"mean |error|<br>({theme.UNIT})", rangemode="tozero")
    return theme.finish(figure, title, 340)


def coverage(rows: dict[str, dict[str, Metric]], words: dict[str, str], level: int, title: str) -> go.Figure:
    """The share of measurements within intervals of a level (percent), a row a kind of element from the top.

    Args:
        rows: `rows[elements][kind]`; not every kind of interval need be there.
        words: what to call each kind, in the order of drawing.
    """
    figure = go.Figure()
    for (kind, called), colour, symbol in zip(words.items(), theme.COLOURS, KIND_SYMBOLS, strict=False):
        here = {elements: held[kind] for elements, held in reversed(rows.items()) if kind in held}
        if not here:
            continue
        figure.add_scatter(
            x=[100 * m.value for m in here.values()],
            y=[f"{elements} ({m.n:,})" for elements, m in here.items()],
            error_x={
                "type": "data",
                "array": [100 * (m.high - m.value) for m in here.values()],
                "arrayminus": [100 * (m.value - m.low) for m in here.values()],
                "thickness": 1,
                "width": 3,
            },
            mode="markers",
            marker={"color": colour, "size": 9, "symbol": symbol},
            name=called,
            hovertemplate="%{y}: %{x:.1f}%<extra></extra>",
        )
    figure.add_vline(x=level, line={"dash": "dot", "color": theme.MUTED})
    figure.update_xaxes(title=f"measurements within the {level}% intervals (%)")
    figure.update_yaxes(automargin=True)
    theme.finish(figure, title, 190 + 30 * len(rows))
    figure.update_layout(legend={"y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left", "orientation": "v"})
    return figure.update_layout(margin={"b": 130})


def consistency(
    rows: dict[str, dict[str, Metric]],
    redrawn: dict[str, list[float]],
    words: dict[str, str],
    title: str,
    legend: Legend = PLAIN,
) -> go.Figure:
    """How far each model's maps are from their surrogates, in bits, a row a model from the top.

    Args:
        rows: `rows[model][prior]`; not every prior need be there.
        redrawn: the first prior's number of the model with its weights drawn anew, each draw, where it is known.
        words: what to call each prior, in the order of drawing.
    """
    figure = go.Figure()
    names = list(rows)[::-1]
    for prior, colour in zip(words, PRIOR_COLOURS, strict=True):
        probed = [n for n in names if prior in rows[n]]
        if not probed:
            continue
        value, low, high = ([getattr(rows[n][prior], k) for n in probed] for k in ("value", "low", "high"))
        figure.add_scatter(
            x=value,
            y=[legend.axis(n) for n in probed],
            error_x={
                "type": "data",
                "array": [h - v for v, h in zip(value, high, strict=True)],
                "arrayminus": [v - least for v, least in zip(value, low, strict=True)],
                "thickness": 1,
                "width": 3,
            },
            mode="markers",
            marker={"color": colour, "size": 9},
            name=words[prior],
            hovertemplate="%{y}: %{x:.2f} bits<extra>" + words[prior] + "</extra>",
        )
    draws = [(n, value) for n in names for value in redrawn.get(n, ())]
    if draws:
        figure.add_scatter(
            x=[value for _, value in draws],
            y=[legend.axis(n) for n, _ in draws],
            mode="markers",
            marker={"symbol": "line-ns-open", "color": theme.MUTED, "size": 11, "line": {"width": 2}},
            name="weights drawn anew",
            hovertemplate="%{y} with its weights drawn anew: %{x:.2f} bits<extra></extra>",
        )
    figure.add_vline(x=0, line={"dash": "dot", "color": theme.MUTED})
    figure.update_xaxes(title="bits beyond surrogate maps (dotted: like them)")
    figure.update_yaxes(automargin=True, categoryorder="array", categoryarray=[legend.axis(n) for n in names])
    return theme.finish(figure, title, 150 + 24 * len(names))
