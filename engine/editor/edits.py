"""One edit as a difference between two strings, and where it leaves a stretch of the bases."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass

from engine.results import Feature


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

    @property
    def inverse(self) -> Edit:
        """The edit that takes it back."""
        return Edit(self.description, self.start, self.inserted, self.removed, self.turned)

    def carried(self, feature: Feature) -> Feature:
        """Where a feature lies after it; without a base (`start == end`) if none of its own is left.

        What is inserted within a feature belongs to it, at either of its ends it does not. A stretch exchanged for one
        of another length counts as removed and inserted, as in `Document.origins`.
        """
        if self.turned:
            # a strand and its reverse complement differ symmetrically about the middle, so that this is the length
            length = 2 * self.start + len(self.removed)
            strand = {"+": "-", "-": "+"}.get(feature.strand, "")
            return feature.moved(length - feature.end, length - feature.start, strand)
        growth = len(self.inserted) - len(self.removed)
        if not growth:
            return feature
        behind = self.start + len(self.removed)
        start, end = feature.start, feature.end
        if start >= behind:
            start += growth
        elif start >= self.start:
            start = self.start + len(self.inserted)
        if end > behind:
            end += growth
        elif end > self.start:
            end = self.start
        return feature.moved(start, max(start, end))


def common(one: tuple[Edit, ...], other: tuple[Edit, ...]) -> int:
    """How many edits two histories begin with alike."""
    return _alike(one, other)


def difference(before: str, after: str) -> tuple[int, str, str]:
    """Where two strings differ: the 0-based start, what is removed there and what stands there instead."""
    start = _alike(before, after)
    tail = _alike(before[start:][::-1], after[start:][::-1])
    return start, before[start : len(before) - tail], after[start : len(after) - tail]


def _alike(one: Several, other: Several) -> int:
    """How many letters or edits two begin with alike; by halves, which compares them as fast as memory is read."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def describe(start: int, removed: str, inserted: str) -> str:
    """A difference in words: substitutions by position, else the stretch that was exchanged."""
    if len(removed) == len(inserted):
        changed = [i for i, (a, b) in enumerate(zip(removed, inserted, strict=True)) if a != b]
        if len(changed) <= 5:
            return ", ".join(f"{start + i + 1} {removed[i]}>{inserted[i]}" for i in changed)
        return f"{len(changed)} bases changed between {start + changed[0] + 1} and {start + changed[-1] + 1}"
    parts = [f"{len(removed)} removed"] * bool(removed) + [f"{len(inserted)} inserted"] * bool(inserted)
    return f"{' and '.join(parts)} at {start + 1}"
