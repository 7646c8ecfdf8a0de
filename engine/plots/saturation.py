"""Predicted and measured saturation mutagenesis of one element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.parts import theme
from engine.sequence import Region

ALLELES = ("A", "C", "G", "T", "-")
SD = "s.d."
MARK = "#7048e8"  # neither of the scale's colours
ROW, AROUND = 165, 150  # pixels: of a map, and of title and axis


@dataclass(frozen=True)
class Map:
    """One map of the figure.

    Attributes:
        column: of the variants' table.
        label: what is drawn above it.
        sd: standard deviation of this column over the element's substitutions, by which its values are divided.
    """

    column: str
    label: str
    sd: float


def grid(variants: pd.DataFrame, column: str, start: int, length: int) -> np.ndarray:
    """`(length, 5)` values of `column` for A C G T and deletion; nan where there is no variant.

    `variants` has `pos` (1-based) and `alt`; `start` is the 0-based start of the region.
    """
    cells = np.full((length, len(ALLELES)), np.nan)
    cells[variants["pos"].to_numpy() - 1 - start, [ALLELES.index(a) for a in variants["alt"]]] = variants[column]
    return cells


def maps(
    variants: pd.DataFrame,
    rows: list[Map],
    *,
    region: Region,
    reference: str,
    title: str,
    view: tuple[int, int] | None = None,
    marked: tuple[int, str] | None = None,
) -> go.Figure:
    """Heat maps one above the other, all on one colour scale in standard deviations: the first holds measurements.

    Measured and predicted effects come from different constructs and differ in size; divided by their own spread over
    the element they can be compared. The invisible markers carry `customdata` (position, ref, alt).

    Args:
        variants: columns `pos`, `ref`, `alt`, `confidence` and those of `rows`, log2.
        region: the assayed stretch.
        view: 1-based first and last position to show.
        marked: 1-based position and allele of a variant that gets a frame in every map.
    """
    shown = make_subplots(
        rows=len(rows),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.3 / (len(rows) + 1),
        subplot_titles=[r.label for r in rows],
    )
    x = np.arange(len(region)) + region.start + 1
    values = [grid(variants, r.column, region.start, len(region)) / r.sd for r in rows]
    sizes = np.abs(np.concatenate([v[np.isfinite(v)] for v in values]))
    limit = float(np.percentile(sizes, 99)) if len(sizes) else 1.0
    own = np.array([[allele == base for base in reference] for allele in ALLELES])
    for at, (row, cells) in enumerate(zip(rows, values, strict=True), start=1):
        traces = (
            go.Heatmap(z=cells.T, x=x, y=list(ALLELES), coloraxis="coloraxis", hoverinfo="skip", name=row.column),
            theme.hatch(x, ALLELES, np.isnan(cells.T) & ~own),
            theme.own_bases(x, ALLELES, own),
            _targets(variants, row, rows, region.chrom),
            *([_frame(*marked)] if marked else []),
        )
        for trace in traces:
            shown.add_trace(trace, row=at, col=1)
        ticks = {"tickvals": ALLELES, "ticktext": [a.replace("-", "deletion") for a in ALLELES]}
        shown.update_yaxes(fixedrange=True, **ticks, row=at, col=1)
    first, last = view or (x[0], x[-1])
    shown.update_xaxes(range=[first - 0.5, last + 0.5], tickformat="d", showgrid=False)
    shown.update_yaxes(showgrid=False)
    shown.update_xaxes(title_text=f"{region.chrom} position (bp, 1-based)", row=len(rows), col=1)
    shown.update_annotations(font_size=13, x=0, xanchor="left")
    theme.finish(shown, title, AROUND + ROW * len(rows))
    # above the maps, where it takes no width from them
    place = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom", "len": 0.35, "ypad": 4}
    bar = {"title": {"text": SD, "side": "top"}, "thickness": 9, "nticks": 5, **place}
    scale = {"colorscale": theme.DIVERGING, "cmin": -limit, "cmax": limit, "colorbar": bar}
    return shown.update_layout(
        clickmode="event+select",
        hoverdistance=theme.REACH,
        coloraxis=scale,
        margin={"l": 70, "r": 20, "t": 95, "b": 50},
    )


def _targets(variants: pd.DataFrame, row: Map, rows: list[Map], chrom: str) -> go.Scatter:
    """Invisible points that answer the pointer with what every map says of their variant."""
    known = variants[variants[row.column].notna()]
    texts = []
    for v in known.to_dict("records"):
        lines = [f"{r.label}: {v[r.column]:+.2f} log<sub>2</sub>, {v[r.column] / r.sd:+.1f} {SD}" for r in rows]
        lines[0] += f" (confidence {v['confidence']:.2f})"
        texts.append("<br>".join([f"{chrom}:{v['pos']} {v['ref']}>{v['alt']}", *lines]))
    return go.Scatter(
        x=known["pos"],
        y=known["alt"],
        mode="markers",
        marker={"symbol": "square", "size": theme.CLICK_TARGET, "color": "rgba(0,0,0,0)"},
        customdata=known[["pos", "ref", "alt"]].to_numpy().tolist(),
        text=texts,
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        name="variant",
    )


def _frame(position: int, alt: str) -> go.Scatter:
    """A frame around the variant that was looked up."""
    return go.Scatter(
        x=[position],
        y=[alt],
        mode="markers",
        marker={"symbol": "square-open", "size": 15, "color": MARK, "line": {"width": 3, "color": MARK}},
        hoverinfo="skip",
        showlegend=False,
        name="looked up",
    )


def scatter(
    variants: pd.DataFrame, model: str, colour: str, output: str, label: str, marked: tuple[int, str] | None = None
) -> go.Figure:
    """Predicted against measured effects; high-confidence variants filled, the others hollow and faint.

    Args:
        variants: `pos`, `ref`, `alt`, `effect`, `high` (bool) and a column of predictions named `model`.
        label: what the model is called.
        marked: 1-based position and allele of a variant that gets a frame.
    """
    shown = go.Figure()
    for high, name in ((False, "confidence < 0.1"), (True, "high confidence (≥ 0.1)")):
        rows = variants[variants["high"] == high]
        shown.add_trace(
            go.Scattergl(
                x=rows["effect"],
                y=rows[model],
                mode="markers",
                name=f"{name}, n={len(rows)}",
                marker={
                    "color": colour if high else theme.MUTED,
                    "size": 7 if high else 5,
                    "opacity": 0.85 if high else 0.35,
                },
                customdata=rows[["pos", "ref", "alt"]].to_numpy().tolist(),
                text=[f"{p} {r}>{a}" for p, r, a in zip(rows["pos"], rows["ref"], rows["alt"], strict=True)],
                hovertemplate="%{text}<br>measured %{x:.2f}, predicted %{y:.2f}<extra></extra>",
            )
        )
    if marked:
        one = variants[(variants["pos"] == marked[0]) & (variants["alt"] == marked[1])]
        style = {"symbol": "square-open", "size": 14, "color": MARK, "line": {"width": 3, "color": MARK}}
        shown.add_trace(
            go.Scatter(x=one["effect"], y=one[model], mode="markers", marker=style, hoverinfo="skip", showlegend=False)
        )
    shown.update_xaxes(title_text="measured effect (log<sub>2</sub> alt/ref)", zeroline=True)
    shown.update_yaxes(title_text=f"predicted effect in {output} ({theme.UNIT})", zeroline=True)
    theme.finish(shown, theme.literal(label), 430)
    return shown.update_layout(
        legend={"orientation": "h", "y": -0.25, "x": 0, "yanchor": "top", "xanchor": "left"},
        clickmode="event+select",
    )
