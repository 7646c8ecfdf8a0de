"""The Explorer's figure: predictions of the reference and of the sequence as it stands. Its tracks: `instrument`."""

from __future__ import annotations

import plotly.graph_objects as go

from engine.plots.parts import theme
from engine.results import Prediction


def predictions(
    reference: list[Prediction], edited: list[Prediction], outputs: tuple[str, ...], known: list[str]
) -> go.Figure:
    """One row an output: a hollow mark for the reference, a full one for the edited sequence, joined by a line.

    A bar shows the standard deviation over the members of an ensemble, or the one that a network says itself.

    `reference` and `edited` hold one prediction of one sequence for each model, in the same order; `known` lists
    all models, which fixes their colours.
    """
    shown = go.Figure()
    for before, after in zip(reference, edited, strict=True):
        colour = theme.model_colour(before.model, known)
        columns = [o for o in outputs if o in before.outputs]
        start = [float(before.values[0, before.outputs.index(o)]) for o in columns]
        end = [float(after.values[0, after.outputs.index(o)]) for o in columns]
        labels = [f"{before.model}<br>{o}" for o in columns]
        line_x = [v for a, b in zip(start, end, strict=True) for v in (a, b, None)]
        line_y = [v for label in labels for v in (label, label, None)]
        shown.add_trace(
            go.Scatter(
                x=line_x, y=line_y, mode="lines", line={"color": colour, "width": 3}, showlegend=False, hoverinfo="skip"
            )
        )
        marks = ((before, start, "reference", "circle-open"), (after, end, "edited", "circle"))
        for prediction, values, name, symbol in marks:
            spread, whose = None, "members of the ensemble" if prediction.members is not None else "as the model says"
            if prediction.spread is not None:
                spread = [float(prediction.spread[0, prediction.outputs.index(o)]) for o in columns]
            shown.add_trace(
                go.Scatter(
                    x=values,
                    y=labels,
                    mode="markers",
                    marker={"size": 13, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
                    name=name,
                    legendgroup=name,
                    showlegend=before is reference[0],
                    error_x={"type": "data", "array": spread, "thickness": 1.5, "width": 5} if spread else None,
                    customdata=[f" ± {s:.3f} ({whose})" for s in spread] if spread else [""] * len(end),
                    hovertemplate=f"{name}: %{{x:.3f}}%{{customdata}} log2 RNA/DNA<extra></extra>",
                )
            )
    count = sum(len([o for o in outputs if o in p.outputs]) for p in reference)
    shown.update_xaxes(title_text=f"predicted activity ({theme.UNIT})", zeroline=True)
    shown.update_yaxes(autorange="reversed", title_text="model and cell type")
    theme.finish(shown, "Predicted activity", 150 + 48 * count)
    return shown.update_layout(margin={"l": 130, "r": 20, "t": 60, "b": 50})
