"""Packed text and its index: pysam finds in every region what going through all lines finds."""

import gzip
import random

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.genome import tabix

SPOT = st.one_of(st.integers(0, 70_000), st.integers(0, tabix.LONGEST - 200_000))
CONTIG = st.sampled_from(["chr1", "chr2", "HLA-A*01:01"])
PLACES = st.lists(st.tuples(CONTIG, SPOT, st.integers(1, 100_000)), max_size=60)


def write(folder, name, text, columns):
    content, index = tabix.packed(text, columns)
    file = folder / name
    file.write_bytes(content)
    file.with_name(name + ".tbi").write_bytes(index)
    return str(file)


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(places=PLACES, queries=st.lists(st.tuples(SPOT, st.integers(1, 200_000)), min_size=3, max_size=6))
def test_pysam_finds_in_a_bed_what_going_through_all_lines_finds(places, queries, tmp_path_factory):
    lines = sorted((c, s, s + n, f"r{i}") for i, (c, s, n) in enumerate(places))
    text = 'track name="x"\n' * (len(places) % 2) + "".join("\t".join(map(str, line)) + "\n" for line in lines)
    file = write(tmp_path_factory.mktemp("bed"), "a.bed.gz", text, tabix.COLUMNS["bed"])
    with pysam.TabixFile(file) as found:
        assert found.contigs == list(dict.fromkeys(line[0] for line in lines))
        for chrom in found.contigs:
            for start, length in [*queries, *((s, n) for _, s, n in places[:5])]:
                expected = [line for line in lines if line[0] == chrom and line[1] < start + length and line[2] > start]
                assert [r.split("\t")[3] for r in found.fetch(chrom, start, start + length)] == [e[3] for e in expected]


@settings(derandomize=True, deadline=None, database=None, max_examples=40)
@given(places=PLACES, query=st.tuples(SPOT, st.integers(1, 200_000)))
def test_pysam_finds_in_a_vcf_what_going_through_all_lines_finds(places, query, tmp_path_factory):
    head = "##fileformat=VCFv4.2\n" + "".join(f"##contig=<ID={c}>\n" for c in ("chr1", "chr2", "HLA-A*01:01"))
    head += '##INFO=<ID=END,Number=1,Type=Integer,Description="End">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n'
    lines = sorted((c, s, s + (n if n > 20 else n % 4 + 1), i) for i, (c, s, n) in enumerate(places))
    rows = [
        f"{c}\t{s + 1}\tv{i}\t" + (f"A\t<DEL>\t.\t.\tEND={e}" if e - s > 20 else "A" * (e - s) + "\tC\t.\t.\t.") + "\n"
        for c, s, e, i in lines
    ]
    file = write(tmp_path_factory.mktemp("vcf"), "a.vcf.gz", head + "".join(rows), tabix.COLUMNS["vcf"])
    start, end = query[0], sum(query)
    with pysam.VariantFile(file) as found:
        for chrom in dict.fromkeys(c for c, *_ in lines):
            expected = [f"v{i}" for c, s, e, i in lines if c == chrom and s < end and e > start]
            assert [r.id for r in found.fetch(chrom, start, end)] == expected


@pytest.mark.parametrize("size", [0, 1, 65_279, 65_280, 65_281, 300_000])
def test_what_is_packed_is_unpacked_by_gzip_and_read_at_any_place_by_pysam(size, tmp_path):
    data = random.Random(size).randbytes(size)
    content, _ = tabix.bgzip(data)
    assert gzip.decompress(content) == data and tabix.bgzip(data)[0] == content
    (tmp_path / "a.gz").write_bytes(content)
    with pysam.BGZFile(str(tmp_path / "a.gz")) as handle:
        assert handle.read() == data


def test_an_index_over_many_blocks_reads_what_it_should(tmp_path):
    text = "".join(f"chr1\t{i * 100}\t{i * 100 + 50}\t{i:060}\n" for i in range(8_000))
    with pysam.TabixFile(write(tmp_path, "a.bed.gz", text, tabix.COLUMNS["bedgraph"])) as found:
        for i in (0, 1, 790, 3_999, 7_999):
            assert [int(r.split("\t")[3]) for r in found.fetch("chr1", i * 100, i * 100 + 1)] == [i]
        assert sum(1 for _ in found.fetch("chr1")) == 8_000


@pytest.mark.parametrize(
    "text",
    [
        "chr1\t5\t6\nchr1\t4\t6\n",
        "chr1\t5\t6\nchr2\t5\t6\nchr1\t7\t8\n",
        "chr1\tfive\t6\n",
        "chr1\t5\n",
        f"chr1\t5\t{tabix.LONGEST + 1}\n",
        "chr1\t1\t2\ntrack name='b'\nchr1\t3\t4\n",
    ],
)
def test_what_no_index_can_be_made_of_is_packed_without(text):
    content, index = tabix.packed(text, tabix.COLUMNS["bed"])
    assert gzip.decompress(content).decode() == text and index is None
