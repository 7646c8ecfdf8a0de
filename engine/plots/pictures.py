"""The pictures on Home: small SVG drawings of real results that take the colours of the page around them.

Text and axes are drawn in `currentColor`, on no ground, so that one drawing serves the light and the dark theme: who
shows it as an image puts the colour of the page's text in its place. Every drawing is 520 by 190 units.
"""

from __future__ import annotations

import itertools
import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np

from engine.plots.parts import svg, theme
from engine.plots.parts.logo import GLYPHS
from engine.results import Walk
from engine.sequence import BASES

WIDTH, HEIGHT = 520.0, 190.0
INK = "currentColor"
SERIES = ("#4c6ef5", "#e8590c", "#0ca678")
MEASURED, PREDICTED = "#e8590c", "#4c6ef5"


@dataclass(frozen=True)
class Side:
    """One of the two sequences of an edit: its bases, what each contributes `(length,)`, and its prediction."""

    bases: str
    contributions: np.ndarray
    prediction: float


@dataclass(frozen=True)
class Scored:
    """A model by its label, with its score and the ends of the interval."""

    label: str
    value: float
    low: float
    high: float


def edit(before: Side, after: Side, changed: int, output: str) -> str:
    """Logos of a stretch before and after an edit, on one scale, and the two predictions as bars.

    Args:
        changed: index of the edited base in the stretch.
    """
    drawing = _root(f"Logos before and after an edit; predicted in {output}: {_signed(before.prediction)}, then "
                    f"{_signed(after.prediction)}")  # fmt: skip
    sides = (("as it was", before), ("edited", after))
    both = np.concatenate([before.contributions, after.contributions])
    low, high = min(0.0, float(both.min())), max(0.0, float(both.max()))
    cell, left, room = 384.0 / len(before.bases), 4.0, 62.0
    unit = room / ((high - low) or 1.0)
    svg.add(drawing, "rect", x=left + cell * changed - 1, y=18, width=cell + 2, height=168, rx=3, fill="#f59f00",
            fill_opacity=0.28)  # fmt: skip
    for k, (name, side) in enumerate(sides):
        top = 22 + 84 * k
        _text(drawing, name, left, top - 8, 11, opacity=0.75)
        zero = top + high * unit
        svg.line(drawing, left, zero, left + cell * len(side.bases), zero, stroke=INK, stroke_width=0.5, opacity=0.4)
        _letters(drawing, side, left, cell, zero, unit)
    _two_bars(drawing, before.prediction, after.prediction, output)
    return svg.text_of(drawing)


def measured(positions: np.ndarray, observed: np.ndarray, predicted: np.ndarray, agreement: str) -> str:
    """Mean measured and predicted effect of the substitutions at each position, one above the other.

    Args:
        positions: `(n,)` in the genome, from 1.
        observed, predicted: `(n,)`, each in its own standard deviation.
        agreement: a line of words below.
    """
    drawing = _root(f"Measured and predicted effects along a promoter. {agreement}")
    left, width, room = 8.0, WIDTH - 16, 62.0
    step = width / (positions.max() - positions.min() + 1)
    both = np.concatenate([observed, predicted])
    low, high = min(0.0, float(np.nanmin(both))), max(0.0, float(np.nanmax(both)))
    unit = room / ((high - low) or 1.0)
    for k, (name, values, colour) in enumerate((("measured", observed, MEASURED), ("predicted", predicted, PREDICTED))):
        top = 20 + 76 * k
        middle = top + high * unit
        _text(drawing, name, left, top - 6, 11, fill=colour, font_weight="bold")
        svg.line(drawing, left, middle, left + width, middle, stroke=INK, stroke_width=0.5, opacity=0.4)
        pieces = []
        for at, value in zip(positions, values, strict=True):
            if math.isfinite(value):
                x, y = left + step * (at - positions.min()), middle - value * unit
                pieces.append(np.array([(x, middle), (x, y), (x + 0.9 * step, y), (x + 0.9 * step, middle)]))
        svg.add(drawing, "path", d=svg.path(pieces), fill=colour)
    _text(drawing, agreement, left, HEIGHT - 8, 11)
    return svg.text_of(drawing)


def scores(models: list[Scored], axis: str) -> str:
    """Scores of models with their intervals, the best on top."""
    drawing = _root("; ".join(f"{m.label} {m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" for m in models))
    ordered = sorted(models, key=lambda m: -m.value)
    left, right, top = 226.0, 500.0, 14.0
    row = (HEIGHT - top - 32) / len(ordered)
    low, high = min(m.low for m in ordered), max(m.high for m in ordered)
    unit = (right - left) / (high - low)
    step = svg.round_length((high - low) / 3)
    for k in range(math.ceil(low / step), math.floor(high / step) + 1):
        x = left + (k * step - low) * unit
        svg.line(drawing, x, top - 6, x, HEIGHT - 32, stroke=INK, stroke_width=0.5, opacity=0.25)
        _text(drawing, f"{k * step:g}", x, HEIGHT - 20, 10, text_anchor="middle", opacity=0.75)
    for k, model in enumerate(ordered):
        y = top + row * (k + 0.5)
        _text(drawing, model.label, left - 10, y + 4, 11.5, text_anchor="end", class_="label")
        ends = [left + (v - low) * unit for v in (model.low, model.value, model.high)]
        svg.line(drawing, ends[0], y, ends[2], y, stroke=PREDICTED, stroke_width=2)
        svg.add(drawing, "circle", cx=ends[1], cy=y, r=4.5, fill=PREDICTED)
    _text(drawing, axis, right, HEIGHT - 5, 11, text_anchor="end", opacity=0.75)
    return svg.text_of(drawing)


def path(result: Walk) -> str:
    """The predictions along a path of substitutions, a line for each output."""
    values, steps = result.values, len(result.values) - 1
    ends = ", ".join(
        f"{o} {_signed(a)} to {_signed(b)}" for o, a, b in zip(result.outputs, *values[[0, -1]], strict=True)
    )
    drawing = _root(f"Predictions along {steps} substitutions: {ends}")
    left, right, top, bottom = 40.0, 404.0, 12.0, 152.0
    low, high = float(values.min()), float(values.max())
    unit, step = (bottom - top) / ((high - low) or 1.0), svg.round_length(((high - low) or 1.0) / 3)
    for k in range(math.ceil(low / step), math.floor(high / step) + 1):
        y = bottom - (k * step - low) * unit
        svg.line(drawing, left, y, right, y, stroke=INK, stroke_width=0.5, opacity=0.25)
        _text(drawing, _signed(k * step, 0 if step >= 1 else 1), left - 8, y + 4, 10, text_anchor="end", opacity=0.75)
    x = np.linspace(left, right, steps + 1)
    edges = bottom - (values[-1] - low) * unit
    for o, y_label in zip(range(len(result.outputs)), _apart(edges, 14), strict=True):
        heights, colour = bottom - (values[:, o] - low) * unit, SERIES[o % len(SERIES)]
        points = " ".join(f"{svg.number(a)},{svg.number(b)}" for a, b in zip(x, heights, strict=True))
        svg.add(drawing, "polyline", points=points, fill="none", stroke=colour, stroke_width=2.2)
        for a, b in zip(x, heights, strict=True):
            svg.add(drawing, "circle", cx=a, cy=b, r=2.2, fill=colour)
        _text(drawing, f"{result.outputs[o]} {_signed(values[-1, o])}", right + 10, y_label + 4, 11.5, fill=colour,
              font_weight="bold", class_="end")  # fmt: skip
    for k in range(0, steps + 1, 5):
        _text(drawing, str(k), x[k], bottom + 16, 10, text_anchor="middle", opacity=0.75)
    _text(drawing, "substitutions; predicted log2 RNA/DNA", (left + right) / 2, HEIGHT - 5, 11, text_anchor="middle",
          opacity=0.75)  # fmt: skip
    return svg.text_of(drawing)


def _root(title: str) -> ET.Element:
    box = f"0 0 {svg.number(WIDTH)} {svg.number(HEIGHT)}"
    drawing = ET.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink", "viewBox": box,
         "width": "100%", "role": "img", "aria-label": svg.clean(title)},
    )  # fmt: skip
    return drawing


def _text(drawing: ET.Element, text: str, x: float, y: float, size: float, **attributes: str | float) -> None:
    svg.label(drawing, text, x, y, size, **({"fill": INK} | attributes))


def _letters(drawing: ET.Element, side: Side, left: float, cell: float, zero: float, unit: float) -> None:
    colours = theme.base_colours("standard")
    for base in BASES:
        pieces = [
            np.column_stack([left + cell * (i + 0.04 + 0.92 * piece[:, 0]), zero - value * unit * piece[:, 1]])
            for i, (letter, value) in enumerate(zip(side.bases, side.contributions, strict=True))
            if letter == base
            for piece in GLYPHS[base]
        ]
        svg.add(drawing, "path", d=svg.path(pieces), fill=colours[base])


def _two_bars(drawing: ET.Element, before: float, after: float, output: str) -> None:
    left, width, top, bottom = 412.0, 40.0, 40.0, 150.0
    low, high = min(0.0, before, after), max(0.0, before, after)
    unit = (bottom - top) / ((high - low) or 1.0)
    zero = top + high * unit
    _text(drawing, f"predicted in {output}", left + 50, 16, 11, text_anchor="middle", opacity=0.75)
    for k, (name, value) in enumerate((("as it was", before), ("edited", after))):
        x, y = left + 52 * k, zero - value * unit
        svg.add(drawing, "rect", x=x, y=min(zero, y), width=width, height=abs(y - zero), rx=2, fill=PREDICTED,
                fill_opacity=(0.45, 1.0)[k])  # fmt: skip
        over = min(zero, y) - 6
        _text(
            drawing, _signed(value), x + width / 2, over, 12, text_anchor="middle", font_weight="bold", class_="value"
        )
        _text(drawing, name, x + width / 2, bottom + 18, 11, text_anchor="middle", opacity=0.75)
    svg.line(drawing, left - 4, zero, left + 96, zero, stroke=INK, stroke_width=0.8, opacity=0.5)


def _apart(places: np.ndarray, least: float) -> np.ndarray:
    """The places, moved as little as keeps labels `least` apart, in the order that they had."""
    moved = np.array(places, float)
    order = np.argsort(moved)
    for lower, upper in itertools.pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + least)
    return moved


def _signed(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", "−")
