"""Variants and regions as people give them: VCF, typed, HGVS, BED."""

import gzip
import time

import pandas as pd
import pysam
import pytest

from engine.errors import InputError
from engine.genome.assemblies import ACCESSIONS, LENGTHS, chromosome, guess_build
from engine.genome.exports import variants_vcf
from engine.genome.genome import Genome
from engine.genome.notations.typed import parse_variant, parse_variants
from engine.genome.notations.vcf import read_vcf
from engine.genome.reference import GenomeReference, PlacedReference
from engine.genome.variants import Variant
from engine.sequence import Region, Sequence
from engine.text import text_of

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
#        position 101 is the first base
BASES = "ACGTTGCAAG"
PLACED = PlacedReference([Sequence("piece", BASES, Region("chr1", 100, 110, "GRCh37"))])


def vcf(*rows: str) -> bytes:
    return (HEAD + "".join("\t".join(r.split()) + "\n" for r in rows)).encode()


# --- VCF --------------------------------------------------------------------------------------------


def test_alleles_of_a_vcf_are_split_and_those_without_bases_named():
    read = read_vcf(
        vcf(
            "chr1 10 rs1 a G,TT . PASS X",
            "2 20 . CA C . . .",
            "3 30 . G <DEL>,*,T . . .",
            "3 31 . G . . . .",
            "3 32 . G G]17:198982] . . .",
            "3 33 . G R . . .",
            "3 0 . G T . . .",
        )
    )
    assert read.variants == [
        Variant("chr1", 10, "A", "G", "rs1"),
        Variant("chr1", 10, "A", "TT", "rs1"),
        Variant("2", 20, "CA", "C", "2:20 CA>C"),
        Variant("3", 30, "G", "T"),
    ]
    assert [s.line for s in read.skipped] == [5, 5, 6, 7, 8, 9]
    for skipped, word in zip(
        read.skipped, ("<DEL>", "another variant", "'.'", "breakend", "'R'", "begin at 1"), strict=True
    ):
        assert word in skipped.reason
    assert [s.counts for s in read.skipped] == [False, False, False, False, True, True]


def test_line_ends_compression_and_byte_order_mark_do_not_matter(tmp_path):
    plain = vcf("chr1 10 rs1 A G . . .", "chr1 12 . C T . . .")
    file = tmp_path / "x.vcf"
    file.write_bytes(plain)
    pysam.tabix_compress(str(file), str(file) + ".gz")
    forms = (plain.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + plain, gzip.compress(plain), (tmp_path / "x.vcf.gz"))
    for form in forms:
        data = form if isinstance(form, bytes) else form.read_bytes()
        assert read_vcf(data) == read_vcf(plain)
        assert len(read_vcf(data).variants) == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "mine.vcf is empty"),
        (b"chr1\t10\t.\tA\tG\t.\t.\t.\n", "line 1 of mine.vcf comes before the header line"),
        (b"##fileformat=VCFv4.2\n", "mine.vcf has no header line"),
        (b"#chrom position\n", "line 1 of mine.vcf is not VCF's header line"),
        (vcf("chr1 10 . A"), "line 3 of mine.vcf has 4 column(s) where its header has 8"),
        (HEAD.encode() + b"chr1 10 . A G . . .\n", "line 3 of mine.vcf has 1 column(s)"),
        (vcf("chr1 ten . A G . . ."), "line 3 of mine.vcf has the POS 'ten'"),
        (gzip.compress(vcf("chr1 10 . A G . . ."), mtime=0)[:-20], "mine.vcf is cut short"),
        (b"\x1f\x8b\x08\x00" + b"x" * 50, "mine.vcf is damaged"),
        (bytes(range(256)), "mine.vcf is not text"),
        (HEAD.encode() + b"\0\0\0", "mine.vcf is not text"),
    ],
)
def test_what_is_no_vcf_is_an_error_that_names_the_line(data, reason):
    with pytest.raises(InputError) as error:
        read_vcf(data, "mine.vcf")
    assert reason in str(error.value)


def test_a_bgzip_file_cut_between_two_blocks_is_noticed(tmp_path):
    file = tmp_path / "x.vcf"
    file.write_bytes(vcf(*(f"chr1 {i} . A G . . ." for i in range(1, 20_000))))
    pysam.tabix_compress(str(file), str(file) + ".gz")
    whole = (tmp_path / "x.vcf.gz").read_bytes()
    second = whole.index(whole[:4], 10)
    assert text_of(whole) == file.read_text()
    with pytest.raises(InputError, match="cut short"):
        text_of(whole[:second])


def test_many_rows_with_samples_are_read_quickly():
    head = HEAD.rstrip("\n") + "\tFORMAT" + "".join(f"\ts{i}" for i in range(50)) + "\n"
    row = "chr1\t{}\t.\tA\tG,T\t.\t.\tDP=9\tGT" + "\t0/1" * 50 + "\n"
    data = (head + "".join(row.format(i) for i in range(1, 20_001))).encode()
    start = time.perf_counter()
    assert len(read_vcf(data).variants) == 40_000
    assert time.perf_counter() - start < 5


# --- typed variants and HGVS ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["chr1:109817590 G>T", "chr1:109,817,590 g>t", "chr1-109817590-G-T", "chr1:109817590G>T", "chr1 109817590 G/T"],
)
def test_a_typed_variant_is_read_in_every_common_form(text):
    assert parse_variant(text) == Variant("chr1", 109817590, "G", "T", text)


@pytest.mark.parametrize(("accession", "build"), [("NC_000001.10", "GRCh37"), ("nc_000001.11", "GRCh38"), ("chr1", "")])
def test_hgvs_names_chromosome_and_build(accession, build):
    text = f"{accession}:g.109817590G>T"
    assert parse_variant(text) == Variant("chr1", 109817590, "G", "T", text, build)


@pytest.mark.parametrize(
    ("edit", "pos", "ref", "alt"),
    [  # positions 101..110 are ACGTTGCAAG
        ("103G>T", 103, "G", "T"),
        ("103del", 103, "G", ""),
        ("103_105del", 103, "GTT", ""),
        ("103_105delGTT", 103, "GTT", ""),
        ("103_105del3", 103, "GTT", ""),
        ("102_103dup", 104, "", "CG"),
        ("103_104insAAA", 104, "", "AAA"),
        ("103_104ins101_102", 104, "", "AC"),
        ("103_104delinsA", 103, "GT", "A"),
        ("103delGinsTT", 103, "G", "TT"),
        ("101_103inv", 101, "ACG", "CGT"),
    ],
)
def test_hgvs_edits_become_alleles(edit, pos, ref, alt):
    found = parse_variant(f"NC_000001.10:g.{edit}", PLACED)
    assert (found.chrom, found.pos, found.ref, found.alt) == ("chr1", pos, ref, alt)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("chr1:g.103A>T", "variant chr1:g.103A>T: the genome has G there (wrong build?)"),
        ("chr1:g.103_105delGGG", "the genome has GTT there"),
        ("NC_000001.11:g.103G>T", "is of GRCh38 but piece is GRCh37"),
        ("NC_000001:g.103G>T", "write NC_000001.10 (GRCh37) or NC_000001.11 (GRCh38)"),
        ("NC_000001.9:g.103G>T", "does not say which build"),
        ("NC_999999.1:g.103G>T", "no chromosome of GRCh37 or GRCh38"),
        ("NM_000527.5:c.-134G>T", "counts along a transcript"),
        ("chr1:g.103_104G>T", "write 103_104delinsT"),
        ("chr1:g.103insT", "write 103_104ins"),
        ("chr1:g.105_103del", "second comes after the first"),
        ("chr1:g.103_105delGT", "spans 3 position(s) but names GT"),
        ("chr1:g.103?", "uncertain position"),
        ("chr1:g.103foo", "cannot be read"),
        ("chr1:g.300del", "chr1:300 lies outside piece"),
        ("rs12740374", "dbSNP"),
        ("chr1:103 G>G", "changes nothing"),
        ("chr1:103 G>N", "'N' in its alternative allele"),
        ("anything", "is not a variant; write it as"),
    ],
)
def test_a_variant_that_cannot_be_is_refused_with_the_reason(text, reason):
    with pytest.raises(InputError) as error:
        parse_variant(text, PLACED)
    assert reason in str(error.value)


def test_without_a_genome_only_given_bases_count():
    assert parse_variant("chr1:g.5delA").ref == "A"
    assert parse_variant("chr1:g.5_6insA").alt == "A"
    for edit in ("5del", "5dup", "5_6inv", "5delinsT"):
        with pytest.raises(InputError, match="a genome is needed"):
            parse_variant(f"chr1:g.{edit}")


def test_lines_that_are_no_variants_are_named_by_number():
    read = parse_variants("# mine\nchr1:103 G>T\n\nnonsense\n1-104-T-C # second\n")
    assert [v.pos for v in read.variants] == [103, 104]
    assert [s.line for s in read.skipped] == [4]


@pytest.mark.parametrize(
    ("ref", "alt", "trimmed"),
    [
        ("CA", "C", (10, "A", "")),
        ("CAA", "CA", (10, "A", "")),
        ("C", "CT", (10, "", "T")),
        ("GCAC", "GTAC", (10, "C", "T")),
    ],
)
def test_shared_bases_of_both_alleles_are_trimmed(ref, alt, trimmed):
    assert Variant("chr1", 10, ref, alt).trimmed == trimmed


def test_every_chromosome_has_an_accession_and_a_length_in_each_build():
    names = {f"chr{i}" for i in (*range(1, 23), "X", "Y")}
    for build in ("GRCh37", "GRCh38"):
        assert {c for c, b in ACCESSIONS.values() if b == build} == names
        assert {c for (c, _), b in LENGTHS.items() if b == build} == names
    assert ACCESSIONS["CM000663.2"] == ("chr1", "GRCh38") and ACCESSIONS["CM000686.1"] == ("chrY", "GRCh37")
    versions = {}
    for accession, (chrom, build) in ACCESSIONS.items():
        if accession.startswith("CM"):
            continue
        number, version = accession.split(".")
        versions.setdefault((number, chrom), {})[build] = int(version)
    assert all(v["GRCh38"] == v["GRCh37"] + 1 for (_, c), v in versions.items() if c != "chrM")
    assert guess_build({"1": 249250621, "odd": 5}) == "GRCh37" and guess_build({"chrX": 156040895}) == "GRCh38"
    assert guess_build({"chr1": 1000}) == ""
    assert [chromosome(c) for c in ("1", "chr1", "NC_000001.11", "MT", "chrM")] == ["chr1"] * 3 + ["chrM"] * 2


# --- references -------------------------------------------------------------------------------------


def test_a_genome_is_asked_under_any_name_of_a_chromosome(tmp_path):
    file = tmp_path / "g.fa"
    file.write_text(">NC_000001.10\nACGTAC\n>MT\nGGTT\n")
    genome = GenomeReference(Genome(file))
    for name in ("1", "chr1", "NC_000001.10"):
        known = genome.stretch(name, 1, 3)
        assert known == Region("NC_000001.10", 0, 6, "GRCh37")
        assert genome.bases(Region(known.chrom, 1, 3)) == "CG"
    assert genome.stretch("chrM", 0, 1).chrom == "MT"
    with pytest.raises(InputError, match="no contig '7'; its 2 contigs: NC_000001"):
        genome.stretch("7", 0, 1)
    with pytest.raises(InputError, match="past the end of MT"):
        genome.stretch("MT", 3, 5)


def test_placed_sequences_need_a_place_and_one_build():
    with pytest.raises(InputError, match="'lost' lies in the genome is not known"):
        PlacedReference([Sequence("lost", "ACGT")])
    with pytest.raises(InputError, match="2 builds"):
        PlacedReference([Sequence(b, "A", Region("chr1", 0, 1, b)) for b in ("GRCh37", "GRCh38")])


# --- VCF out ----------------------------------------------------------------------------------------


def test_scored_variants_are_a_vcf_that_pysam_reads(tmp_path):
    variants = [
        Variant("chr1", 105, "T", "", "gone"),
        Variant("chr1", 103, "G", "T", "chr1:103 G>T"),
        Variant("chr1", 101, "A", ""),
        Variant("chr1", 104, "", "CC", "rs5"),
        Variant("chr9", 7, "A", "G", "far off"),
    ]
    effects = [0.5, -1.25, 3.0, 1e-7, float("nan")]
    table = pd.DataFrame({"m 1.K562.effect": effects, "m 1.K562.ref": 0.0, "problem": [""] * 4 + ["not; here, at all"]})
    file = tmp_path / "out.vcf"
    file.write_text(variants_vcf(variants, table, PLACED))
    with pysam.VariantFile(str(file)) as read:
        records = [(r.chrom, r.pos, r.id, r.ref, r.alts[0], dict(r.info)) for r in read]
    key = "EFFECT_m_1.K562"
    assert records[:4] == [
        ("chr1", 101, None, "AC", "C", {key: 3.0}),
        ("chr1", 103, None, "G", "T", {key: -1.25}),
        ("chr1", 103, "rs5", "G", "GCC", {key: pytest.approx(1e-7)}),
        ("chr1", 104, "gone", "TT", "T", {key: 0.5}),
    ]
    assert records[4][:3] == ("chr9", 7, None) and records[4][5] == {"PROBLEM": "not_here_at_all"}
