"""Motifs that were found: logos of how often a base stands where and what it contributes, and which model has which."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.motifs import probe_map
from engine.plots.parts import svg, theme
from engine.plots.parts.logo import GLYPHS, letter_traces
from engine.sequence import BASES

CELL, TALL = 12.0, 40.0  # pixels of a base in a table


def information(pfm: np.ndarray) -> np.ndarray:
    """`(width, 4)` bits: the frequencies of a position times its information (Schneider & Stephens 1990, Nucleic Acids
    Res 18:6097-6100), against a uniform background, without their correction for few sites."""
    pfm = np.asarray(pfm, float)
    entropy = -(pfm * np.log2(np.where(pfm > 0, pfm, 1))).sum(axis=1, keepdims=True)
    return pfm * (2 - entropy)


def small_logo(heights: np.ndarray, title: str, palette: str = "standard") -> str:
    """A logo for a cell of a table, as the address of an SVG image; positive heights `(width, 4)` on one scale."""
    colours = theme.base_colours(palette)
    drawing = svg.root(CELL * len(heights), TALL, title)
    scale = TALL / max(float(heights.sum(axis=1).max()), 1e-9)
    for i, column in enumerate(heights):
        top = TALL
        for j in np.argsort(column):
            size = column[j] * scale
            if size < 0.3:
                continue
            pieces = [np.array([CELL * i, top]) + p * [CELL * 0.94, -size] for p in GLYPHS[BASES[j]]]
            svg.add(drawing, "path", d=svg.path(pieces), fill=colours[BASES[j]])
            top -= size
    return "data:image/svg+xml;base64," + base64.b64encode(svg.text_of(drawing).encode()).decode()


def two_logos(pfm: np.ndarray, cwm: np.ndarray, title: str, palette: str = "standard") -> go.Figure:
    """Frequencies as bits above contributions in log2(RNA/DNA), `(width, 4)` each."""
    colours = theme.base_colours(palette)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.12)
    positions = np.arange(1, len(pfm) + 1)
    for row, heights in ((1, information(pfm)), (2, np.asarray(cwm, float))):
        for trace in letter_traces(heights, positions, colours):
            figure.add_trace(trace, row=row, col=1)
        figure.add_trace(
            go.Scatter(
                x=positions,
                y=heights.sum(axis=1) / 2,
                mode="markers",
                marker={"size": 24, "opacity": 0},
                customdata=[
                    "<br>".join(f"{b} {f:.2f}, contributes {c:+.3f}" for b, f, c in zip(BASES, fs, cs, strict=True))
                    for fs, cs in zip(np.asarray(pfm, float), np.asarray(cwm, float), strict=True)
                ],
                hovertemplate="position %{x}<br>%{customdata}<extra></extra>",
                showlegend=False,
            ),
            row=row,
            col=1,
        )
    figure.update_yaxes(title_text="bits", range=[0, 2.05], row=1, col=1)
    figure.update_yaxes(title_text=theme.UNIT, zeroline=True, row=2, col=1)
    figure.update_xaxes(showgrid=False, zeroline=False, dtick=1, range=[0.4, len(pfm) + 0.6])
    figure.update_xaxes(title_text="position in the motif", row=2, col=1)
    return theme.finish(figure, title, 380)


def sites(table: pd.DataFrame, models: list[str], motifs: list[str], title: str) -> go.Figure:
    """Heat map of how often a motif was found, models by motifs; `table` as for `engine.plots.motifs.probe_map`, and
    `found_again` (bool): where it is not, only relatives were, and the number stands in brackets."""
    shown = probe_map(table, models, motifs, title)
    again = table.pivot(index="model", columns="motif", values="found_again").reindex(models[::-1], columns=motifs)
    heat = shown.data[0]
    heat.text = [
        [number if own or not number else f"({number})" for number, own in zip(*rows, strict=True)]
        for rows in zip(heat.text, again.to_numpy(bool), strict=True)
    ]
    colours = [colour for _, colour in theme.LIGHT_DIVERGING[1:]]
    return shown.update_traces(zmin=0, colorscale=colours, colorbar_title_text="sites")
