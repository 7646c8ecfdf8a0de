"""Regions out of BED, narrowPeak, GTF, GFF, interval_list and text: never counted from the wrong end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from engine.errors import InputError
from engine.genome.genome import Genome
from engine.genome.regions import read_regions
from engine.limits import Limit
from engine.sequence import Region, parse_region


def regions(text: str, what: str = "x.bed", **options) -> list[tuple[Region, str]]:
    read = read_regions(text, what, **options)
    assert not read.skipped
    return [(r.region, r.name) for r in read.regions]


def test_bed_and_region_lines_are_read():
    text = (
        "track name=x\nbrowser y\n# z\nchr1\t0\t10\tmine\t0\t+\nchr2 5 6\n\nchr3:1-200\nchrX:1,001-1,200 that\n"
        "chr4\t7\t9\t.\t0\t-\nchr5:3-4(-)\nchr6:3-4:- the other\nHLA-A*01:01\t0\t9\nHLA-A*01:01:1-9\n"
    )
    assert regions(text, build="GRCh38") == [
        (Region("chr1", 0, 10, "GRCh38", "+"), "mine"),
        (Region("chr2", 5, 6, "GRCh38"), "chr2:6-6"),
        (Region("chr3", 0, 200, "GRCh38"), "chr3:1-200"),
        (Region("chrX", 1000, 1200, "GRCh38"), "that"),
        (Region("chr4", 7, 9, "GRCh38", "-"), "chr4:8-9(-)"),
        (Region("chr5", 2, 4, "GRCh38", "-"), "chr5:3-4(-)"),
        (Region("chr6", 2, 4, "GRCh38", "-"), "the other"),
        (Region("HLA-A*01:01", 0, 9, "GRCh38"), "HLA-A*01:01:1-9"),
        (Region("HLA-A*01:01", 0, 9, "GRCh38"), "HLA-A*01:01:1-9"),
    ]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a.gtf", 'chr1\tHAVANA\tgene\t101\t120\t.\t-\t.\tgene_id "E1"; gene_name "LDLR";'),
        ("a.bed", 'chr1\tHAVANA\tgene\t101\t120\t.\t-\t.\tgene_id "E1"; gene_name "LDLR";'),
        ("a.gff3.gz", "##gff-version 3\nchr1\tx\tgene\t101\t120\t.\t-\t.\tID=g1;Name=LDLR\n##FASTA\n>chr1\nACGT"),
        ("a.interval_list", "chr1\t101\t120\t-\tLDLR"),
        ("a.txt", "@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:500\nchr1\t101\t120\t-\tLDLR\n"),
        ("a.bed", "chr1\t100\t120\tLDLR\t0\t-"),
        ("a.bed", "chr1:101-120(-) LDLR"),
        ("a.narrowPeak", "chr1\t100\t120\tLDLR\t0\t-\t1.5\t2\t3\t7"),
    ],
)
def test_one_region_in_every_format_is_one_region(what, text):
    assert regions(text, what) == [(Region("chr1", 100, 120, "", "-"), "LDLR")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "##fileformat=VCFv4.2\n#CHROM\tPOS\nchr1\t5\t.\tA\tC",
            "is a VCF, not a list of regions; give it to 'variants'",
        ),
        ("fixedStep chrom=chr1 start=1\n5", "wiggle"),
        ("track type=wiggle_0\nvariableStep chrom=chr1\n5 1", "wiggle"),
        (">chr1\nACGT", "is FASTA"),
        ("# MACS\nchr\tstart\tend\tlength\tabs_summit\nchr1\t1\t20\t20\t9", "MACS's table of peaks.*counts from 1"),
        ("seqnames\tstart\tend\twidth\tstrand\nchr1\t1\t20\t20\t*", "GRanges.*counts from 1"),
        ("chr1\t100\t120\t+\tname", "strand in column 4, as Picard's interval_list"),
        ("chr1,0,20", "has 1 column"),
        ("# nothing\n", "holds no region"),
    ],
)
def test_what_counts_otherwise_is_refused_by_name(text, reason):
    with pytest.raises(InputError, match=reason):
        read_regions(text, "x.bed")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("chr1\t5", "'chr1 5' is not a region: it has 2 column(s)"),
        ("chr1\tx\t5", "start is 'x'"),
        ("chr1\t5\t-7", "end is '-7'"),
        ("chr1\t5\t5", "start and end are both 5: BED counts from 0"),
        ("chr1\t5\t4", "region chr1:6-4 is empty"),
        ("chr1:9-2", "region 'chr1:9-2' ends before it starts"),
        ("\t0\t5", "its first column, the contig, is empty"),
        ("chr1\t0\t" + "9" * 5000, "digits in one number"),
        ("chr1\t٠\t٥", "start is '٠'"),
        ("chr1\t1e3\t2e3", "start is '1e3'"),
    ],
)
def test_a_line_that_is_no_region_is_named_and_the_others_are_read(line, reason):
    read = read_regions(f"chr1\t0\t5\n{line}\nchr1\t1\t6\n", "b.bed")
    assert [r.region.start for r in read.regions] == [0, 1] and read.regions[1].where == "line 3 of b.bed"
    ((where, why),) = read.skipped
    assert where == "line 2 of b.bed" and reason in why and len(why) < 300
    with pytest.raises(InputError, match=r"b.bed holds no region; line 1 of b.bed: "):
        read_regions(line, "b.bed")


@pytest.mark.parametrize(("first", "last", "strand"), [("0", "5", "+"), ("9", "5", "+"), ("1", "5", "1")])
def test_a_line_of_gtf_that_cannot_be_is_named(first, last, strand):
    good = "chr1\tx\texon\t1\t5\t.\t?\t.\t."
    read = read_regions(f"{good}\nchr1\tx\texon\t{first}\t{last}\t.\t{strand}\t.\t.", "x.gtf")
    assert [r.region for r in read.regions] == [Region("chr1", 0, 5)] and len(read.skipped) == 1


def test_pairs_of_regions_are_refused():
    with pytest.raises(InputError, match="pairs of regions"):
        read_regions("chr1\t0\t9\tchr2\t0\t9\n", "loops.bedpe.gz")


def test_a_summit_is_the_middle_of_its_window():
    peak = "chr1\t1000\t1400\tp{}\t0\t.\t1\t2\t3\t{}"
    text = "\n".join(
        [peak.format(1, 150), peak.format(2, -1), peak.format(3, 400), "chr1\t70\t71", "chr1\t50\t51", "chr1\t9\t99"]
    )
    read = read_regions(text, "x.narrowPeak", summit=200)
    assert [(r.region, r.name) for r in read.regions] == [
        (Region("chr1", 1050, 1250), "p1"),
    ]
    reasons = [reason for _, reason in read.skipped]
    assert "summit is -1" in reasons[0] and "lies outside it" in reasons[1]
    assert "starts before the contig" in reasons[2] and "narrowPeak has it in column 10" in reasons[4]
    assert regions("chr1\t70\t71\ts", summit=101) == [(Region("chr1", 20, 121), "s")]
    assert regions(peak.format(1, 150)) == [(Region("chr1", 1000, 1400), "p1")]


def test_what_is_not_taken_of_a_line_is_said():
    blocks = "chr1\t0\t50\ttx\t0\t-\t0\t0\t0\t2\t10,10,\t0,40,"
    read = read_regions(f"{blocks}\n{blocks}\n", "x.bed")
    assert read.remarks == ["x.bed: 2 region(s) with blocks, as BED12 has them, of which the whole span is taken"]
    read = read_regions("chr1\t0\t50\tEH38D1\tEH38E1\tpELS\n", "ccre.bed")
    assert "sixth column" in read.remarks[0] and read.regions[0].region == Region("chr1", 0, 50)
    read = read_regions("chrom\tstart\tend\nchr1\t0\t50\n", "x.bed")
    assert "column names" in read.remarks[0] and len(read.regions) == 1 and not read.skipped
    exons = "chr1\tx\texon\t1\t5\t.\t+\t.\t.\n" * 2
    assert read_regions(exons, "x.gtf").remarks == ["x.gtf: 2 feature(s) of type exon"]


def test_more_regions_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr("engine.genome.regions.REGIONS", Limit(2, "regions", limits.REGIONS.mend))
    with pytest.raises(InputError, match=r"x.bed has 3 regions, more than 2; give them in several files"):
        read_regions("chr1\t0\t5\n" * 3, "x.bed")


@given(st.integers(0, 400), st.integers(1, 80), st.sampled_from("+-"))
@settings(derandomize=True, deadline=None, database=None, max_examples=60)
def test_every_format_of_a_region_gives_the_same_bases(tmp_path_factory, start, length, strand):
    folder = tmp_path_factory.getbasetemp() / "formats"
    folder.mkdir(exist_ok=True)
    file = folder / "g.fa"
    if not file.exists():
        file.write_text(">chr1\n" + "ACGGATTCAT" * 50 + "\n")
    end = min(500, start + length)
    texts = {
        "x.bed": f"chr1\t{start}\t{end}\tn\t0\t{strand}",
        "x.gtf": f'chr1\ts\tf\t{start + 1}\t{end}\t.\t{strand}\t.\tgene_name "n"',
        "x.interval_list": f"chr1\t{start + 1}\t{end}\t{strand}\tn",
        "x.txt": f"1:{start + 1}-{end}({strand}) n",
    }
    got = {Genome(file).region(regions(text, what)[0][0]) for what, text in texts.items()}
    assert len(got) == 1 and got.pop().region == Region("chr1", start, end, "", strand)


def test_characters_that_nobody_sees_change_nothing():
    assert parse_region("chr1:\u20601-200\u200b") == parse_region("chr1:1-200")
    (bed, written) = read_regions("\u200bchr1\t0\t200\nchr1:\u20601-200").regions
    assert (bed.region, written.region) == (parse_region("chr1:1-200"),) * 2
