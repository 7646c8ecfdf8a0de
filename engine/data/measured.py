"""What saturation mutagenesis measured on a sequence of the user's, base by base."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from engine.builds import build_or_none
from engine.data import satmut
from engine.data.satmut import DATA_SETS, MeasuredElement
from engine.errors import DataError
from engine.sequence import BASES, Region, Sequence, reverse_complement

SHORTEST = 30  # bases that are taken to tell a place by themselves


def measured_on(sequence: Sequence) -> dict[str, np.ndarray]:
    """The measured effects on a stretch of the genome, by data set (`satmut.DATA_SETS`), in the table's order.

    Args:
        sequence: bases as the genome has them, on either strand, with a region whose build is known; of an edited
            sequence its reference. Without a region, or without its build, nothing is known about it.

    Returns:
        For each data set with a measured substitution there a `(length, 4)` array, log2(alt/ref): nan at the base that
        is there, where nothing was measured, and where the data set's reference base is another than the sequence's.
        Empty if there is none. One element may have several data sets (SORT1, SORT1-flip, SORT1.2). Deletions are
        left out.

    Raises:
        DataError: the region is known, and the measurements have not been downloaded.
    """
    region = sequence.region
    build = build_or_none(region.build) if region else ""
    if region is None or build not in satmut.BUILDS:
        return {}
    measured = {name: _laid_over(sequence.bases, region, element) for name, element in _elements(build).items()}
    return {name: values for name, values in measured.items() if values is not None}


def recognised(sequence: Sequence) -> Sequence:
    """The sequence with its place in a genome, told by its bases: they stand in a measured element or its known flanks.

    For a sequence that came without a place, or with one of which the build is not known, as from a FASTA file; GRCh38
    is asked before GRCh37. The sequence stays as it is if it has a place in a build, is shorter than `SHORTEST`, has a
    base that the element has not, reaches out of the flanks, lies in a flank alone, stands on the other strand or at
    several places, and without the measurements.
    """
    region = sequence.region
    if (region and region.build) or len(sequence) < SHORTEST:
        return sequence
    bases = reverse_complement(sequence.bases) if region and region.reverse else sequence.bases
    for build in reversed(satmut.BUILDS):
        try:
            contexts = [satmut.context(element) for element in _elements(build).values()]
        except DataError:
            return sequence
        places = {
            (around.region.chrom, around.region.start + i)
            for around in contexts
            if around.region
            for i in _occurrences(bases, around.bases)
        }
        if region:  # it says where it lies, and not in which build
            places = {(c, s) for c, s in places if s == region.start and _same_chromosome(c, region.chrom)}
        if len(places) == 1:
            chrom, start = places.pop()
            found = Region(chrom, start, start + len(sequence), build, region.strand if region else "")
            placed = dataclasses.replace(sequence, region=found, origin=f"{sequence.origin}, recognised by its bases")
            return placed if measured_on(placed) else sequence
    return sequence


def _same_chromosome(one: str, other: str) -> bool:
    return one.removeprefix("chr") == other.removeprefix("chr")


def _occurrences(part: str, whole: str) -> list[int]:
    return [i for i in range(len(whole) - len(part) + 1) if whole.startswith(part, i)]


@functools.cache
def _elements(build: str) -> dict[str, MeasuredElement]:
    return {name: satmut.load(name, build) for name in DATA_SETS}


def _laid_over(bases: str, region: Region, element: MeasuredElement) -> np.ndarray | None:
    if region.reverse:  # the other strand: each base stands for its complement, in the opposite order
        forward = _laid_over(reverse_complement(bases), dataclasses.replace(region, strand="+"), element)
        return None if forward is None else forward[::-1, ::-1]
    other = element.region
    if not _same_chromosome(region.chrom, other.chrom):
        return None
    if min(region.end, other.end) <= max(region.start, other.start):
        return None
    snvs = element.snvs()
    place = snvs["pos"].to_numpy() - 1 - region.start
    inside = (place >= 0) & (place < len(bases))
    snvs, place = snvs[inside], place[inside]
    same = np.array([bases[i] == ref for i, ref in zip(place, snvs["ref"], strict=True)], bool)
    if not same.any():
        return None
    snvs, place = snvs[same], place[same]
    values = np.full((len(bases), 4), np.nan)
    values[place, [BASES.index(alt) for alt in snvs["alt"]]] = snvs["effect"]
    return values
