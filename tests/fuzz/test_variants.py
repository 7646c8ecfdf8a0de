"""Fuzz: whatever is given as variants is read right, named or refused; only errors that a user can mend come out."""

import gzip
import random

import pytest

from engine.errors import CisLensError
from engine.genome import dbsnp
from engine.genome.annotated import annotated_vcf
from engine.genome.effects import score_variants
from engine.genome.exports import variants_vcf
from engine.genome.notations.files import read_variants
from engine.genome.notations.typed import NOTATIONS, is_variant, parse_line
from engine.genome.notations.vcf import read_vcf
from engine.genome.reference import PlacedReference
from engine.sequence import Region, Sequence

BASES = (
    "".join(random.Random(0).choices("ACGT", k=60)) + "RN" + "CA" * 8 + "".join(random.Random(1).choices("ACGT", k=60))
)
REFERENCE = PlacedReference([Sequence("piece", BASES, Region("chr1", 0, len(BASES), "GRCh38"))])
SIGNS = "0123456789:;,._-+/><[]()=?*|#'\" \t\r\n\x00\x0b\x85\u2028٣ßſACGTNacgtxyzRrschrNCgm%\ufeff"
TYPED = [
    *(n.example for n in NOTATIONS), "chr1:g.10_12del", "chr1:g.10_12dup", "chr1:g.10_11insACG", "chr1:g.10_12delinsA",
    "chr1:g.10_12inv", "NC_000001.11:9:3:A", "1 10 12 ACG/- + x", "1 10 . A C,G", "rs12", "chr1:10 A>-",
]  # fmt: skip
VCF = (
    b"##fileformat=VCFv4.2\n##reference=GRCh38\n##contig=<ID=1,length=248956422>\n##INFO=<ID=AF,Number=A,Type=Float,"
    b'Description="x">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\n'
    b"1\t10\trs1;rs2\tA\tC,G\t.\tPASS\tAF=0.1,0.2\tGT\t0|1\nchr1\t12\t.\tAC\tA,<DEL>,*\t9\t.\t.\tGT\t./.\n"
    b"NC_000001.11\t70\t.\tCA\tC\t.\t.\tDB;AF=1\tGT\t1/1\n"
)
TABLES = ["chrom\tpos\tref\talt\tid\n1\t10\tA\tC\tx\n1\t11\tC\t-\ty\n", '"variant",score\n"1:10 A>C",3\n1:g.11del,4\n']


def mutated(text: str, rng: random.Random) -> str:
    """A few letters exchanged, taken out, doubled, made long, or put in."""
    letters = list(text)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(letters) + 1)
        match rng.randrange(5):
            case 0:
                letters[at : at + 1] = rng.choice(SIGNS)
            case 1:
                del letters[at : at + rng.randint(1, 8)]
            case 2:
                letters[at:at] = letters[at : at + rng.randint(1, 12)]
            case 3:
                letters[at:at] = rng.choice(SIGNS) * rng.choice([1, 2, 40, 5000])
            case _:
                letters[at:at] = rng.choices(SIGNS, k=rng.randint(1, 4))
    return "".join(letters)


def scored(read, model) -> None:
    """Everything that was read can be scored and written, or says why not."""
    table = score_variants(model, read.variants, REFERENCE)
    assert len(table) == len(read.variants)
    if read.vcf:
        assert annotated_vcf(read.vcf, table).count("\n") >= len(read.vcf.records)
    variants_vcf(read.variants, table, REFERENCE)


@pytest.fixture
def model(linear_model):
    return linear_model(window=12)


def test_typed_variants():
    rng = random.Random(1)
    read = 0
    for i in range(6000):
        text = mutated(TYPED[i % len(TYPED)], rng) if i % 4 else "".join(rng.choices(SIGNS, k=rng.randint(0, 40)))
        is_variant(text)
        try:
            for variant in parse_line(text, REFERENCE if i % 2 else None):
                assert variant.pos >= 1 and set(variant.alt) <= set("ACGT")
                read += 1
        except CisLensError as error:
            assert len(str(error)) < 1500
    assert read > 200


def test_vcf(model):
    rng = random.Random(2)
    read = 0
    for i in range(1200):
        text = mutated(VCF.decode(), rng)
        data = text.encode("utf-8", "replace")
        if i % 5 == 0:
            data = gzip.compress(data, mtime=0)[: rng.choice([None, -3, 20])]
        try:
            found = read_vcf(data, "it")
        except CisLensError:
            continue
        read += len(found.variants)
        if i % 4 == 0:
            scored(found, model)
    assert read > 1000


def test_tables_and_lists(model):
    rng = random.Random(3)
    read = 0
    for i in range(2000):
        text = mutated(TABLES[i % 2] if i % 3 else "\n".join(rng.sample(TYPED, 4)), rng)
        try:
            found = read_variants(text, "it", REFERENCE)
        except CisLensError:
            continue
        read += len(found.variants)
        if i % 10 == 0:
            scored(found, model)
    assert read > 1000


def test_dbsnp(tmp_path):
    rng = random.Random(4)
    file = tmp_path / "dbsnp.vcf"
    for _ in range(300):
        data = mutated(VCF.decode(), rng).encode("utf-8", "replace")
        file.write_bytes(gzip.compress(data, mtime=0)[: rng.choice([None, None, -4])] if rng.random() < 0.3 else data)
        try:
            dbsnp.look_up(file, ["rs1", "rs2"])
        except CisLensError as error:
            assert len(str(error)) < 1500
