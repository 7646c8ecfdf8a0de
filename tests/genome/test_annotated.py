"""A VCF written out again: everything of it stays, as pysam reads it; effects have one value an allele."""

import math

import pysam
import pytest

from engine.genome.annotated import annotated_vcf
from engine.genome.effects import score_variants
from engine.genome.notations.vcf import read_vcf_text
from engine.genome.reference import PlacedReference
from engine.sequence import Region, Sequence

BASES = "GATTACAGTCATCGATTACAGTCCATGGATCATCG"
REFERENCE = PlacedReference([Sequence("piece", BASES, Region("chr1", 100, 135))])
META = """##fileformat=VCFv4.3
##FILTER=<ID=q10,Description="Quality below 10">
##contig=<ID=chr1,length=500>
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="In dbSNP">
##INFO=<ID=PROBLEM,Number=1,Type=String,Description="Of somebody else">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depth of each allele">
##mine=kept as it is
"""
ROWS = [
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2",
    "chr1\t123\trs7;rs8\tC\tA,T\t29.5\tPASS\tAF=0.1,0.2;DB\tGT:AD\t0|1:9,3,0\t1/2:0,4,5",
    "chr1\t113\t.\tC\tA,*,CTT\t.\tq10\tPROBLEM=odd\tGT:AD\t./.:.\t0/3:4,0,0,2",
    "chr1\t115\tbad\tG\tA\t5\t.\t.\tGT\t0/1\t0/0",
    "chr1\t116\tsym\tT\t<DEL>\t5\t.\t.\tGT\t0/1\t0/0",
    "chr1\t117",
]
TEXT = META + "\n".join(ROWS) + "\n"
OURS = "EFFECT_model.output0"


@pytest.fixture
def scored(linear_model):
    def score(text: str):
        read = read_vcf_text(text)
        table = score_variants(linear_model(window=12), read.variants, REFERENCE)
        return annotated_vcf(read.vcf, table), table

    return score


def records(text: str, tmp_path) -> list:
    file = tmp_path / "out.vcf"
    file.write_text(text)
    with pysam.VariantFile(str(file)) as read:
        return list(read)


def test_every_column_and_sample_stays(scored, tmp_path):
    text, table = scored(TEXT)
    lines = text.splitlines()
    assert all(line in lines for line in META.splitlines())
    body = {line.split("\t")[1]: line.split("\t") for line in lines if not line.startswith("#")}
    for row in ROWS[1:5]:
        before = row.split("\t")
        after = body[before[1]]
        assert after[:7] == before[:7] and after[8:] == before[8:]
        assert after[7].startswith("" if before[7] == "." else before[7])
    assert list(body) == ["113", "115", "116", "123"]  # sorted; the line that is no record is gone
    effect = dict(zip(zip(table["pos"], table["alt"], strict=True), table["model.output0.effect"], strict=True))
    by_pos = {r.pos: r for r in records(text, tmp_path)}
    assert by_pos[123].info[OURS] == pytest.approx((effect[123, "A"], effect[123, "T"]), rel=1e-4)
    got = by_pos[113].info[OURS]
    assert got[0] == pytest.approx(effect[113, "A"], rel=1e-4) and got[2] == pytest.approx(effect[113, "CTT"], rel=1e-4)
    assert got[1] is None and by_pos[113].info["PROBLEM"] == "odd"
    assert "another_variant_deletes" in by_pos[113].info["PROBLEM_2"][1]
    assert by_pos[123].info["AF"] == pytest.approx((0.1, 0.2)) and by_pos[123].info["DB"]
    assert by_pos[123].samples["s2"]["AD"] == (0, 4, 5) and by_pos[123].id == "rs7;rs8"
    assert by_pos[113].filter.keys() == ["q10"] and by_pos[123].qual == pytest.approx(29.5)
    assert OURS not in by_pos[115].info and by_pos[115].info["PROBLEM_2"][0].startswith("variant_chr1:115_G>A")
    assert by_pos[116].info["PROBLEM_2"][0].endswith("symbolic_and_names_no_bases")


def test_a_second_run_takes_the_place_of_the_first(scored):
    first, _ = scored(TEXT)
    again, _ = scored(first)
    assert again == first


def test_a_vcf_of_five_columns_gets_the_others(scored, tmp_path):
    text, table = scored("#CHROM\tPOS\tID\tREF\tALT\nchr1\t113\t.\tC\tA\n")
    (record,) = records(text, tmp_path)
    assert text.startswith("##fileformat=VCFv4.2\n##contig=<ID=chr1>\n")
    assert record.info[OURS][0] == pytest.approx(table["model.output0.effect"][0], rel=1e-4)
    assert not math.isnan(record.info[OURS][0])


def test_contigs_stay_in_their_order_and_the_index_takes_it(scored, tmp_path):
    rows = ["chr2\t5\t.\tA\tC", "chr1\t123\t.\tC\tA", "chr2\t3\t.\tA\tC", "chr1\t113\t.\tC\tA"]
    text, _ = scored("#CHROM\tPOS\tID\tREF\tALT\n" + "\n".join(rows) + "\n")
    assert [(r.chrom, r.pos) for r in records(text, tmp_path)] == [
        ("chr2", 3),
        ("chr2", 5),
        ("chr1", 113),
        ("chr1", 123),
    ]
    packed = pysam.tabix_index(str(tmp_path / "out.vcf"), preset="vcf", force=True)
    with pysam.VariantFile(packed) as read:
        assert [r.pos for r in read.fetch("chr1", 100, 115)] == [113]
