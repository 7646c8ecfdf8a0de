"""Where the reference bases around a variant come from: a genome FASTA, or sequences whose place is known.

Both answer the same two questions (`Reference`), so everything above works with either.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

from engine import limits
from engine.builds import contradict
from engine.errors import InputError
from engine.genome.assemblies import chromosome
from engine.genome.genome import Genome
from engine.sequence import Region, Sequence, reverse_complement

# VCF 4.3, section 1.6.1 (REF): an ambiguous base is written as the one that comes first in the alphabet; N stays N
_CONCRETE = str.maketrans("RYSWKMBDHV", "ACCAGACAAA")


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

    They are taken on the plus strand. Those that overlap or touch, with the same bases where they do, are one stretch,
    so that a variant's windows do not depend on which of them its notation lies in.

    `name` is what messages call them together.

    Raises:
        InputError: a sequence without a region, or sequences of different builds.
    """

    def __init__(self, sequences: list[Sequence], name: str = ""):
        placed: list[tuple[Region, str]] = []
        for s in sequences:
            if s.region is None:
                raise InputError(f"where sequence '{s.name}' lies in the genome is not known; open one with a region")
            bases = reverse_complement(s.bases) if s.region.reverse else s.bases
            placed.append((dataclasses.replace(s.region, strand=""), bases))  # alleles are the forward strand's
        builds = {region.build for region, _ in placed}
        if len(builds) != 1:
            raise InputError(f"the reference sequences are of {len(builds)} builds; give those of one")
        self.build = builds.pop()
        self._stretches = _joined(placed)
        self.name = name or ", ".join(dict.fromkeys(s.name for s in sequences))

    def _holding(self, chrom: str, start: int, end: int) -> tuple[Region, str] | None:
        """The longest stretch that holds 0-based `[start, end)`, with its place."""
        wanted = chromosome(chrom)
        holding = [
            (region, bases)
            for region, bases in self._stretches
            if chromosome(region.chrom) == wanted and region.start <= start and end <= region.end
        ]
        return max(holding, key=lambda placed: len(placed[1]), default=None)

    def stretch(self, chrom: str, start: int, end: int) -> Region:
        holding = self._holding(chrom, start, end)
        if holding is None:
            known = ", ".join(region.label for region, _ in self._stretches[:5])
            more = "" if len(self._stretches) <= 5 else f" and {len(self._stretches) - 5} more"
            raise InputError(f"{chrom}:{start + 1} lies outside {self.name}: known are {known}{more}")
        return holding[0]

    def bases(self, region: Region) -> str:
        holding = self._holding(region.chrom, region.start, region.end)
        if holding is None:
            raise InputError(f"{self.name} does not hold {region.label}")
        known, bases = holding
        return bases[region.start - known.start : region.end - known.start]


def _joined(placed: list[tuple[Region, str]]) -> list[tuple[Region, str]]:
    """Stretches that overlap or touch as one, where their bases agree, in the order of the first of each."""
    joined: list[tuple[Region, str]] = []
    order = {(region.chrom, region.start): i for i, (region, _) in reversed(list(enumerate(placed)))}
    for region, bases in sorted(placed, key=lambda p: (chromosome(p[0].chrom), p[0].start, -p[0].end)):
        before, held = joined[-1] if joined else (None, "")
        if before and chromosome(before.chrom) == chromosome(region.chrom) and region.start <= before.end:
            shared = min(before.end, region.end) - region.start
            at = region.start - before.start
            if held[at : at + shared] == bases[:shared]:
                whole = Region(before.chrom, before.start, max(before.end, region.end), before.build)
                joined[-1] = whole, held + bases[shared:]
                continue
        joined.append((region, bases))
    return sorted(joined, key=lambda p: order[p[0].chrom, p[0].start])


def concrete(bases: str) -> str:
    """Bases of a reference as VCF writes them: R as A, Y as C and so on; N stays."""
    return bases.translate(_CONCRETE)


def reference_allele(reference: Reference, chrom: str, pos: int, length: int, build: str, whole: str) -> str:
    """The `length` bases from 1-based `pos` on, as VCF writes them, for a notation that leaves them out.

    Args:
        build: of the variant, if its notation says so; it must not contradict the reference.
        whole: the variant as it was written, for messages.

    Raises:
        InputError: another build, nothing known there, or an allele that is too long.
    """
    limits.ALLELE.check(length, f"'{whole}'")
    if contradict(build, reference.build):
        raise InputError(f"variant {whole} is of {build} but {reference.name} is {reference.build}")
    known = reference.stretch(chrom, pos - 1, pos - 1 + length)
    return concrete(reference.bases(Region(known.chrom, pos - 1, pos - 1 + length, known.build)))
