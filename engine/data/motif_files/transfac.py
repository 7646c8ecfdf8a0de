"""TRANSFAC: records of two-letter lines that end with `//`, the matrix below a `P0` or `PO` line
(Matys et al. 2006, Nucleic Acids Res 34:D108-D110); JASPAR and HOCOMOCO offer it too."""

from __future__ import annotations

from engine.data.motif_files.columns import Line, Record, fault, numbers
from engine.sequence import BASES

_HEADS = ("P0", "PO")


def fits(lines: list[Line]) -> bool:
    """Whether a text is of this format."""
    return any(_words(line)[:1] in ([head] for head in _HEADS) for line in lines)


def read(lines: list[Line], what: str) -> list[Record]:
    """The motifs of a file; raises InputError with the line of what is wrong."""
    records: list[Record] = []
    block: list[Line] = []
    for line in [*lines, Line(len(lines) + 1, "//")]:
        if line.text.strip() != "//":
            block.append(line)
            continue
        if record := _record(block, what, len(records) + 1):
            records.append(record)
        block = []
    return records


def _words(line: Line) -> list[str]:
    return line.text.split()


def _record(block: list[Line], what: str, number: int) -> Record | None:
    """The record of the lines between two `//`; None for lines that are no motif (version, comments)."""
    fields: dict[str, str] = {}
    rows: list[tuple[float, ...]] = []
    at: list[int] = []
    order, last = "", 0
    inside = False
    for line in block:
        words = _words(line)
        if not words:
            continue
        tag = words[0]
        if tag in _HEADS:
            if order:
                raise fault(what, line.number, "a second matrix before '//', which ends a motif")
            order = "".join(words[1:5]).upper()
            if sorted(order) != list(BASES):
                raise fault(what, line.number, f"the columns after {tag} are not A, C, G and T")
            inside = True
        elif inside and tag.isascii() and tag.isdigit():
            values = numbers(words[1:5])
            if values is None or len(values) != 4 or len(words) > 6:
                raise fault(what, line.number, "not a row of the matrix: its position and four numbers")
            position = int(tag[:9])
            if rows and position != last + 1:
                raise fault(what, line.number, f"position {tag[:20]} follows {last}; a row is missing or doubled")
            last = position
            rows.append(tuple(values[order.index(b)] for b in BASES))
            at.append(line.number)
        else:
            inside = False
            if tag in ("AC", "ID", "NA", "DE") and len(words) > 1:
                fields.setdefault(tag, " ".join(words[1:]))
    named = next((line for line in block if line.text.strip()), None)
    if not rows:
        if order or (named and {"AC", "ID", "NA"} & set(fields)):
            raise fault(what, named.number if named else 1, "this motif has no matrix (P0 and its rows)")
        return None
    id_ = fields.get("AC") or fields.get("ID") or fields.get("NA") or fields.get("DE") or f"motif {number}"
    name = fields.get("NA") or (fields.get("ID", "") if "AC" in fields else "")
    return Record(id_.rstrip(";"), name, named.number if named else 1, tuple(rows), tuple(at))
