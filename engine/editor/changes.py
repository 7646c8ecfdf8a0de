"""What is left of all edits: the edited sequence laid beside its reference, and where the two differ."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from Bio import Align

from engine.editor.document import Document
from engine.editor.edits import difference
from engine.sequence import check, reverse_complement

# Costs of the alignment of two sequences whose history is not known: a substitution costs less than an insertion and a
# deletion, and one long gap less than two short ones.
MATCH, MISMATCH, OPEN, EXTEND = 1.0, -1.0, -3.0, -0.2


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
    aligned: list[Column] = []
    i = j = 0  # the next base of the reference and of the sequence
    kept = [(origin, k) for k, origin in enumerate(origins) if origin is not None]
    for origin, k in [*kept, (len(reference), len(bases))]:
        steps = [*_steps(reference[i:origin], bases[j:k]), *[(1, 1)] * (k < len(bases))]
        for down, along in steps:
            aligned.append(
                Column(reference[i] if down else "", bases[j] if along else "", i, positions[j] if along else None)
            )
            i, j = i + down, j + along
    return aligned


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
    stretches = []
    for differs, group in itertools.groupby(columns(document), lambda c: c.ref != c.alt):
        if differs:
            run = list(group)
            ref, alt = "".join(c.ref for c in run), "".join(c.alt for c in run)
            stretches.append(Change(run[0].place, run[0].place + len(ref), ref, alt))
    return tuple(stretches)


def edited_to(document: Document, bases: str) -> Document:
    """The document with every stretch exchanged in which other `bases`, of any length, differ from it.

    For an edited sequence that comes without its history: a global alignment (Needleman & Wunsch 1970, J Mol Biol
    48:443-453; Biopython's) tells what was substituted, inserted and deleted, one edit each, from the first to the
    last. The other strand of the sequence is taken as such.

    Raises:
        InputError: a letter that is not DNA.
    """
    if bases == reverse_complement(document.bases):
        return document.reverse_complemented()
    check(bases, "edited sequence")
    aligner = Align.PairwiseAligner(
        mode="global", match_score=MATCH, mismatch_score=MISMATCH, open_gap_score=OPEN, extend_gap_score=EXTEND
    )
    before, after = document.bases, bases
    kept = aligner.align(before, after)[0].aligned.transpose(1, 0, 2)  # (blocks, 2, 2): start and end in both
    stretches = []
    i = j = 0
    for (first, end), (start, stop) in [*kept.tolist(), ((len(before),) * 2, (len(after),) * 2)]:
        stretches.append((i, before[i:first], after[j:start]))
        same = [a == b for a, b in zip(before[first:end], after[start:stop], strict=True)]
        at = 0
        for equal, group in itertools.groupby(same):
            n = len(list(group))
            if not equal:
                stretches.append((first + at, before[first + at : first + at + n], after[start + at : start + at + n]))
            at += n
        i, j = end, stop
    moved = 0
    for start, removed, inserted in stretches:
        if removed != inserted:
            document = document.spliced(start + moved, len(removed), inserted)
            moved += len(inserted) - len(removed)
    return document
