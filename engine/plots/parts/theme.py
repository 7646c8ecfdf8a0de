"""The one visual language: base colours, model colours, and what all figures share."""

from __future__ import annotations

import html

import plotly.graph_objects as go

from engine.errors import unknown

UNIT = "log<sub>2</sub> RNA/DNA"
STANDARDISED_UNIT = "s.d. of held-out predictions"

# The field's colours, and a variant that people with red-green blindness can tell apart (Okabe & Ito 2008).
BASE_COLOURS = {
    "standard": {"A": "#2e9e4f", "C": "#2f6fd6", "G": "#e39a0b", "T": "#d6353a"},
    "colour-blind safe": {"A": "#009e73", "C": "#0072b2", "G": "#e69f00", "T": "#cc79a7"},
}
_MODEL_COLOURS = (
    "#4c6ef5", "#e8590c", "#0ca678", "#be4bdb", "#1098ad", "#f59f00", "#7048e8", "#d6336c", "#5c940d", "#0b7285",
    "#a61e4d", "#846358", "#228be6",
)  # fmt: skip

# Blue: less active, white: no effect, red: more active.
DIVERGING = [[0.0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1.0, "#b2182b"]]
# Where numbers stand in the cells: light enough for dark text, on both themes (ColorBrewer RdBu and Blues).
LIGHT_DIVERGING = [[0.0, "#67a9cf"], [0.5, "#f7f7f7"], [1.0, "#ef8a62"]]
LIGHT_SEQUENTIAL = [[0.0, "#f7fbff"], [0.5, "#9ecae1"], [1.0, "#4292c6"]]
CELL_TEXT = {"color": "#111111"}
MISSING = "rgba(128,128,128,0.25)"
MUTED = "#868e96"

# Plotly treats the whole of a marker as equally close to the pointer, so markers that overlap answer for their
# neighbours. Small ones that reach far pick the cell under the pointer.
CLICK_TARGET = 4
REACH = 40


def base_colours(palette: str) -> dict[str, str]:
    """The colours of A, C, G, T in the named palette."""
    if palette not in BASE_COLOURS:
        raise unknown("palette", palette, BASE_COLOURS)
    return BASE_COLOURS[palette]


def model_colour(name: str, known: list[str]) -> str:
    """One fixed colour a model: its place in the list of all models decides."""
    return _MODEL_COLOURS[known.index(name) % len(_MODEL_COLOURS)] if name in known else MUTED


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
