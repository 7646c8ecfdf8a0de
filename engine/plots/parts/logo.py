"""Sequence logos as filled polygons: one trace a letter, so that hundreds of bases draw quickly."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from engine.sequence import BASES


def _ring(start: float, end: float, points: int = 24) -> np.ndarray:
    """A thick elliptic arc in the unit square, from `start` to `end` degrees."""
    angle = np.radians(np.linspace(start, end, points))
    outer = np.stack([0.5 + 0.5 * np.cos(angle), 0.5 + 0.5 * np.sin(angle)], axis=1)
    inner = np.stack([0.5 + 0.27 * np.cos(angle), 0.5 + 0.32 * np.sin(angle)], axis=1)[::-1]
    return np.concatenate([outer, inner])


# Letters as polygons in the unit square. The pieces of a letter do not overlap a hole, so no even-odd rule is needed.
GLYPHS: dict[str, list[np.ndarray]] = {
    "A": [
        np.array([(0, 0), (0.39, 1), (0.61, 1), (1, 0), (0.77, 0), (0.5, 0.75), (0.23, 0)], float),
        np.array([(0.28, 0.22), (0.72, 0.22), (0.66, 0.4), (0.34, 0.4)], float),
    ],
    "C": [_ring(48, 312)],
    "G": [
        _ring(48, 325),
        np.array([(0.52, 0.5), (1.0, 0.5), (1.0, 0.08), (0.8, 0.08), (0.8, 0.34), (0.52, 0.34)], float),
    ],
    "T": [np.array([(0.34, 0), (0.66, 0), (0.66, 0.8), (1, 0.8), (1, 1), (0, 1), (0, 0.8), (0.34, 0.8)], float)],
}


_BREAK = np.array([np.nan])  # between two polygons


def letter_traces(heights: np.ndarray, positions: np.ndarray, colours: dict[str, str]) -> list[go.Scatter]:
    """Letters stacked at their positions, one trace a base.

    Args:
        heights: `(length, 4)`; positive letters stand on zero, negative ones hang below, upside down. The
            tallest stands farthest out.
        positions: `(length,)` x of each position's middle.
        colours: of A, C, G, T.
    """
    xs: dict[str, list] = {b: [] for b in BASES}
    ys: dict[str, list] = {b: [] for b in BASES}
    for x, column in zip(positions, np.nan_to_num(heights), strict=True):
        up = down = 0.0
        for j in np.argsort(np.abs(column)):
            height = column[j]
            if height == 0:
                continue
            bottom = up if height > 0 else down
            for piece in GLYPHS[BASES[j]]:
                xs[BASES[j]] += [x - 0.46 + 0.92 * piece[:, 0], _BREAK]
                ys[BASES[j]] += [bottom + height * piece[:, 1], _BREAK]
            if height > 0:
                up += height
            else:
                down += height
    return [
        go.Scatter(
            # arrays, not lists: plotly neither checks them number by number nor writes them out as text
            x=np.concatenate(xs[b]),
            y=np.concatenate(ys[b]).astype(np.float32),
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=colours[b],
            name=b,
            hoverinfo="skip",
            showlegend=False,
        )
        for b in BASES
        if xs[b]
    ]


def observed(bases: str, values: np.ndarray) -> np.ndarray:
    """`(length, 4)` heights that give each position's number `(length,)` to the base that is there."""
    heights = np.zeros((len(bases), 4))
    for i, base in enumerate(bases):
        if base in BASES:
            heights[i, BASES.index(base)] = values[i]
    return heights
