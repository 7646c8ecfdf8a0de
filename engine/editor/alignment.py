"""Two edited sequences laid beside each other, column by column.

Of one reference, or of references that share a stretch of a genome, the columns follow from places and edits; of others
from an alignment of the bases (Needleman & Wunsch 1970, J Mol Biol 48:443-453; Biopython's), whose ends cost nothing.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

from Bio import Align

from engine.editor.changes import EXTEND, MATCH, MISMATCH, OPEN, columns, turned
from engine.editor.document import Document
from engine.sequence import Region, reverse_complement

Pair = tuple[int | None, int | None]


@dataclass(frozen=True)
class Aligned:
    """Columns of two sequences as they stand, in the direction of the first.

    Attributes:
        pairs: for each column the 0-based position in the first and in the second; None where one has no base.
        flipped: the second is read on its other strand, so that its positions run backwards.
        how: what the columns rest on, in words.
    """

    pairs: tuple[Pair, ...]
    flipped: bool
    how: str

    @property
    def shared(self) -> int:
        """Columns in which both have a base."""
        return sum(a is not None and b is not None for a, b in self.pairs)

    def letters(self, first: str, second: str) -> list[tuple[str, str]]:
        """The base of each in every column, '' where one has none; those of the second in the first's direction.

        Args:
            first, second: their bases as they stand.
        """
        if self.flipped:
            second = reverse_complement(second)[::-1]
        return [("" if a is None else first[a], "" if b is None else second[b]) for a, b in self.pairs]


def align(first: Document, second: Document) -> Aligned:
    """Lay two sequences beside each other; see `Aligned`."""
    if first.reference.bases == second.reference.bases:
        return _by_place(first, second, (None, None), "by their places in the reference that both have")
    one, other = first.reference.region, second.reference.region
    if one and other and _overlap(one, other):
        return _by_place(first, second, (one, other), f"by their places on {one.chrom} ({one.build or 'no build'})")
    return _by_bases(first, second)


def _overlap(one: Region, other: Region) -> bool:
    same = (one.chrom, one.build) == (other.chrom, other.build)
    return same and max(one.start, other.start) < min(one.end, other.end)


# --- by places --------------------------------------------------------------------------------------


@dataclass
class _Places:
    """Of one sequence: the position that stands at each place, and those of the bases inserted before it."""

    at: dict[int, int | None] = field(default_factory=dict)
    before: dict[int, list[int | None]] = field(default_factory=lambda: defaultdict(list))


def _places(document: Document, region: Region | None) -> _Places:
    """Places are those in the reference or, with a region, in the genome; in ascending order of both."""
    places = _Places()
    backwards = region is not None and region.reverse
    for column in columns(document):
        place = column.place if region is None else region.place_of(column.place)
        if column.ref:
            places.at[place] = column.position
        else:  # stands before the reference's next base, which read backwards is behind it
            places.before[place + backwards].append(column.position)
    if backwards:
        for inserted in places.before.values():
            inserted.reverse()
    return places


def _by_place(first: Document, second: Document, regions: tuple[Region | None, Region | None], how: str) -> Aligned:
    one, other = (_places(d, r) for d, r in zip((first, second), regions, strict=True))
    places = one.at.keys() | other.at.keys() | one.before.keys() | other.before.keys()
    pairs: list[Pair] = []
    for place in sorted(places):
        pairs += itertools.zip_longest(one.before.get(place, ()), other.before.get(place, ()))
        pairs.append((one.at.get(place), other.at.get(place)))
    pairs = [pair for pair in pairs if pair != (None, None)]
    backwards = [turned(d) != bool(r and r.reverse) for d, r in zip((first, second), regions, strict=True)]
    return Aligned(tuple(pairs[::-1] if backwards[0] else pairs), backwards[0] != backwards[1], how)


# --- by bases ---------------------------------------------------------------------------------------


def _by_bases(first: Document, second: Document) -> Aligned:
    aligner = Align.PairwiseAligner(
        mode="global", match_score=MATCH, mismatch_score=MISMATCH, open_gap_score=OPEN, extend_gap_score=EXTEND
    )
    aligner.end_gap_score = 0.0
    strands = (second.bases, reverse_complement(second.bases))
    flipped = aligner.score(first.bases, strands[1]) > aligner.score(first.bases, strands[0])
    blocks = aligner.align(first.bases, strands[flipped])[0].aligned.transpose(1, 0, 2).tolist()
    pairs: list[Pair] = []
    i = j = 0
    for (start, end), (at, stop) in [*blocks, ((len(first.bases),) * 2, (len(second.bases),) * 2)]:
        pairs += [(k, None) for k in range(i, start)] + [(None, k) for k in range(j, at)]
        pairs += zip(range(start, end), range(at, stop), strict=True)
        i, j = end, stop
    if flipped:
        last = len(second.bases) - 1
        pairs = [(a, None if b is None else last - b) for a, b in pairs]
    aligned = Aligned(tuple(pairs), flipped, "")
    alike = sum(a == b for a, b in aligned.letters(first.bases, second.bases))
    return Aligned(aligned.pairs, flipped, f"by their bases (global alignment): {alike} of {aligned.shared} are alike")
