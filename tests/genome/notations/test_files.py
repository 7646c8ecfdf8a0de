"""Files of variants: tables with a header, lists, VCF; each under its own convention or refused with its line."""

import pytest

from engine import limits
from engine.errors import InputError
from engine.genome.notations.files import read_variants
from engine.genome.notations.vcf import read_vcf_text
from engine.genome.reference import PlacedReference
from engine.sequence import Region, Sequence

PLACED = PlacedReference([Sequence("piece", "ACGTTGCAAGTCCATGGATC", Region("chr1", 100, 120, "GRCh38"))])


def rows(text: str, what: str = "mine.tsv") -> list[tuple]:
    return [(v.chrom, v.pos, v.ref, v.alt, v.build) for v in read_variants(text, what, PLACED).variants]


@pytest.mark.parametrize(
    "text",
    [
        "chrom\tpos\tref\talt\n1\t103\tG\tT\n",
        "#chr\tposition\tREF\tALT\tbeta\n1\t103\tG\tT\t0.2\n",
        "CHR,BP,rsid,ref_allele,alt_allele\n1,103,rs1,g,t\n",
        "Chromosome;Position;Reference;Alternative\n1;103.0;G;T\n",
        "chr pos ref alt\n1 103 G T\n",
        '"chrom","pos","ref","alt"\n"1","103","G","T"\n',
        "##made=by me\nchrom\tpos\tref\talt\n1\t103\tG\tT\n",
        "##made=by me\n#CHROM\tPOS\tID\tREF\tALT\n1\t103\t.\tG\tT\n",
        "# from my colleague\nchrom\tpos\tref\talt\n1\t103\tG\tT\n",
        "gene_id\tvariant_id\nENSG1\t1_103_G_T\n",
        "hgvs,score\n1:g.103G>T,0.5\n",
        "1:103 G>T\n",
        "1\t103\t.\tG\tT\t.\t.\t.\n",
        "#CHROM\tPOS\tID\tREF\tALT\n1\t103\t.\tG\tT\n",
    ],
)
def test_the_same_variant_in_every_file(text):
    assert rows(text) == [("1", 103, "G", "T", "")]


def test_the_columns_of_a_table_that_mean_something():
    text = (
        "chrom,pos,ref,alt,id,build,strand\n1,103,GT,-,del,hg38,+\nNC_000001.11,104,T,A/C,.,,1\n"
        "1,105,-,A,i,,\n1,106,G,A,s,,-\n1,107,C,A,b,GRCh73,\nNC_000001.10,108,A,C,c,hg38,\n1,x,A,C,p,,\n1,108,A\n"
    )
    read = read_variants(text, "mine.csv", PLACED)
    assert [(v.pos, v.ref, v.alt, v.name, v.build) for v in read.variants] == [
        (103, "GT", "", "del", "GRCh38"),
        (104, "T", "A", "chr1:104 T>A", "GRCh38"),
        (104, "T", "C", "chr1:104 T>C", "GRCh38"),
    ]
    assert read.lines == [2, 3, 3] and [s.line for s in read.skipped] == [4, 5, 6, 7, 8, 9]
    words = ("insertion", "plus strand", "GRCh73", "row says GRCh38", "'1:x': 'x' is not a position", "3 column(s)")
    for skipped, word in zip(read.skipped, words, strict=True):
        assert word in skipped.reason and skipped.counts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("chrom\tstart\tref\talt\n1\t103\tG\tT\n", "'start' counts from 0 in some tables and from 1 in others"),
        ("chrom\tchromStart\tref\talt\n1\t102\tG\tT\n", "'chromstart' counts from 0 in some"),
        ("chr,pos,effect_allele,other_allele\n1,103,T,G\n", "'effect_allele' does not say which allele is the"),
        ("chrom\tpos\thm_pos\tref\talt\n1\t5\t6\tA\tG\n", "two columns that may be the 'pos': 'pos' and 'hm_pos'"),
        ("chrom\tpos\tref\n1\t103\tG\n", "lacks a column 'alt'"),
        ("place\twhere\tfrom\tto\n1\t103\tG\tT\n", "line 1 of mine.tsv reads as a header, but no column is called"),
        ("", "mine.tsv is empty"),
        ("# nothing\n", "mine.tsv holds comments alone"),
        (">chr1\nACGT\n", "line 1 of mine.tsv: '>chr1' is not a variant"),
    ],
)
def test_a_file_that_says_too_little_is_refused_by_name(text, reason):
    with pytest.raises(InputError) as error:
        read_variants(text, "mine.tsv", PLACED)
    assert reason in str(error.value)


HEAD = "##fileformat=VCFv4.2\n{}#CHROM\tPOS\tID\tREF\tALT\n"
ROW = "{}\t103\t.\tG\tT\n"


@pytest.mark.parametrize(
    ("meta", "chrom", "build"),
    [
        ("##reference=GRCh37\n", "1", "GRCh37"),
        ("##reference=file:///data/hg38.fa.gz\n", "1", "GRCh38"),
        ("##contig=<ID=chr1,length=248956422>\n", "1", "GRCh38"),
        ("##contig=<ID=chr1,assembly=hg19>\n", "1", "GRCh37"),
        ('##contig=<ID=1,length=249250621,assembly="b37",species="Homo sapiens">\n', "1", "GRCh37"),
        ("##reference=mine.fa\n##contig=<ID=chr1,length=500>\n", "1", ""),
        ("", "NC_000001.10", "GRCh37"),
        ("", "CM000663.2", "GRCh38"),
        ("##reference=GRCh38\n", "NC_000001.11", "GRCh38"),
    ],
)
def test_a_vcf_says_of_which_build_it_is(meta, chrom, build):
    read = read_vcf_text(HEAD.format(meta) + ROW.format(chrom))
    assert [v.build for v in read.variants] == [build] and read.remarks == ()


def test_a_vcf_that_contradicts_itself():
    read = read_vcf_text(HEAD.format("##reference=hg19\n##contig=<ID=1,length=248956422>\n") + ROW.format("1"))
    assert read.variants[0].build == "" and "several builds (GRCh37 in ##reference=hg19, GRCh38 in" in read.remarks[0]
    read = read_vcf_text(HEAD.format("##reference=hg19\n") + ROW.format("NC_000001.11") + ROW.format("1"))
    assert [v.build for v in read.variants] == ["GRCh37"]
    assert "NC_000001.11, which is of GRCh38, but the header says GRCh37" in read.skipped[0].reason


def test_a_malformed_line_is_left_out_and_the_rest_is_read():
    many = ",".join("A" * n for n in range(1, limits.ALLELES.most + 2))
    lines = ["1\t103\t.\tG", "1\tx\t.\tG\tT", "1\t" + "9" * 5000 + "\t.\tG\tT", "\t103\t.\tG\tT", "1\t103\t.\tG\tT",
             f"1\t103\t.\tG\t{many}", "1\t١٠٣\t.\tG\tT", "1\t103\t.\tG\t" + "A" * 20_000, "1 103 . G T"]  # fmt: skip
    read = read_vcf_text(HEAD.format("") + "\n".join(lines) + "\n")
    assert [(v.pos, v.ref, v.alt) for v in read.variants] == [(103, "G", "T")] and read.lines == [7]
    assert [s.line for s in read.skipped] == [3, 4, 5, 6, 8, 9, 10, 11] and all(s.counts for s in read.skipped)
    assert all(len(s.reason) < 200 for s in read.skipped)
    assert len(read.vcf.records) == 2 and read.vcf.records[0].alleles == (0,)


def test_joined_vcfs_of_other_columns_are_refused():
    head = HEAD.format("")
    assert len(read_vcf_text((head + ROW.format("1")) * 2).variants) == 2
    with pytest.raises(InputError, match="line 5 of it is a second header line"):
        read_vcf_text(head + ROW.format("1") + "##x\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\n", "it")


def test_a_file_of_no_variants_and_a_gvcf_stay_small(monkeypatch):
    lines = "1\t5\t.\tA\t<NON_REF>\n" * 3000 + "1\t103\t.\tG\tT\n"
    read = read_vcf_text(HEAD.format("") + lines, "g.vcf")
    assert len(read.variants) == 1 and len(read.skipped) == 1000 and len(read.vcf.records) == 3001
    assert read.remarks == ("2,000 more alleles of g.vcf name no bases and are left out",)
    monkeypatch.setattr(limits, "NO_VARIANTS", limits.Limit(50, "lines that are no variants", "is it?"))
    for text, what in ((HEAD.format("") + "x\n" * 60, "x.vcf"), ("chrom\tpos\tref\talt\n" + "1\n" * 60, "x.tsv")):
        with pytest.raises(InputError, match=r"x\.\w+ has 51 lines that are no variants"):
            read_variants(text, what)
    with pytest.raises(InputError, match="has 51 lines that are no variants"):
        read_variants("1:103 G>T\n" + "x\n" * 60, "x.txt")
