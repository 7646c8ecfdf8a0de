"""Regions out of BED and out of text."""

import pytest

from engine.errors import InputError
from engine.genome.regions import read_bed
from engine.sequence import Region


def test_bed_and_region_lines_are_read():
    text = "track name=x\nbrowser y\n# z\nchr1\t0\t10\tmine\t0\t+\r\nchr2 5 6\n\nchr3:1-200\nchrX:1,001-1,200 that\n"
    assert read_bed(text, build="GRCh38") == [
        (Region("chr1", 0, 10, "GRCh38"), "mine"),
        (Region("chr2", 5, 6, "GRCh38"), "chr2:6-6"),
        (Region("chr3", 0, 200, "GRCh38"), "chr3:1-200"),
        (Region("chrX", 1000, 1200, "GRCh38"), "that"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("chr1\t5", "line 2 of b.bed: 'chr1\t5' has 2 column(s)"),
        ("chr1\tx\t5", "line 2 of b.bed: start is 'x'"),
        ("chr1\t5\t-7", "line 2 of b.bed: end is '-7'"),
        ("chr1\t5\t5", "line 2 of b.bed: region chr1:6-5 is empty"),
        ("chr1:9-2", "line 2 of b.bed: region 'chr1:9-2' ends before it starts"),
    ],
)
def test_a_bed_line_that_is_no_region_is_named(line, reason):
    with pytest.raises(InputError) as error:
        read_bed(f"chr1\t0\t5\n{line}\n", "b.bed")
    assert reason in str(error.value)
    with pytest.raises(InputError, match="holds no region"):
        read_bed("# nothing\n")
