"""Regions out of a genome FASTA of the user's own, through pyfaidx."""

from __future__ import annotations

from pathlib import Path

import pyfaidx

from engine.builds import build_named
from engine.errors import InputError
from engine.genome.assemblies import settled_build
from engine.sequence import Region, Sequence, check


class Genome:
    """An indexed FASTA. Raises InputError if the file is not there, is not FASTA or cannot be indexed.

    `build` may be any name of one (`engine.builds`); it is checked against the contigs, which give it away otherwise.
    """

    def __init__(self, file: str | Path, build: str = ""):
        self.file = Path(file).expanduser()
        self.build = build_named(build)
        if not self.file.is_file():
            raise InputError(f"there is no genome file {self.file}")
        try:
            self.fasta = pyfaidx.Fasta(str(self.file), as_raw=True, sequence_always_upper=True)
        except (pyfaidx.FastaIndexingError, OSError, ValueError, ImportError) as error:
            if "may not be writable" in str(error):  # pyfaidx's word for every error while writing the index
                raise InputError(
                    f"the index {self.file}.fai cannot be written; run 'samtools faidx' on a copy that you own, "
                    "or make its folder writable"
                ) from error
            raise InputError(
                f"{self.file} cannot be read as an indexed FASTA ({error}); a compressed file must be bgzip, not gzip"
            ) from error
        if not len(self.fasta.keys()):
            raise InputError(f"{self.file} holds no FASTA record")
        self.build = settled_build(self.build, self.contigs, self.file.name)

    @property
    def contigs(self) -> dict[str, int]:
        """Contig names and lengths."""
        return {record.name: len(record) for record in self.fasta}

    def region(self, region: Region, name: str | None = None) -> Sequence:
        """The bases of `region`; raises InputError for a missing contig or a position past its end."""
        if region.chrom not in self.fasta:
            raise InputError(self._missing_contig(region.chrom))
        length = len(self.fasta[region.chrom])
        if region.end > length:
            raise InputError(f"{region.label} runs past the end of {region.chrom}, which has {length} bases")
        bases = str(self.fasta[region.chrom][region.start : region.end])
        check(bases, region.label)
        placed = Region(region.chrom, region.start, region.end, region.build or self.build)
        return Sequence(name or region.label, bases, placed, self.file.name)

    def regions(self, wanted: list[tuple[Region, str]]) -> list[Sequence]:
        """Several regions, each under its name; blanks become '_' and a name that was given before gets a number."""
        taken: set[str] = set()
        sequences = []
        for region, name in wanted:
            name = "_".join(name.split())
            again = 2
            own = name
            while own in taken:
                own, again = f"{name}_{again}", again + 1
            taken.add(own)
            sequences.append(self.region(region, own))
        return sequences

    def window(self, chrom: str, position: int, length: int) -> Sequence:
        """`length` bases around a 1-based position, which stands at index `length // 2`."""
        start = position - 1 - length // 2
        if start < 0:
            raise InputError(f"a window of {length} around {chrom}:{position} starts before the contig does")
        return self.region(Region(chrom, start, start + length))

    def _missing_contig(self, chrom: str) -> str:
        other = chrom.removeprefix("chr") if chrom.startswith("chr") else "chr" + chrom
        if other in self.fasta:
            return f"{self.file.name} has no contig '{chrom}', but it has '{other}': write {other}:…"
        some = list(self.fasta.keys())
        shown = ", ".join(some[:5]) + ("…" if len(some) > 5 else "")
        return f"{self.file.name} has no contig '{chrom}'; its {len(some)} contigs: {shown}"
