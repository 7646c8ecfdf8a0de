"""The index of a genome: made right, held against its FASTA, and never in the way."""

import gzip
import multiprocessing
import os
import random
import time

import pyfaidx
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.fasta import read_fasta, write_fasta
from engine.genome.genome import Genome
from engine.genome.reference import GenomeReference, PlacedReference
from engine.sequence import Region, reverse_complement

CHR1, CHR2 = "ACGTACGTAAGGGTTTTCCCNACGT", "TTGACCA"
TEXT = f">chr1 first\n{CHR1[:10]}\n{CHR1[10:20]}\n{CHR1[20:]}\n>chr2\n{CHR2}\n"


def bases_of(file) -> dict[str, str]:
    genome = Genome(file)
    return {name: genome.region(Region(name, 0, length)).bases for name, length in genome.contigs.items() if length}


@st.composite
def fastas(draw):
    """A FASTA text with any line length, line end, blank last lines and comments, and its contigs."""
    ending, width = draw(st.sampled_from(["\n", "\r\n"])), draw(st.integers(1, 12))
    contigs, text = {}, ""
    for i in range(draw(st.integers(1, 4))):
        bases = draw(st.text("ACGTNacgtn", min_size=1, max_size=60))
        contigs[f"c{i}"] = bases.upper()
        lines = [bases[j : j + width] for j in range(0, len(bases), width)]
        text += f">c{i}{draw(st.sampled_from(['', ' a comment', chr(9) + 'x']))}{ending}" + ending.join(lines) + ending
    return text, contigs


@given(fastas(), st.data())
@settings(derandomize=True, deadline=None, database=None, max_examples=60)
def test_regions_on_both_strands_are_those_of_other_readers(tmp_path_factory, made, data):
    text, contigs = made
    file = tmp_path_factory.mktemp("g") / "g.fa"
    file.write_bytes(text.encode())
    packed = file.with_name("p.fa.gz")
    with pysam.BGZFile(str(packed), "wb") as out:
        out.write(text.encode())
    name = data.draw(st.sampled_from(sorted(contigs)))
    start = data.draw(st.integers(0, len(contigs[name]) - 1))
    end = data.draw(st.integers(start + 1, len(contigs[name])))
    strand = data.draw(st.sampled_from("+-"))
    got = Genome(file).region(Region(name, start, end, strand=strand))
    assert got.region == Region(name, start, end, strand=strand)
    (again,) = read_fasta(write_fasta([got]))  # what 'extract' writes is read back with its place
    assert (again.bases, again.region) == (got.bases, got.region)
    with pyfaidx.Fasta(str(file), as_raw=True, sequence_always_upper=True) as oracle:
        expected = str(oracle[name][start:end])
    assert got.bases == (reverse_complement(expected) if strand == "-" else expected)
    with pysam.FastaFile(str(file)) as other:  # reads the index that we wrote
        assert dict(zip(other.references, other.lengths, strict=True)) == {n: len(b) for n, b in contigs.items()}
        assert other.fetch(name, start, end).upper() == expected
    assert Genome(packed).region(got.region).bases == got.bases


def test_the_index_is_the_one_that_samtools_writes(tmp_path):
    ours, theirs = tmp_path / "a.fa", tmp_path / "b.fa"
    for file in (ours, theirs):
        file.write_text(TEXT)
    pysam.faidx(str(theirs))
    Genome(ours)
    assert (tmp_path / "a.fa.fai").read_bytes() == (tmp_path / "b.fa.fai").read_bytes()


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"chr1\t25\t6\t10\t11\nchr2\t7\t45\t7\t8\n",
        b"chr1\t25\t12\t10\t11\n",
        b"chr1\t25\t12\t10\t11\nchr2\t8\t46\t8\t9\n",
        b"chr1\t25\t12\t5\t6\nchr2\t7\t46\t7\t8\n",
        b"chr2\t25\t12\t10\t11\nchr1\t7\t46\t7\t8\n",
        b"chr1\t25\t12\t10\t11\nchr1\t7\t46\t7\t8\n",
        b"chr1\t25\t12\t10\t11\nchr2\t7\t4",
        b"chr1\t25\t12\t0\t0\nchr2\t7\t46\t7\t8\n",
        b"\x00\xff\x1f\x8b",
        b"chr1\t" + b"9" * 5000 + b"\t12\t10\t11\n",
    ],
)
def test_an_index_of_another_file_is_made_anew_with_a_remark(tmp_path, index):
    file = tmp_path / "g.fa"
    file.write_text(TEXT)
    beside = tmp_path / "g.fa.fai"
    beside.write_bytes(index)
    later = time.time() + 100
    os.utime(beside, (later, later))  # as rsync and tar leave it
    genome = Genome(file)
    assert f"{beside} does not fit g.fa" in genome.remark
    assert bases_of(file) == {"chr1": CHR1, "chr2": CHR2}
    assert Genome(file).remark == ""


def test_lines_that_an_index_leaves_out_of_account_are_not_read_wrongly(tmp_path):
    """Two lines of other lengths that add up: neither the file's size nor any header tells."""
    file = tmp_path / "g.fa"
    file.write_text(">c\n" + "ACGTA\n" * 4000 + "AC\n")
    Genome(file)
    lines = file.read_text().split("\n")
    lines[2002], lines[2003] = "ACGTACGT", "AC"
    file.write_text("\n".join(lines))
    with pytest.raises(InputError, match="have several lengths"):
        Genome(file).region(Region("c", 9990, 10012))


@pytest.mark.parametrize("blank", ["\n", "\n\n", "\n\n\n"])
@pytest.mark.parametrize("full", [True, False])
def test_blank_lines_behind_a_contig_are_passed_over(tmp_path, blank, full):
    file = tmp_path / "g.fa"
    last = "" if full else "A\n"
    file.write_text(f">a\nACGT\n{last}{blank}>b\nTTTT\n{last}{blank}")
    for _ in range(2):  # the second time from the index that was kept
        genome = Genome(file)
        assert genome.contigs == {"a": 4 + (not full), "b": 4 + (not full)} and genome.remark == ""
        assert genome.region(Region("b", 0, 4)).bases == "TTTT"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ACGT\n>a\nACGT\n", "does not begin with '>'"),
        ("\nACGT\n>a\nACGT\n", "line 2 is no header"),
        ("\x1a\x41\x27\x43", "is a 2bit file"),
        ("\0" * 100, "does not begin with '>'"),
        (">a\nACGT\n\nACGT\n", "line 4 follows a shorter or blank line"),
        (">a\nACGT\nACGTA\n", "line 3 follows a shorter or blank line, or is longer"),
        (">a\nACGT\nACGT\r\nACGT\n", "line 4 follows"),
        (">a\nAC\n>a\nAC\n", "line 3 of .* names a contig that was there before"),
        (">\nAC\n", "line 1 of .* names no contig"),
        (">a\rACGT\r", "line 1 of .* CR without LF"),
        ("\n\n", "holds no FASTA record"),
    ],
)
def test_a_fasta_that_cannot_be_indexed_names_the_line(tmp_path, text, reason):
    file = tmp_path / "g.fa"
    file.write_bytes(text.encode())
    with pytest.raises(InputError, match=reason):
        Genome(file)
    assert not (tmp_path / "g.fa.fai").exists()


@pytest.mark.parametrize("cut", [1, 28, 40, 100])
def test_a_bgzip_file_that_is_cut_short_or_damaged_is_refused(tmp_path, cut):
    file = tmp_path / "g.fa.gz"
    with pysam.BGZFile(str(file), "wb") as out:
        out.write((">c\n" + "".join(random.Random(3).choices("ACGT", k=1000)) + "\n").encode())
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    with pytest.raises(InputError, match=r"is cut short|bgzip, not gzip"):
        Genome(file)
    file.write_bytes(whole[:60] + bytes([whole[60] ^ 255]) + whole[61:])
    with pytest.raises(InputError, match="is damaged"):
        Genome(file)


def test_plain_gzip_is_refused_and_a_stale_gzi_is_not_asked(tmp_path):
    file = tmp_path / "g.fa.gz"
    file.write_bytes(gzip.compress(TEXT.encode(), mtime=0))
    with pytest.raises(InputError, match="must be bgzip, not gzip"):
        Genome(file)
    with pysam.BGZFile(str(file), "wb") as out:
        out.write(TEXT.encode())
    (tmp_path / "g.fa.gz.gzi").write_bytes(b"\x01" + b"\0" * 15)
    assert bases_of(file) == {"chr1": CHR1, "chr2": CHR2}


def test_a_bgzip_file_of_many_blocks_is_read_from_any_place(tmp_path):
    bases = "".join(random.Random(1).choices("ACGT", k=300_000))
    file = tmp_path / "g.fa.gz"
    with pysam.BGZFile(str(file), "wb") as out:
        out.write((">c\n" + "\n".join(bases[i : i + 60] for i in range(0, len(bases), 60)) + "\n").encode())
    genome = Genome(file)
    for start, end in ((0, 300_000), (64_000, 64_500), (129_990, 260_010), (299_999, 300_000)):
        assert genome.region(Region("c", start, end)).bases == bases[start:end]


def test_a_file_that_changes_while_it_is_open_is_refused(tmp_path):
    file = tmp_path / "g.fa"
    file.write_text(TEXT)
    genome = Genome(file)
    file.write_text(TEXT.replace("TTGACCA", "TTGACCAA"))
    with pytest.raises(InputError, match="was changed since it was opened"):
        genome.region(Region("chr2", 0, 2))


def _open(file, start, answers):
    start.wait()
    answers.put(Genome(file).region(Region("c9", 0, 20)).bases)


def test_processes_that_open_one_genome_at_once_agree(tmp_path):
    file = tmp_path / "g.fa"
    bases = "".join(random.Random(2).choices("ACGT", k=20_000))
    file.write_text(
        "".join(f">c{i}\n" + "\n".join(bases[j : j + 50] for j in range(0, 20_000, 50)) + "\n" for i in range(20))
    )
    context = multiprocessing.get_context("spawn")
    start, answers = context.Event(), context.Queue()
    running = [context.Process(target=_open, args=(file, start, answers)) for _ in range(3)]
    for process in running:
        process.start()
    start.set()
    assert [answers.get(timeout=60) for _ in running] == [bases[:20]] * 3
    for process in running:
        process.join()
    assert Genome(file).remark == "" and [f.name for f in sorted(tmp_path.iterdir())] == ["g.fa", "g.fa.fai"]


# --- names of contigs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "own"), [("1", "chr1"), ("NC_000001.11", "chr1"), ("NC_000001.10", "chr1"), ("chrM", "MT"), ("M", "MT")]
)
def test_names_of_one_chromosome_are_taken_for_each_other(tmp_path, asked, own):
    file = tmp_path / "g.fa"
    file.write_text(">chr1\nACGT\n>MT\nTTTT\n")
    genome = Genome(file)
    assert genome.contig(asked) == own
    assert genome.region(Region(asked, 0, 4)).region == Region(own, 0, 4)


def test_an_accession_of_another_build_and_another_mitochondrion_are_refused(tmp_path):
    file = tmp_path / "g.fa"
    file.write_text(">chr1\nACGT\n>chrM\n" + "A" * 16571 + "\n")
    with pytest.raises(InputError, match=r"'NC_000001.10' is of GRCh37, but g.fa is GRCh38"):
        Genome(file, "GRCh38").contig("NC_000001.10")
    for name in ("MT", "NC_012920.1"):
        with pytest.raises(InputError, match="older mitochondrial sequence NC_001807"):
            Genome(file).contig(name)
    assert Genome(file).contig("chrM") == "chrM"
    file.write_text(">1\nAAAA\n>NC_000001.11\nACGT\n")
    with pytest.raises(InputError, match=r"no contig 'chr1' but 1 and NC_000001.11"):
        Genome(file).contig("chr1")


def test_a_placed_sequence_of_the_minus_strand_answers_as_the_genome_does(tmp_path):
    file = tmp_path / "g.fa"
    file.write_text(">c\nAACCGGTTAC\n")
    region = Region("c", 2, 9, strand="-")
    placed = PlacedReference([Genome(file).region(region)])
    known = placed.stretch("c", 3, 4)
    assert known == Region("c", 2, 9)
    assert placed.bases(Region("c", 3, 6)) == GenomeReference(Genome(file)).bases(Region("c", 3, 6)) == "CGG"
