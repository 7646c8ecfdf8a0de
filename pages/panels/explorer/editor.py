"""The sequence editor (assets/sequence_editor) as a widget: what it shows, and what it sends back."""

from __future__ import annotations

import streamlit as st

from engine import places
from engine.data.motif_set import MOTIFS
from engine.editor import operations
from engine.editor.document import Document
from engine.plots.parts import theme
from engine.results import MotifHit, Prediction, Track
from pages.shared import bench

_FILES = places.assets() / "sequence_editor"
_EDITOR = st.components.v2.component(
    "cislens_sequence_editor",
    html=(_FILES / "editor.html").read_text(),
    css=(_FILES / "editor.css").read_text(),
    js="\n".join((_FILES / name).read_text() for name in ("drawing.js", "editor.js")),
)
_FEED = st.components.v2.component("cislens_track_feed", js=(_FILES / "feed.js").read_text())
_KEY = "sequence_editor"


def receive(sent: dict | None) -> None:
    """Take over operations of the editor: `version` of the document that they are for, and their `list`."""
    state = st.session_state
    document = bench.document()
    if not sent or document is None or sent["version"] != state.get("version"):
        return
    done = operations.apply(
        document,
        sent["list"],
        state.get("operations_done", 0),
        lambda d: bench.check_length(d.reference.name, d.bases),
    )
    state["operations_done"] = done.done
    if done.ahead:
        bench.set_document(done.document)
        state["editor_at"] = done.at
    else:
        bench.keep_document(done.document)
    state["editor_error"], state["editor_notes"] = done.error, list(done.notes)


def draw(document: Document, before: Prediction | None, after: Prediction | None, outputs: list[str]) -> None:
    """The editor with a document and the prediction of one model for its reference and as it stands."""
    state = st.session_state
    rows = []
    for output in outputs if after else []:
        if output in after.outputs:
            i = after.outputs.index(output)
            rows.append(
                {"output": output, "reference": float(before.values[0, i]), "edited": float(after.values[0, i])}
            )
    region = document.reference.region
    _EDITOR(
        key=_KEY,
        data={
            "version": state.get("version", 0),
            "acked": state.get("operations_done", 0),
            "reference": document.reference.bases,
            "history": [list(d) for d in document.differences],
            "cursor": document.cursor,
            "at": state.pop("editor_at", None),
            "region": region and {"chrom": region.chrom, "start": region.start, "build": region.build},
            "colours": theme.base_colours(state.get("palette") or "standard"),
            "motifs": [{"name": m.factor, "label": m.label, "bases": m.consensus} for m in MOTIFS.values()],
            "message": _message(),
            "prediction": {"model": after.model, "rows": rows} if rows else None,
        },
        on_operations_change=lambda: receive(state[_KEY].get("operations")),
    )


def _message() -> dict | None:
    state = st.session_state
    if state.get("editor_error"):
        return {"kind": "error", "text": f"{state['editor_error']}. The sequence stays as it was."}
    if state.get("editor_notes"):
        return {"kind": "note", "text": f"Cleaned: {', '.join(state['editor_notes'])}."}
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


def numbers(values) -> list[float | None]:
    """As JSON has them: nan, where nothing is known, becomes null."""
    return [None if v != v else round(float(v), 4) for v in values]
