"""The Explorer's figure: attributions, motif matches, measurements and agreement on one x-axis."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from engine.errors import unknown
from engine.plots.parts import rows, site_rows
from engine.plots.parts.rows import LETTERS_UP_TO, Frame, Row
from engine.results import Agreement, MotifChanges, MotifHit, Track

__all__ = ["LETTERS_UP_TO", "ROWS", "figure"]

# What can be shown, from top to bottom, in the words of a menu.
ROWS = {
    "ig": "Integrated Gradients",
    "motifs": "Motif matches",
    "ism": "Mutagenesis: mean loss",
    "map": "Mutagenesis: every substitution",
    "agreement": "Agreement between models",
    "measured": "Measured saturation mutagenesis",
    "difference": "Edited minus reference",
    "gc": "GC content",
}


def tracks(
    ig: Track,
    ism: Track,
    output: str,
    *,
    reference: Track | None = None,
    motifs: list[MotifHit] | None = None,
    changes: MotifChanges | None = None,
    origins: tuple[int | None, ...] | None = None,
    measured: dict[str, np.ndarray] | None = None,
    agreement: Agreement | None = None,
    gc_width: int | None = None,
    shown: list[str] | None = None,
    view: tuple[int, int] | None = None,
    first_position: int = 1,
    axis_name: str = "position in the sequence (bp)",
    palette: str = "standard",
    title: str | None = None,
) -> go.Figure:
    """All tracks of one output of one model. Rows that nothing was given for are left out.

    Args:
        ig, ism: tracks of the sequence as it stands.
        reference: the ig track of a reference sequence of the same length; None leaves the difference row empty.
        motifs: matches in the sequence as it stands.
        changes: matches that the edits made and took away; they are shown even if they are not among `motifs`.
        origins: for each base its place in the reference, None for an inserted one (`Document.origins`); needed for
            `changes` and `measured` once places have moved. Without it they are taken to lie where they did.
        measured: by data set `(length of the reference, 4)` effects, log2(alt/ref), nan where not measured.
        agreement: of several models about the sequence as it stands.
        gc_width: bases of the sliding window.
        shown: names of `ROWS` in the order to draw them; None draws all that there is.
        view: 0-based half-open stretch to show; all by default.
        first_position: what the first base is called on the axis (1, or its genomic position).

    The invisible markers over the map carry `customdata` (0-based position, base): heat-map cells give no
    selection events, markers do.

    Raises:
        InputError: an unknown row or palette.
    """
    for name in shown or ():
        if name not in ROWS:
            raise unknown("row", name, ROWS)
    frame = Frame(ism.bases, view or (0, len(ism.bases)), first_position)
    builders = {
        "ig": lambda: [
            rows.logo(frame, ig, output, "Integrated Gradients: contribution of each base", palette),
        ],
        "motifs": lambda: [site_rows.motif_matches(frame, motifs, changes, origins)] if motifs is not None else [],
        "ism": lambda: [
            rows.logo(
                frame,
                ism,
                output,
                "In-silico mutagenesis: loss when the base is replaced (mean of the three substitutions, sign turned)",
                palette,
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
        "agreement": lambda: [site_rows.agreement(frame, agreement)] if agreement is not None else [],
        "measured": lambda: [
            row
            for name, values in (measured or {}).items()
            for row in site_rows.measured(frame, _moved(values, origins, len(ism.bases)), name)
        ],
        "difference": lambda: [
            rows.difference(frame, ig, reference, output, "Integrated Gradients: edited minus reference")
        ],
        "gc": lambda: [site_rows.gc(frame, gc_width)] if gc_width else [],
    }
    found: list[Row] = [row for name in shown or ROWS for row in builders[name]()]
    changed = None
    if reference is not None:
        changed = [a != b for a, b in zip(ig.bases, reference.bases, strict=True)]
    return rows.compose(found, frame, axis_name=axis_name, title=title or f"{ism.model}, {output}", changed=changed)


def _moved(values: np.ndarray, origins: tuple[int | None, ...] | None, length: int) -> np.ndarray:
    """Rows of the reference at the places where its bases stand now; nan at inserted bases."""
    if origins is None:
        return values
    here = np.full((length, 4), np.nan)
    kept = [(i, origin) for i, origin in enumerate(origins) if origin is not None]
    here[[i for i, _ in kept]] = values[[origin for _, origin in kept]]
    return here[:, ::-1] if site_rows.turned(origins) else here  # A C G T read backwards is the other strand
