"""What saturation mutagenesis measured on a sequence of the user's, base by base."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from engine.builds import build_or_none
from engine.data import satmut
from engine.data.satmut import DATA_SETS, MeasuredElement
from engine.errors import DataError
from engine.sequence import BASES, Region, Sequence

SHORTEST = 30  # bases that are taken to tell a place by themselves


def measured_on(sequence: Sequence) -> dict[str, np.ndarray]:
    """The measured effects on a stretch of the genome, by data set (`satmut.DATA_SETS`), in the table's order.

    Args:
        sequence: bases as the genome has them, with a region whose build is known; of an edited sequence its
            reference. Without a region, or without its build, nothing is known about it.

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

    For a sequence that came without a place, or with one whose build nobody said, as from a FASTA file; GRCh38 is asked
    before GRCh37. The sequence stays as it is if its build is known, if it is shorter than `SHORTEST`, has a base that
    the element has not, reaches out of the flanks, lies in a flank alone, stands on the other strand or at several
    places, or elsewhere than it says itself, and without the measurements.
    """
    given = sequence.region
    if (given and given.build) or len(sequence) < SHORTEST:
        return sequence
    for build in reversed(satmut.BUILDS):
        try:
            contexts = [satmut.context(element) for element in _elements(build).values()]
        except DataError:
            return sequence
        places = {
            (around.region.chrom, around.region.start + i)
            for around in contexts
            if around.region
            for i in _occurrences(sequence.bases, around.bases)
        }
        if len(places) == 1:
            chrom, start = places.pop()
            region = Region(chrom, start, start + len(sequence), build)
            if given:
                if (_bare(given.chrom), given.start) != (_bare(chrom), start):
                    continue  # its place may be one of the other build
                region = dataclasses.replace(given, build=build)
            placed = dataclasses.replace(sequence, region=region, origin=f"{sequence.origin}, recognised by its bases")
            return placed if measured_on(placed) else sequence
    return sequence


def _bare(chrom: str) -> str:
    return chrom.removeprefix("chr")


def _occurrences(part: str, whole: str) -> list[int]:
    return [i for i in range(len(whole) - len(part) + 1) if whole.startswith(part, i)]


@functools.cache
def _elements(build: str) -> dict[str, MeasuredElement]:
    return {name: satmut.load(name, build) for name in DATA_SETS}


def _laid_over(bases: str, region: Region, element: MeasuredElement) -> np.ndarray | None:
    other = element.region
    if region.chrom.removeprefix("chr") != other.chrom.removeprefix("chr"):
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
