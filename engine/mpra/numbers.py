"""Numbers as tables write them: decimal point or comma, thousands, empty cells, not a number, infinite."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.errors import InputError, unknown

# in lower case; what tables write where nothing was measured
_EMPTY = frozenset(
    ("", "na", "n/a", "n.a.", "nan", "null", "none", "-", "--", ".", "?", "#n/a", "#na", "#value!", "#div/0!", "#num!")
)
_INFINITE = frozenset(("inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"))
_PLAIN = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+", re.ASCII)
_LONGEST = 60  # characters of a number

MARKS = (".", ",")


@dataclass(frozen=True)
class Notation:
    """How a table writes its numbers: the mark before the decimals, and the one between thousands ('' for none)."""

    decimal: str = "."
    thousands: str = ""

    def number(self, cell: str) -> float:
        """A cell's number; nan where it says that there is none.

        Raises:
            ValueError: neither; says in words what it is.
        """
        text = cell.strip().replace("\u2212", "-")  # the minus sign of typesetting
        if text.lower() in _EMPTY:
            return math.nan
        if text.lower() in _INFINITE:
            raise ValueError(f"{cell} is infinite")
        if self.thousands in text and self.thousands:
            # 1.2.3 is a version and no number
            whole, _, decimals = text.partition(self.decimal)
            if not re.fullmatch(rf"[-+]?[0-9]{{1,3}}({re.escape(self.thousands)}[0-9]{{3}})+", whole, re.ASCII):
                raise ValueError(f"'{cell[:_LONGEST]}' is no number")
            text = whole.replace(self.thousands, "") + (self.decimal + decimals if decimals else "")
        if self.decimal != ".":
            text = text.replace(self.decimal, ".") if "." not in text else ""
        if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
            raise ValueError(f"'{cell[:_LONGEST]}' is no number")
        value = float(text)
        if math.isinf(value):
            raise ValueError(f"{cell[:_LONGEST]} is infinite")
        return value


def notation(cells: Iterable[str], what: str, decimal: str = "") -> Notation:
    """How these cells, all that are to be numbers, are written; a table has one way.

    Args:
        decimal: '.' or ',' where the user says so; otherwise it is told from the cells.

    Raises:
        InputError: it cannot be told (1,234 may be 1.234 or 1234), or points and commas are both decimal marks.
    """
    if decimal and decimal not in MARKS:
        raise unknown("decimal mark", decimal, MARKS)
    point = comma = both = thousand = ""
    for cell in cells:
        if "," not in cell:
            if not point and "." in cell and _PLAIN.fullmatch(cell.strip()):
                point = cell
            continue
        if "." in cell:
            both = both or cell
        elif _THOUSANDS.fullmatch(cell.strip()):
            thousand = cell if cell.count(",") > 1 else thousand or cell
        else:
            comma = comma or cell
    if decimal == ",":
        return Notation(",", "." if both else "")
    if decimal == ".":
        return Notation(".", "," if both or thousand or comma else "")
    if both:
        last_is_comma = both.rfind(",") > both.rfind(".")
        return Notation(",", ".") if last_is_comma else Notation(".", ",")
    if comma and point:
        raise InputError(f"{what} writes numbers with commas ({comma}) and with points ({point}); write all in one way")
    if comma:
        return Notation(",")
    if thousand and (point or thousand.count(",") > 1):
        return Notation(".", ",")
    if thousand:
        raise InputError(
            f"{what}: {thousand} may be {thousand.replace(',', '.')} or {thousand.replace(',', '')}; "
            "say which mark stands before the decimals (--decimal , or --decimal .)"
        )
    return Notation()
