"""The sequence editor (assets/sequence_editor) as a widget: what it shows, and what it sends back."""

from __future__ import annotations

import streamlit as st

from engine import places
from engine.data.motifs import MOTIFS
from engine.editor import operations
from engine.editor.document import Document
from engine.plots.parts import theme
from engine.report.dossier import Dossier
from engine.results import MotifHit, Track
from pages.shared import bench, own_motifs, state

_FILES = places.assets() / "sequence_editor"
_EDITOR = st.components.v2.component(
    "cislens_sequence_editor",
    html=(_FILES / "editor.html").read_text(encoding="utf-8"),
    css=(_FILES / "editor.css").read_text(encoding="utf-8"),
    js="\n".join((_FILES / name).read_text(encoding="utf-8") for name in ("drawing.js", "editor.js")),
)
_FEED = st.components.v2.component("cislens_track_feed", js=(_FILES / "feed.js").read_text(encoding="utf-8"))
_SENT: state.Key[dict] = state.Key("sequence_editor", {})  # what the editor in the browser sends


def receive(sent: object) -> None:
    """Take over operations of the editor: `version` of the document that they are for, and their `list`."""
    document = bench.document()
    if not isinstance(sent, dict) or document is None or sent.get("version") != state.VERSION.get():
        return
    done = operations.apply(
        document,
        sent.get("list"),
        state.OPERATIONS_DONE.get(),
        lambda d: bench.check_length(d.reference.name, d.bases),
    )
    state.OPERATIONS_DONE.put(done.done)
    if done.ahead:
        bench.put_document(done.document)
        state.EDITOR_AT.put(done.at)
    else:
        bench.follow_editor(done.document)
    state.EDITOR_ERROR.put(done.error)
    state.EDITOR_NOTES.put(tuple(done.notes))


def draw(document: Document, first: Dossier | None, outputs: list[str]) -> None:
    """The editor with a document and what one model predicts for its reference and as it stands."""
    predicted = first.facts.predictions if first else ()
    of_output = {p.output: p for p in predicted}
    rows = [
        {"output": o, "reference": _known(of_output[o].before), "edited": _known(of_output[o].after)}
        for o in outputs
        if o in of_output
    ]
    region = document.reference.region
    _EDITOR(
        key=_SENT.name,
        data={
            "version": state.VERSION.get(),
            "acked": state.OPERATIONS_DONE.get(),
            "reference": document.reference.bases,
            "history": [[e.start, len(e.removed), e.inserted, e.turned] for e in document.edits],
            "cursor": document.cursor,
            "at": state.EDITOR_AT.pop(),
            "region": region
            and {
                "chrom": region.chrom,
                "first": region.place_of(0) + 1,
                "step": -1 if region.reverse else 1,
                "build": region.build,
            },
            "colours": theme.base_colours(state.PALETTE.get() or "standard"),
            "motifs": _shelf(),
            "message": _message(),
            "prediction": {"model": predicted[0].model, "rows": rows} if rows else None,
        },
        on_operations_change=lambda: receive(_SENT.get().get("operations")),
    )


def _shelf() -> list[dict[str, str]]:
    """The motifs that can be dragged onto a base: those of the user's own first."""
    own = list(own_motifs.matrices().values())[: own_motifs.SHELF]
    return [
        *({"name": m.name, "label": m.label, "bases": m.consensus} for m in own),
        *({"name": m.factor, "label": m.label, "bases": m.consensus} for m in MOTIFS.values()),
    ]


def _message() -> dict | None:
    if error := state.EDITOR_ERROR.get():
        return {"kind": "error", "text": f"{error}. The sequence stays as it was."}
    if notes := state.EDITOR_NOTES.get():
        return {"kind": "note", "text": f"Cleaned: {', '.join(notes)}."}
    return None


def feed(
    ig: Track, ism: Track, output: str, measured: list[float | None] | None, hits: list[MotifHit], unit: str
) -> None:
    """Give the computed tracks to the editor: heights of its letters, effects and motif hits of its hover card."""
    letters = {"ig": numbers(ig.per_position(output)), "ism": numbers(ism.per_position(output))}
    if measured is not None:
        letters["measured"] = measured
    _FEED(
        key="track_feed",
        data={
            "bases": ism.bases,
            "letters": letters,
            "effects": [numbers(row) for row in ism.output(output)],
            "output": output,
            "model": ism.model,
            "unit": unit.replace("<sub>", "").replace("</sub>", ""),
            "hits": [{"motif": h.motif, "start": h.start, "end": h.end, "strand": h.strand, "q": h.q} for h in hits],
        },
    )


def _known(value: float) -> float | None:
    """JSON has no nan, which the prediction for a sequence without a known base is."""
    return None if value != value else value


def numbers(values) -> list[float | None]:
    """As JSON has them: nan, where nothing is known, becomes null."""
    return [None if v != v else round(float(v), 4) for v in values]
