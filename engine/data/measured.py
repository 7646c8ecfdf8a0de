"""What saturation mutagenesis measured on a sequence of the user's, base by base."""

from __future__ import annotations

import functools

import numpy as np

from engine.data import satmut
from engine.data.satmut import DATA_SETS, MeasuredElement
from engine.sequence import BASES, Sequence

_BUILDS = {"hg19": "GRCh37", "hg38": "GRCh38"} | {b: b for b in satmut.BUILDS}


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
    build = _BUILDS.get(sequence.region.build) if sequence.region else None
    if build is None:
        return {}
    found = {name: _laid_over(sequence, element) for name, element in _elements(build).items()}
    return {name: values for name, values in found.items() if values is not None}


@functools.cache
def _elements(build: str) -> dict[str, MeasuredElement]:
    return {name: satmut.load(name, build) for name in DATA_SETS}


def _laid_over(sequence: Sequence, element: MeasuredElement) -> np.ndarray | None:
    region, other = sequence.region, element.region
    if region.chrom.removeprefix("chr") != other.chrom.removeprefix("chr"):
        return None
    if min(region.end, other.end) <= max(region.start, other.start):
        return None
    snvs = element.snvs()
    place = snvs["pos"].to_numpy() - 1 - region.start
    inside = (place >= 0) & (place < len(sequence))
    snvs, place = snvs[inside], place[inside]
    same = np.array([sequence.bases[i] == ref for i, ref in zip(place, snvs["ref"], strict=True)], bool)
    if not same.any():
        return None
    snvs, place = snvs[same], place[same]
    values = np.full((len(sequence), 4), np.nan)
    values[place, [BASES.index(alt) for alt in snvs["alt"]]] = snvs["effect"]
    return values
