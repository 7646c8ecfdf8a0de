"""What the columns of a table mean: told from their names and their cells, or said by the user.

Names are read by `engine.mpra.headings`. What a column is taken for is kept in words (`Columns.meanings`), so that the
user sees it before anything is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine import limits
from engine.errors import InputError, unknown
from engine.fasta import ADAPTERS
from engine.mpra.cells import Cells, is_dna
from engine.mpra.headings import (
    BARCODE,
    BARCODE_COUNTS,
    COUNTED,
    NAMES,
    REPLICATE,
    SEQUENCE,
    TARGET,
    activity_of,
    cell_type,
    key,
    replicate_of,
    words,
)
from engine.mpra.numbers import Notation, notation

UNITS = {
    "log2": "log2(RNA/DNA)",
    "ln": "natural logarithm of RNA/DNA",
    "log10": "logarithm to base 10 of RNA/DNA",
    "ratio": "RNA/DNA as it is",
}


@dataclass(frozen=True)
class Choices:
    """What the user says of a table; what is left out is told from the table.

    Attributes:
        sequence, name: columns.
        activity: columns of activity, each as `K562=column` or as `column`; several of one cell type are replicates.
        unit: one of `UNITS`.
        decimal: '.' or ','.
        min_barcodes: elements with fewer are left out, where barcodes are counted.
        adapters: 'auto' takes the library's adapters off where both are there, 'keep' leaves them.
    """

    sequence: str = ""
    name: str = ""
    activity: tuple[str, ...] = ()
    unit: str = ""
    decimal: str = ""
    min_barcodes: int = 10
    adapters: str = "auto"

    def __post_init__(self):
        if self.unit and self.unit not in UNITS:
            raise unknown("unit", self.unit, UNITS)
        if self.adapters not in ADAPTERS:
            raise unknown("choice for adapters", self.adapters, ADAPTERS)
        if self.min_barcodes < 1:
            raise InputError(f"the least number of barcodes is 1, not {self.min_barcodes}")


@dataclass(frozen=True)
class Measure:
    """Columns that give one activity: replicates of one cell type ('' where the table names none)."""

    label: str
    columns: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Columns of DNA and RNA counts of one cell type and replicate."""

    label: str
    replicate: str
    dna: int
    rna: int


@dataclass(frozen=True)
class Columns:
    """What the columns of a table mean, by their index; None for what it does not have.

    Attributes:
        counts: of DNA and RNA, where there is no activity or barcodes are counted.
        n_barcodes: barcodes seen of an element.
        condition, replicate: in long tables, which cell type and which replicate a row is of.
        hgvs: of a MaveDB score set, with `score`.
        meanings: `(column, meaning)` in words, in the order of the table.
    """

    sequence: int | None = None
    name: int | None = None
    measures: tuple[Measure, ...] = ()
    counts: tuple[Pair, ...] = ()
    barcode: int | None = None
    n_barcodes: int | None = None
    condition: int | None = None
    replicate: int | None = None
    hgvs: int | None = None
    score: int | None = None
    target: int | None = None
    unit: str = "log2"
    meanings: tuple[tuple[str, str], ...] = ()

    def numeric(self) -> list[int]:
        """All columns whose cells are numbers."""
        measured = [c for m in self.measures for c in m.columns]
        counted = [c for pair in self.counts for c in (pair.dna, pair.rna)]
        return [c for c in dict.fromkeys([*measured, *counted, self.n_barcodes, self.score]) if c is not None]

    def notation(self, cells: Cells, decimal: str) -> Notation:
        """How the numbers of the table are written; raises InputError where that cannot be told."""
        columns = self.numeric()
        return notation((row[c] for _, row in cells.rows for c in columns), cells.what, decimal)


def recognise(cells: Cells, choices: Choices, has_design: bool = False, has_barcodes: bool = False) -> Columns:
    """What each column means.

    Args:
        has_design: the sequences stand in a file of their own, so that names serve in their place.
        has_barcodes: what the barcodes belong to stands in a file of its own.

    Raises:
        InputError: a column that was named is not there; no sequence and no name; nothing measured; or several columns
            that might be meant. It lists the columns and says how to name one.
    """
    keys = [key(c) for c in cells.header]
    if "hgvs_nt" in keys or "hgvs_pro" in keys:
        return _variants(cells, keys)
    barcode = next((i for i, k in enumerate(keys) if k in BARCODE and _holds_dna(cells, i, 4)), None)
    if barcode is None and has_barcodes:
        barcode = next((i for i in range(len(keys)) if _holds_dna(cells, i, 4)), None)
    sequence = _sequence(cells, keys, choices, barcode)
    name = _name(cells, keys, choices, {sequence, barcode})
    measures, unit = _measures(cells, keys, choices, {sequence, barcode, name})
    counts = _counts(cells, keys) if barcode is not None or not measures else ()
    if not cells.named and not choices.activity:
        measures, counts = _unnamed(cells, {sequence, barcode, name}, barcode)
    if barcode is not None and counts:
        measures = ()
    if not measures and not counts:
        raise InputError(
            f"{cells.what}: no column of activity is recognised; name it with --activity COLUMN or "
            f"--activity K562=COLUMN; the columns are {_listed(cells)}"
        )
    if sequence is None and not (has_design and (name is not None or has_barcodes)):
        if name is None:
            raise InputError(
                f"{cells.what}: no column of sequences is recognised; name it with --sequence-column; the columns are "
                f"{_listed(cells)}"
            )
        raise InputError(
            f"{cells.what} names its sequences ('{cells.header[name]}') and does not hold them; give the design "
            "FASTA (--design), or name the column of sequences with --sequence-column"
        )
    if barcode is not None and counts and name is None and not has_barcodes and sequence is None:
        raise InputError(f"{cells.what} does not say what its barcodes belong to; give the assignment (--assignment)")
    plain = Columns(
        sequence=sequence,
        name=name,
        measures=measures,
        counts=counts,
        barcode=barcode if counts else None,
        n_barcodes=next((i for i, k in enumerate(keys) if k in BARCODE_COUNTS and i != barcode), None),
        condition=next((i for i, k in enumerate(keys) if k in ("condition", "cell_type", "cell", "celltype")), None),
        replicate=next((i for i, k in enumerate(keys) if k in ("replicate", "rep")), None),
        unit=unit,
    )
    return _said(cells, plain)


def _listed(cells: Cells) -> str:
    return ", ".join(cells.header[:20]) + (" …" if len(cells.header) > 20 else "")


def _sample(cells: Cells, index: int) -> list[str]:
    """Some cells of a column that are not empty."""
    filled = (row[index] for _, row in cells.rows[:2000] if row[index])
    return [cell for cell, _ in zip(filled, range(200), strict=False)]


def _holds_dna(cells: Cells, index: int, least: int) -> bool:
    sample = _sample(cells, index)
    return bool(sample) and sum(is_dna(c, least) for c in sample) >= 0.8 * len(sample)


def _holds_numbers(cells: Cells, index: int) -> bool:
    sample = _sample(cells, index)
    fitting = 0
    for cell in sample:
        for form in (Notation(), Notation(","), Notation(".", ","), Notation(",", ".")):
            try:
                form.number(cell)
            except ValueError as error:
                if "infinite" not in str(error):
                    continue
            fitting += 1
            break
    return bool(sample) and fitting >= 0.8 * len(sample)


def _sequence(cells: Cells, keys: list[str], choices: Choices, barcode: int | None) -> int | None:
    if choices.sequence:
        return cells.index(choices.sequence)
    holding = [i for i in range(len(keys)) if i != barcode and _holds_dna(cells, i, 25)]
    named = [i for i in holding if SEQUENCE & set(words(cells.header[i]))]
    exact = [i for i in holding if keys[i] in ("sequence", "seq")]
    for some in (holding, named, exact):
        if len(some) == 1:
            return some[0]
    if holding:
        raise InputError(
            f"{cells.what} has {len(holding)} columns of sequences "
            f"({', '.join(cells.header[i] for i in holding[:8])}); say which one was tested with --sequence-column"
        )
    short = [i for i, k in enumerate(keys) if k in ("sequence", "seq") and _holds_dna(cells, i, 1)]
    return short[0] if len(short) == 1 else None


def _name(cells: Cells, keys: list[str], choices: Choices, taken: set[int | None]) -> int | None:
    if choices.name:
        return cells.index(choices.name)
    for wanted in NAMES:
        for i, k in enumerate(keys):
            if k == wanted and i not in taken and not _holds_dna(cells, i, 25):
                return i
    if not cells.named:  # of a table without names of columns the first that holds neither bases nor numbers
        free = (i for i in range(len(keys)) if i not in taken)
        return next((i for i in free if not _holds_dna(cells, i, 10) and not _holds_numbers(cells, i)), None)
    return None


def _measures(
    cells: Cells, keys: list[str], choices: Choices, taken: set[int | None]
) -> tuple[tuple[Measure, ...], str]:
    """The columns of activity by cell type, and their unit."""
    by_label: dict[str, list[int]] = {}
    if choices.activity:
        for text in choices.activity:
            label, column = _named_activity(cells, text)
            by_label.setdefault(label, []).append(column)
        _unit_is_said(cells, [c for columns in by_label.values() for c in columns], choices.unit)
        return _as_measures(by_label), choices.unit or "log2"
    found = [(i, a) for i in range(len(keys)) if i not in taken and (a := activity_of(cells.header[i]))]
    found = [(i, a) for i, a in found if _holds_numbers(cells, i)]
    # a table that gives a ratio and its logarithm gives one measurement twice
    if any(not plain for _, (_, plain) in found):
        found = [(i, a) for i, a in found if not a[1]]
    for i, (label, _) in found:
        by_label.setdefault(label, []).append(i)
    several = [i for i in by_label.get("", []) if not replicate_of(cells.header[i])]
    if len(by_label.get("", [])) > 1 and several:
        logarithms = [i for i in several if _is_log2(cells.header[i])]
        if len(logarithms) != 1:
            raise InputError(
                f"{cells.what} has several columns that may be its activity "
                f"({', '.join(cells.header[i] for i in by_label[''])}); name one with --activity COLUMN, or several "
                "cell types with --activity K562=COLUMN --activity HepG2=COLUMN"
            )
        by_label[""] = logarithms
    _unit_is_said(cells, [c for columns in by_label.values() for c in columns], choices.unit)
    return _as_measures(by_label), choices.unit or "log2"


def _is_log2(column: str) -> bool:
    return any(w.startswith("log2") or w == "activity" for w in words(column))


def _as_measures(by_label: dict[str, list[int]]) -> tuple[Measure, ...]:
    limits.CELL_TYPES.check(len(by_label), "the table")
    return tuple(Measure(label, tuple(dict.fromkeys(columns))) for label, columns in by_label.items())


def _named_activity(cells: Cells, text: str) -> tuple[str, int]:
    """`K562=column`, or a column alone, whose name may say the cell type."""
    if text in cells.header:
        said = activity_of(text)
        return (said[0] if said else ""), cells.index(text)
    label, sign, column = text.partition("=")
    if not sign:
        return ("", cells.index(text))
    return cell_type(label.strip()), cells.index(column.strip())


def _unit_is_said(cells: Cells, columns: list[int], unit: str) -> None:
    """Raise InputError for a column whose name speaks of another unit than log2 where the user said none."""
    for column in columns:
        known = activity_of(cells.header[column])
        said = set(words(cells.header[column]))
        if not unit and ((known and known[1]) or said & {"ln", "log10"}):
            raise InputError(
                f"{cells.what}: column '{cells.header[column]}' does not read like log2(RNA/DNA); say its unit with "
                f"--unit {' | '.join(UNITS)}"
            )


def _counts(cells: Cells, keys: list[str]) -> tuple[Pair, ...]:
    """Columns of DNA and RNA counts, paired by cell type and replicate; one DNA column may serve all RNA columns."""
    sides: dict[str, dict[tuple[str, str], int]] = {"dna": {}, "rna": {}}
    for i, k in enumerate(keys):
        said = words(cells.header[i])
        kinds = [w for w in said if COUNTED.fullmatch(w)]
        if len(kinds) != 1 or {"normalized", "normalised", "norm", "ratio", "log2"} & set(said):
            continue
        if not _holds_numbers(cells, i):
            continue
        side = "rna" if kinds[0] in ("rna", "cdna") else "dna"
        replicate = replicate_of(cells.header[i])
        filling = {*kinds, replicate, "count", "counts", "reads", "umi", "umis", "rep", "replicate"}
        rest = [w for w in said if w not in filling and not REPLICATE.fullmatch(w)]
        place = (cell_type("_".join(rest)), replicate)
        if place in sides[side]:
            raise InputError(f"{cells.what} has two columns of {side.upper()} counts for one replicate; one is '{k}'")
        sides[side][place] = i
    pairs = []
    for place, rna in sides["rna"].items():
        dna = sides["dna"].get(place)
        if dna is None and len(sides["dna"]) == 1:
            dna = next(iter(sides["dna"].values()))
        if dna is None:
            raise InputError(f"{cells.what}: no column of DNA counts belongs to '{cells.header[rna]}'; name both alike")
        pairs.append(Pair(*place, dna, rna))
    return tuple(pairs)


def _unnamed(cells: Cells, taken: set[int | None], barcode: int | None) -> tuple[tuple[Measure, ...], tuple[Pair, ...]]:
    """Of a table without names of columns: barcode, DNA and RNA; or the one column of numbers as the activity."""
    numeric = [i for i in range(len(cells.header)) if i not in taken and _holds_numbers(cells, i)]
    if barcode is not None and len(numeric) == 2:
        return (), (Pair("", "", *numeric),)
    if len(numeric) == 1:
        return (Measure("", (numeric[0],)),), ()
    return (), ()


def _variants(cells: Cells, keys: list[str]) -> Columns:
    """The columns of a MaveDB score set."""
    if "hgvs_nt" not in keys or not any(c and c.upper() != "NA" for c in _sample(cells, keys.index("hgvs_nt"))):
        raise InputError(
            f"{cells.what} describes protein changes alone (hgvs_pro); a change of DNA (hgvs_nt) is needed, since "
            "many DNA changes make one protein change"
        )
    if "score" not in keys:
        raise InputError(f"{cells.what} has the columns of a MaveDB score set but no 'score'")
    target = next((i for i, k in enumerate(keys) if k in TARGET), None)
    plain = Columns(
        name=keys.index("hgvs_nt"),
        hgvs=keys.index("hgvs_nt"),
        score=keys.index("score"),
        measures=(Measure("", (keys.index("score"),)),),
        target=target,
    )
    return _said(cells, plain)


def _said(cells: Cells, columns: Columns) -> Columns:
    """The same with what each column was taken for, in words."""
    meanings: dict[int, str] = {}
    for index, meaning in (
        (columns.condition, "the cell type or condition of the row"),
        (columns.replicate, "the replicate of the row; rows of one element are averaged"),
        (columns.n_barcodes, "barcodes seen of the element"),
        (columns.name, "the element's name"),
        (columns.sequence, "the sequence that was tested"),
        (columns.barcode, "the barcode"),
        (columns.hgvs, "the change of DNA"),
        (columns.target, "the target sequence"),
    ):
        if index is not None:
            meanings[index] = meaning
    for measure in columns.measures:
        of = f" in {measure.label}" if measure.label else ""
        kind = "score of the variant" if columns.hgvs is not None else f"activity{of}, {UNITS[columns.unit]}"
        several = f"; mean of {len(measure.columns)} replicates" if len(measure.columns) > 1 else ""
        meanings |= dict.fromkeys(measure.columns, kind + several)
    for pair in columns.counts:
        of = f" of {pair.label}" if pair.label else ""
        again = f", replicate {pair.replicate}" if pair.replicate else ""
        meanings[pair.dna] = f"DNA counts{of}{again}"
        meanings[pair.rna] = f"RNA counts{of}{again}"
    listed = tuple((c, meanings.get(i, "not used")) for i, c in enumerate(cells.header))
    return replace(columns, meanings=listed)
