"""Tables as CSV that a spreadsheet opens as what it is: the one way in which tables are written.

A spreadsheet takes a cell that begins with =, +, - or @ for a formula and runs it, and names come from anywhere. Such a
cell gets an apostrophe in front, as one types it by hand for "this is text" (OWASP, "CSV Injection"); numbers and the
strands + and - stay as they are. What would begin a new line or column becomes a blank.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_NUMBER = re.compile(r"[+-](?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400}|inf|nan)(?:e[+-]?[0-9]{1,9})?|[+-]", re.I)


class Text(Protocol):
    """What text can be written to."""

    def write(self, text: str, /) -> object: ...


def cell(value: object) -> object:
    """A value as it may stand in a table; only text is ever changed."""
    if not isinstance(value, str):
        return value
    line = _CONTROL.sub(" ", value) if not value.isprintable() else value
    return f"'{line}" if line.lstrip()[:1] in ("=", "+", "-", "@") and not _NUMBER.fullmatch(line) else line


class Writer:
    """Rows into a CSV of plain line ends."""

    def __init__(self, handle: Text):
        self._csv = csv.writer(handle, lineterminator="\n")

    def writerow(self, row: Iterable[object]) -> None:
        self._csv.writerow([cell(value) for value in row])

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        for row in rows:
            self.writerow(row)


def text(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    Writer(out).writerows(rows)
    return out.getvalue()


def of_frame(table: pd.DataFrame, float_format: str | None = None, separator: str = ",", *, header: bool = True) -> str:
    """A data frame as CSV, without its index; `float_format` as '%.6g'. With a tab as `separator` it can be pasted.

    Args:
        header: begin with a line of the columns' names; a table that is written in parts has it once.
    """
    safe = table.rename(columns=lambda name: cell(str(name)))
    for column in [c for c, kind in zip(safe.columns, safe.dtypes, strict=True) if kind.kind not in "iufbM"]:
        safe[column] = safe[column].astype(object).map(cell)
    return safe.to_csv(index=False, header=header, float_format=float_format, lineterminator="\n", sep=separator)
