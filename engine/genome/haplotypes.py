"""One haplotype, one place: the left-most of all ways to write an insertion or a deletion.

Where a stretch repeats itself, taking away or adding one unit gives the same edited sequence wherever in the repeat it
is done, and notations choose differently: VCF the left-most place, HGVS the right-most, others what the caller saw.
Effects are computed at the left-most place (Tan, Abecasis & Kang 2015, Bioinformatics 31:2202), so that equal edited
sequences get equal effects.
"""

from __future__ import annotations

from engine.errors import InputError
from engine.genome.reference import Reference
from engine.sequence import Region

LONGEST_REPEAT = 20_000  # bases over which an insertion or a deletion may be shifted
_STEP = 500  # bases of the reference that are looked up at once


def leftmost(start: int, ref: str, alt: str, known: Region, reference: Reference) -> tuple[int, str, str]:
    """The left-most `(start, ref, alt)`, 0-based, with the same edited sequence.

    Args:
        start, ref, alt: as `Variant.trimmed` gives them: without the bases that both alleles share.
        known: the stretch of the reference that may be looked at.

    Raises:
        InputError: an insertion or deletion that can be shifted over more than `LONGEST_REPEAT` bases.
    """
    if bool(ref) == bool(alt):  # both have bases of their own, so no other place gives the same sequence
        return start, ref, alt
    unit = alt
    if ref:  # as the reference has it, also where its bases are ambiguous
        unit = reference.bases(Region(known.chrom, start, start + len(ref), known.build))
    room = LONGEST_REPEAT + 1
    left = _run(unit, known, reference, start, max(known.start, start - room), -1)
    end = start + len(ref)
    right = _run(unit, known, reference, end, min(known.end, end + room - left), 1)
    if left + right > LONGEST_REPEAT:
        raise InputError(
            f"its {'deletion' if ref else 'insertion'} can be written at more than {LONGEST_REPEAT:,} places of a "
            "repeat, so that it has no window of its own"
        )
    turn = left % len(unit)
    unit = unit[len(unit) - turn :] + unit[: len(unit) - turn]
    return start - left, unit if ref else "", "" if ref else unit


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
