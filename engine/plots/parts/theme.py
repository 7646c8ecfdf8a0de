"""The one visual language: base colours, model colours, and what all figures share."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from engine.errors import unknown
from engine.statistics import VERDICTS

UNIT = "log<sub>2</sub> RNA/DNA"
STANDARDISED_UNIT = "s.d. of held-out predictions"

# The field's colours, and a variant that people with red-green blindness can tell apart (Okabe & Ito 2008).
BASE_COLOURS = {
    "standard": {"A": "#2e9e4f", "C": "#2f6fd6", "G": "#e39a0b", "T": "#d6353a"},
    "colour-blind safe": {"A": "#009e73", "C": "#0072b2", "G": "#e69f00", "T": "#cc79a7"},
}
# Okabe & Ito 2008 without black and yellow, which a dark and a light ground hide: kinds of things that people with
# red-green or blue-yellow blindness can tell apart. What comes after the last has another symbol and dash.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "hexagon", "cross", "x")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

MUTED = "#868e96"
MISSING = "rgba(128,128,128,0.25)"
VERDICT_COLOURS = dict(zip(VERDICTS, ("#0072b2", "#d55e00", MUTED), strict=True))
VERDICT_SYMBOLS = dict(zip(VERDICTS, ("triangle-right", "triangle-left", "circle"), strict=True))


def _fading(colour: str, strongest: float) -> list[str]:
    """A colour that fades to nothing in three steps, strongest first. On the way it nears grey, so that it is as far
    from a dark ground as from a light one."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    steps = ((0.0, 1.0), (0.15, 0.55), (0.5, 0.0))
    return [
        f"rgba({','.join(str(round(c + grey * (128 - c))) for c in parts)},{share * strongest:g})"
        for grey, share in steps
    ]


def _diverging(strongest: float) -> list[list]:
    less, more = _fading("#0072b2", strongest), _fading("#d55e00", strongest)
    return [[at, colour] for at, colour in zip((0.0, 0.25, 0.5, 0.75, 1.0), [*less, *more[1::-1]], strict=True)]


def _sequential(strongest: float) -> list[list]:
    return [[at, colour] for at, colour in zip((0.0, 0.5, 1.0), _fading("#7048e8", strongest)[::-1], strict=True)]


# Blue: less active, orange: more active; in between nothing, so that no effect is the page's own ground, light or dark.
# What has no sign is violet.
DIVERGING, SEQUENTIAL = _diverging(1.0), _sequential(1.0)
# Under numbers (`cell_texts`), which have the page's own colour of text.
FAINT_DIVERGING, FAINT_SEQUENTIAL = _diverging(0.5), _sequential(0.5)
NUMBERS_UP_TO = 24  # rows of a square map; beyond, numbers would run into each other
# Points, which must not fade away, turn grey.
POINTS_DIVERGING = [[0.0, "#0072b2"], [0.5, "#adb5bd"], [1.0, "#d55e00"]]

# Plotly treats the whole of a marker as equally close to the pointer, so markers that overlap answer for their
# neighbours. Small ones that reach far pick the cell under the pointer.
CLICK_TARGET = 4
REACH = 40


def base_colours(palette: str) -> dict[str, str]:
    """The colours of A, C, G, T in the named palette."""
    if palette not in BASE_COLOURS:
        raise unknown("palette", palette, BASE_COLOURS)
    return BASE_COLOURS[palette]


@dataclass(frozen=True)
class Style:
    """How a model is drawn on every page: no two of 48 models have colour and symbol in common."""

    colour: str
    symbol: str
    dash: str


def model_style(name: str, known: list[str]) -> Style:
    """One fixed style a model: its place in the list of all models decides."""
    if name not in known:
        return Style(MUTED, "circle-open", "solid")
    again, place = divmod(known.index(name), len(COLOURS))
    return Style(COLOURS[place], SYMBOLS[again % len(SYMBOLS)], DASHES[again % len(DASHES)])


def model_colour(name: str, known: list[str]) -> str:
    return model_style(name, known).colour


def cell_texts(x: Sequence, y: Sequence, texts: Sequence[Sequence[str]] | np.ndarray, size: int = 12) -> go.Scatter:
    """Numbers over the cells of a heat map, in the page's own colour of text, which numbers of the heat map's own would
    not have.

    Args:
        texts: by row, as the map's values.
    """
    cells = [
        (column, row, text) for row, line in zip(y, texts, strict=True) for column, text in zip(x, line, strict=True)
    ]
    return go.Scatter(
        x=[c[0] for c in cells],
        y=[c[1] for c in cells],
        text=[c[2] for c in cells],
        mode="text",
        textfont={"size": size},
        hoverinfo="skip",
        showlegend=False,
        name="numbers",
    )


def in_cells(values: np.ndarray, digits: int = 2) -> list[list[str]]:
    """`(rows, columns)` numbers as `cell_texts` takes them; empty where a number is not known."""
    return [["" if np.isnan(v) else f"{v:.{digits}f}" for v in row] for row in values.astype(float)]


def hatch(x: Sequence | np.ndarray, y: Sequence, missing: np.ndarray, size: int = 7) -> go.Scatter:
    """Strokes over the cells that were not measured, so that they are not taken for cells without an effect.

    Args:
        missing: `(len(y), len(x))` bool.
    """
    return _over(
        x, y, missing, "not measured", {"symbol": "line-ne", "size": size, "line": {"width": 1, "color": MUTED}}
    )


def own_bases(x: Sequence | np.ndarray, y: Sequence, own: np.ndarray) -> go.Scatter:
    """Dots over the cells of the base that is there already: `(len(y), len(x))` bool."""
    return _over(x, y, own, "the reference's base", {"size": 3, "color": MUTED})


def _over(x: Sequence | np.ndarray, y: Sequence, cells: np.ndarray, name: str, marker: dict) -> go.Scatter:
    rows, columns = np.nonzero(cells)
    return go.Scatter(
        x=[x[i] for i in columns.tolist()],
        y=[y[i] for i in rows.tolist()],
        mode="markers",
        marker=marker,
        hoverinfo="skip",
        showlegend=False,
        name=name,
    )


def literal(text: str) -> str:
    """A name from outside for a figure, whose texts Plotly reads as a kind of HTML (bold, links)."""
    return html.escape(text, quote=False)


def finish(figure: go.Figure, title: str, height: int) -> go.Figure:
    """Title, margins and the behaviour that all figures share."""
    figure.update_layout(
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}},
        height=height,
        margin={"l": 70, "r": 20, "t": 50, "b": 50},
        hoverlabel={"font": {"size": 13}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "right", "x": 1.0},
    )
    return figure


def unit(standardised: bool) -> str:
    return STANDARDISED_UNIT if standardised else UNIT
