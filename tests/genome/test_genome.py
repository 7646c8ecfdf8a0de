"""Regions out of a genome FASTA of the user's own."""

import gzip
import os
import shutil
import tempfile
from pathlib import Path

import pyfaidx
import pysam
import pytest

from engine.errors import InputError
from engine.genome.genome import Genome
from engine.sequence import Region

CHR1 = "ACGTACGTAAgggttttcccNACGT"
TEXT = f">chr1 first\n{CHR1[:10]}\n{CHR1[10:20]}\n{CHR1[20:]}\n>MT\nACGTR\n>odd\nACGX\n"


@pytest.fixture
def fasta(tmp_path):
    file = tmp_path / "tiny.fa"
    file.write_text(TEXT)
    return file


@pytest.fixture
def genome(fasta):
    return Genome(fasta, "GRCh38")


def test_contigs_have_their_names_and_lengths(genome):
    assert genome.contigs == {"chr1": 25, "MT": 5, "odd": 4}


@pytest.mark.parametrize(("start", "end"), [(0, 25), (0, 1), (9, 11), (24, 25), (8, 22)])
def test_a_region_is_the_bases_in_upper_case_across_lines(start, end, genome):
    found = genome.region(Region("chr1", start, end))
    assert found.bases == CHR1[start:end].upper()
    assert found.name == f"chr1:{start + 1}-{end}"
    assert found.region == Region("chr1", start, end, "GRCh38")
    assert found.origin == "tiny.fa"


def test_a_region_keeps_its_own_build_and_a_given_name(genome):
    found = genome.region(Region("chr1", 0, 4, "GRCh37"), name="mine")
    assert (found.name, found.region.build) == ("mine", "GRCh37")


@pytest.mark.parametrize(
    ("position", "length", "bases"), [(5, 4, "GTAC"), (5, 5, "GTACG"), (3, 4, "ACGT"), (25, 2, "GT")]
)
def test_a_window_has_the_position_at_half_its_length(position, length, bases, genome):
    window = genome.window("chr1", position, length)
    assert window.bases == bases
    assert window.region.start + length // 2 == position - 1


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda g: g.region(Region("chr9", 0, 5)), "has no contig 'chr9'; its 3 contigs: chr1, MT, odd"),
        (lambda g: g.region(Region("chr1", 20, 26)), "chr1:21-26 runs past the end of chr1, which has 25 bases"),
        (lambda g: g.window("chr1", 2, 6), "a window of 6 around chr1:2 starts before the contig does"),
        (lambda g: g.window("chr1", 24, 6), "runs past the end of chr1"),
        (lambda g: g.region(Region("odd", 0, 4)), "'odd:1-4': letter 'X' at position 4"),
    ],
)
def test_what_the_genome_does_not_hold_is_an_error_that_says_why(ask, reason, genome):
    with pytest.raises(InputError, match=reason):
        ask(genome)


def test_iupac_letters_of_a_genome_are_kept(genome):
    assert genome.region(Region("MT", 0, 5)).bases == "ACGTR"


@pytest.mark.parametrize("name", ["not there.fa", "."])
def test_a_missing_file_is_an_error_that_names_it(name, tmp_path):
    with pytest.raises(InputError, match="there is no genome file"):
        Genome(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.fa", b""),
        ("b.fa", b"ACGT\nACGT\n"),
        ("c.txt", b"name,value\n1,2\n"),
        ("d.fa", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe"),
        ("e.fa", b">a\nACGT\nAC\nACGT\n"),
        ("f.fa", gzip.compress(TEXT.encode(), mtime=0)),
        ("g.fa.gz", gzip.compress(TEXT.encode(), mtime=0)),
    ],
)
def test_a_file_that_is_not_an_indexable_fasta_is_an_error_that_names_it(name, content, tmp_path):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match=f"{name} (cannot be read as an indexed FASTA|holds no FASTA record)"):
        Genome(file)


def test_a_gzip_file_is_told_to_be_bgzip(tmp_path):
    file = tmp_path / "g.fa.gz"
    file.write_bytes(gzip.compress(TEXT.encode(), mtime=0))
    with pytest.raises(InputError, match="a compressed file must be bgzip, not gzip"):
        Genome(file)


def test_a_bgzip_file_is_read(tmp_path):
    file = tmp_path / "tiny.fa.gz"
    with pysam.BGZFile(str(file), "wb") as out:
        out.write(TEXT.encode())
    assert Genome(file).region(Region("chr1", 8, 22)).bases == CHR1[8:22].upper()


@pytest.fixture
def read_only(request):
    """A FASTA in a folder in which nothing can be written, also where the tests run as root; with an index or not."""
    folder = Path(tempfile.mkdtemp())
    file = folder / "tiny.fa"
    file.write_text(TEXT)
    if request.param == "indexed":
        pyfaidx.Faidx(str(file)).close()
    folder.chmod(0o555)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield file
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize("read_only", ["indexed", "bare"], indirect=True)
def test_a_file_in_a_read_only_folder_is_read(read_only):
    assert Genome(read_only).contigs["chr1"] == 25
