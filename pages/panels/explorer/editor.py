"""The instrument (assets/sequence_editor) as a widget: what it shows, and what it sends back."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from engine import places
from engine.data.motifs import MOTIFS
from engine.editor import operations
from engine.editor.document import Document
from engine.plots import instrument
from engine.plots.parts import theme
from engine.report.archive import file_stem
from pages.panels.explorer.choices import Chosen
from pages.shared import bench, own_motifs, state

_FILES = places.assets() / "sequence_editor"
_EDITOR = st.components.v2.component(
    "cislens_sequence_editor",
    html=(_FILES / "editor.html").read_text(encoding="utf-8"),
    css=(_FILES / "editor.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_FILES / name).read_text(encoding="utf-8") for name in ("rows.js", "drawing.js", "scene.js", "editor.js")
    ),
)
_FEED = st.components.v2.component("cislens_track_feed", js=(_FILES / "feed.js").read_text(encoding="utf-8"))
_SENT: state.Key[dict] = state.Key("sequence_editor", {})  # what the instrument in the browser sends


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


def receive_view(sent: object) -> None:
    """The stretch that the user zoomed to, so that links and sessions hold it; None: all of it."""
    document = bench.document()
    if document is None:
        return
    match sent:
        case [int(first), int(last)] if 0 <= first < last <= len(document.bases):
            state.VIEW.put((first + 1, last))
        case _:
            state.VIEW.put(None)


def receive_selection(sent: object) -> None:
    """The stretch that is selected, for what is done with stretches elsewhere on the page and on other pages."""
    document = bench.document()
    match sent:
        case [int(first), int(last)] if document and 0 <= first < last <= len(document.bases):
            state.SELECTION.put((first, last))
        case _:
            state.SELECTION.put(None)


def draw(document: Document, chosen: Chosen | None, lines: list[instrument.Part]) -> None:
    """The editor with a document, the rows of the tracks kept free, and what one model predicts.

    Args:
        chosen: None where nothing can be computed.
        lines: of the readout, see `readout.lines`.
    """
    region = document.reference.region
    view = state.VIEW.get()
    edited = " (edited)" if document.applied else ""
    _EDITOR(
        key=_SENT.name,
        data={
            "version": state.VERSION.get(),
            "acked": state.OPERATIONS_DONE.get(),
            "reference": document.reference.bases,
            "history": [[e.start, len(e.removed), e.inserted, e.turned] for e in document.edits],
            "cursor": document.cursor,
            "at": state.EDITOR_AT.pop(),
            "view": [view[0] - 1, view[1]] if view and view[1] <= len(document.bases) else None,
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
            "prediction": lines,
            "rows": instrument.rows((*chosen.rows, *["annotations"] * bool(document.features))) if chosen else [],
            "annotations": [
                {"name": f.name, "start": f.start, "end": f.end, "strand": f.strand, "colour": f.colour}
                for f in document.features
            ],
            "title": f"{document.reference.name}{edited}"
            + (f", {chosen.checkpoint.name}, {chosen.output}" if chosen else ""),
            "file": f"cislens-{file_stem(document.reference.name)}",
            "image": state.IMAGE_KIND.get(),
        },
        on_operations_change=lambda: receive(_SENT.get().get("operations")),
        on_view_change=lambda: receive_view(_SENT.get().get("view")),
        on_selection_change=lambda: receive_selection(_SENT.get().get("selection")),
    )


def feed(part: str, values: Mapping[str, object]) -> None:
    """Hand a computed part to the instrument, which is drawn already."""
    _FEED(key=f"feed-{part}", data={"part": part, **values})


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
