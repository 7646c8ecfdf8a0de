"""Where the reference bases around a variant come from: a genome FASTA, or sequences whose place is known.

Both answer the same two questions (`Reference`), so everything above works with either.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

from engine.errors import InputError
from engine.genome.assemblies import chromosome
from engine.genome.genome import Genome
from engine.sequence import Region, Sequence, reverse_complement


class Reference(Protocol):
    """Known bases at known places. `build` is '' where nobody said which one it is."""

    build: str
    name: str

    def stretch(self, chrom: str, start: int, end: int) -> Region:
        """The whole known stretch that holds 0-based `[start, end)`, under the contig's name here.

        Names of one chromosome are taken for each other (`engine.genome.assemblies.chromosome`).

        Raises:
            InputError: nothing is known there.
        """

    def bases(self, region: Region) -> str:
        """The bases of a part of a stretch; raises InputError."""


class GenomeReference:
    """All contigs of an indexed FASTA; the build is the genome's."""

    def __init__(self, genome: Genome):
        self.genome = genome
        self.name = genome.file.name
        self.build = genome.build

    def stretch(self, chrom: str, start: int, end: int) -> Region:
        contig = self.genome.contig(chrom)
        length = self.genome.contigs[contig]
        if start < 0 or end > length:
            raise InputError(f"position {end} lies past the end of {contig}, which has {length} bases")
        return Region(contig, 0, length, self.build)

    def bases(self, region: Region) -> str:
        return self.genome.region(region).bases


class PlacedReference:
    """Sequences with a region each, such as measured elements with their flanks (`engine.data.satmut.context`).

    `name` is what messages call them together.

    Raises:
        InputError: a sequence without a region, or sequences of different builds.
    """

    def __init__(self, sequences: list[Sequence], name: str = ""):
        self._placed: list[tuple[Region, Sequence]] = []
        for s in sequences:
            if s.region is None:
                raise InputError(f"where sequence '{s.name}' lies in the genome is not known; open one with a region")
            self._placed.append((s.region, s))
        builds = {region.build for region, _ in self._placed}
        if len(builds) != 1:
            raise InputError(f"the reference sequences are of {len(builds)} builds; give those of one")
        self.build = builds.pop()
        self.sequences = sequences
        self.name = name or ", ".join(dict.fromkeys(s.name for s in sequences))

    def _holding(self, chrom: str, start: int, end: int) -> tuple[Region, Sequence] | None:
        """The longest sequence that holds 0-based `[start, end)`, with its place."""
        wanted = chromosome(chrom)
        holding = [
            (region, s)
            for region, s in self._placed
            if chromosome(region.chrom) == wanted and region.start <= start and end <= region.end
        ]
        return max(holding, key=lambda placed: len(placed[1]), default=None)

    def stretch(self, chrom: str, start: int, end: int) -> Region:
        holding = self._holding(chrom, start, end)
        if holding is None:
            known = ", ".join(region.label for region, _ in self._placed[:5])
            more = "" if len(self.sequences) <= 5 else f" and {len(self.sequences) - 5} more"
            raise InputError(f"{chrom}:{start + 1} lies outside {self.name}: known are {known}{more}")
        return dataclasses.replace(holding[0], strand="")  # alleles are those of the forward strand

    def bases(self, region: Region) -> str:
        holding = self._holding(region.chrom, region.start, region.end)
        if holding is None:
            raise InputError(f"{self.name} does not hold {region.label}")
        known, sequence = holding
        bases = reverse_complement(sequence.bases) if known.reverse else sequence.bases
        return bases[region.start - known.start : region.end - known.start]
