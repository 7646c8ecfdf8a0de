"""The numbers of a motif in a file: which lines hold them, what they are (counts, probabilities, log-odds), and the
matrix that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine import limits
from engine.data.jaspar import Matrix, probabilities
from engine.errors import InputError
from engine.sequence import BASES

SITES = 20  # that probabilities are taken to be made of where a file does not say so, as MEME does
SUM_OFF = 0.02  # how far a column of probabilities may be from 1: four numbers of two decimals
# A matrix that chance matches at more places than this says nothing: four columns of one certain base each may stay.
LARGEST_BEST_P = 0.01
_SMALLEST_LOG_ODDS = -12.0  # natural; a probability of 1.5e-6
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,18}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,4})?")
_HOCOMOCO = re.compile(r"([A-Za-z0-9-]{1,40})(?:_[A-Z]{3,8})?\.H[0-9]{2}[A-Z]{2,9}\..*")
_LABEL = re.compile(r"([ACGTUacgtu])(?:\s*[:|=]\s*|\s+|\s*(?=\[)|,)(.*)")


@dataclass(frozen=True)
class Line:
    """A line of a file: its number, from 1, and its text."""

    number: int
    text: str


@dataclass(frozen=True)
class Record:
    """A motif as a file has it.

    Attributes:
        id, name: an empty name stands for that of the id.
        line: where it begins.
        rows: a row a position, four numbers in the order A C G T; `lines` are those of the rows, or of the motif.
        sites: how many it was made of, where the file says so.
    """

    id: str
    name: str
    line: int
    rows: tuple[tuple[float, ...], ...]
    lines: tuple[int, ...]
    sites: float | None = None


def fault(what: str, line: int, text: str) -> InputError:
    """The error of a line of a file."""
    return InputError(f"{what}, line {line}: {text}")


def uncommented(lines: Iterable[Line], signs: str) -> list[Line]:
    """The lines without comments and blank lines. A comment of the four letters alone says in what order the columns
    stand, so it stays as such a line."""
    kept = []
    for line in lines:
        text = line.text.strip()
        if text.startswith(tuple(signs)):
            text = text.lstrip(signs + " ")
            if _header(text) is None:
                continue
        if text:
            kept.append(Line(line.number, text))
    return kept


def tokens(text: str) -> list[str]:
    """The cells of a line: between commas where there are any, else between blanks or tabs. Brackets do not count."""
    text = text.replace("[", " ").replace("]", " ").strip()
    return [t.strip() for t in text.split(",")] if "," in text else text.split()


def numbers(cells: list[str]) -> tuple[float, ...] | None:
    """The cells as numbers; None if one is none. Infinity is none."""
    if not cells or not all(_NUMBER.fullmatch(cell) for cell in cells):
        return None
    values = tuple(float(cell) for cell in cells)
    return values if all(abs(v) < float("inf") for v in values) else None


# --- lines of numbers without other words -----------------------------------------------------------


def grid(lines: list[Line], what: str, begins: int) -> tuple[tuple[tuple[float, ...], ...], tuple[int, ...]]:
    """The rows (a position, A C G T) that lines of numbers hold, and the line of each.

    Either four lines, for A, C, G and T in this order or each with its letter in front, or a line a position with four
    numbers, in this order or in that of a first line of the four letters, with or without a column of numbers before.

    Args:
        begins: the line of the motif.

    Raises:
        InputError: anything else, with its line.
    """
    if not lines:
        raise fault(what, begins, "this motif has no numbers; give a count or probability for each base and position")
    if len(lines) > max(4, limits.MOTIF_COLUMNS.most) + 1:
        limits.MOTIF_COLUMNS.check(len(lines), f"{what}, line {begins}: the motif")
    labels = [_LABEL.fullmatch(line.text.strip()) for line in lines]
    if all(label and numbers(tokens(label[2])) is not None for label in labels):
        return _labelled(lines, [(label[1].upper(), label[2]) for label in labels if label], what, begins)
    order = _header(lines[0].text)
    if order is not None:
        skipped, letters = order
        columns = [letters.index(b) for b in BASES]
        rows = [_row(line, what, 4, skipped) for line in lines[1:]]
        if not rows:
            raise fault(what, begins, "this motif has no numbers below its letters")
        return tuple(tuple(r[c] for c in columns) for r in rows), tuple(line.number for line in lines[1:])
    rows = [_row(line, what) for line in lines]
    widths = {len(r) for r in rows}
    if widths == {4} and len(rows) == 4:
        return _square(rows, what, begins, [line.number for line in lines])
    if widths == {4}:
        return tuple(rows), tuple(line.number for line in lines)
    if len(rows) == 4 and len(widths) == 1:
        return _turned(rows, what, begins), tuple([begins] * len(rows[0]))
    odd = next((k for k, r in enumerate(rows) if len(r) != len(rows[0])), 0)
    raise fault(
        what,
        lines[odd].number,
        f"{len(rows)} lines of {' or '.join(map(str, sorted(widths)))} numbers are no motif; it takes four lines (A, "
        "C, G, T) of equal length, or a line a position with four numbers",
    )


def _labelled(lines: list[Line], labelled: list[tuple[str, str]], what: str, begins: int):
    for line, (letter, _) in zip(lines, labelled, strict=True):
        if letter == "U":
            raise fault(what, line.number, "U is RNA; motifs of DNA (A, C, G, T) are read")
    if sorted(letter for letter, _ in labelled) != list(BASES):
        letters = " ".join(letter for letter, _ in labelled)
        raise fault(what, begins, f"its lines are those of {letters}; give one of each of A, C, G and T")
    by_letter = {letter: numbers(tokens(rest)) or () for letter, rest in labelled}
    return _turned([by_letter[b] for b in BASES], what, begins), tuple([begins] * len(by_letter["A"]))


def _turned(rows: list[tuple[float, ...]], what: str, begins: int) -> tuple[tuple[float, ...], ...]:
    widths = [len(r) for r in rows]
    if len(set(widths)) > 1:
        raise fault(what, begins, f"A, C, G and T have {', '.join(map(str, widths))} numbers; give each as many")
    limits.MOTIF_COLUMNS.check(widths[0], f"{what}, line {begins}: the motif")
    return tuple(zip(*rows, strict=True))


def _header(text: str) -> tuple[int, str] | None:
    """Of a line of the four letters: how many cells stand before them (at most one), and their order."""
    cells = [cell.upper() for cell in tokens(text)]
    if len(cells) in (4, 5) and sorted(cells[-4:]) == list(BASES) and numbers(cells[:-4]) is None:
        return len(cells) - 4, "".join(cells[-4:])
    return None


def _row(line: Line, what: str, expected: int | None = None, skipped: int = 0) -> tuple[float, ...]:
    cells = tokens(line.text)
    values = numbers(cells[skipped:])
    if values is None or (expected and len(values) != expected):
        wanted = f"{expected} numbers" if expected else "numbers"
        raise fault(what, line.number, f"'{_short(line.text)}' is not a line of {wanted}")
    return values


def _square(rows: list[tuple[float, ...]], what: str, begins: int, at: list[int]):
    """Four lines of four numbers: they are read in the direction in which the four bases of each position sum to the
    same, which only one of the two does."""
    values = np.array(rows)
    down, across = (
        np.ptp(sums) <= max(SUM_OFF, 1e-6 * sums.max()) for sums in (values.sum(axis=0), values.sum(axis=1))
    )
    if (values >= 0).all() and down != across:
        return (tuple(rows), tuple(at)) if across else (_turned(rows, what, begins), tuple([begins] * 4))
    raise fault(
        what,
        begins,
        "four lines of four numbers may be read in two directions; write a line 'A C G T' above them if each is a "
        "position, or the letter before each if it is a base",
    )


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 40 else text[:40] + "…"


# --- what the numbers are ---------------------------------------------------------------------------


def matrix_of(record: Record, what: str) -> Matrix:
    """The matrix of a motif, with the source `what`.

    Numbers that sum to 1 at each position are probabilities; each counts as often as the file says that there were
    sites (`SITES` times if it does not). With a negative one among them, all are log-odds against equal frequencies, of
    base e or 2, whichever gives probabilities. All others are counts. Counts get the pseudocount of JASPAR's
    (`engine.data.jaspar.probabilities`); log-odds have theirs.

    Raises:
        InputError: numbers that are none of these, or that say too little to be looked for.
    """
    values = np.array(record.rows, float).T
    where = f"{what}, line {record.line}: motif '{record.id}'"
    limits.MOTIF_COLUMNS.check(values.shape[1], where)
    weights = bool((values < 0).any())
    read = _of_log_odds(values, where) if weights else probabilities(_counts(values, record, what))
    top = read.max(axis=0)
    by_chance = float(np.prod((read >= top - 1e-9).sum(axis=0) / 4))
    if by_chance > LARGEST_BEST_P:
        raise InputError(
            f"{where} says too little: its most likely bases are those of one place in {1 / by_chance:.3g} by chance; "
            "it needs more or clearer positions"
        )
    read.flags.writeable = False
    name = record.name.removeprefix(f"{record.id}.")  # JASPAR's own MEME files have 'MA0004.1.Arnt'
    return Matrix(name or factor(record.id), record.id, read, what)


def _counts(values: np.ndarray, record: Record, what: str) -> np.ndarray:
    """`(4, width)` counts, of which probabilities make as many as there were sites."""
    sums = values.sum(axis=0)
    if (np.abs(sums - 1) <= SUM_OFF).all():
        sites = record.sites or SITES
        counts = values / sums * sites
        whole = np.rint(counts)
        # six decimals of whole counts are these counts again
        return whole if np.abs(counts - whole).max() <= min(0.25, 2e-6 * sites) else counts
    if sums.min() >= 2 - SUM_OFF:
        limits.MOTIF_SITES.check(int(sums.max()), f"{what}, line {record.line}: a position of motif '{record.id}'")
        return values
    wrong = int(np.argmax(np.abs(sums - 1) > SUM_OFF)) if sums.max() < 2 else int(np.argmin(sums))
    raise fault(
        what,
        record.lines[wrong],
        f"position {wrong + 1} of motif '{record.id}' sums to {sums[wrong]:.4g}: neither probabilities, which sum to "
        "1, nor counts; correct it",
    )


def _of_log_odds(values: np.ndarray, where: str) -> np.ndarray:
    """`(4, width)` probabilities of log-odds against equal base frequencies."""
    if values.max() > np.log2(4) + SUM_OFF:
        raise InputError(
            f"{where} holds negative numbers that are no log-odds (the largest is {values.max():.4g}, of a certain "
            "base it is 2 bits); give counts or probabilities"
        )
    fitting = []
    for base in (np.e, 2.0):
        likely = base**values / 4
        if (np.abs(likely.sum(axis=0) - 1) <= SUM_OFF).all():
            fitting.append(likely / likely.sum(axis=0))
    if len(fitting) != 1:
        reason = "fit base e and base 2 alike" if fitting else "belong to no probabilities under equal base frequencies"
        raise InputError(f"{where} holds negative numbers, log-odds, which {reason}; give counts or probabilities")
    if fitting[0].min() < np.exp(_SMALLEST_LOG_ODDS) / 4:
        raise InputError(
            f"{where} has log-odds down to {values.min():.4g}, of bases that are next to impossible; give the counts "
            "or probabilities, which get a pseudocount"
        )
    return fitting[0]


def factor(id_: str) -> str:
    """The factor of an id of HOCOMOCO ('GATA1_HUMAN.H11MO.0.A', 'GATA1.H12CORE.0.PS.A'); another id as it is."""
    match = _HOCOMOCO.fullmatch(id_)
    return match[1] if match else id_
