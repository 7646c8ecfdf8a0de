"""Activities out of counts of barcodes, as MPRAflow and MPRAsnakeflow write them.

The rule. A barcode counts where it was seen in DNA. Each sample's counts are divided by its total over all barcodes
that belong to an element, in millions. An element's activity in a replicate is

    log2(((RNA + 1) / RNA millions) / ((DNA + 1) / DNA millions))

with RNA and DNA its sums over barcodes and one count added to each, so that an element without RNA has a number. An
element with fewer barcodes than asked for has none in that replicate; of several replicates the mean counts. Sums over
barcodes, and not a mean of each barcode's ratio, since barcodes with few counts would otherwise weigh as much as
others.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from engine.errors import InputError
from engine.mpra.cells import Cells
from engine.mpra.columns import Choices, Columns
from engine.mpra.headings import cell_type
from engine.mpra.library import LeftOutRow, MeasuredLibrary
from engine.mpra.numbers import Notation
from engine.mpra.rows import NO_BARCODE, Beside, Entry, Gathered, element_bases, element_name

RULE = (
    "Activity is log2 of RNA over DNA: counts summed over an element's barcodes, one added to each sum, per million "
    "counts of the sample; barcodes that were not seen in DNA are left out."
)
Sample = tuple[str, str]  # cell type and replicate
Element = tuple[str, str]  # name and bases


@dataclass
class Sums:
    """Counts of one element in one sample, or of the whole sample."""

    dna: float = 0.0
    rna: float = 0.0
    barcodes: float = 0.0

    def add(self, dna: float, rna: float, barcodes: float) -> None:
        self.dna, self.rna, self.barcodes = self.dna + dna, self.rna + rna, self.barcodes + barcodes


@dataclass(frozen=True)
class _Counted:
    """One row: what it belongs to, and DNA, RNA and barcodes in each sample."""

    line: int
    element: Element
    barcode: str
    counts: tuple[tuple[Sample, float, float, float], ...]


def activity(sums: Sums, total: Sums) -> float:
    """log2(RNA/DNA) of an element by the rule of this module."""
    return math.log2((sums.rna + 1) / total.rna) - math.log2((sums.dna + 1) / total.dna)


def read_counts(
    cells: Cells, columns: Columns, notation: Notation, choices: Choices, beside: Beside = Beside()
) -> MeasuredLibrary:
    """A table of counts, one row a barcode (or an element, of which the table then says how many barcodes it has).

    Raises:
        InputError: no row can be used, or a sample without any counts.
    """
    gathered = Gathered(cells.what, [LeftOutRow(line, reason) for line, reason in cells.skipped])
    rows = []
    for line, row in cells.rows:
        try:
            counted = _counted(line, row, columns, notation, beside)
        except (InputError, ValueError) as error:
            gathered.leave_out(line, str(error))
            continue
        if counted is None:
            gathered.leave_out(line, "barcodes that belong to no element", counts=False)
        else:
            rows.append(counted)
    rows = _unambiguous(rows, gathered) if columns.barcode is not None else rows
    sums, totals = _summed(rows)
    for (label, replicate), total in totals.items():
        for side, n in (("DNA", total.dna), ("RNA", total.rna)):
            if not n:
                of = " ".join(filter(None, (label, replicate and f"replicate {replicate}")))
                raise InputError(f"{cells.what} has no {side} counts at all{' of ' + of if of else ''}")
    least = choices.min_barcodes if columns.barcode is not None or columns.n_barcodes is not None else 0
    first: dict[Element, int] = {}
    for counted in rows:
        first.setdefault(counted.element, counted.line)
    for element, by_sample in sums.items():
        entry = Entry(*element, first[element])
        enough = {sample: s for sample, s in by_sample.items() if s.barcodes >= least}
        for (label, replicate), of_sample in enough.items():
            gathered.add(element, entry, label, activity(of_sample, totals[label, replicate]))
        if not enough:
            gathered.leave_out(entry.line, f"elements with fewer than {least} barcodes", counts=False)
    notes = [RULE]
    if least:
        notes.append(f"Elements need {least} barcodes (--min-barcodes), in each replicate by itself.")
    if len({replicate for _, replicate in totals}) > 1:
        notes.append("Of several replicates the mean of log2(RNA/DNA) counts.")
    return gathered.finish(columns, choices, notes)


def _counted(line: int, row: tuple[str, ...], columns: Columns, notation: Notation, beside: Beside) -> _Counted | None:
    """What one row counts; None for barcodes that belong to no element."""
    barcode = row[columns.barcode].upper() if columns.barcode is not None else ""
    if columns.name is None and columns.sequence is None:
        name = beside.assignment.get(barcode, "")
        if not name:
            return None
    elif columns.name is None and beside.assignment:
        name = beside.assignment.get(barcode, f"line {line}")
    elif columns.name is None:
        name = row[columns.sequence or 0]  # all barcodes of one sequence are of one element
    else:
        name = element_name(row, columns, line)
    if name.lower() in NO_BARCODE:
        return None
    condition = cell_type(row[columns.condition]) if columns.condition is not None else ""
    replicate = row[columns.replicate] if columns.replicate is not None else ""
    n = 1.0
    if columns.barcode is None:
        n = _count(row[columns.n_barcodes], notation) if columns.n_barcodes is not None else math.inf
    counts = []
    for pair in columns.counts:
        label = " ".join(filter(None, (condition, pair.label)))
        dna, rna = _count(row[pair.dna], notation), _count(row[pair.rna], notation)
        counts.append(((label, pair.replicate or replicate), dna, rna, n))
    return _Counted(line, (name, element_bases(row, columns, name, beside)), barcode, tuple(counts))


def _count(cell: str, notation: Notation) -> float:
    """A count; an empty cell is none. Raises ValueError for a negative one."""
    value = notation.number(cell)
    if value < 0:
        raise ValueError(f"a count of {cell} is negative")
    return 0.0 if math.isnan(value) else value


def _unambiguous(rows: list[_Counted], gathered: Gathered) -> list[_Counted]:
    """Without the barcodes that stand for two elements, and those that one sample counts twice."""
    owners = defaultdict(set)
    for counted in rows:
        owners[counted.barcode].add(counted.element)
    seen: set[tuple[str, Sample]] = set()
    kept = []
    for counted in rows:
        places = {(counted.barcode, sample) for sample, *_ in counted.counts}
        if not counted.barcode:
            gathered.leave_out(counted.line, "the row has no barcode")
        elif len(owners[counted.barcode]) > 1:
            gathered.leave_out(counted.line, f"barcode {counted.barcode} stands for several elements")
        elif places & seen:
            gathered.leave_out(counted.line, f"barcode {counted.barcode} stands in an earlier row")
        else:
            seen |= places
            kept.append(counted)
    return kept


def _summed(rows: list[_Counted]) -> tuple[dict[Element, dict[Sample, Sums]], dict[Sample, Sums]]:
    """Sums of each element in each sample, and of each sample; a barcode without DNA is left out."""
    sums: dict[Element, dict[Sample, Sums]] = {}
    totals: dict[Sample, Sums] = defaultdict(Sums)
    for counted in rows:
        of_element = sums.setdefault(counted.element, {})
        for sample, dna, rna, n in counted.counts:
            of_sample = of_element.setdefault(sample, Sums())
            totals[sample]  # a sample without any counts is met as well
            if dna > 0:
                of_sample.add(dna, rna, n)
                totals[sample].add(dna, rna, n)
    return sums, totals
