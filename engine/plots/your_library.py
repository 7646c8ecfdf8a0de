"""Predicted against measured values of a user's own library."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from engine.plots.parts import theme

MOST = 20_000  # points; more are not told apart and slow the browser down


def scatter(
    measured: np.ndarray,
    predicted: np.ndarray,
    names: tuple[str, ...],
    seen: np.ndarray | None,
    *,
    title: str,
    axes: tuple[str, str],
    colour: str,
    most: int = MOST,
) -> go.Figure:
    """One point a sequence, whose customdata is its row; those that are kin of what the model has seen are grey.

    Args:
        measured, predicted: `(n,)`; rows where either is nan are not drawn.
        seen: `(n,)` bool; None where it is not known.
        axes: titles of the two axes.
        most: of more points every so many-th is drawn, which the title says.
    """
    known = np.flatnonzero(np.isfinite(measured) & np.isfinite(predicted))
    drawn = known if len(known) <= most else known[np.linspace(0, len(known) - 1, most).astype(int)]
    learned = np.zeros(len(measured), bool) if seen is None else seen
    shown = go.Figure()
    unseen = "not seen" if seen is not None else "sequences"
    for rows, name, marker in (
        (
            drawn[learned[drawn]],
            "kin of what it learned from or was chosen by",
            {"color": theme.MUTED, "size": 5, "opacity": 0.4},
        ),
        (
            drawn[~learned[drawn]],
            unseen,
            {"color": colour, "size": 6, "opacity": 0.7},
        ),
    ):
        if len(rows):
            shown.add_trace(
                go.Scattergl(
                    x=measured[rows],
                    y=predicted[rows],
                    mode="markers",
                    name=f"{name}, n={len(rows):,}",
                    marker=marker,
                    # lists, since the browser hands packed arrays back in another shape
                    customdata=[[int(i)] for i in rows],
                    text=[theme.literal(names[i]) for i in rows],
                    hovertemplate="%{text}<br>measured %{x:.3f}, predicted %{y:.3f}<extra></extra>",
                )
            )
    shown.update_xaxes(title_text=axes[0], zeroline=True)
    shown.update_yaxes(title_text=axes[1], zeroline=True)
    if len(drawn) < len(known):
        title += f" ({len(drawn):,} of {len(known):,} points drawn)"
    theme.finish(shown, title, 430)
    return shown.update_layout(showlegend=True, hovermode="closest", clickmode="event+select")
