"""The doors for a user's own measurements: bytes of a table, and of the files beside it, to a `MeasuredLibrary`."""

from __future__ import annotations

from engine.errors import InputError
from engine.fasta import read_fasta
from engine.mpra.barcodes import read_counts
from engine.mpra.cells import Cells, is_dna, read_cells
from engine.mpra.columns import Choices, Columns, recognise
from engine.mpra.headings import KNOWN, key
from engine.mpra.library import MeasuredLibrary
from engine.mpra.rows import Beside, read_elements
from engine.mpra.score_sets import read_score_set
from engine.sequence import Sequence
from engine.text import text_of


def read_library(data: bytes, what: str, choices: Choices = Choices(), beside: Beside = Beside()) -> MeasuredLibrary:
    """The measured sequences of a file: a table of sequences, of elements with a design, of barcodes, of variants.

    Args:
        data: plain or gzip text, or an Excel workbook.
        what: what the user knows the file by.

    Raises:
        InputError: it cannot be read, its columns cannot be told, or no row of it can be used. Single rows that cannot
            be used are in `MeasuredLibrary.left_out`.
    """
    cells = read_table(data, what)
    return library_of(cells, understood(cells, choices, beside), choices, beside)


def read_table(data: bytes, what: str) -> Cells:
    """The cells of a file, before anybody asks what they mean; raises InputError."""
    return read_cells(data, what, KNOWN)


def understood(cells: Cells, choices: Choices, beside: Beside) -> Columns:
    """What each column means; raises InputError where that cannot be told."""
    return recognise(cells, choices, bool(beside.design), bool(beside.assignment))


def library_of(cells: Cells, columns: Columns, choices: Choices, beside: Beside) -> MeasuredLibrary:
    """The library that a table holds if its columns mean this; raises InputError."""
    notation = columns.notation(cells, choices.decimal)
    if columns.hgvs is not None:
        return read_score_set(cells, columns, notation, beside.target)
    if columns.counts:
        return read_counts(cells, columns, notation, choices, beside)
    return read_elements(cells, columns, notation, choices, beside)


def read_design(data: bytes, what: str) -> dict[str, str]:
    """The bases of each element of a design FASTA by its name; raises InputError."""
    return {s.name: s.bases for s in read_fasta(text_of(data, what, "FASTA"), what)}


def read_target(data: bytes, what: str) -> Sequence:
    """The one record of a FASTA; raises InputError for several."""
    records = read_fasta(text_of(data, what, "FASTA"), what)
    if len(records) != 1:
        raise InputError(f"{what} has {len(records)} records; give the one target of the score set")
    return records[0]


def read_assignment(data: bytes, what: str) -> dict[str, str]:
    """The element's name by barcode, out of the assignment of MPRAflow or MPRAsnakeflow (barcode, tab, name).

    Raises:
        InputError: no column of barcodes, or none of names.
    """
    cells = read_cells(data, what, KNOWN)
    sample = cells.rows[:50]
    width = range(len(cells.header))
    barcode = next((i for i in width if key(cells.header[i]) in ("barcode", "bc")), None)
    if barcode is None:
        barcode = next((i for i in width if all(is_dna(row[i], 4) for _, row in sample)), None)
    name = next((i for i in width if i != barcode), None)
    if barcode is None or name is None:
        raise InputError(f"{what} is no assignment of barcodes; expected two columns, barcode and name of the element")
    owners: dict[str, set[str]] = {}
    for _, row in cells.rows:
        owners.setdefault(row[barcode].upper(), set()).add(row[name])
    # a barcode of two elements tells nothing
    return {code: names.pop() for code, names in owners.items() if len(names) == 1}
