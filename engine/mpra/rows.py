"""What every kind of table does with its rows: a sequence, an activity as log2(RNA/DNA), rows of one element together.

Measurements of one element in several rows (one a replicate, or one a cell type) are gathered under its name and bases;
of several replicates the mean of log2(RNA/DNA) counts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np

from engine import limits
from engine.errors import InputError
from engine.fasta import between_adapters
from engine.mpra.cells import Cells
from engine.mpra.columns import UNITS, Choices, Columns
from engine.mpra.headings import cell_type
from engine.mpra.library import ELEMENTS, LeftOutRow, MeasuredLibrary
from engine.mpra.numbers import Notation
from engine.sequence import BASES, Sequence, check

NO_VALUE = "no value is given"
NO_BARCODE = {"no_bc", "no_barcode"}  # what MPRAflow calls the rest that belongs to no element


@dataclass(frozen=True)
class Beside:
    """What stands in files of its own beside a table.

    Attributes:
        design: bases by the name of the element.
        assignment: the element's name by its barcode.
        target: the sequence whose variants a MaveDB score set lists.
    """

    design: dict[str, str] = field(default_factory=dict)
    assignment: dict[str, str] = field(default_factory=dict)
    target: Sequence | None = None


def dna(cell: str, name: str) -> str:
    """A cell's sequence in upper case, U as T.

    Raises:
        InputError: other letters, no base that is known, or more bases than `limits.TABLE_SEQUENCE`.
    """
    if not cell:
        raise InputError(f"'{name}' has no sequence")
    limits.TABLE_SEQUENCE.check(len(cell), f"'{name[:40]}'")
    if not (cell.isascii() and cell.isalpha()):
        raise InputError(f"'{cell[:30]}' is no DNA sequence")
    bases = cell.upper().replace("U", "T")
    check(bases, name)
    if not set(BASES) & set(bases):
        raise InputError(f"'{name}' has no base that is known")
    return bases


def without_adapters(bases: list[str], choices: Choices) -> tuple[list[str], str]:
    """The elements between the library's adapters where both are there, and what was done in words ('' for nothing)."""
    inner = [between_adapters(b) for b in bases]
    n = sum(part is not None for part in inner)
    if not n:
        return bases, ""
    if choices.adapters == "keep":
        return bases, f"{n:,} of {len(bases):,} sequences stand between the library's adapters, which were kept."
    stripped = [b if part is None else part for b, part in zip(bases, inner, strict=True)]
    return stripped, f"The library's 15-base adapters were taken off {n:,} of {len(bases):,} sequences."


def as_log2(value: float, unit: str) -> float:
    """An activity in `unit` as log2(RNA/DNA); raises ValueError for a ratio that has no logarithm."""
    if unit == "ratio":
        if value <= 0:
            raise ValueError(f"a ratio of {value:g} has no logarithm")
        return math.log2(value)
    return value * {"log2": 1.0, "ln": 1 / math.log(2), "log10": math.log2(10)}[unit]


@dataclass
class Entry:
    """An element with its measurements by cell type, and the line that it is first met on."""

    name: str
    bases: str
    line: int
    values: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class Gathered:
    """Measurements by element, in the order in which they come; `finish` makes a library of them."""

    what: str
    left_out: list[LeftOutRow] = field(default_factory=list)
    entries: dict[Hashable, Entry] = field(default_factory=dict)
    labels: dict[str, None] = field(default_factory=dict)  # in order

    def leave_out(self, line: int, reason: str, counts: bool = True) -> None:
        self.left_out.append(LeftOutRow(line, reason, counts))

    def add(self, key: Hashable, element: Entry, label: str, value: float) -> None:
        """One measurement of the element that is known by `key`."""
        self.labels.setdefault(label)
        self.entries.setdefault(key, element).values.setdefault(label, []).append(value)

    def finish(self, columns: Columns, choices: Choices, notes: Iterable[str]) -> MeasuredLibrary:
        """Everything that was gathered; raises InputError for nothing, with the first reasons."""
        entries = list(self.entries.values())
        if not entries:
            raise nothing_left(self.what, self.left_out)
        labels = tuple(self.labels)
        limits.CELL_TYPES.check(len(labels), self.what)
        measured = np.full((len(entries), len(labels)), np.nan)
        for row, entry in enumerate(entries):
            for label, values in entry.values.items():
                measured[row, labels.index(label)] = np.mean(values)
        names = tuple(entry.name for entry in entries)
        bases, remark = without_adapters([entry.bases for entry in entries], choices)
        said = [*notes, *([remark] if remark else []), *repeats(names, bases)]
        ambiguous = sum(bool(set(b) - set(BASES)) for b in bases)
        if ambiguous:
            said.append(f"{ambiguous:,} sequences have letters other than A, C, G, T: a quarter of every base each.")
        return MeasuredLibrary(
            what=self.what,
            kind=ELEMENTS,
            names=names,
            bases=tuple(bases),
            lines=np.array([entry.line for entry in entries]),
            measured=measured,
            labels=labels,
            meanings=columns.meanings,
            notes=(*said, *summed_up(self.left_out)),
            left_out=tuple(sorted(self.left_out, key=lambda row: row.line)),
        )


def nothing_left(what: str, left_out: list[LeftOutRow]) -> InputError:
    """The error where no row can be used, with the reasons that most rows were left out for."""
    usual = Counter(row.reason for row in left_out).most_common(1)
    first = next((row for row in left_out if usual and row.reason == usual[0][0]), None)
    reason = f": line {first.line}: {first.reason}" if first else ""
    return InputError(f"no row of {what} can be used{reason}")


def repeats(names: Iterable[str], bases: Iterable[str]) -> list[str]:
    """Remarks on sequences and names that are there more than once."""
    remarks = []
    for what, values in (("sequence", bases), ("name", names)):
        several = [n for n in Counter(values).values() if n > 1]
        if several:
            remarks.append(f"{len(several):,} {what}(s) in more than one row, {sum(several):,} rows; each row counts.")
    return remarks


def summed_up(left_out: list[LeftOutRow]) -> list[str]:
    """Of rows that hold nothing to use, how many there are for each reason."""
    return [f"{n:,} left out: {reason}." for reason, n in Counter(r.reason for r in left_out if not r.counts).items()]


def element_name(cells: tuple[str, ...], columns: Columns, line: int) -> str:
    """The element's name, or its line where the table names none; raises InputError for one that is too long."""
    name = cells[columns.name] if columns.name is not None else ""
    limits.NAME.check(len(name), f"the element of line {line}")
    return name or f"line {line}"


def element_bases(cells: tuple[str, ...], columns: Columns, name: str, beside: Beside) -> str:
    """The element's bases, from the table or from the design; raises InputError."""
    if columns.sequence is not None:
        return dna(cells[columns.sequence], name)
    if name not in beside.design:
        raise InputError(f"'{name}' is not in the design FASTA")
    return beside.design[name]


def read_elements(
    cells: Cells, columns: Columns, notation: Notation, choices: Choices, beside: Beside = Beside()
) -> MeasuredLibrary:
    """A table of sequences (or of names, with a design) and activities: one row an element, or one a replicate."""
    gathered = Gathered(cells.what, left_out=[LeftOutRow(line, reason) for line, reason in cells.skipped])
    together = columns.condition is not None or columns.replicate is not None
    for line, row in cells.rows:
        try:
            name = element_name(row, columns, line)
            if name.lower() in NO_BARCODE:
                gathered.leave_out(line, "barcodes that belong to no element", counts=False)
                continue
            bases = element_bases(row, columns, name, beside)
            if columns.n_barcodes is not None and not _enough(row[columns.n_barcodes], notation, choices):
                gathered.leave_out(line, f"fewer than {choices.min_barcodes} barcodes", counts=False)
                continue
        except (InputError, ValueError) as error:
            gathered.leave_out(line, str(error))
            continue
        # a row is an element of its own, unless the table says that several rows measure one
        key: Hashable = (name, bases) if together else line
        _add_values(gathered, key, Entry(name, bases, line), row, (cells, columns, notation))
    return gathered.finish(columns, choices, _notes(columns, choices))


def _enough(cell: str, notation: Notation, choices: Choices) -> bool:
    """Whether an element has enough barcodes; a cell that does not say counts as too few."""
    return notation.number(cell) >= choices.min_barcodes


def _add_values(
    gathered: Gathered,
    key: Hashable,
    element: Entry,
    row: tuple[str, ...],
    table: tuple[Cells, Columns, Notation],
) -> None:
    """The activities of one row; what is no number is left out by itself."""
    cells, columns, notation = table
    condition = cell_type(row[columns.condition]) if columns.condition is not None else ""
    known = problems = 0
    for measure in columns.measures:
        values = []
        for column in measure.columns:
            try:
                value = notation.number(row[column])
                if not math.isnan(value):
                    values.append(as_log2(value, columns.unit))
            except ValueError as error:
                gathered.leave_out(element.line, f"column '{cells.header[column]}': {error}")
                problems += 1
        if values:
            gathered.add(key, element, " ".join(filter(None, (condition, measure.label))), float(np.mean(values)))
            known += 1
    if not known and not problems:
        gathered.leave_out(element.line, NO_VALUE, counts=False)


def _notes(columns: Columns, choices: Choices) -> list[str]:
    notes = []
    if columns.unit != "log2":
        notes.append(f"Activities are given as {UNITS[columns.unit]} and were turned into log2(RNA/DNA).")
    if columns.n_barcodes is not None:
        notes.append(f"Elements with fewer than {choices.min_barcodes} barcodes are left out (--min-barcodes).")
    if columns.replicate is not None or any(len(m.columns) > 1 for m in columns.measures):
        notes.append("Of several replicates the mean of log2(RNA/DNA) counts.")
    return notes
