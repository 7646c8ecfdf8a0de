"""The Representations page's figures: maps of elements, similarity of networks, what can be read off embeddings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.plots.parts import theme
from engine.plots.parts.legend import Legend

# Viridis without its darkest fifth, which a dark page hides
SEQUENTIAL = ("#443983", "#31688e", "#21918c", "#35b779", "#90d743", "#fde725")
# Okabe & Ito 2008 and three greys and browns: kinds that people with red-green blindness can tell apart
KINDS = (*theme.COLOURS, "#846358", "#7048e8", "#a61e4d", "#adb5bd")
PUBLISHED, UNTRAINED = "published", "untrained network"


def points(
    places: np.ndarray,
    values: np.ndarray,
    labels: np.ndarray,
    *,
    title: str,
    note: str,
    name: str,
    centred: bool = False,
    faint: str | None = None,
) -> go.Figure:
    """Elements on a map, coloured by a number or by a kind.

    Args:
        places: `(n, 2)` coordinates, which have no unit; nan for an element that is not on the map.
        values: `(n,)` numbers (nan is drawn grey), or words, one colour each.
        labels: `(n,)` what the pointer shows. The number of each element is its custom data.
        note: under the title.
        name: of the value, beside the scale.
        centred: two colours around 0, rather than one scale from the 1st to the 99th percentile.
        faint: a kind that is drawn grey, behind the others.
    """
    shown = go.Figure()
    x, y = places.T
    number = np.arange(len(x))
    placed = np.isfinite(x)
    marker = {"size": 5, "opacity": 0.8}
    if values.dtype.kind in "US":
        kinds, counts = np.unique(values, return_counts=True)
        by_count = [str(k) for k in kinds[np.argsort(-counts, kind="stable")] if k != faint]
        colours = dict(zip(by_count, KINDS * (1 + len(by_count) // len(KINDS)), strict=False))
        if faint is not None and faint in kinds:
            colours = {faint: theme.MISSING, **colours}
        for kind, colour in colours.items():
            rows = (values == kind) & placed
            shown.add_trace(
                go.Scattergl(
                    x=x[rows], y=y[rows], mode="markers", name=kind, text=labels[rows], customdata=number[rows],
                    marker=marker | {"color": colour},
                    hovertemplate=f"%{{text}}<br>{kind}<extra></extra>",
                )
            )  # fmt: skip
    else:
        low, high = scale_limits(values, centred)
        known = np.isfinite(values) & placed
        unknown = ~np.isfinite(values) & placed
        if unknown.any():
            shown.add_trace(
                go.Scattergl(
                    x=x[unknown], y=y[unknown], mode="markers", text=labels[unknown], customdata=number[unknown],
                    marker=marker | {"color": theme.MISSING}, showlegend=False,
                    hovertemplate="%{text}<br>not known<extra></extra>",
                )
            )  # fmt: skip
        shown.add_trace(
            go.Scattergl(
                x=x[known],
                y=y[known],
                mode="markers",
                text=labels[known],
                customdata=number[known],
                marker=marker
                | {
                    "color": values[known],
                    "colorscale": theme.POINTS_DIVERGING if centred else SEQUENTIAL,
                    "cmin": low,
                    "cmax": high,
                    "colorbar": {"title": {"text": name, "side": "right"}, "thickness": 12},
                },
                showlegend=False,
                hovertemplate=f"%{{text}}<br>{name} %{{marker.color:.3g}}<extra></extra>",
            )
        )
    shown.update_xaxes(title_text="UMAP 1", showticklabels=False, showgrid=False, zeroline=False)
    shown.update_yaxes(title_text="UMAP 2", showticklabels=False, showgrid=False, zeroline=False)
    theme.finish(shown, f"{title}<br><span style='font-size:12px;font-weight:normal'>{note}</span>", 460)
    return shown.update_layout(
        margin={"l": 40, "r": 20, "t": 60, "b": 40},
        legend={"y": -0.12, "yanchor": "top", "x": 0, "xanchor": "left", "itemsizing": "constant"},
        dragmode="lasso",
    )


def lit(shown: go.Figure, selected: frozenset[int]) -> go.Figure:
    """A map of `points` on which the elements of these numbers are selected, and the others faint; all, without any."""
    for trace in shown.data if selected else ():
        trace.update(
            selectedpoints=[place for place, number in enumerate(trace.customdata) if int(number) in selected],
            selected={"marker": {"opacity": 1, "size": 8}},
            unselected={"marker": {"opacity": 0.15}},
        )
    return shown


def scale_limits(values: np.ndarray, centred: bool = False) -> tuple[float, float]:
    """The ends of a colour scale: 1st and 99th percentile; around 0, the larger of the two on either side."""
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, [1, 99]) if len(known) else (0.0, 1.0)
    if centred:
        high = max(abs(low), abs(high)) or 1.0
        low = -high
    return float(low), float(high)


def similarity(labels: list[str], value: np.ndarray, low: np.ndarray, high: np.ndarray, title: str) -> go.Figure:
    """Heat map of CKA between every two networks `(n, n)`, with the interval under the pointer. Below, where there is
    little room, stands the code of a row that is written out at the side."""
    below = [label.split(" ")[0] for label in labels]
    below = [b if below.count(b) == 1 else label for b, label in zip(below, labels, strict=True)]
    shown = go.Figure(
        go.Heatmap(
            z=value[::-1],
            x=below,
            y=labels[::-1],
            colorscale=theme.FAINT_SEQUENTIAL,
            zmin=min(0.0, float(np.nanmin(value, initial=0.0))),
            zmax=1,
            customdata=np.dstack([low[::-1], high[::-1]]),
            hovertemplate="%{y}<br>%{x}<br>CKA %{z:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
            colorbar={"title": {"text": "CKA", "side": "top"}, "thickness": 12},
        )
    )
    if len(labels) <= theme.NUMBERS_UP_TO:
        shown.add_trace(theme.cell_texts(below, labels[::-1], theme.in_cells(value[::-1])))
    shown.update_xaxes(tickangle=-45, showgrid=False)
    shown.update_yaxes(showgrid=False)
    theme.finish(shown, title, 170 + 24 * len(labels))
    return shown.update_layout(margin={"l": 330, "r": 20, "t": 50, "b": 120})


def probed(table: pd.DataFrame, legend: Legend, title: str, axis: str, untrained: float | None = None) -> go.Figure:
    """What a probe reads off each network, with its interval; a hollow mark for the published figure.

    `table` has `model`, `value`, `low`, `high`, `n`, `published`; `untrained` draws the network without learning.
    """
    ordered = table.sort_values("value")
    shown = go.Figure()
    shown.add_trace(
        go.Scatter(
            x=ordered["value"],
            y=[legend.axis(m) for m in ordered["model"]],
            mode="markers",
            name="ours",
            marker={
                "size": 10,
                "color": [legend.colour(m) for m in ordered["model"]],
                "symbol": [legend.style(m).symbol for m in ordered["model"]],
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": ordered["high"] - ordered["value"],
                "arrayminus": ordered["value"] - ordered["low"],
                "thickness": 2,
                "color": theme.MUTED,
            },
            customdata=ordered[["low", "high", "n"]].to_numpy(),
            hovertemplate="%{y}<br>%{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]"
            "<br>n = %{customdata[2]:,}<extra></extra>",
        )
    )
    printed = ordered.dropna(subset="published")
    if len(printed):
        shown.add_trace(
            go.Scatter(
                x=printed["published"],
                y=[legend.axis(m) for m in printed["model"]],
                mode="markers",
                name=PUBLISHED,
                marker={"size": 9, "symbol": "diamond-open", "color": theme.MUTED, "line": {"width": 2}},
                hovertemplate="%{y}<br>published %{x:.3f}<extra></extra>",
            )
        )
    if untrained is not None:
        shown.add_vline(x=untrained, line={"color": theme.MUTED, "dash": "dot"})
        shown.add_annotation(
            x=untrained, y=1, yref="paper", yanchor="bottom", text=UNTRAINED, showarrow=False, font={"size": 12}
        )
    shown.update_yaxes(categoryorder="array", categoryarray=[legend.axis(m) for m in ordered["model"]], title_text="")
    shown.update_xaxes(title_text=axis, zeroline=False)
    theme.finish(shown, title, 160 + 25 * max(4, len(ordered)))
    return shown.update_layout(
        margin={"l": 260, "r": 20, "t": 80, "b": 50}, legend={"x": 0, "xanchor": "left", "y": -0.12, "yanchor": "top"}
    )
