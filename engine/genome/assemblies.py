"""Human chromosomes in GRCh37 and GRCh38: their names, RefSeq accessions and lengths.

Accessions and lengths are those of NCBI's assembly reports (GCF_000001405.25 and GCF_000001405.26); the
mitochondrial sequence NC_012920.1 is the same in both.
"""

from __future__ import annotations

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
LENGTHS: dict[tuple[str, int], str] = {}  # (chromosome, length) -> build
for _line in _TABLE.strip().splitlines():
    _name, _number, _v37, _length37, _v38, _length38 = _line.split()
    for _build, _version, _length in (("GRCh37", _v37, _length37), ("GRCh38", _v38, _length38)):
        ACCESSIONS[f"NC_{int(_number):06}.{_version}"] = ("chr" + _name, _build)
        LENGTHS["chr" + _name, int(_length)] = _build


def chromosome(contig: str) -> str:
    """The one name of a contig, whatever a file calls it: '1', 'chr1' and 'NC_000001.10' are 'chr1', 'MT' is 'chrM'."""
    if contig in ACCESSIONS:
        return ACCESSIONS[contig][0]
    plain = contig[3:] if contig[:3].lower() == "chr" else contig
    return "chrM" if plain.upper() in ("M", "MT") else "chr" + plain


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
    """The build whose chromosomes have these names and lengths; '' where none fits."""
    builds = {LENGTHS.get((chromosome(name), length), "") for name, length in contigs.items()} - {""}
    return builds.pop() if len(builds) == 1 else ""
