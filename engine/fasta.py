"""Sequences as people have them: FASTA, GenBank and EMBL flat files, and what they paste.

One grammar for all of it, so that a text means the same in a file and in a field. A line of bases may have blanks,
lower case, U for T, and the numbering of GenBank (a number before the bases) or EMBL (behind them), which has to count
the bases. Whatever else is not an IUPAC letter is refused with its place, and so is a word that looks like a name: none
is quietly read as bases (the letters of chr1 are all IUPAC).
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field

from engine.errors import InputError, unknown
from engine.fasta_text import Block, blocks, body_of, description, filled_lines, first_line, is_flat, place
from engine.limits import FASTA_TEXT
from engine.sequence import (
    ADAPTER_LEFT,
    ADAPTER_RIGHT,
    BASES,
    Sequence,
    check,
    reverse_complement,
    upper,
)
from engine.text import unified

ADAPTERS = {
    "auto": "those of the lentiMPRA library are taken off where a sequence stands between both",
    "keep": "they stay, as bases like all others",
}
TAKEN_OFF = (
    f"It stands between the adapters of the lentiMPRA library, {len(ADAPTER_LEFT)} bases at each end. They were taken "
    "off, as the models were trained on what stands between them."
)
LISTED = 5  # sequences named in a remark


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
        tally = Tally()
        tally.n, tally.oligos, tally.digits = len(self.sequences), len(self.oligos), self.digits
        for sequence in self.sequences:
            tally.look_at(sequence)
        return tally.remarks


@dataclass
class Tally:
    """What is to be said of sequences, however many.

    Attributes:
        n: how many there are.
        oligos: how many had their adapters taken off.
        digits: as in `Records`.
    """

    n: int = 0
    oligos: int = 0
    digits: int = 0
    _unknown: list[str] = field(default_factory=list)
    _more: int = 0

    def add(self, record: Record) -> None:
        self.n += 1
        self.oligos += record.oligo is not None
        self.digits += record.digits
        self.look_at(record.sequence)

    def look_at(self, sequence: Sequence) -> None:
        """Take notice of a sequence that is mostly unknown."""
        unknown_letters, n = mostly_unknown(sequence.bases), len(sequence)
        if unknown_letters and len(self._unknown) < LISTED:
            without = ", so it gets no number" if unknown_letters == n else ""
            self._unknown.append(f"'{sequence.name}': {unknown_letters:,} of {n:,} letters are unknown{without}")
        elif unknown_letters:
            self._more += 1

    @property
    def remarks(self) -> list[str]:
        """A sentence each."""
        remarks = []
        if self.oligos:
            remarks.append(
                f"{self.oligos} of {self.n} sequence(s) stand between the adapters of the lentiMPRA "
                f"library ({ADAPTER_LEFT}...{ADAPTER_RIGHT}, or the other strand of both); these were taken off, as "
                "the models were trained on what stands between them"
            )
        if self.digits:
            remarks.append(f"{self.digits} digit(s) of numbering were taken out")
        remarks += self._unknown
        if self._more:
            remarks.append(f"and so are most letters of {self._more:,} more sequences")
        return remarks


@dataclass(frozen=True)
class Record:
    """One sequence that was read: what it was with its adapters, if it had any, the digits taken out, its description.

    See `Records`.
    """

    sequence: Sequence
    oligo: Sequence | None
    digits: int
    description: str


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
    for number, block in enumerate(blocks(text, what), 1):
        record = read_block(block, number, what, adapters)
        name = record.sequence.name
        if name in names:
            raise twice(name, what)
        names.add(name)
        if record.oligo:
            oligos[name] = record.oligo
        sequences.append(record.sequence)
        digits += record.digits
        if record.description:
            descriptions[name] = record.description
    return Records(sequences, oligos, digits, descriptions)


def twice(name: str, what: str) -> InputError:
    """The error of two records with one name, by which result tables are keyed."""
    return InputError(f"two records of {what} are named '{name[:80]}'; give each its own name")


def read_block(block: Block, number: int, what: str, adapters: str) -> Record:
    """One record, the `number`-th of its text; what is wrong with it raises InputError."""
    words = block.header.split(maxsplit=2)
    if not words:
        raise InputError(f"record {number} of {what} has no name after '>'")
    name = words[0]
    body = body_of(block, what)
    bases = upper(body.bases)
    if not bases:
        raise InputError(f"record '{name[:80]}' of {what} has no bases")
    inner = between_adapters(bases) if adapters == "auto" else None
    # of an oligo only what stands between the adapters has a place
    sequence = Sequence(name, inner or bases, place(words, len(inner or bases)), "FASTA")
    oligo = Sequence(name, bases, origin="FASTA") if inner else None
    return Record(sequence, oligo, body.digits, description(words))


def read_pasted(text: str, name: str = "pasted", adapters: str = "auto") -> tuple[Records, list[str]]:
    """What a person pasted: FASTA or flat-file records, or bare bases, which become the sequence `name`.

    Returns:
        The records, and what was cleaned in bare bases, in words (see `clean`).
    """
    first = first_line(unified(text))
    if first.startswith(">") or is_flat(first):
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
    first = first_line(text)
    if first.startswith(">") or is_flat(first):
        records = list(blocks(text, f"'{name}'"))
        if len(records) > 1:
            kind = "FASTA records" if first.startswith(">") else "records"
            raise InputError(f"{len(records)} {kind} were given where one sequence is expected; give one of them")
        record = records[0]
    else:
        record = Block("", text, 1)
    body = body_of(record, f"'{name}'")
    changes = []
    headers = filled_lines(text) - filled_lines(record.body) + body.comments
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
