"""A table that somebody saved, as rows of cells with their line numbers: CSV, TSV, semicolons, blanks, Excel.

What the cells mean is decided elsewhere (`engine.mpra.columns`); here is what separates them, which line is the header,
and what is no row at all: comment lines ('#'), GEO's lines ('!series_...', '^SERIES = ...') and blank ones.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass

from engine import limits
from engine.errors import InputError
from engine.sequence import IUPAC
from engine.text import text_of

Row = tuple[int, tuple[str, ...]]  # the line that a row stands on, from 1, and its cells without blanks around them

_ZIP = b"PK\x03\x04"  # what an Excel workbook begins with
_DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas"}
_GEO = re.compile(r"[\"]?(![A-Za-z]|\^[A-Z]+ ?=)", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]+([.,][0-9]*)?([eE][-+]?[0-9]{1,4})?", re.ASCII)
_DNA = re.compile(f"[{IUPAC}U{IUPAC.lower()}u]+")
_BARCODE = re.compile("[ACGTN]{6,}")  # of a barcode, not of a word such as RNA
_LOOKED_AT = 50  # lines from which the delimiter is told


@dataclass(frozen=True)
class Cells:
    """The rows of a table.

    Attributes:
        what: what the user knows the file by.
        header: the columns' names as they are written; 'column 1' and so on where the table names none.
        rows: each as long as the header.
        skipped: `(line, reason)` of rows that have more or fewer cells than the header.
        form: how the file is laid out, in words.
        named: whether the names are the table's own.
    """

    what: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    skipped: tuple[tuple[int, str], ...]
    form: str
    named: bool = True

    def index(self, column: str) -> int:
        """Where a column stands; raises InputError for one that is not there or twice there."""
        n = self.header.count(column)
        if n == 1:
            return self.header.index(column)
        close = [c for c in self.header if c.strip().lower() == column.strip().lower()]
        if n == 0 and len(close) == 1:
            return self.header.index(close[0])
        if n > 1:
            raise InputError(f"{self.what} has {n} columns named '{column}'; give each its own name")
        shown = ", ".join(self.header[:20]) + (" …" if len(self.header) > 20 else "")
        raise InputError(f"{self.what} has no column '{column}'; its columns are {shown}")

    def column(self, index: int) -> list[str]:
        """All cells of a column, from top to bottom."""
        return [cells[index] for _, cells in self.rows]


def is_dna(cell: str, least: int = 10) -> bool:
    """True for a cell of at least `least` DNA letters and nothing else."""
    return len(cell) >= least and _DNA.fullmatch(cell) is not None


def is_number(cell: str) -> bool:
    """True for a number with a point or a comma."""
    return _NUMBER.fullmatch(cell) is not None


def read_cells(data: bytes, what: str, known: frozenset[str] = frozenset()) -> Cells:
    """The table in the bytes of a file.

    Args:
        known: names of columns in lower case that mark a line as the header, even beside numbers.

    Raises:
        InputError: nothing in it, no columns, not text, an Excel workbook that cannot be read, or too many rows.
    """
    if data.startswith(_ZIP):
        return _with_header(what, _sheet(data, what), [], "an Excel sheet", known)
    text = text_of(data, what, "a table: CSV, TSV, semicolons or Excel")
    lines, comments = _table_lines(text, what)
    if not lines:
        raise InputError(f"{what} holds no rows; expected a table with a header line")
    limits.TABLE_ROWS.check(len(lines), what)
    delimiter = _delimiter([line for _, line in lines[:_LOOKED_AT]])
    if delimiter is None:
        raise InputError(f"{what} has one column alone; expected columns between tabs, commas or semicolons")
    rows = _split(lines, delimiter)
    above = [tuple(c.strip() for c in _cells(comment, delimiter)) for comment in comments]
    form = f"columns between {_DELIMITERS.get(delimiter, 'blanks')}"
    return _with_header(what, rows, above, form, known)


def _table_lines(text: str, what: str) -> tuple[list[tuple[int, str]], list[str]]:
    """The lines that can be rows, with their numbers, and the comments ('#') above the first of them."""
    lines: list[tuple[int, str]] = []
    comments: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip() or _GEO.match(line):
            continue
        if line.startswith("#") and not lines:
            comments.append(line.lstrip("#"))
            continue
        limits.TABLE_LINE.check(len(line), f"line {number} of {what}")
        lines.append((number, line))
    return lines, comments


def _delimiter(lines: list[str]) -> str | None:
    """What separates the cells: of tabs, semicolons and commas the one that parts most lines as it parts the first."""
    best, most = None, 0
    for delimiter in _DELIMITERS:
        counts = [len(_cells(line, delimiter)) for line in lines]
        usual, agreeing = Counter(counts).most_common(1)[0]
        if usual > 1 and counts[0] > 1 and agreeing > most:
            best, most = delimiter, agreeing
    if best is None and len({len(line.split()) for line in lines}) == 1 and len(lines[0].split()) > 1:
        return " "
    return best


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _split(lines: list[tuple[int, str]], delimiter: str) -> list[Row]:
    """The cells of every line. A quoted cell may reach over line ends where all quotes of the table are closed."""
    if delimiter != " " and any(line.count('"') % 2 for _, line in lines):
        try:
            return _split_across(lines, delimiter)
        except csv.Error:
            pass  # a lone quote, such as 5" in a comment: each line is then a row of its own
    return [(number, tuple(c.strip() for c in _cells(line, delimiter))) for number, line in lines]


def _split_across(lines: list[tuple[int, str]], delimiter: str) -> list[Row]:
    reader = csv.reader(io.StringIO("\n".join(line for _, line in lines), newline=""), delimiter=delimiter, strict=True)
    rows, first = [], 0
    for cells in reader:
        rows.append((lines[first][0], tuple(" ".join(c.split()) for c in cells)))
        first = reader.line_num
    return rows


def _sheet(data: bytes, what: str) -> list[Row]:
    """The rows of the first sheet of an Excel workbook that has any."""
    from openpyxl import load_workbook  # takes 0.2 s, and few tables are Excel's

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            limits.UNPACKED.check(sum(i.file_size for i in archive.infolist()), what)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = []
            for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
                limits.TABLE_ROWS.check(number, what)
                limits.TABLE_COLUMNS.check(len(values), what)
                cells = tuple("" if v is None else str(v).strip() for v in values)
                if any(cells):
                    rows.append((number, cells))
            if rows:
                return _squared(rows)
    except InputError:
        raise
    except Exception as error:  # openpyxl lets out whatever its zip and XML readers raise
        raise InputError(
            f"{what} is no Excel workbook that can be read ({type(error).__name__}); save it as CSV"
        ) from (error)
    raise InputError(f"{what} holds no rows; expected a table with a header line")


def _squared(rows: list[Row]) -> list[Row]:
    """Rows of one width: without columns that are empty throughout at the right, short rows filled up."""
    width = max(max(i for i, c in enumerate(cells) if c) + 1 for _, cells in rows)
    return [(number, (*cells[:width], *[""] * (width - len(cells)))) for number, cells in rows]


def _with_header(
    what: str, rows: list[Row], comments: list[tuple[str, ...]], form: str, known: frozenset[str]
) -> Cells:
    rows = rows[next((i for i, (_, cells) in enumerate(rows[:-1]) if not _is_title(cells, known)), len(rows) - 1) :]
    first = rows[0][1]
    limits.TABLE_COLUMNS.check(len(first), what)
    usual = Counter(len(cells) for _, cells in rows[1 : _LOOKED_AT + 1]).most_common(1)
    above = comments[-1] if comments else ()
    named = True
    if _is_header(first, known):
        header, body = first, rows[1:]
        if usual and usual[0][0] == len(first) + 1:
            header = ("row name", *first)  # R writes no name over the names of the rows
    elif len(above) == len(first) and _is_header(above, known):
        header, body = above, rows
    else:
        header, body, named = tuple(f"column {i}" for i in range(1, len(first) + 1)), rows, False
    skipped = tuple(
        (number, f"it has {len(cells)} cell(s), the header {len(header)}")
        for number, cells in body
        if len(cells) != len(header)
    )
    whole = tuple((number, cells) for number, cells in body if len(cells) == len(header))
    if not whole:
        raise InputError(
            f"{what} holds a header and no rows" if not body else f"no row of {what} is as long as its header"
        )
    return Cells(what, header, whole, skipped, form, named)


def _is_title(cells: tuple[str, ...], known: frozenset[str]) -> bool:
    """True for words in the first of several cells with nothing beside them, as supplements begin, and for no words."""
    return not any(cells) or (
        len(cells) > 1 and not any(cells[1:]) and cells[0].lower() not in known and _is_header(cells, known)
    )


def _is_header(cells: tuple[str, ...], known: frozenset[str]) -> bool:
    """True unless the cells are values: a number or a DNA sequence among them, and no name of a column."""
    if any(c.lower() in known for c in cells):
        return True
    return any(cells) and not any(is_number(c) or is_dna(c) or _BARCODE.fullmatch(c) for c in cells)
