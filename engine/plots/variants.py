"""Predicted effects of variants, beside the measured ones where an assay tried them."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.parts import theme

LINE, AROUND = 26, 130  # pixels: of a variant, and of title, legend and axis
BY_MODEL = ("circle", "square", "diamond", "triangle-up", "cross", "x")


@dataclass(frozen=True)
class Series:
    """The effects that one model predicts in one cell type.

    Attributes:
        label: what the legend says.
        output, model: numbers that decide colour and symbol.
        values: alt minus ref, log2(RNA/DNA), one a variant; nan where it could not be scored.
        spreads: standard deviation over the networks behind a model; None where it is not known.
    """

    label: str
    output: int
    model: int
    values: list[float]
    spreads: list[float] | None = None


def effects(variants: list[str], series: list[Series], measured: list[tuple[float, str]]) -> go.Figure:
    """A line a variant, a point a model and cell type with its spread; measured effects in a panel of their own.

    Args:
        variants: what each line is called, from the top.
        measured: effect (log2 alt/ref; nan if unknown) and assay of each; where none is known there is no such panel.
    """
    known = [(i, value, assay) for i, (value, assay) in enumerate(measured) if value == value]
    shown = make_subplots(
        rows=1, cols=2 if known else 1, shared_yaxes=True, horizontal_spacing=0.03,
        column_widths=[0.68, 0.32] if known else None,
    )  # fmt: skip
    n = len(series)
    for k, s in enumerate(series):
        shift = 0.0 if n == 1 else 0.5 * (k / (n - 1) - 0.5)  # so that points of one line do not hide each other
        spread = None
        if s.spreads:
            spread = {"type": "data", "array": s.spreads, "thickness": 1.2, "width": 3, "color": theme.MUTED}
        shown.add_trace(
            go.Scatter(
                x=s.values,
                y=[i + shift for i in range(len(variants))],
                mode="markers",
                marker={
                    "color": theme.COLOURS[s.output % len(theme.COLOURS)],
                    "symbol": BY_MODEL[s.model % len(BY_MODEL)],
                    "size": 9,
                },
                error_x=spread,
                name=theme.literal(s.label),
                text=[theme.literal(v) for v in variants],
                hovertemplate="%{text}<br>%{x:+.3f} " + theme.UNIT,
            ),
            row=1,
            col=1,
        )
    ticks = {"tickvals": list(range(len(variants))), "ticktext": [theme.literal(v) for v in variants]}
    shown.update_yaxes(**ticks, range=[len(variants) - 0.4, -0.6], zeroline=False, row=1, col=1)
    shown.update_xaxes(title_text=f"predicted effect ({theme.UNIT})", zeroline=True)
    if known:
        shown.add_trace(
            go.Scatter(
                x=[value for _, value, _ in known],
                y=[i for i, *_ in known],
                mode="markers",
                marker={"color": theme.MUTED, "symbol": "diamond", "size": 10},
                name="measured",
                text=[f"{theme.literal(variants[i])}<br>{theme.literal(assay)}" for i, _, assay in known],
                hovertemplate="%{text}<br>%{x:+.2f} log<sub>2</sub> alt/ref<extra></extra>",
            ),
            row=1,
            col=2,
        )
        shown.update_xaxes(title_text="measured effect (log<sub>2</sub> alt/ref)", zeroline=True, row=1, col=2)
        shown.update_yaxes(range=[len(variants) - 0.4, -0.6], zeroline=False, showticklabels=False, row=1, col=2)
    theme.finish(shown, "", AROUND + LINE * len(variants))
    legend = {"x": 0, "xanchor": "left"}  # the other end is under the buttons of the figure
    return shown.update_layout(margin={"l": 150, "r": 20, "t": 40, "b": 50}, showlegend=True, legend=legend)
