"""An edited sequence: the reference, every state since, and where in that history the user stands.

Immutable: an edit returns a new `Document`. Undo and redo move along the history; a new edit after an undo
drops what was undone.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np

from engine.errors import InputError
from engine.sequence import (
    Region,
    Sequence,
    check,
    clean,
    dinucleotide_shuffle,
    reverse_complement,
    substitute,
)


@dataclass(frozen=True)
class Edit:
    """What was done, in words, and the bases after it; `turned` if they are the other strand of those before."""

    description: str
    bases: str
    turned: bool = False


@dataclass(frozen=True)
class Document:
    """A reference sequence and its edit history; `cursor` edits of it are in force.

    `remark` is what is known about the reference (its measured activity, its fold), in words.
    """

    reference: Sequence
    edits: tuple[Edit, ...] = ()
    cursor: int = 0
    remark: str = ""

    @property
    def bases(self) -> str:
        """The sequence as it stands."""
        return self.edits[self.cursor - 1].bases if self.cursor else self.reference.bases

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
        return Region(placed.chrom, placed.start + first, placed.start + first + len(self.bases), placed.build)

    @functools.cached_property
    def states(self) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
        """Bases and their origins at every point of the history, from the reference to the last edit."""
        bases = self.reference.bases
        origins: tuple[int | None, ...] = tuple(range(len(self.reference)))
        states = [(bases, origins)]
        for edit, (start, removed, inserted, turned) in zip(self.edits, self.differences, strict=True):
            if turned:
                origins = origins[::-1]
            elif removed != len(inserted):
                origins = origins[:start] + (None,) * len(inserted) + origins[start + removed :]
            states.append((edit.bases, origins))
        return tuple(states)

    @property
    def differences(self) -> tuple[tuple[int, int, str, bool], ...]:
        """Each edit as (start, bases removed there, bases put there instead, whether it turned the strand)."""
        before = (self.reference.bases, *(e.bases for e in self.edits))
        differences = []
        for bases, edit in zip(before, self.edits, strict=False):
            start, removed, inserted = difference(bases, edit.bases)
            differences.append((start, len(removed), inserted, edit.turned))
        return tuple(differences)

    @property
    def origins(self) -> tuple[int | None, ...]:
        """For each base, the 0-based place in the reference that it stands at; None for an inserted one.

        A base that was substituted keeps its place. An exchange of a stretch for one of another length counts as
        removed and inserted.
        """
        return self.states[self.cursor][1]

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
        return replace(self, cursor=max(0, self.cursor - 1))

    def redo(self) -> Document:
        return replace(self, cursor=min(len(self.edits), self.cursor + 1))

    def reset(self) -> Document:
        """Back to the reference; the edits stay and can be redone."""
        return replace(self, cursor=0)

    def with_bases(self, bases: str, description: str = "", turned: bool = False) -> Document:
        """A new state; nothing happens if the bases stay as they are. Described by what changes, if not in words."""
        if bases == self.bases:
            return self
        check(bases, self.reference.name)
        edits = (*self.applied, Edit(description or describe(self.bases, bases), bases, turned))
        return replace(self, edits=edits, cursor=len(edits))

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


@functools.lru_cache(maxsize=8192)  # the history is walked anew after every edit
def difference(before: str, after: str) -> tuple[int, str, str]:
    """Where two strings differ: the 0-based start, what is removed there and what stands there instead."""
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - start) if before[-1 - i] != after[-1 - i]), shorter - start)
    return start, before[start : len(before) - tail], after[start : len(after) - tail]


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
