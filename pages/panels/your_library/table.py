"""The user's files, and what each column of the table is taken for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st

from engine.data.lentimpra import CELL_TYPES
from engine.data.library import Library
from engine.errors import CisLensError
from engine.mpra.cells import Cells
from engine.mpra.columns import UNITS, Choices, Columns
from engine.mpra.library import MeasuredLibrary
from engine.mpra.overlap import Kin
from engine.mpra.reading import (
    Beside,
    library_of,
    read_assignment,
    read_design,
    read_table,
    read_target,
    understood,
)
from pages.shared import library as joint_library
from pages.shared.plain import plain
from pages.shared.state import Key

Content = TypeVar("Content")
TYPES = ["csv", "tsv", "txt", "tab", "gz", "xlsx", "xlsm"]
FASTA = ["fa", "fasta", "txt", "gz"]
AUTO = "as recognised"
BY_NAME = "as its name says"
READ: Key[tuple[str, MeasuredLibrary] | None] = Key("library-read", None)  # what it depends on, and the library
SHOWN = 3  # cells of each column


def upload(label: str, types: list[str], key: str, read: Callable[[bytes, str], Content], help: str = ""):
    """An uploaded file: `(name, what it depends on, content)`, kept until another one can be read in its place.

    A file that cannot be read leaves what was there, and says why.
    """
    kept: Key[tuple[str, str, Content] | None] = Key(f"{key}-kept", None)
    tried: Key[str] = Key(f"{key}-tried", "")
    problem: Key[str] = Key(f"{key}-problem", "")
    file = st.file_uploader(label, type=types, key=key, help=help or None)
    if file is not None:
        data = file.getvalue()
        mark = hashlib.sha256(file.name.encode() + b"\0" + data).hexdigest()
        if tried.get() != mark:
            tried.put(mark)
            problem.clear()
            try:
                with st.spinner("Reading …"):
                    kept.put((file.name, mark, read(data, file.name)))
            except CisLensError as error:
                problem.put(str(error))
    content = kept.get()
    if file is not None and problem.get():
        st.error(plain(problem.get()))
    if content and (file is None or file.name != content[0] or problem.get()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{plain(content[0])} is still in use.")
            st.button("Remove", key=f"{key}-remove", type="tertiary", on_click=kept.clear)
    return content


def given() -> tuple[MeasuredLibrary, str] | None:
    """The library that the user gave, and what it depends on; None until it can be read."""
    table = upload(
        "Table: CSV, TSV, semicolons or Excel, plain or .gz",
        TYPES,
        "library_table",
        read_table,
        "Sequences with measured activity; names with activity (and a design FASTA); barcode counts as MPRAsnakeflow "
        "and MPRAflow write them; or a MaveDB score set (and its target).",
    )
    with st.expander("More files: design FASTA, assignment of barcodes, target of a MaveDB score set"):
        left, middle, right = st.columns(3)
        with left:
            design = upload("Design FASTA", FASTA, "library_design", read_design, "The elements' bases by name.")
        with middle:
            assignment = upload(
                "Assignment of barcodes",
                TYPES,
                "library_assignment",
                read_assignment,
                "Barcode and name of its element.",
            )
        with right:
            target = upload(
                "Target FASTA", FASTA, "library_target", read_target, "The sequence whose variants MaveDB lists."
            )
    if table is None:
        return None
    beside = Beside(
        design=design[2] if design else {},
        assignment=assignment[2] if assignment else {},
        target=target[2] if target else None,
    )
    marks = [f[1] if f else "" for f in (table, design, assignment, target)]
    return _library(table[2], beside, marks)


def _library(cells: Cells, beside: Beside, marks: list[str]) -> tuple[MeasuredLibrary, str] | None:
    """The library of these cells under the user's choices; what each column is taken for is on screen."""
    columns, wrong = None, ""
    with st.expander("What each column is taken for", expanded=not READ.is_set):
        choices = _choices(cells)
        try:
            columns = understood(cells, choices, beside)
        except CisLensError as error:
            wrong = str(error)
        st.dataframe(_preview(cells, columns), hide_index=True)
    if columns is None:
        st.error(plain(wrong))  # below the fold, which is closed once a table was read
        return None
    mark = hashlib.sha256(repr((marks, choices)).encode()).hexdigest()
    read = READ.get()
    if read is None or read[0] != mark:
        try:
            with st.spinner("Reading the rows …"):
                read = (mark, library_of(cells, columns, choices, beside))
        except CisLensError as error:
            st.error(plain(error))
            return None
        READ.put(read)
    return read[1], mark


def _preview(cells: Cells, columns: Columns | None) -> pd.DataFrame:
    """Each column with its first cells, and what it was taken for."""
    meanings = dict(enumerate(m for _, m in columns.meanings)) if columns else {}
    shown = [row for _, row in cells.rows[:SHOWN]]
    return pd.DataFrame(
        {
            "column": name,
            "taken for": meanings.get(i, "?"),
            **{f"row {r}": row[i][:40] for r, row in enumerate(shown, 1)},
        }
        for i, name in enumerate(cells.header)
    )


def _choices(cells: Cells) -> Choices:
    """What the user says of the table."""
    columns = list(dict.fromkeys(cells.header))
    first, second, third = st.columns(3)
    with first:
        sequence = st.selectbox("Sequences", [AUTO, *columns], key="library_sequence", persist_state="session")
    with second:
        name = st.selectbox("Names", [AUTO, *columns], key="library_name", persist_state="session")
    with third:
        activity = st.multiselect(
            "Activity",
            columns,
            key="library_activity",
            persist_state="session",
            placeholder=AUTO,
            help="Several columns of one cell type are replicates, of which the mean counts.",
        )
    wanted = []
    for column, place in zip(activity, st.columns(max(1, len(activity))), strict=False):
        with place:
            cell = st.selectbox(
                f"{plain(column)} is of", [BY_NAME, *CELL_TYPES], key=f"library_cell-{column}", persist_state="session"
            )
        wanted.append(column if cell == BY_NAME else f"{cell}={column}")
    first, second, third, fourth = st.columns(4)
    with first:
        unit = st.selectbox(
            "Unit", [AUTO, *UNITS], key="library_unit", persist_state="session", format_func=lambda u: UNITS.get(u, u)
        )
    with second:
        decimal = st.selectbox("Decimals after", [AUTO, ".", ","], key="library_decimal", persist_state="session")
    with third:
        least = st.number_input(
            "Least barcodes", 1, 1_000_000, 10, key="library_barcodes", persist_state="session",
            help="Elements with fewer are left out, where the table counts barcodes.",
        )  # fmt: skip
    with fourth:
        keep = st.toggle(
            "Keep adapters", key="library_adapters", persist_state="session",
            help="Of the lentiMPRA library; by default they are taken off where both are there.",
        )  # fmt: skip
    return Choices(
        sequence=sequence if sequence != AUTO and sequence in columns else "",
        name=name if name != AUTO and name in columns else "",
        activity=tuple(wanted),
        unit=unit if unit != AUTO else "",
        decimal=decimal if decimal != AUTO else "",
        min_barcodes=int(least),
        adapters="keep" if keep else "auto",
    )


def describe(library: MeasuredLibrary) -> None:
    """How much was read, how the numbers came about, and what was left out."""
    what = "sequences" if library.target is None else f"variants of {plain(library.target.name)}"
    labels = ", ".join(library.title(label) for label in library.labels)
    st.markdown(f"**{len(library):,} {what}**, measured: {plain(labels)}.")
    for note in library.notes:
        st.caption(plain(note))
    bad = [row for row in library.left_out if row.counts]
    if bad:
        with st.expander(f"{len(bad):,} row(s) left out", icon=":material/warning:"):
            st.dataframe(pd.DataFrame([(r.line, r.reason) for r in bad], columns=["line", "reason"]), hide_index=True)


@st.cache_resource(show_spinner="Looking up what the models have seen …", max_entries=1)
def _kin(table_hash: str, _joint: Library) -> Kin:
    return Kin(_joint)


def kin() -> Kin | None:
    """What the models learned from; None where the joint library is not here, which is then said."""
    try:
        joint = joint_library.joint()
        return _kin(joint.table.hash, joint)
    except CisLensError as error:
        st.caption(f"Which sequences the models have seen is not known: {plain(error)}")
        return None
