"""Fuzz: whatever stands in an index or a FASTA, its bases are right or refused."""

import random

import pysam

from engine.errors import CisLensError
from engine.genome.genome import Genome
from engine.sequence import Region
from engine.text import text_of

BASES = "".join(random.Random(0).choices("ACGT", k=95))
TEXT = b">a x\n" + "\n".join(BASES[i : i + 10] for i in range(0, 95, 10)).encode() + b"\n>b\nACGT\n\n"
INDEX = b"a\t95\t5\t10\t11\nb\t4\t113\t4\t5\n"


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few bytes exchanged, taken out, doubled or put in."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(4):
            case 0:
                out[at : at + 1] = bytes([rng.choice(b"0123456789\t\n\r>ACGTN\x00\xff ")])
            case 1:
                del out[at : at + rng.randint(1, 20)]
            case 2:
                out[at:at] = out[at : at + rng.randint(1, 20)]
            case _:
                out[at:at] = rng.randbytes(rng.randint(1, 5))
    return bytes(out)


def test_no_index_makes_a_genome_wrong(tmp_path):
    file = tmp_path / "g.fa"
    file.write_bytes(TEXT)
    rng = random.Random(1)
    for _ in range(400):
        (tmp_path / "g.fa.fai").write_bytes(mutated(INDEX, rng))
        genome = Genome(file)
        assert genome.region(Region("a", 3, 90)).bases == BASES[3:90] and genome.contigs == {"a": 95, "b": 4}


def test_no_fasta_makes_a_foreign_error(tmp_path):
    rng = random.Random(2)
    file = tmp_path / "g.fa"
    good = 0
    for _ in range(400):
        data = mutated(TEXT, rng)
        file.write_bytes(data)
        try:
            genome = Genome(file)
            for name, length in genome.contigs.items():
                if length:
                    genome.region(Region(name, 0, length))
            good += 1
        except CisLensError as error:
            assert "\n" not in str(error)
    assert good > 8


def test_no_packed_file_makes_a_foreign_error(tmp_path):
    file = tmp_path / "g.fa.gz"
    with pysam.BGZFile(str(file), "wb") as out:
        out.write(TEXT)
    whole, rng = file.read_bytes(), random.Random(3)
    for _ in range(400):
        file.write_bytes(mutated(whole, rng))
        (tmp_path / "g.fa.gz.fai").unlink(missing_ok=True)
        try:
            assert Genome(file).region(Region("a", 3, 90)).bases == BASES[3:90]
        except CisLensError as error:
            assert text_of(str(error).encode())
