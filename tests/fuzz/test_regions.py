"""Fuzz: whatever is given as a file or text of regions, it is read or refused in words."""

import random

from engine.errors import CisLensError
from engine.genome.regions import read_regions
from engine.sequence import parse_region
from engine.text import text_of

GOOD = [
    "chr1\t0\t10\tmine\t0\t+",
    "chr2 5 6",
    "chr3:1-200(-)",
    "chr1\t1000\t1400\tp\t0\t.\t1\t2\t3\t150",
    'chr1\tHAVANA\tgene\t101\t120\t.\t-\t.\tgene_id "E1"; gene_name "LDLR";',
    "##gff-version 3\nchr1\tx\tgene\t101\t120\t.\t-\t.\tID=g1;Name=LD%20LR",
    "@HD\tVN:1.6\nchr1\t101\t120\t-\tLDLR",
    "chr1\t0\t50\ttx\t0\t-\t0\t0\t0\t2\t10,10,\t0,40,",
    "track name=x\nbrowser y\n# z",
]
PIECES = [
    "\t",
    "\n",
    " ",
    ":",
    "-",
    "(-)",
    "0",
    "9" * 30,
    "-1",
    "1e30",
    "chr1",
    "\x0b",
    "\u2028",
    "٣",
    "é",
    "\x00",
    ">",
    "@",
    "#",
    ",",
    ".",
]


def test_files_of_regions():
    rng = random.Random(1)
    good = 0
    for _ in range(6000):
        text = list("\n".join(rng.choices(GOOD, k=rng.randint(1, 4))))
        for _ in range(rng.randint(0, 5)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randint(0, 4)] = rng.choice(PIECES)
        what = rng.choice(["x.bed", "x.gtf", "x.interval_list", "x.narrowPeak", "the text"])
        try:
            data = text_of("".join(text).encode(), what, "BED")
            read = read_regions(data, what, summit=rng.choice([0, 0, 1, 200]))
            good += 1
            assert all(0 <= r.region.start < r.region.end and r.name for r in read.regions)
            assert all("\n" not in reason for _, reason in read.skipped)
        except CisLensError as error:
            assert "\n" not in str(error)
    assert good > 1000


def test_text_of_a_region():
    rng = random.Random(2)
    good = 0
    for _ in range(20_000):
        text = list(rng.choice(["chr1:1-200", "chr1:1,000-2,000(-)", "NC_000001.11:5..9:+", "HLA-A*01:01:1-9"]))
        for _ in range(rng.randint(0, 3)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randint(0, 3)] = rng.choice(PIECES)
        try:
            region = parse_region("".join(text))
            assert parse_region(region.place) == region
            good += 1
        except CisLensError as error:
            assert len(str(error)) < 400
    assert good > 2000
