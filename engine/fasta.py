"""Sequences as people have them: FASTA, GenBank and EMBL flat files, and what they paste.

One grammar for all of it, so that a text means the same in a file and in a field. A line of bases may have blanks,
lower case, U for T, and the numbering of GenBank (a number before the bases) or EMBL (behind them), which has to count
the bases. Whatever else is not an IUPAC letter is refused with its place, and so is a word that looks like a name: none
is quietly read as bases (the letters of chr1 are all IUPAC).
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.errors import InputError, unknown
from engine.limits import DIGITS, FASTA_TEXT, RECORDS
from engine.sequence import (
    ADAPTER_LEFT,
    ADAPTER_RIGHT,
    BASES,
    CONTROL,
    Region,
    Sequence,
    check,
    is_region,
    parse_region,
    reverse_complement,
    upper,
)
from engine.text import UNSEEN, unified

ADAPTERS = {
    "auto": "those of the lentiMPRA library are taken off where a sequence stands between both",
    "keep": "they stay, as bases like all others",
}
TAKEN_OFF = (
    f"It stands between the adapters of the lentiMPRA library, {len(ADAPTER_LEFT)} bases at each end. They were taken "
    "off, as the models were trained on what stands between them."
)
_INVISIBLE = dict.fromkeys(map(ord, UNSEEN), " ")
_LETTERS = re.compile("[A-Za-z\n]*")
_NUMBER = re.compile("[0-9]+")
_DIGIT = re.compile("[0-9]")
_AMBIGUOUS = set("RYSWKMBDHV")
LISTED = 5  # sequences named in a remark
SHORTEST_BLOCK = 5  # bases between blanks; GenBank and EMBL have 10
DESCRIPTION = 500  # letters of a header that are taken over
_DECLARED = re.compile(r"[ \t]([0-9]{1,18}) bp\b", re.IGNORECASE)


@dataclass(frozen=True)
class Records:
    """Sequences that were read, and what was done to them.

    Attributes:
        oligos: those whose adapters were taken off, by name, as they were given.
        digits: how many digits of numbering were taken out of all.
        descriptions: what the headers say behind name and place, by name, where they say anything.
    """

    sequences: list[Sequence]
    oligos: dict[str, Sequence] = field(default_factory=dict)
    digits: int = 0
    descriptions: dict[str, str] = field(default_factory=dict)

    @property
    def remarks(self) -> list[str]:
        """What the user should know of them, a sentence each."""
        remarks = []
        if self.oligos:
            remarks.append(
                f"{len(self.oligos)} of {len(self.sequences)} sequence(s) stand between the adapters of the lentiMPRA "
                f"library ({ADAPTER_LEFT}...{ADAPTER_RIGHT}, or the other strand of both); these were taken off, as "
                "the models were trained on what stands between them"
            )
        if self.digits:
            remarks.append(f"{self.digits} digit(s) of numbering were taken out")
        mostly = [(s, n) for s in self.sequences if (n := mostly_unknown(s.bases))]
        remarks += [
            f"'{s.name}': {n:,} of {len(s):,} letters are unknown{', so it gets no number' if n == len(s) else ''}"
            for s, n in mostly[:LISTED]
        ]
        if len(mostly) > LISTED:
            remarks.append(f"and so are most letters of {len(mostly) - LISTED:,} more sequences")
        return remarks


def mostly_unknown(bases: str) -> int:
    """How many letters are none of A, C, G, T, if that is more than half of them; else 0."""
    n = len(bases) - sum(map(bases.count, BASES))
    return n if 2 * n > len(bases) else 0


def between_adapters(bases: str) -> str | None:
    """What stands between the library's adapters, in either direction; None if `bases` do not begin and end with them.

    Both have to be there whole: one base that differs is a sequence of somebody's own.
    """
    for left, right in (
        (ADAPTER_LEFT, ADAPTER_RIGHT),
        (reverse_complement(ADAPTER_RIGHT), reverse_complement(ADAPTER_LEFT)),
    ):
        if bases.startswith(left) and bases.endswith(right) and len(bases) > len(left) + len(right):
            return bases[len(left) : -len(right)]
    return None


# --- reading ----------------------------------------------------------------------------------------


def read_fasta(text: str, what: str = "the FASTA input") -> list[Sequence]:
    """The records of `read_records`, adapters and all: of a FASTA text, or of GenBank or EMBL flat files."""
    return read_records(text, what, adapters="keep").sequences


def read_records(text: str, what: str = "the FASTA input", adapters: str = "auto") -> Records:
    """All records of a FASTA text or of GenBank or EMBL flat files, upper-cased, U written as T.

    A place behind the name, as `write_fasta` and samtools write it (`>name chr1:101-300(-)`), becomes the sequence's
    region if it is as long as the bases are.

    Args:
        what: what an error calls the text.
        adapters: one of `ADAPTERS`.

    Raises:
        InputError: nothing in it, text before the first '>', a record without name or bases, two records of one name
            (result tables are keyed by it), numbering that does not count the bases, a word that looks like a name
            among bases, a letter outside IUPAC (record, letter, position), or more than `engine.limits` allow.
    """
    FASTA_TEXT.check(len(text), what)
    if adapters not in ADAPTERS:
        raise unknown("way with adapters", adapters, ADAPTERS)
    text = unified(text)
    if not text.strip():
        raise InputError(f"{what} is empty; expected FASTA records (>name, then bases)")
    sequences: list[Sequence] = []
    names: set[str] = set()
    oligos: dict[str, Sequence] = {}
    descriptions: dict[str, str] = {}
    digits = 0
    for number, record in enumerate(_records(text, what), 1):
        words = record.header.split(maxsplit=2)
        if not words:
            raise InputError(f"record {number} of {what} has no name after '>'")
        name = words[0]
        if name in names:
            raise InputError(f"two records of {what} are named '{name[:80]}'; give each its own name")
        names.add(name)
        body = _body(record, what)
        bases = upper(body.bases)
        if not bases:
            raise InputError(f"record '{name[:80]}' of {what} has no bases")
        inner = between_adapters(bases) if adapters == "auto" else None
        if inner:
            oligos[name] = Sequence(name, bases, origin="FASTA")
        # of an oligo only what stands between the adapters has a place
        sequences.append(Sequence(name, inner or bases, _place(words, len(inner or bases)), "FASTA"))
        digits += body.digits
        if described := _description(words):
            descriptions[name] = described
    return Records(sequences, oligos, digits, descriptions)


def read_pasted(text: str, name: str = "pasted", adapters: str = "auto") -> tuple[Records, list[str]]:
    """What a person pasted: FASTA or flat-file records, or bare bases, which become the sequence `name`.

    Returns:
        The records, and what was cleaned in bare bases, in words (see `clean`).
    """
    first = _first(unified(text))
    if first.startswith(">") or _is_flat(first):
        return read_records(text, "the pasted text", adapters), []
    bases, changes = clean(text, f"{name} sequence")
    given = Sequence(name, bases, origin="pasted")
    inner = between_adapters(bases) if adapters == "auto" else None
    if inner is None:
        return Records([given]), changes
    return Records([Sequence(name, inner, origin="pasted")], {name: given}), changes


def clean(text: str, name: str = "sequence") -> tuple[str, list[str]]:
    """What a person pasted, as upper-case DNA, and a list of what was changed, in words.

    Header lines, comments, blanks, line ends and numbering are taken out, lower case is raised and U becomes T.

    Raises:
        InputError: no bases, several records, a letter outside IUPAC (with its position among the letters), numbering
            that does not count the bases, or a word that looks like a name.
    """
    FASTA_TEXT.check(len(text), f"'{name}'")
    text = unified(text)
    first = _first(text)
    if first.startswith(">") or _is_flat(first):
        records = list(_records(text, f"'{name}'"))
        if len(records) > 1:
            kind = "FASTA records" if first.startswith(">") else "records"
            raise InputError(f"{len(records)} {kind} were given where one sequence is expected; give one of them")
        record = records[0]
    else:
        record = _Record("", text, 1)
    body = _body(record, f"'{name}'")
    changes = []
    headers = _lines(text) - _lines(record.body) + body.comments
    if headers:
        changes.append(f"left out {headers} header line(s)")
    if body.blanks:
        changes.append("removed blanks")
    if body.digits:
        changes.append(f"removed {body.digits} digit(s)")
    bases = upper(body.bases)
    if any(letter in body.bases for letter in string.ascii_lowercase):
        changes.append("raised lower case to upper case")
    if n := body.bases.count("U") + body.bases.count("u"):
        changes.append(f"wrote {n} U as T")
    check(bases, name)
    return bases, changes


@dataclass(frozen=True)
class _Record:
    """The words of a header (name and description), the lines of bases, and the number of the first of these."""

    header: str
    body: str
    line: int


@dataclass(frozen=True)
class _Body:
    """The letters of a record; how many digits, comment lines, and whether blanks were taken out."""

    bases: str
    digits: int = 0
    comments: int = 0
    blanks: bool = False


def _lines(text: str) -> int:
    """How many lines are not empty."""
    return sum(bool(line.strip()) for line in text.split("\n"))


def _first(text: str) -> str:
    """The first line that is neither empty nor a comment, without the blanks before it."""
    lines = (match.group().lstrip() for match in re.finditer("[^\n]+", text))
    return next((line for line in lines if line and not line.startswith(";")), "")


def _is_flat(first: str) -> bool:
    """Whether a text that begins with this line is of GenBank's or EMBL's flat format, or a record's last part."""
    return first.startswith(("LOCUS ", "ID   ", "SQ   ")) or first.rstrip() == "ORIGIN"


def is_flat_file(text: str) -> bool:
    """Whether a text is of GenBank's or EMBL's flat format, which may have a table of features."""
    return _is_flat(_first(text))


def _records(text: str, what: str) -> Iterator[_Record]:
    if _is_flat(_first(text)):
        yield from _flat(text, what)
        return
    blocks = re.split(r"^[ \t]*>", text, flags=re.M)
    RECORDS.check(len(blocks) - 1, what)
    before = _first(blocks[0])
    if before or len(blocks) == 1:
        raise InputError(
            f"{what} is not FASTA: it starts with {before[:20].strip()!r}, not with '>'; "
            "put a line '>name' above the bases"
        )
    line = 1 + blocks[0].count("\n")
    for block in blocks[1:]:
        header, _, body = block.partition("\n")
        yield _Record(header, body, line + 1)
        line += block.count("\n")


def _flat(text: str, what: str) -> Iterator[_Record]:
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
            record = _Record(f"{name} {_flat_description(head)}", body, at)
            declared = _DECLARED.search(_first(head))
            bases = len(_body(record, what).bases)
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


def _body(record: _Record, what: str) -> _Body:
    """The letters of a record's lines; raises InputError for a number or a word that cannot stand among bases."""
    if _LETTERS.fullmatch(record.body):
        return _Body(record.body.replace("\n", ""))
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
    return _Body("".join(parts), digits, comments, blanks)


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


def _description(words: list[str]) -> str:
    """What a header says behind the name and, where it is one, the place; on one line.

    Args:
        words: the first, the second and the rest of the header.
    """
    behind = words[2:] if len(words) > 1 and (is_region(words[1]) or words[1].startswith("range=")) else words[1:]
    return " ".join(CONTROL.sub(" ", " ".join(behind)).split())[:DESCRIPTION]


def _place(words: list[str], length: int) -> Region | None:
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


# --- writing ----------------------------------------------------------------------------------------


def write_fasta(sequences: list[Sequence], width: int = 80) -> str:
    """FASTA text, `width` bases a line; a known region follows the name, in which a blank becomes '_'.

    `read_fasta` gives back names, bases and regions (but for their build).
    """
    out = []
    for s in sequences:
        name = "_".join(s.name.split()) or "unnamed"
        out.append(f">{name}" + (f" {s.region.place}" if s.region else ""))
        out += [s.bases[i : i + width] for i in range(0, len(s), width)]
    return "\n".join(out) + "\n"
