"""Tracks as bigWig, the indexed binary form of bedGraph (Kent et al. 2010, doi:10.1093/bioinformatics/btq351).

Written by pybigtools (MIT), which has packages for Linux, macOS and Windows.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np

from engine.errors import InputError
from engine.genome.assemblies import LENGTHS, chromosome
from engine.genome.tracks import GenomeTrack

_LENGTHS = {(build, chrom): length for (chrom, length), build in LENGTHS.items()}


def contig_lengths(track: GenomeTrack, build: str = "", known: dict[str, int] | None = None) -> dict[str, int]:
    """The length of each contig of a track: of the genome at hand, else of the named build, else the end of the last
    value, which is all that is known."""
    lengths = {}
    for contig, (_, ends, _) in track.contigs.items():
        length = (known or {}).get(contig) or _LENGTHS.get((build, chromosome(contig)))
        lengths[contig] = length or int(ends[-1])
    return lengths


def bigwig(track: GenomeTrack, lengths: dict[str, int]) -> bytes:
    """A bigWig file of a track; values are float32, as the format has them.

    Args:
        lengths: of each contig of the track, in bases.

    Raises:
        InputError: the track holds no value, or a contig is shorter than the values reach.
    """
    # takes a tenth of a second, for this format alone
    import pybigtools

    contigs = dict(sorted((re.sub(r"\s+", "_", c), (c, places)) for c, places in track.contigs.items()))
    if not contigs:
        raise InputError(f"the track '{track.name}' holds no value; there is nothing to write as bigWig")
    for name, (contig, (_, ends, _)) in contigs.items():
        if ends[-1] > lengths[contig]:
            raise InputError(
                f"{name} has {lengths[contig]:,} bases, but values reach to {int(ends[-1]):,}; wrong build?"
            )
    values = (
        (name, int(start), int(end), float(value))
        for name, (_, columns) in contigs.items()
        for start, end, value in zip(*columns, strict=True)
    )
    with tempfile.TemporaryDirectory(prefix="cislens-") as folder:
        file = Path(folder) / "track.bw"
        pybigtools.open(str(file), "w").write({name: lengths[contig] for name, (contig, _) in contigs.items()}, values)
        _check(file, {name: columns for name, (_, columns) in contigs.items()})
        return file.read_bytes()


def _check(file: Path, contigs: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
    """Read back what was written, since the library tells of a failure in print alone."""
    # see `bigwig`
    import pybigtools

    with pybigtools.open(str(file)) as written:
        kept = {name: sum(1 for _ in written.records(name)) for name in written.chroms()}
    if kept != {name: len(starts) for name, (starts, _, _) in contigs.items()}:
        raise RuntimeError(f"the bigWig does not hold what was written: {kept}")
