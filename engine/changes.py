"""What is left of all edits: the edited sequence laid beside its reference, and where the two differ."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from engine.document import Document, difference
from engine.sequence import reverse_complement


@dataclass(frozen=True)
class Column:
    """One column of the alignment, in the reference's direction.

    Attributes:
        ref, alt: the reference's and the edited base; '' where there is none. `alt` of a sequence that was turned to
            its other strand is the complement of the base that stands there.
        place: 0-based position in the reference; of an inserted base that of the next base of the reference.
        position: 0-based position in the edited sequence as it stands; None for a deleted base.
    """

    ref: str
    alt: str
    place: int
    position: int | None


@dataclass(frozen=True)
class Change:
    """A stretch that differs: `[start, end)` of the reference, 0-based, and the bases before and after.

    An insertion has an empty `ref`, and `start` is the base before which it stands; a deletion has an empty `alt`.
    """

    start: int
    end: int
    ref: str
    alt: str

    @property
    def kind(self) -> str:
        if not self.ref:
            return "insertion"
        if not self.alt:
            return "deletion"
        return "substitution" if len(self.ref) == len(self.alt) else "replacement"

    @property
    def where(self) -> str:
        """Its place in the reference as people write it, 1-based: '84', '84-86', 'before 1', 'after 90'."""
        if self.kind == "insertion":
            return f"after {self.start}" if self.start else "before 1"
        return str(self.end) if self.end - self.start == 1 else f"{self.start + 1}-{self.end}"


def turned(document: Document) -> bool:
    """True if the sequence now stands on the other strand of its reference."""
    return sum(edit.turned for edit in document.applied) % 2 == 1


def columns(document: Document) -> list[Column]:
    """The alignment of the reference and the sequence as it stands, from the document's own history.

    Bases that were removed and came back are the same bases: between two bases that kept their place, what both
    sequences begin or end with is laid on each other, and of the rest as many bases as both have.
    """
    reference, bases, origins = document.reference.bases, document.bases, document.origins
    positions = range(len(bases))
    if bases == reference:
        origins = tuple(positions)
    elif turned(document):
        bases, origins, positions = reverse_complement(bases), origins[::-1], positions[::-1]
    found: list[Column] = []
    i = j = 0  # the next base of the reference and of the sequence
    kept = [(origin, k) for k, origin in enumerate(origins) if origin is not None]
    for origin, k in [*kept, (len(reference), len(bases))]:
        steps = [*_steps(reference[i:origin], bases[j:k]), *[(1, 1)] * (k < len(bases))]
        for down, along in steps:
            found.append(
                Column(reference[i] if down else "", bases[j] if along else "", i, positions[j] if along else None)
            )
            i, j = i + down, j + along
    return found


def _steps(before: str, after: str) -> Iterator[tuple[int, int]]:
    """How many bases (0 or 1) of each string every column of their alignment takes."""
    start, removed, _ = difference(before, after)
    shorter, tail = min(len(before), len(after)), len(before) - start - len(removed)
    yield from [(1, 1)] * (shorter - tail)
    yield from [(1, 0)] * (len(before) - shorter)
    yield from [(0, 1)] * (len(after) - shorter)
    yield from [(1, 1)] * tail


def changes(document: Document) -> tuple[Change, ...]:
    """The stretches in which the sequence differs from its reference, in the reference's order and direction."""
    found = []
    for differs, group in itertools.groupby(columns(document), lambda c: c.ref != c.alt):
        if differs:
            run = list(group)
            ref, alt = "".join(c.ref for c in run), "".join(c.alt for c in run)
            found.append(Change(run[0].place, run[0].place + len(ref), ref, alt))
    return tuple(found)
