"""Human chromosomes in GRCh37 and GRCh38: their names, RefSeq accessions and lengths.

Accessions and lengths are those of NCBI's assembly reports (GCF_000001405.25 and GCF_000001405.26; GenBank's are
CM000663 to CM000686, version 1 and 2); the mitochondrial sequence NC_012920.1 is the same in both. Of other builds,
which no measurement here is of, the length of chromosome 1 is known, so that they are told apart from these two.
"""

from __future__ import annotations

import re

from engine.builds import GRCH37, GRCH38, contradict
from engine.errors import InputError

# chromosome, RefSeq number, then version and length in GRCh37 and in GRCh38
_TABLE = """
1  1  10 249250621 11 248956422
2  2  11 243199373 12 242193529
3  3  11 198022430 12 198295559
4  4  11 191154276 12 190214555
5  5  9  180915260 10 181538259
6  6  11 171115067 12 170805979
7  7  13 159138663 14 159345973
8  8  10 146364022 11 145138636
9  9  11 141213431 12 138394717
10 10 10 135534747 11 133797422
11 11 9  135006516 10 135086622
12 12 11 133851895 12 133275309
13 13 10 115169878 11 114364328
14 14 8  107349540 9  107043718
15 15 9  102531392 10 101991189
16 16 9  90354753  10 90338345
17 17 10 81195210  11 83257441
18 18 9  78077248  10 80373285
19 19 9  59128983  10 58617616
20 20 10 63025520  11 64444167
21 21 8  48129895  9  46709983
22 22 10 51304566  11 50818468
X  23 10 155270560 11 156040895
Y  24 9  59373566  10 57227415
"""

ACCESSIONS: dict[str, tuple[str, str]] = {"NC_012920.1": ("chrM", "")}  # accession -> (chromosome, build)
# (chromosome, length) -> build
LENGTHS: dict[tuple[str, int], str] = {
    ("chr1", 247249719): "NCBI36",
    ("chr1", 248387328): "T2T-CHM13",
    ("chr1", 195471971): "GRCm38",
    ("chr1", 195154279): "GRCm39",
}
for _line in _TABLE.strip().splitlines():
    _name, _number, _v37, _length37, _v38, _length38 = _line.split()
    for _build, _version, _length, _genbank in ((GRCH37, _v37, _length37, 1), (GRCH38, _v38, _length38, 2)):
        ACCESSIONS[f"NC_{int(_number):06}.{_version}"] = ("chr" + _name, _build)
        ACCESSIONS[f"CM{662 + int(_number):06}.{_genbank}"] = ("chr" + _name, _build)
        LENGTHS["chr" + _name, int(_length)] = _build

_ACCESSION = re.compile(r"(N[A-Z]_|CM)[0-9]+(\.[0-9]+)?", re.IGNORECASE | re.ASCII)


def is_accession(contig: str) -> bool:
    """True for what is written as an accession of RefSeq, or of a chromosome in GenBank."""
    return _ACCESSION.fullmatch(contig) is not None


def chromosome(contig: str) -> str:
    """The one name of a contig, whatever a file calls it: '1', 'chr1' and 'NC_000001.10' are 'chr1', 'MT' is 'chrM'."""
    accession = contig.upper()
    if accession in ACCESSIONS:
        return ACCESSIONS[accession][0]
    plain = contig[3:] if contig[:3].lower() == "chr" else contig
    if plain.upper() in ("M", "MT"):
        return "chrM"
    return "chr" + (plain.upper() if plain in ("x", "y") else plain)


def by_accession(accession: str) -> tuple[str, str]:
    """`(chromosome, build)` of a RefSeq accession; the build is '' for the mitochondrial sequence.

    Raises:
        InputError: an accession without version, or of no chromosome of the two builds.
    """
    accession = accession.upper()
    if accession in ACCESSIONS:
        return ACCESSIONS[accession]
    same = [a for a in ACCESSIONS if a.split(".")[0] == accession.split(".")[0]]
    if same:
        raise InputError(
            f"'{accession}' does not say which build is meant; write "
            + " or ".join(f"{a} ({ACCESSIONS[a][1] or 'both builds'})" for a in same)
        )
    raise InputError(f"'{accession}' is no chromosome of GRCh37 or GRCh38; write e.g. NC_000001.10 or chr1")


def guess_build(contigs: dict[str, int]) -> str:
    """The build whose chromosomes have these names (accessions) or lengths; '' where none fits, or several do."""
    builds = {ACCESSIONS[name][1] for name in contigs if name in ACCESSIONS}
    builds |= {LENGTHS.get((chromosome(name), length), "") for name, length in contigs.items()}
    builds.discard("")
    return builds.pop() if len(builds) == 1 else ""


def settled_build(named: str, contigs: dict[str, int], what: str) -> str:
    """The build of a genome: the one that somebody named, else the one that its contigs give away.

    Raises:
        InputError: they contradict each other; `what` is the genome's name.
    """
    guessed = guess_build(contigs)
    if contradict(named, guessed):
        raise InputError(
            f"{what} has the contigs of {guessed} (names and lengths), but is said to be {named}; "
            "give the genome of that build, or name the build that it is"
        )
    return named or guessed
