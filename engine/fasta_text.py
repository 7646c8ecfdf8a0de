"""The records of a text of sequences as they stand in it: of FASTA, of GenBank or EMBL flat files.

One grammar for lines of bases (`body_of`), by which `engine.fasta` reads whole texts and what is pasted, and
`engine.fasta_stream` files of any size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import InputError
from engine.limits import DIGITS, RECORDS
from engine.sequence import CONTROL, Region, is_region, parse_region, upper
from engine.text import UNSEEN

_INVISIBLE = dict.fromkeys(map(ord, UNSEEN), " ")
HEADER = re.compile(r"^[ \t]*>", re.MULTILINE)
_LETTERS = re.compile("[A-Za-z\n]*")
_NUMBER = re.compile("[0-9]+")
_DIGIT = re.compile("[0-9]")
_AMBIGUOUS = set("RYSWKMBDHV")
SHORTEST_BLOCK = 5  # bases between blanks; GenBank and EMBL have 10
DESCRIPTION = 500  # letters of a header that are taken over
_DECLARED = re.compile(r"[ \t]([0-9]{1,18}) bp\b", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """The words of a header (name and description), the lines of bases, and the number of the first of these."""

    header: str
    body: str
    line: int


@dataclass(frozen=True)
class Body:
    """The letters of a record; how many digits, comment lines, and whether blanks were taken out."""

    bases: str
    digits: int = 0
    comments: int = 0
    blanks: bool = False


def filled_lines(text: str) -> int:
    """How many lines are not empty."""
    return sum(bool(line.strip()) for line in text.split("\n"))


def first_line(text: str) -> str:
    """The first line that is neither empty nor a comment, without the blanks before it."""
    lines = (match.group().lstrip() for match in re.finditer("[^\n]+", text))
    return next((line for line in lines if line and not line.startswith(";")), "")


def is_flat(first: str) -> bool:
    """Whether a text that begins with this line is of GenBank's or EMBL's flat format, or a record's last part."""
    return first.startswith(("LOCUS ", "ID   ", "SQ   ")) or first.rstrip() == "ORIGIN"


def is_flat_file(text: str) -> bool:
    """Whether a text is of GenBank's or EMBL's flat format, which may have a table of features."""
    return is_flat(first_line(text))


def blocks(text: str, what: str) -> Iterator[Block]:
    if is_flat(first_line(text)):
        yield from _flat(text, what)
        return
    RECORDS.check(len(HEADER.findall(text)), what)
    yield from fasta_blocks(text, what)


def fasta_blocks(text: str, what: str, line: int = 1) -> Iterator[Block]:
    """The records of a FASTA text whose first line is the `line`-th of the whole."""
    before, *records = HEADER.split(text)
    if (first := first_line(before)) or not records:
        raise InputError(
            f"{what} is not FASTA: it starts with {first[:20].strip()!r}, not with '>'; "
            "put a line '>name' above the bases"
        )
    line += before.count("\n")
    for record in records:
        header, _, body = record.partition("\n")
        yield Block(header, body, line + 1)
        line += record.count("\n")


def _flat(text: str, what: str) -> Iterator[Block]:
    """The records of GenBank (LOCUS ... ORIGIN) or EMBL (ID ... SQ) flat files, each ended by '//'."""
    parts = re.split(r"^//[ \t]*$", text, flags=re.M)
    RECORDS.check(len(parts), what)
    line = 1
    for number, part in enumerate(parts, 1):
        if part.strip():
            start = re.search(r"^(?:ORIGIN\b|SQ   ).*$", part, flags=re.M)
            head, body = (part[: start.start()], part[start.end() :]) if start else (part, "")
            at = line + part[: start.end()].count("\n") if start else line
            name = _flat_name(head) or f"record{number}"
            record = Block(f"{name} {_flat_description(head)}", body, at)
            declared = _DECLARED.search(first_line(head))
            bases = len(body_of(record, what).bases)
            if declared and bases and bases != int(declared[1]):
                raise InputError(
                    f"record '{name}' of {what} has {bases} bases where its first line says {declared[1]} bp"
                )
            yield record
        line += part.count("\n")


def _flat_name(head: str) -> str:
    """GenBank's VERSION, ACCESSION or LOCUS, or EMBL's ID with its version."""
    for key in ("VERSION", "ACCESSION", "LOCUS", "ID"):
        match = re.search(rf"^{key}[ \t]+([^\s;]+)(?:; SV ([0-9]+);)?", head, flags=re.M)
        if match:
            return match[1] + (f".{match[2]}" if match[2] else "")
    return ""


def _flat_description(head: str) -> str:
    """GenBank's DEFINITION or EMBL's DE, on one line."""
    match = re.search(r"^(?:DEFINITION|DE)[ \t]+(.*(?:\n(?:[ \t]+|DE[ \t]+).*)*)", head, flags=re.M)
    return " ".join(re.sub(r"^DE[ \t]", " ", match[1], flags=re.M).split()).rstrip(".") if match else ""


def body_of(record: Block, what: str) -> Body:
    """The letters of a record's lines; raises InputError for a number or a word that cannot stand among bases."""
    if _LETTERS.fullmatch(record.body):
        return Body(record.body.replace("\n", ""))
    parts: list[str] = []
    total = digits = comments = 0
    blanks = False
    before, behind = _Numbering(), _Numbering()
    for number, line in enumerate(record.body.translate(_INVISIBLE).split("\n"), record.line):
        if line.lstrip().startswith(";"):
            comments += 1
            continue
        words = line.split()
        blanks = blanks or len("".join(words)) < len(line)
        where = f"line {number} of {what}"
        ends = [words.pop(0)] if words and _NUMBER.fullmatch(words[0]) else [""]
        ends.append(words.pop() if words and _NUMBER.fullmatch(words[-1]) else "")
        suspected = len(words) > 1 and not _in_blocks(words)
        for word in words:
            _not_a_name(word, suspected, where)
        count = sum(map(len, words))
        before.check(ends[0], total + 1, where)
        behind.check(ends[1], total + count, where)
        total += count
        digits += sum(map(len, ends))
        parts += words
    return Body("".join(parts), digits, comments, blanks)


class _Numbering:
    """Numbers beside lines of bases, which are taken for numbering as long as they count the bases on."""

    def __init__(self) -> None:
        self.offset: int | None = None  # a copied part of a record begins with any number

    def check(self, number: str, counted: int, where: str) -> None:
        """`number` ('' for none) stands beside a line where this text's own count is `counted`."""
        if not number:
            return
        DIGITS.check(len(number), where)
        offset = int(number) - counted
        if self.offset is None:
            self.offset = offset
        if offset != self.offset:
            raise InputError(
                f"{where} is numbered {number} where {self.offset + counted} is due, so the numbers do not count the "
                "bases; give each of several sequences a line '>name', or take the numbers out"
            )


def _in_blocks(words: list[str]) -> bool:
    """Whether a line is parted as data banks do, into blocks of one length with a rest."""
    length = len(words[0])
    return length >= SHORTEST_BLOCK and all(len(w) == length for w in words[:-1]) and len(words[-1]) <= length


def _not_a_name(word: str, suspected: bool, where: str) -> None:
    """Raise InputError for a word with digits or, if `suspected`, one that is mostly ambiguity codes."""
    if _DIGIT.search(word):
        raise InputError(
            f"{where}: '{word[:40]}' among bases has digits; names stand behind '>', numbers at an end of the line"
        )
    if suspected and 2 * sum(letter in _AMBIGUOUS for letter in upper(word)) > len(word):
        raise InputError(
            f"{where}: '{word[:40]}' beside other words looks like a name; put names behind '>', or join the words if "
            "they are bases"
        )


def description(words: list[str]) -> str:
    """What a header says behind the name and, where it is one, the place; on one line.

    Args:
        words: the first, the second and the rest of the header.
    """
    behind = words[2:] if len(words) > 1 and (is_region(words[1]) or words[1].startswith("range=")) else words[1:]
    return " ".join(CONTROL.sub(" ", " ".join(behind)).split())[:DESCRIPTION]


def place(words: list[str], length: int) -> Region | None:
    """The place that a header's second word gives, or its name where it has no other word, if it is that long.

    The genome browser of UCSC writes `range=chr1:101-300` there and the strand further on, as `strand=-`.

    Args:
        words: the first, the second and the rest of the header.
    """
    place = words[:2][-1]
    if place.startswith("range="):
        strand = next((word for word in words[-1].split() if word in ("strand=+", "strand=-")), "")
        place = place.removeprefix("range=") + (f"({strand[-1]})" if strand else "")
    try:
        region = parse_region(place)
    except InputError:
        return None
    return region if len(region) == length else None
