"""What is drawn on the sequence on screen: stretches with a name, a colour and a strand, and GenBank files of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from engine.editor import genbank
from engine.editor.annotations import COLOURS
from engine.editor.document import Document
from engine.errors import CisLensError, InputError
from engine.report.archive import file_stem
from engine.results import Feature
from pages.shared import bench, downloads, state
from pages.shared.plain import plain

STRANDS = {"": "none", "+": "+", "-": "-"}
KINDS = ("misc_feature", "promoter", "enhancer", "protein_bind", "regulatory", "TATA_signal", "CDS", "primer_bind")
COLUMNS = ("name", "from", "to", "strand", "colour", "kind")
_NAME: state.Key[str] = state.Key("annotation_name", "")
_WRONG: state.Key[str | None] = state.Key("annotation_wrong", None)


def popover(document: Document) -> None:
    """The panel behind a button that counts what is drawn."""
    label = f"Annotations ({len(document.features)})" if document.features else "Annotations"
    with st.popover(label, icon=":material/label:", help="Name and colour stretches of the sequence."):
        show()


def show() -> None:
    """A stretch to draw, that of the editor's selection first, and a table of what is drawn, which can be changed."""
    document = bench.document()
    if document is None:
        return
    selection = state.SELECTION.get()
    _draw(document, selection if selection and selection[1] <= len(document.bases) else None)
    _table(document)
    if wrong := _WRONG.pop():
        st.error(plain(wrong))
    downloads.button(
        "GenBank",
        lambda: genbank.write(document, datetime.date.today()),
        f"{file_stem(document.sequence.name)}.gb",
        help="The sequence as it stands with its annotations; its edits are written as variations. Benchling, "
        "SnapGene, ApE and the Explorer itself read it.",
    )


def _draw(document: Document, selection: tuple[int, int] | None) -> None:
    length = len(document.bases)
    first, last = (selection[0] + 1, selection[1]) if selection else (1, min(10, length))
    # a new pair of fields for each selection, so that they follow it
    at = f"{first}-{last}-{length}"
    left, start, end = st.columns([3, 1, 1])
    with left:
        st.text_input("Name", key=_NAME.name, placeholder="e.g. SP1 site")
    with start:
        given_first = st.number_input("From", 1, length, first, key=f"annotation_from-{at}")
    with end:
        given_last = st.number_input("To", 1, length, last, key=f"annotation_to-{at}")
    strand, colour, kind = st.columns([1, 1, 1.4])
    with strand:
        given_strand = st.selectbox("Strand", list(STRANDS), key="annotation_strand", format_func=STRANDS.get)
    with colour:
        given_colour = st.selectbox("Colour", list(COLOURS), key="annotation_colour")
    with kind:
        given_kind = st.selectbox("Kind", KINDS, key="annotation_kind", help="As GenBank's feature table calls it.")
    st.button(
        "Draw it",
        icon=":material/format_color_fill:",
        key="annotation_draw",
        on_click=_drawn,
        args=(int(given_first) - 1, int(given_last), given_strand, COLOURS[given_colour], given_kind),
    )


def _drawn(start: int, end: int, strand: str, colour: str, kind: str) -> None:
    document = bench.document()
    try:
        bench.follow_editor(document.annotated(Feature(_NAME.get(), start, end, strand, colour, kind)))
    except CisLensError as error:
        _WRONG.put(str(error))
        return
    _NAME.put("")


def _table(document: Document) -> None:
    placed = document.placed
    gone = len(document.annotations) - len(placed)
    if placed:
        changes = state.Key(f"annotation_table-{state.EDITION.get()}", {})
        st.data_editor(
            _rows(document),
            key=changes.name,
            hide_index=True,
            num_rows="dynamic",
            column_config={
                "name": st.column_config.TextColumn(required=True),
                "from": st.column_config.NumberColumn(min_value=1, max_value=len(document.bases), step=1),
                "to": st.column_config.NumberColumn(min_value=1, max_value=len(document.bases), step=1),
                "strand": st.column_config.SelectboxColumn(options=list(STRANDS.values())),
                "colour": st.column_config.SelectboxColumn(options=[*COLOURS, *_own_colours(document)]),
            },
            on_change=_take,
            args=(changes,),
        )
        st.caption("Click a cell to change it; mark a row and press Delete to take it away.")
    if gone:
        st.caption(f"{gone:,} more lie on bases that are not in the sequence now; undo brings them back.")


def _own_colours(document: Document) -> list[str]:
    return sorted({f.colour for f in document.features} - set(COLOURS.values()))


def _rows(document: Document) -> pd.DataFrame:
    named = {value: name for name, value in COLOURS.items()}
    rows = [
        (f.name, f.start + 1, f.end, STRANDS[f.strand], named.get(f.colour, f.colour), f.kind)
        for f in document.features
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _take(changes: state.Key[dict]) -> None:
    try:
        bench.follow_editor(changed(bench.document(), changes.get()))
    except CisLensError as error:
        _WRONG.put(str(error))
        state.EDITION.count()  # the table shows again what is drawn


def changed(document: Document, changes: Mapping) -> Document:
    """The document after changes of the table, in the form in which Streamlit's data editor gives them.

    Raises:
        InputError: what cannot be drawn; nothing is changed then.
    """
    placed = document.placed
    for row, cells in changes.get("edited_rows", {}).items():
        index, feature = placed[int(row)]
        document = document.with_annotation(index, _feature(cells, feature))
    for cells in changes.get("added_rows", []):
        if any(value is not None for value in cells.values()):
            document = document.annotated(_feature(cells, Feature("", 0, 1)))
    for index in sorted((placed[int(row)][0] for row in changes.get("deleted_rows", [])), reverse=True):
        document = document.without_annotation(index)
    return document


def _feature(cells: Mapping, given: Feature) -> Feature:
    """A feature with other values in some of the table's columns."""
    strands = {name: strand for strand, name in STRANDS.items()}
    values = {c: cells[c] for c in COLUMNS if cells.get(c) is not None}
    colour = values.get("colour", given.colour)
    try:
        return Feature(
            str(values.get("name", given.name)),
            int(values.get("from", given.start + 1)) - 1,
            int(values.get("to", given.end)),
            strands.get(values.get("strand"), given.strand),
            COLOURS.get(colour, colour),
            str(values.get("kind", given.kind)),
        )
    except ValueError as error:
        raise InputError(f"a place of the annotation '{given.name[:40]}' is no whole number") from error
