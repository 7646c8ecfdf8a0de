"""An edited sequence: the reference, every edit since, and where in that history the user stands.

Immutable: an edit returns a new `Document`. Undo and redo move along the history; a new edit after an undo
drops what was undone. The history holds differences and no copies of the sequence: thousands of edits take little room,
and a step along them costs as much as one edit.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np

from engine import limits
from engine.errors import InputError
from engine.fasta import clean
from engine.sequence import (
    Region,
    Sequence,
    check,
    dinucleotide_shuffle,
    reverse_complement,
    substitute,
)


@dataclass(frozen=True)
class Edit:
    """What was done, in words and as a difference: `removed` bases from a 0-based `start` on gave way to `inserted`.

    `turned` if what stands there now is the other strand of what stood there before.
    """

    description: str
    start: int
    removed: str
    inserted: str
    turned: bool = False

    def done(self, bases: str) -> str:
        """The bases after it."""
        return bases[: self.start] + self.inserted + bases[self.start + len(self.removed) :]

    def undone(self, bases: str) -> str:
        """The bases before it."""
        return bases[: self.start] + self.removed + bases[self.start + len(self.inserted) :]


@dataclass(frozen=True)
class Document:
    """A reference sequence and its edit history; `cursor` edits of it are in force.

    `remark` is what is known about the reference (its measured activity, its fold), in words.
    """

    reference: Sequence
    edits: tuple[Edit, ...] = ()
    cursor: int = 0
    remark: str = ""

    @functools.cached_property
    def bases(self) -> str:
        """The sequence as it stands."""
        bases = self.reference.bases
        for edit in self.applied:
            bases = edit.done(bases)
        return bases

    @property
    def sequence(self) -> Sequence:
        """The sequence as it stands, with a name.

        The genomic region is kept as long as the bases still stand in the reference's order without a gap: after
        substitutions, and after bases were taken off an end.
        """
        if self.bases == self.reference.bases:
            return self.reference
        return Sequence(self.reference.name + "_edited", self.bases, self._region(), "edited")

    def _region(self) -> Region | None:
        placed, first = self.reference.region, self.origins[0]
        if placed is None or first is None or self.origins != tuple(range(first, first + len(self.bases))):
            return None
        return placed.part(first, first + len(self.bases))

    @functools.cached_property
    def origins(self) -> tuple[int | None, ...]:
        """For each base, the 0-based place in the reference that it stands at; None for an inserted one.

        A base that was substituted keeps its place. An exchange of a stretch for one of another length counts as
        removed and inserted.
        """
        origins: list[int | None] = list(range(len(self.reference)))
        for edit in self.applied:
            if edit.turned:
                origins.reverse()
            elif len(edit.removed) != len(edit.inserted):
                origins[edit.start : edit.start + len(edit.removed)] = [None] * len(edit.inserted)
        return tuple(origins)

    @property
    def applied(self) -> tuple[Edit, ...]:
        """The edits in force, oldest first."""
        return self.edits[: self.cursor]

    def changed_positions(self) -> list[int]:
        """0-based positions of the bases that were inserted, or differ from the reference's base at their place.

        On the other strand (after an odd number of reverse complements) a base is compared with the complement.
        """
        turned = sum(e.turned for e in self.applied) % 2 == 1
        reference = reverse_complement(self.reference.bases)[::-1] if turned else self.reference.bases
        return [i for i, o in enumerate(self.origins) if o is None or self.bases[i] != reference[o]]

    def undo(self) -> Document:
        if not self.cursor:
            return self
        return self._at(self.cursor - 1, self.edits[self.cursor - 1].undone(self.bases))

    def redo(self) -> Document:
        if self.cursor == len(self.edits):
            return self
        return self._at(self.cursor + 1, self.edits[self.cursor].done(self.bases))

    def reset(self) -> Document:
        """Back to the reference; the edits stay and can be redone."""
        return self._at(0, self.reference.bases)

    def _at(self, cursor: int, bases: str, edits: tuple[Edit, ...] | None = None) -> Document:
        """At another point of this history, or of that with these edits, where these bases are known to stand."""
        document = replace(self, cursor=cursor, edits=self.edits if edits is None else edits)
        document.__dict__["bases"] = bases  # of the cached property: not walked to from the reference once more
        return document

    def with_bases(self, bases: str, description: str = "", turned: bool = False) -> Document:
        """A new state; nothing happens if the bases stay as they are. Described by what changes, if not in words.

        Raises:
            InputError: a letter that is not DNA, or more edits than `limits.EDITS`.
        """
        if bases == self.bases:
            return self
        check(bases, self.reference.name)
        limits.EDITS.check(self.cursor + 1, f"'{self.reference.name}'")
        edit = Edit(description or describe(self.bases, bases), *difference(self.bases, bases), turned)
        return self._at(self.cursor + 1, bases, (*self.applied, edit))

    def spliced(self, start: int, removed: int, inserted: str, description: str = "") -> Document:
        """`removed` bases from a 0-based `start` on exchanged for `inserted`; raises InputError outside the sequence.

        At least one base has to stay.
        """
        if start < 0 or removed < 0 or start + removed > len(self.bases):
            raise InputError(
                f"{removed} base(s) from position {start + 1} on reach past a sequence of {len(self.bases)} bases"
            )
        changed = self.bases[:start] + inserted + self.bases[start + removed :]
        if not changed:
            raise InputError("a sequence needs at least one base; type the new ones over the old ones instead")
        return self.with_bases(changed, description)

    def typed(self, text: str) -> tuple[Document, list[str]]:
        """Take over text that the user typed; returns what was cleaned out of it, in words. Raises InputError."""
        bases, changes = clean(text, self.reference.name)
        return self.with_bases(bases), changes

    def substituted(self, position: int, base: str) -> Document:
        """One base replaced at a 0-based position; raises InputError outside the sequence."""
        bases = substitute(self.bases, position, base)
        return self.with_bases(bases, f"{position + 1} {self.bases[position]}>{base}")

    def reverse_complemented(self) -> Document:
        return self.with_bases(reverse_complement(self.bases), "reverse complement", turned=True)

    def shuffled(self, start: int, end: int, seed: int) -> Document:
        """`[start, end)` replaced by a dinucleotide-preserving shuffle of itself; raises InputError."""
        if not 0 <= start < end <= len(self.bases):
            raise InputError(f"{start + 1}-{end} is not a stretch of a sequence of {len(self.bases)} bases")
        middle = dinucleotide_shuffle(self.bases[start:end], np.random.default_rng(seed))
        return self.with_bases(
            self.bases[:start] + middle + self.bases[end:], f"{start + 1}-{end} shuffled (dinucleotides kept)"
        )


def difference(before: str, after: str) -> tuple[int, str, str]:
    """Where two strings differ: the 0-based start, what is removed there and what stands there instead."""
    start = _alike(before, after)
    tail = _alike(before[start:][::-1], after[start:][::-1])
    return start, before[start : len(before) - tail], after[start : len(after) - tail]


def _alike(one: str, other: str) -> int:
    """How many letters two strings begin with alike; by halves, which compares them as fast as memory is read."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def describe(before: str, after: str) -> str:
    """A change in words: substitutions by position, else the stretch that was exchanged."""
    if len(before) == len(after):
        changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        if len(changed) <= 5:
            return ", ".join(f"{i + 1} {before[i]}>{after[i]}" for i in changed)
        return f"{len(changed)} bases changed between {changed[0] + 1} and {changed[-1] + 1}"
    start, removed, added = difference(before, after)
    parts = [f"{len(removed)} removed"] * bool(removed) + [f"{len(added)} inserted"] * bool(added)
    return f"{' and '.join(parts)} at {start + 1}"
