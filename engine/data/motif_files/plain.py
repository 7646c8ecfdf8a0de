"""Numbers alone: four lines (A, C, G, T), or a line a position with four numbers, between blanks, tabs or commas.

Several motifs are parted by blank lines or `//`; a line of words above the numbers of one is its name. So are files of
UniPROBE, RSAT (`A | 3 0 12`) and tables with a line of the four letters.
"""

from __future__ import annotations

from engine.data.motif_files.columns import Line, Record, grid, numbers, tokens, uncommented


def fits(lines: list[Line]) -> bool:
    """Whether a text holds a number anywhere, so that its lines are worth reading as numbers."""
    return any(numbers([cell]) is not None for line in lines for cell in tokens(line.text)[1:3])


def read(lines: list[Line], what: str) -> list[Record]:
    """The motifs of a file, without ids where they have no names; raises InputError with the line of what is wrong."""
    records: list[Record] = []
    block: list[Line] = []
    for line in [*lines, Line(len(lines) + 1, "")]:
        text = line.text.strip()
        if text and text != "//":
            block += uncommented([line], "#;")
        elif block:
            records.append(_record(block, what))
            block = []
    return records


def _record(block: list[Line], what: str) -> Record:
    first = block[0]
    title = ""
    cells = tokens(first.text)
    words_alone = all(numbers([cell]) is None for cell in cells)
    if words_alone and len(block) > 1 and not {"A", "C", "G", "T"} <= {cell.upper() for cell in cells}:
        title, block = first.text.strip(), block[1:]
    rows, at = grid(block, what, first.number)
    return Record(title, "", first.number, rows, at)
