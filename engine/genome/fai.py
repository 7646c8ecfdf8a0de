"""Where each contig of a FASTA lies in its file: the index `<file>.fai` of samtools, held against the file.

An index may be of an earlier file, or cut short by a full disk; reading through it gives other bases without a word.
So what it says is looked up in the FASTA: every contig's header stands right before its bases and right behind those of
the one before, the file ends with the last one, and the lines have the lengths that it names. An index that does not
fit is made anew. It is written beside the FASTA, or to the cache where nothing can be written there, or kept in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine import store
from engine.errors import InputError
from engine.genome.fasta_file import Source
from engine.text import text_of

_LARGEST = 200_000_000  # bytes of an index; that of an assembly in a million pieces has 50 million
_HEADERS, _LINE_ENDS = 5_000, 1_000  # of an index that are looked up in the FASTA
_GAP = 1_000_000  # bytes of a header that are looked at


@dataclass(frozen=True)
class Contig:
    """A row of the index.

    Attributes:
        length: of the contig, in bases.
        offset: byte of its first base.
        bases, width: of a full line, without and with the line's end.
    """

    name: bytes
    length: int
    offset: int
    bases: int
    width: int

    def place(self, index: int) -> int:
        """The byte of a base; that of the length is where the last line's end begins, unless the line is full."""
        return self.offset + index // self.bases * self.width + index % self.bases if self.bases else self.offset

    @property
    def end(self) -> int:
        """The byte behind the last base."""
        return self.place(self.length - 1) + 1 if self.length else self.offset


def index_of(source: Source) -> tuple[dict[str, Contig], str]:
    """Every contig of a FASTA by its name, and a remark for the user where an index was found wrong ('' else).

    Raises:
        InputError: it is no FASTA, or one that cannot be indexed; names the line.
    """
    file = source.file
    beside = file.with_name(file.name + ".fai")
    cached = store.cache_folder() / "genomes" / f"{file.name[:80]}-{store.digest(str(file.resolve()), 16)}.fai"
    remark = ""
    for place in (beside, cached):
        rows, reason = _kept(place, source)
        if rows:
            return _named(rows, file), remark
        if reason and not remark:
            remark = f"{place} does not fit {file.name} ({reason}); the index was made anew"
    rows = indexed(source.lines(), str(file))
    text = b"".join(b"%b\t%d\t%d\t%d\t%d\n" % (row.name, row.length, row.offset, row.bases, row.width) for row in rows)
    for place in (beside, cached):
        try:
            store.write_bytes(place, text)
            break
        except (OSError, InputError):
            continue  # nobody needs the file: it saves the time of making it again
    return _named(rows, file), remark


def indexed(lines: Iterable[bytes], what: str) -> list[Contig]:
    """The contigs of a FASTA, of which all lines are looked at.

    Blank lines may stand before the first header and behind the bases of a contig.

    Raises:
        InputError: text before the first header, a contig without name or of a name that was there before, or lines of
            several lengths in one contig; names the line.
    """
    rows: list[Contig] = []
    names: set[bytes] = set()
    name: bytes | None = None
    offset = length = bases = width = at = 0
    ended, ending = False, b"\n"
    for number, line in enumerate(lines, 1):
        size = len(line)
        if size == width and not ended and line[bases:] == ending and line[0] != 62:  # 62 is '>'
            length += bases
            at += size
            continue
        at += size
        content = line.rstrip(b"\r\n")
        if b"\r" in content:
            raise InputError(f"line {number} of {what} holds CR without LF, as old Macs end lines; write LF alone")
        if line.startswith(b">"):
            if name is not None:
                rows.append(Contig(name, length, offset, bases, width))
            words = content[1:].split(maxsplit=1)
            name = words[0] if words else b""
            if not name or name in names:
                fault = "names no contig" if not name else "names a contig that was there before"
                raise InputError(f"line {number} of {what} {fault}; give each its own name after '>'")
            names.add(name)
            offset, length, bases, width, ended = at, 0, 0, 0, False
        elif not content:
            ended = True
        elif name is None:
            raise InputError(
                f"{what} cannot be read as an indexed FASTA: line {number} is no header; one begins with '>'"
            )
        elif not length and not ended:
            length, bases, width, ending = len(content), len(content), size, line[len(content) :]
        elif ended or len(content) > bases:
            raise InputError(
                f"{what} cannot be read as an indexed FASTA: line {number} follows a shorter or blank line, or "
                "is longer than the first of its contig; wrap all lines alike, for example with 'seqtk seq -l 60'"
            )
        else:
            length += len(content)
            ended = True
    if name is None:
        raise InputError(f"{what} holds no FASTA record")
    return [*rows, Contig(name, length, offset, bases, width)]


def _named(rows: list[Contig], file: Path) -> dict[str, Contig]:
    names = text_of(b">" + b"\n>".join(row.name for row in rows), str(file), "FASTA").split("\n")
    return {name.removeprefix(">"): row for name, row in zip(names, rows, strict=True)}


def _kept(file: Path, source: Source) -> tuple[list[Contig], str]:
    """The rows of an index that fits its FASTA, or none of them and what is wrong with it ('' if it is not there)."""
    try:
        if not file.is_file():
            return [], ""
        if file.stat().st_size > _LARGEST:
            return [], "it is larger than an index is"
        text = file.read_bytes()
    except OSError as error:
        return [], f"it cannot be read: {error.strerror}"
    rows = []
    for number, line in enumerate(text.removesuffix(b"\n").split(b"\n"), 1):
        name, *numbers = line.removesuffix(b"\r").split(b"\t")
        if not name or len(numbers) != 4 or not all(n.isdigit() and len(n) <= 18 for n in numbers):
            return [], f"line {number} is no line of an index" if text else "it is empty"
        rows.append(Contig(name, *map(int, numbers)))
    reason = _misfit(rows, source)
    return ([], reason) if reason else (rows, "")


def _misfit(rows: list[Contig], source: Source) -> str:
    """Why an index is not that of a FASTA; '' if it is."""
    if len({row.name for row in rows}) < len(rows):
        return "two contigs have one name"
    step = max(1, len(rows) // _HEADERS)
    for i, row in enumerate(rows):
        line_end = row.width - row.bases
        one_line = row.length <= row.bases and row.offset + row.length == source.size  # of a file that ends without one
        if row.bases < 1 <= row.length or not (1 <= line_end <= 2 or one_line or not row.length):
            return f"contig {i + 1} has impossible lines"
        before = rows[i - 1].end if i else 0
        if row.offset <= before or row.end > source.size:
            return f"contig {i + 1} does not lie behind the one before and inside the file"
        if i % step == 0 and not _has_header(source, before, row, i > 0 and rows[i - 1].length > 0):
            return f"no header of contig {i + 1} stands before its bases"
    rest = source.size - rows[-1].end
    if rest > _GAP or source.read(rows[-1].end, source.size).strip(b"\r\n"):
        return "the file goes on behind the last contig"
    each = max(1, _LINE_ENDS // len(rows))
    for row in rows[:: max(1, len(rows) // _LINE_ENDS)]:
        full = (row.length - 1) // row.bases if row.length else 0  # lines that another one follows
        if set(source.read(row.offset + full * row.width, row.end)) & set(b"\r\n>"):
            return "its last line has another length"
        for line in range(1, full + 1, max(1, full // each)):
            end = row.offset + line * row.width
            ending = source.read(end - (row.width - row.bases) - 1, end)
            if ending[1:] not in (b"\n", b"\r\n") or ending[:1] in b"\r\n":
                return "its lines have another length"
    return ""


def _has_header(source: Source, before: int, row: Contig, needs_line_end: bool) -> bool:
    """Whether nothing but the contig's header stands between the bases of the one before and its own."""
    if row.offset - before > _GAP:
        return False
    blank = rb"[\r\n]+" if needs_line_end else rb"[\r\n]*"
    header = blank + rb">[ \t]*" + re.escape(row.name) + rb"(?:[ \t][^\r\n]*)?\r?\n"
    return re.fullmatch(header, source.read(before, row.offset)) is not None
