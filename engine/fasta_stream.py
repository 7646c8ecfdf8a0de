"""A file of sequences of any size: looked through as a whole first, then handed out batch by batch, in flat memory.

What is kept of each record from the first look on is eight bytes, by which two of one name are found.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

import numpy as np

from engine.errors import InputError, unknown
from engine.fasta import ADAPTERS, Record, Tally, read_block, read_records, twice
from engine.fasta_text import HEADER, fasta_blocks, first_line, is_flat_file
from engine.limits import FASTA_TEXT, STREAMED
from engine.sequence import Sequence
from engine.text import TextFile

SEQUENCES, BASES = 2_048, 2_000_000  # at most so many in a batch, and no more once they have so many bases


class FastaStream:
    """The records of a file, as `engine.fasta.read_records` reads them.

    GenBank and EMBL flat files are read as a whole, within the bounds of that function.

    Args:
        text: what is read, twice.
        adapters: one of `engine.fasta.ADAPTERS`.
        accept: is shown every sequence before there is a first batch, and raises InputError for one that cannot be
            used.

    Attributes:
        n: how many records there are.
        oligos: how many had their adapters taken off.
        remarks: what the user should know of them, a sentence each.

    Raises:
        InputError: as `read_records`, wherever in the file that is.
    """

    def __init__(self, text: TextFile, adapters: str = "auto", accept: Callable[[Sequence], None] = lambda _: None):
        if adapters not in ADAPTERS:
            raise unknown("way with adapters", adapters, ADAPTERS)
        self._text, self._adapters = text, adapters
        self._whole: list[Sequence] | None = None
        if is_flat_file(next(text.pieces(), "")):
            records = read_records(text.text(FASTA_TEXT), text.what, adapters)
            self._whole = records.sequences
            self.n, self.oligos, self.remarks = len(self._whole), len(records.oligos), records.remarks
            for sequence in self._whole:
                accept(sequence)
            return
        tally, names = Tally(), array("q")
        for record in self._records():
            tally.add(record)
            STREAMED.check(tally.n, text.what)
            names.append(hash(record.sequence.name))
            accept(record.sequence)
        self._check_names(np.frombuffer(names, np.int64))
        self.n, self.oligos, self.remarks = tally.n, tally.oligos, tally.remarks

    def batches(self) -> Iterator[list[Sequence]]:
        """All sequences in order, in lists of at most `SEQUENCES`."""
        batch: list[Sequence] = []
        bases = 0
        for sequence in self._whole if self._whole is not None else (record.sequence for record in self._records()):
            batch.append(sequence)
            bases += len(sequence)
            if len(batch) == SEQUENCES or bases >= BASES:
                yield batch
                batch, bases = [], 0
        if batch:
            yield batch

    def _records(self) -> Iterator[Record]:
        number, line = 0, 1
        for text in _whole_records(self._text):
            for block in fasta_blocks(text, self._text.what, line):
                number += 1
                yield read_block(block, number, self._text.what, self._adapters)
            line += text.count("\n")

    def _check_names(self, hashes: np.ndarray) -> None:
        """Raise InputError if two records have one name; different names of one hash are told apart by reading again.

        Args:
            hashes: `(n,)` int64 of the names.
        """
        ordered = np.sort(hashes)
        suspected = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
        if not suspected:
            return
        names: set[str] = set()
        for record in self._records():
            name = record.sequence.name
            if hash(name) in suspected:
                if name in names:
                    raise twice(name, self._text.what)
                names.add(name)


def _whole_records(text: TextFile) -> Iterator[str]:
    """The text in parts that begin with a record, but for what stands above the first, and end with one."""
    held: list[str] = []
    size, begun = 0, False
    for piece in text.pieces():
        headers = [match.start() for match in HEADER.finditer(piece)]
        if not begun and not headers and first_line(piece):
            yield "".join((*held, piece))  # is no FASTA, which shows at once
        if begun + len(headers) > 1:
            yield "".join((*held, piece[: headers[-1]]))
            held, size = [piece[headers[-1] :]], 0
        else:
            held.append(piece)
        size += len(held[-1])
        FASTA_TEXT.check(size, f"a record of {text.what}")
        begun = begun or bool(headers)
    last = "".join(held)
    if not begun and not last.strip():
        raise InputError(f"{text.what} is empty; expected FASTA records (>name, then bases)")
    yield last
