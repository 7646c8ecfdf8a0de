"""Names of genome builds: one table, so that two names of one build never contradict each other."""

import pytest

from engine.builds import ALIASES, build_mentioned, build_named, build_or_none, contradict
from engine.errors import InputError
from engine.genome.assemblies import guess_build, settled_build
from engine.genome.genome import Genome


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("hg19", "GRCh37"), ("b37", "GRCh37"), ("GRCh37.p13", "GRCh37"), ("grch37", "GRCh37"), ("hs37d5", "GRCh37"),
        ("GCF_000001405.25", "GRCh37"), ("HG38", "GRCh38"), ("GRCh38.p14", "GRCh38"), ("b38", "GRCh38"),
        ("GCA_000001405.15", "GRCh38"), (" 38 ", "GRCh38"), ("hg18", "NCBI36"), ("hs1", "T2T-CHM13"), ("", ""),
    ],
)  # fmt: skip
def test_every_name_of_a_build_means_it(name, build):
    assert build_named(name) == build == build_or_none(name)


@pytest.mark.parametrize("name", ["GRCh73", "hg", "hg 19", "3", "GRCh37p", "hg19 or so", "x" * 5000, "٣٨"])
def test_a_name_of_none_is_refused_with_those_that_are(name):
    assert build_or_none(name) == ""
    with pytest.raises(InputError, match=r"known: GRCh37 \(hg19\), GRCh38 \(hg38\), NCBI36") as error:
        build_named(name)
    assert len(str(error.value)) < 250


def test_no_name_stands_for_two_builds():
    names = [name for build, aliases in ALIASES.items() for name in (build.lower(), *aliases)]
    assert len(names) == len(set(names)) and all(name == name.lower() for name in names)


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("file:///data/human_g1k_v37.fasta", "GRCh37"),
        ("/seq/references/Homo_sapiens_assembly38.fasta", "GRCh38"),
        ("GRCh38.p14", "GRCh38"),
        ("ftp://ftp.ncbi.nlm.nih.gov/GCA_000001405.15_GRCh38_no_alt.fa", "GRCh38"),
        ("lifted from hg19 to hg38", ""),
        ("1000GenomesPilot-NCBI36", "NCBI36"),
        ("mygenome.fa", ""),
        ("reference38.fa", ""),
    ],
)
def test_a_path_speaks_of_a_build(text, build):
    assert build_mentioned(text) == build


def test_a_genome_whose_contigs_say_otherwise_is_refused(tmp_path):
    assert not contradict("", "GRCh37") and not contradict("GRCh37", "GRCh37") and contradict("GRCh37", "GRCh38")
    assert guess_build({"chr1": 248387328}) == "T2T-CHM13" and guess_build({"NC_000001.10": 5}) == "GRCh37"
    assert settled_build("", {"1": 249250621}, "g") == "GRCh37" == settled_build("GRCh37", {"odd": 9}, "g")
    with pytest.raises(InputError, match=r"g.fa has the contigs of GRCh38 .* but is said to be GRCh37"):
        settled_build("GRCh37", {"chrX": 156040895}, "g.fa")
    file = tmp_path / "g.fa"
    file.write_text(">NC_000001.11\nACGT\n")
    assert Genome(file, "hg38").build == Genome(file).build == "GRCh38"
    with pytest.raises(InputError, match="said to be GRCh37"):
        Genome(file, "hg19")
    with pytest.raises(InputError, match="unknown genome build 'GRCh73'"):
        Genome(file, "GRCh73")
