"""The Explorer's figures: predictions of reference and edited sequence, and tracks along the sequence as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from engine.errors import unknown
from engine.plots.parts import rows, site_rows, theme
from engine.plots.parts.rows import Frame, Row
from engine.results import Agreement, MotifSite, Prediction, Track

# What can be shown, from top to bottom, in the words of a menu.
ROWS = {
    "ig": "Integrated Gradients",
    "motifs": "Motif sites",
    "ism": "Mutagenesis: mean loss",
    "map": "Mutagenesis: every substitution",
    "agreement": "Agreement between models",
    "measured": "Measured saturation mutagenesis",
    "difference": "Edited minus reference",
    "gc": "GC content",
}


def predictions(
    reference: list[Prediction], edited: list[Prediction], outputs: tuple[str, ...], known: list[str]
) -> go.Figure:
    """One row an output: a hollow mark for the reference, a full one for the edited sequence, joined by a line.

    A bar shows the standard deviation over the members of an ensemble.

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
            spread = None
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
                    customdata=[f" ± {s:.3f} (members of the ensemble)" for s in spread] if spread else [""] * len(end),
                    hovertemplate=f"{name}: %{{x:.3f}}%{{customdata}} log2 RNA/DNA<extra></extra>",
                )
            )
    count = sum(len([o for o in outputs if o in p.outputs]) for p in reference)
    shown.update_xaxes(title_text=f"predicted activity ({theme.UNIT})", zeroline=True)
    shown.update_yaxes(autorange="reversed", title_text="model and cell type")
    theme.finish(shown, "Predicted activity", 150 + 48 * count)
    return shown.update_layout(margin={"l": 130, "r": 20, "t": 60, "b": 50})


@dataclass(frozen=True)
class Evidence:
    """What is known of a sequence beside its attributions; a row that nothing was given for is left out.

    Attributes:
        reference: the ig track of a reference sequence of the same length; None leaves the difference row empty.
        motifs: sites in the sequence as it stands.
        lost: sites that the edits took away, at places of the reference.
        origins: for each base its place in the reference, None for an inserted one (`Document.origins`); needed for
            `lost` and `measured` once places have moved. Without it they are taken to lie where they did.
        measured: by data set `(length of the reference, 4)` effects, log2(alt/ref), nan where not measured.
        agreement: of several models about the sequence as it stands.
    """

    reference: Track | None = None
    motifs: Sequence[MotifSite] | None = None
    lost: tuple[MotifSite, ...] = ()
    origins: tuple[int | None, ...] | None = None
    measured: dict[str, np.ndarray] | None = None
    agreement: Agreement | None = None


@dataclass(frozen=True)
class Look:
    """How the tracks are drawn.

    Attributes:
        shown: names of `ROWS` in the order to draw them; None draws all that there is.
        gc_width: bases of the sliding window of GC content; None leaves that row out.
        view: 0-based half-open stretch to show; all by default.
        first_position: what the first base is called on the axis (1, or its genomic position).
        title: '' takes model and output.

    Raises:
        InputError: an unknown row.
    """

    shown: list[str] | None = None
    gc_width: int | None = None
    view: tuple[int, int] | None = None
    first_position: int = 1
    axis_name: str = "position in the sequence (bp)"
    palette: str = "standard"
    title: str = ""

    def __post_init__(self):
        for name in self.shown or ():
            if name not in ROWS:
                raise unknown("row", name, ROWS)


def tracks(ig: Track, ism: Track, output: str, evidence: Evidence = Evidence(), look: Look = Look()) -> go.Figure:
    """All tracks of one output of one model on one x-axis.

    Args:
        ig, ism: tracks of the sequence as it stands.

    The invisible markers over the map carry `customdata` (0-based position, base): heat-map cells give no
    selection events, markers do.

    Raises:
        InputError: an unknown palette.
    """
    frame = Frame(ism.bases, look.view or (0, len(ism.bases)), look.first_position)
    builders = {
        "ig": lambda: [
            rows.logo(frame, ig, output, "Integrated Gradients: contribution of each base", look.palette),
        ],
        "motifs": lambda: (
            [site_rows.motif_sites(frame, evidence.motifs, evidence.lost, evidence.origins)]
            if evidence.motifs is not None
            else []
        ),
        "ism": lambda: [
            rows.logo(
                frame,
                ism,
                output,
                "In-silico mutagenesis: loss when the base is replaced (mean of the three substitutions, sign turned)",
                look.palette,
            )
        ],
        "map": lambda: [
            rows.substitutions(
                frame,
                ism,
                output,
                "In-silico mutagenesis: effect of each substitution (click a cell to apply it)",
            )
        ],
        "agreement": lambda: [site_rows.agreement(frame, evidence.agreement)] if evidence.agreement is not None else [],
        "measured": lambda: [
            row
            for name, values in (evidence.measured or {}).items()
            for row in site_rows.measured(frame, moved(values, evidence.origins, len(ism.bases)), name)
        ],
        "difference": lambda: [
            rows.difference(frame, ig, evidence.reference, output, "Integrated Gradients: edited minus reference")
        ],
        "gc": lambda: [site_rows.gc(frame, look.gc_width)] if look.gc_width else [],
    }
    drawn: list[Row] = [row for name in look.shown or ROWS for row in builders[name]()]
    changed = None
    if evidence.reference is not None:
        changed = [a != b for a, b in zip(ig.bases, evidence.reference.bases, strict=True)]
    return rows.compose(
        drawn, frame, axis_name=look.axis_name, title=look.title or f"{ism.model}, {output}", changed=changed
    )


def moved(values: np.ndarray, origins: tuple[int | None, ...] | None, length: int) -> np.ndarray:
    """Rows of the reference at the places where its bases stand now; nan at inserted bases."""
    if origins is None:
        return values
    here = np.full((length, 4), np.nan)
    kept = [(i, origin) for i, origin in enumerate(origins) if origin is not None]
    here[[i for i, _ in kept]] = values[[origin for _, origin in kept]]
    return here[:, ::-1] if site_rows.turned(origins) else here  # A C G T read backwards is the other strand
