"""How much is taken at once: bounds that no real use meets, each checked before any work is done for it.

A small input can ask for unbounded work: a short link for a million edits, a small compressed file for gigabytes. Every
door into CisLens holds what comes in against one of these, and says what is too much and what to do instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import InputError


@dataclass(frozen=True)
class Limit:
    """At most `most` of `what` (a plural); `mend` says what to do beyond that."""

    most: int
    what: str
    mend: str

    def check(self, n: int, where: str) -> None:
        """Raise InputError if `where` (what the user knows it by) has more than that many."""
        if n > self.most:
            raise InputError(f"{where} has {n:,} {self.what}, more than {self.most:,}; {self.mend}")


UNPACKED = Limit(1_000_000_000, "bytes of text", "give a part of it")
FASTA_TEXT = Limit(
    300_000_000, "bytes of text", "split it into several files; of a whole genome 'scan' takes regions with --genome"
)
RECORDS = Limit(1_000_000, "records", "split it into several files")
NAME = Limit(1_000, "letters in its name", "shorten it")
DIGITS = Limit(18, "digits in one number", "write a number that a genome or a table can hold")
