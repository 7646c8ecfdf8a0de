"""One haplotype, one place: all ways to write an insertion or a deletion, as one.

Where a stretch repeats itself, taking away or adding one unit gives the same edited sequence wherever in the repeat it
is done, and notations choose differently: VCF the left-most place, HGVS the right-most, others what the caller saw.
Effects are computed for the left-most (Tan, Abecasis & Kang 2015, Bioinformatics 31:2202), in windows that hold every
one of the places, so that equal edited sequences get equal effects.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.genome.reference import Reference
from engine.sequence import Region

_STEP = 500  # bases of the reference that are looked up at once


@dataclass(frozen=True)
class Placement:
    """The left-most `(start, ref, alt)` of an edited sequence, 0-based.

    Attributes:
        shift: over how many bases to the right it can be written as well.
    """

    start: int
    ref: str
    alt: str
    shift: int = 0

    @property
    def span(self) -> int:
        """Bases that a window has to hold, so that it holds the change wherever it is written."""
        return max(len(self.ref), len(self.alt)) + self.shift


def leftmost(start: int, ref: str, alt: str, known: Region, reference: Reference, most: int) -> Placement:
    """Where a change stands, whichever of the ways to write it was taken.

    Args:
        start, ref, alt: as `Variant.trimmed` gives them: without the bases that both alleles share.
        known: the stretch of the reference that may be looked at.
        most: bases that it is followed over to either side; a shift beyond that is told as more than `most`.
    """
    if bool(ref) == bool(alt):  # both have bases of their own, so no other place gives the same sequence
        return Placement(start, ref, alt)
    unit = alt
    if ref:  # as the reference has it, also where its bases are ambiguous
        unit = reference.bases(Region(known.chrom, start, start + len(ref), known.build))
    end = start + len(ref)
    left = _run(unit, known, reference, start, max(known.start, start - most - 1), -1)
    right = _run(unit, known, reference, end, min(known.end, end + most + 1), 1)
    turn = left % len(unit)
    unit = unit[len(unit) - turn :] + unit[: len(unit) - turn]
    return Placement(start - left, unit if ref else "", "" if ref else unit, left + right)


def _run(unit: str, known: Region, reference: Reference, place: int, bound: int, step: int) -> int:
    """Over how many bases from `place` on the reference repeats the unit, towards `bound`.

    Args:
        step: 1 to the right, where `place` is the first base that is compared; -1 to the left, the base before it.
    """
    n = len(unit)
    length = abs(bound - place)
    for done in range(0, length, _STEP):
        until = min(done + _STEP, length)
        first, last = (place + done, place + until) if step > 0 else (place - until, place - done)
        bases = reference.bases(Region(known.chrom, first, last, known.build))
        for i in range(done, until):
            same = bases[i - done] == unit[i % n] if step > 0 else bases[until - 1 - i] == unit[-1 - i % n]
            if not same:
                return i
    return length
