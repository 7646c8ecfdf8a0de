"""Regions out of a genome FASTA of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.builds import build_named, contradict
from engine.errors import InputError
from engine.genome.assemblies import ACCESSIONS, chromosome, settled_build
from engine.genome.fai import index_of
from engine.genome.fasta_file import opened
from engine.sequence import Region, Sequence, check, reverse_complement, upper

_UCSC_MITOCHONDRION = 16571  # bases of chrM in UCSC's hg19 (NC_001807), which is not NC_012920 of 16,569


class Genome:
    """An indexed FASTA.

    Attributes:
        build: by any name (`engine.builds`), checked against the contigs, which give it away otherwise; '' if unknown.
        contigs: names and lengths.
        remark: what the user should know of its index; '' for nothing.

    Raises:
        InputError: the file is not there, is not FASTA, cannot be indexed, or is of another build than was said.
    """

    def __init__(self, file: str | Path, build: str = ""):
        self.file = Path(file).expanduser()
        named = build_named(build)
        if not self.file.is_file():
            raise InputError(f"there is no genome file {self.file}")
        self._source = opened(self.file)
        self._index, self.remark = index_of(self._source)
        self.contigs = {name: contig.length for name, contig in self._index.items()}
        self.build = settled_build(named, self.contigs, self.file.name)
        self._names: dict[str, list[str]] = {}
        for name in self.contigs:
            self._names.setdefault(chromosome(name), []).append(name)

    def contig(self, chrom: str) -> str:
        """What this genome calls a contig: '1', 'chr1' and 'NC_000001.11' are one, and so are 'MT' and 'chrM'.

        Raises:
            InputError: it is not there, stands there under two other names, or is an accession of another build.
        """
        if chrom in self.contigs:
            return chrom
        build = ACCESSIONS.get(chrom.upper(), ("", ""))[1]
        if contradict(build, self.build):
            raise InputError(f"'{chrom}' is of {build}, but {self.file.name} is {self.build}")
        same = self._names.get(chromosome(chrom), [])
        if len(same) > 1:
            raise InputError(f"{self.file.name} has no contig '{chrom}' but {' and '.join(same)}; name one of them")
        if not same:
            some = list(self.contigs)
            shown = ", ".join(some[:5]) + ("…" if len(some) > 5 else "")
            raise InputError(f"{self.file.name} has no contig '{chrom}'; its {len(some)} contigs: {shown}")
        if chromosome(chrom) == "chrM" and self.contigs[same[0]] == _UCSC_MITOCHONDRION:
            raise InputError(
                f"{same[0]} of {self.file.name} is the older mitochondrial sequence NC_001807, not '{chrom}'; "
                f"write {same[0]} if you mean it"
            )
        return same[0]

    def region(self, region: Region, name: str | None = None) -> Sequence:
        """The bases of `region`, on '-' their reverse complement, under this genome's name of the contig.

        Raises:
            InputError: a missing contig, a position past its end, or a letter that is not DNA.
        """
        chrom = self.contig(region.chrom)
        length = self.contigs[chrom]
        if region.end > length:
            raise InputError(f"{region.label} runs past the end of {chrom}, which has {length} bases")
        placed = Region(chrom, region.start, region.end, region.build or self.build, region.strand)
        contig = self._index[chrom]
        raw = self._source.read(contig.place(region.start), contig.place(region.end - 1) + 1)
        letters = raw.replace(b"\n", b"").replace(b"\r", b"")
        if len(letters) != len(region):
            raise InputError(
                f"the lines of {self.file} around {region.label} have several lengths, and {self.file}.fai does not "
                "say so; delete that index and wrap all lines alike"
            )
        bases = upper(letters.decode("ascii", "replace"))
        check(bases, region.label)
        return Sequence(
            name or placed.label, reverse_complement(bases) if region.reverse else bases, placed, self.file.name
        )

    def window(self, chrom: str, position: int, length: int) -> Sequence:
        """`length` bases around a 1-based position, which stands at index `length // 2`."""
        start = position - 1 - length // 2
        if start < 0:
            raise InputError(f"a window of {length} around {chrom}:{position} starts before the contig does")
        return self.region(Region(chrom, start, start + length))


def own_names(names: list[str]) -> Iterator[str]:
    """Each name without blanks, and with a number behind it where it was given before."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for name in names:
        name = own = "_".join(name.split())
        while own in taken:
            counts[name] = counts.get(name, 1) + 1
            own = f"{name}_{counts[name]}"
        taken.add(own)
        yield own
