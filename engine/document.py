"""An edited sequence: the reference, every state since, and where in that history the user stands.

Immutable: an edit returns a new `Document`. Undo and redo move along the history; a new edit after an undo
drops what was undone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.errors import InputError
from engine.sequence import (
    Sequence,
    check,
    clean,
    dinucleotide_shuffle,
    reverse_complement,
    substitute,
)


@dataclass(frozen=True)
class Edit:
    """What was done, in words, and the bases after it."""

    description: str
    bases: str


@dataclass(frozen=True)
class Document:
    """A reference sequence and its edit history; `cursor` edits of it are in force."""

    reference: Sequence
    edits: tuple[Edit, ...] = ()
    cursor: int = 0

    @property
    def bases(self) -> str:
        """The sequence as it stands."""
        return self.edits[self.cursor - 1].bases if self.cursor else self.reference.bases

    @property
    def sequence(self) -> Sequence:
        """The sequence as it stands, with a name; the genomic region is kept while the length is."""
        if self.bases == self.reference.bases:
            return self.reference
        region = self.reference.region if len(self.bases) == len(self.reference) else None
        return Sequence(self.reference.name + "_edited", self.bases, region, "edited")

    @property
    def applied(self) -> tuple[Edit, ...]:
        """The edits in force, oldest first."""
        return self.edits[: self.cursor]

    @property
    def can_undo(self) -> bool:
        return self.cursor > 0

    @property
    def can_redo(self) -> bool:
        return self.cursor < len(self.edits)

    def changed_positions(self) -> list[int]:
        """0-based positions that differ from the reference; empty where the lengths differ."""
        if len(self.bases) != len(self.reference):
            return []
        return [i for i, (a, b) in enumerate(zip(self.reference.bases, self.bases, strict=True)) if a != b]

    def undo(self) -> Document:
        return replace(self, cursor=max(0, self.cursor - 1))

    def redo(self) -> Document:
        return replace(self, cursor=min(len(self.edits), self.cursor + 1))

    def reset(self) -> Document:
        """Back to the reference; the edits stay and can be redone."""
        return replace(self, cursor=0)

    def with_bases(self, bases: str, description: str) -> Document:
        """A new state; nothing happens if the bases stay as they are."""
        if bases == self.bases:
            return self
        check(bases, self.reference.name)
        edits = (*self.applied, Edit(description, bases))
        return replace(self, edits=edits, cursor=len(edits))

    def typed(self, text: str) -> tuple[Document, list[str]]:
        """Take over text that the user typed; returns what was cleaned out of it, in words. Raises InputError."""
        bases, changes = clean(text, self.reference.name)
        return self.with_bases(bases, _describe(self.bases, bases)), changes

    def substituted(self, position: int, base: str) -> Document:
        """One base replaced at a 0-based position; raises InputError outside the sequence."""
        bases = substitute(self.bases, position, base)
        return self.with_bases(bases, f"{position + 1} {self.bases[position]}>{base}")

    def written(self, position: int, bases: str, what: str) -> Document:
        """`bases` written over the sequence from a 0-based position on; raises InputError if they do not fit."""
        end = position + len(bases)
        return self.with_bases(substitute(self.bases, position, bases), f"{what} written over {position + 1}-{end}")

    def inserted(self, position: int, bases: str, what: str) -> Document:
        """`bases` inserted before a 0-based position, which makes the sequence longer; raises InputError."""
        if not 0 <= position <= len(self.bases):
            raise InputError(f"position {position + 1} lies outside a sequence of {len(self.bases)} bases")
        changed = self.bases[:position] + bases + self.bases[position:]
        return self.with_bases(changed, f"{what} inserted at {position + 1}")

    def reverse_complemented(self) -> Document:
        return self.with_bases(reverse_complement(self.bases), "reverse complement")

    def shuffled(self, start: int, end: int, seed: int) -> Document:
        """`[start, end)` replaced by a dinucleotide-preserving shuffle of itself; raises InputError."""
        if not 0 <= start < end <= len(self.bases):
            raise InputError(f"{start + 1}-{end} is not a stretch of a sequence of {len(self.bases)} bases")
        middle = dinucleotide_shuffle(self.bases[start:end], np.random.default_rng(seed))
        return self.with_bases(
            self.bases[:start] + middle + self.bases[end:], f"{start + 1}-{end} shuffled (dinucleotides kept)"
        )


def _describe(before: str, after: str) -> str:
    """A typed change in words: substitutions by position, else the stretch that was exchanged."""
    if len(before) == len(after):
        changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        if len(changed) <= 5:
            return ", ".join(f"{i + 1} {before[i]}>{after[i]}" for i in changed)
        return f"{len(changed)} bases changed between {changed[0] + 1} and {changed[-1] + 1}"
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - start) if before[-1 - i] != after[-1 - i]), shorter - start)
    removed, added = before[start : len(before) - tail], after[start : len(after) - tail]
    parts = [f"{len(removed)} removed"] * bool(removed) + [f"{len(added)} inserted"] * bool(added)
    return f"{' and '.join(parts)} at {start + 1}"
