"""Predicted and measured saturation mutagenesis of one element."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.parts import theme

ALLELES = ("A", "C", "G", "T", "-")


def grid(variants: pd.DataFrame, column: str, start: int, length: int) -> np.ndarray:
    """`(length, 5)` values of `column` for A C G T and deletion; nan where there is no variant.

    `variants` has `pos` (1-based) and `alt`; `start` is the 0-based start of the region.
    """
    cells = np.full((length, len(ALLELES)), np.nan)
    cells[variants["pos"].to_numpy() - 1 - start, [ALLELES.index(a) for a in variants["alt"]]] = variants[column]
    return cells


def maps(
    variants: pd.DataFrame,
    models: list[str],
    *,
    chrom: str,
    start: int,
    reference: str,
    title: str,
    view: tuple[int, int] | None = None,
) -> go.Figure:
    """Heat maps one above the other: the measured effects, then each model's.

    Args:
        variants: columns `pos`, `ref`, `alt`, `effect`, `confidence` and one column of predictions a model.
        view: 1-based first and last position to show.

    Each map has its own symmetric colour scale, the 99th percentile of its absolute effects: measured and
    predicted effects come from different constructs and differ in size. The invisible markers carry `customdata`
    (position, ref, alt).
    """
    rows = ["effect", *models]
    shown = make_subplots(
        rows=len(rows),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.07,
        subplot_titles=["measured", *(f"predicted by {m}" for m in models)],
    )
    x = np.arange(len(reference)) + start + 1
    for row, column in enumerate(rows, start=1):
        values = grid(variants, column, start, len(reference))
        limit = float(np.nanpercentile(np.abs(values), 99)) if np.isfinite(values).any() else 1.0
        low, high = _domain(row - 1, len(rows))
        shown.add_trace(
            go.Heatmap(
                z=values.T,
                x=x,
                y=list(ALLELES),
                colorscale=theme.DIVERGING,
                zmin=-limit,
                zmax=limit,
                hoverinfo="skip",
                colorbar={
                    "title": {"text": "log<sub>2</sub>", "side": "top"},
                    "y": (low + high) / 2,
                    "len": 0.9 * (high - low),
                    "thickness": 12,
                },
            ),
            row=row,
            col=1,
        )
        own = np.array([[a == base for base in reference] for a in ALLELES])
        for trace in (theme.hatch(x, ALLELES, np.isnan(values.T) & ~own), theme.own_bases(x, ALLELES, own)):
            shown.add_trace(trace, row=row, col=1)
        known = variants[variants[column].notna()]
        shown.add_trace(
            go.Scatter(
                x=known["pos"],
                y=known["alt"],
                mode="markers",
                marker={"symbol": "square", "size": theme.CLICK_TARGET, "color": "rgba(0,0,0,0)"},
                customdata=known[["pos", "ref", "alt"]].to_numpy().tolist(),
                text=[
                    f"{chrom}:{v.pos} {v.ref}>{v.alt}<br>measured {v.effect:+.2f} (confidence {v.confidence:.2f})"
                    + "".join(f"<br>{m} {getattr(v, f'm{i}'):+.2f}" for i, m in enumerate(models))
                    for v in known.rename(columns={m: f"m{i}" for i, m in enumerate(models)}).itertuples()
                ],
                hovertemplate="%{text}<extra></extra>",
                showlegend=False,
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
                name="variant",
            ),
            row=row,
            col=1,
        )
        labels = [a.replace("-", "deletion") for a in ALLELES]
        shown.update_yaxes(title_text="new allele", fixedrange=True, tickvals=ALLELES, ticktext=labels, row=row, col=1)
    first, last = view or (x[0], x[-1])
    shown.update_xaxes(range=[first - 0.5, last + 0.5], tickformat="d", showgrid=False)
    shown.update_xaxes(title_text=f"{chrom} position (bp, 1-based)", row=len(rows), col=1)
    shown.update_annotations(font_size=13)
    theme.finish(shown, title, 120 + 190 * len(rows))
    return shown.update_layout(clickmode="event+select", hoverdistance=theme.REACH)


def _domain(row: int, rows: int, gap: float = 0.07) -> tuple[float, float]:
    """Bottom and top of a row of the figure, as fractions; row 0 is the topmost."""
    height = (1 - gap * (rows - 1)) / rows
    top = 1 - row * (height + gap)
    return top - height, top


def scatter(variants: pd.DataFrame, model: str, colour: str, output: str) -> go.Figure:
    """Predicted against measured effects; high-confidence variants filled, the others hollow and faint.

    `variants` has `pos`, `ref`, `alt`, `effect`, `high` (bool) and a column of predictions named `model`.
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
                text=[f"{p} {r}>{a}" for p, r, a in zip(rows["pos"], rows["ref"], rows["alt"], strict=True)],
                hovertemplate="%{text}<br>measured %{x:.2f}, predicted %{y:.2f}<extra></extra>",
            )
        )
    shown.update_xaxes(title_text="measured effect (log<sub>2</sub> alt/ref)", zeroline=True)
    shown.update_yaxes(title_text=f"predicted effect in {output} ({theme.UNIT})", zeroline=True)
    theme.finish(shown, model, 430)
    return shown.update_layout(legend={"orientation": "h", "y": -0.25, "x": 0, "yanchor": "top", "xanchor": "left"})
