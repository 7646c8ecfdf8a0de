"""Files of motifs that somebody made up or changed: read as matrices of probabilities, or refused with one line."""

from __future__ import annotations

import gzip
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from engine.data import motif_files
from engine.errors import CisLensError

STEADY = settings(derandomize=True, deadline=None, database=None, max_examples=150)
ROWS = "0.90 0.00 0.10 0.00\n0.05 0.05 0.85 0.05\n" * 4
COUNTS = "9 0 0 1 8\n0 9 0 1 0\n1 1 9 0 1\n0 0 1 8 1\n"
WHOLE = (
    "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n\n"
    f"MOTIF M1 one\nletter-probability matrix: alength= 4 w= 8 nsites= 20 E= 0\n{ROWS}URL http://x\n"
    f"MOTIF M2 width = 8\nlog-odds matrix: alength= 4 w= 1\n-3 2 1 1\nletter-probability matrix: w= 8\n{ROWS}",
    'MEME version 5\nALPHABET "DNA" DNA-LIKE\nA "A" CC0000 ~ T "T" 008000\nC "C" 0000CC ~ G "G" FFB300\nN = ACGT\n'
    f"END ALPHABET\nMOTIF x\nletter-probability matrix: nsites= 5\n{ROWS}",
    "VV  v1\nXX\n//\nAC  M1\nXX\nID  one\nP0 A C G T\n" + "".join(f"{k:02d} 9 1 0 0 A\n" for k in range(6)) + "XX\n//",
    ">M1 one\nA [9 0 0 1 8]\nC [0 9 0 1 0]\nG [1 1 9 0 1]\nT [0 0 1 8 1]\n>M2\n" + COUNTS,
    ">GATA1_HUMAN.H11MO.0.A\n" + "1.29 -2.1 -2.1 -2.1\n" * 6,
    ">ACGT\tGata(Zf)/x,BestGuess:y\t6.5\t-100\t0\tT:17.0(4%),B:2\n" + ROWS,
    "Pos\tA\tC\tG\tT\n" + "".join(f"{k}\t9\t1\t0\t0\n" for k in range(6)),
    ",A,C,G,T\n" + "".join(f"{k},9,1,0,0\n" for k in range(6)),
    "name\n" + COUNTS + "\n\n" + "9 1 0 0\n" * 6 + "//\nA | 9 0 0 1 8\nC | 0 9 0 1 0\nG | 1 1 9 0 1\nT | 0 0 1 8 1\n",
)  # fmt: skip
ODD = [
    "", "-", "nan", "inf", "1e999", "-1e5", "9" * 40, "٣", "Ⅷ", "0x10", "1_0", "w= -3", "w= 99999999999999999999", "\t",
    "MOTIF", "MOTIF a", "letter-probability matrix:", "//", "P0 A C G T", ">", ">x", "A", "A [", "A C G T", "\x0c",
    "ALPHABET= ACGU", "END ALPHABET", 'ALPHABET "x"', "nsites= 0", "nsites= 1e9", "x" * 300, "1 " * 150, "#", ";",
    ",,,,", "\u2028",
]  # fmt: skip


def sound(data: bytes) -> None:
    """Nothing but a refusal on one line comes out, or matrices that can be scanned with."""
    try:
        collection = motif_files.read(data, "mine.txt")
    except CisLensError as error:
        assert "mine.txt" in str(error) and "\n" not in str(error) and len(str(error)) < 1000
        return
    assert 0 < len(collection.matrices) <= limits.MOTIFS.most
    for id_, m in collection.matrices.items():
        assert m.id == id_ and id_.isprintable() and m.name.isprintable() and " " not in id_
        assert 1 <= m.width <= limits.MOTIF_COLUMNS.most and len(m.probabilities) == 4
        assert (m.probabilities > 0).all() and np.allclose(m.probabilities.sum(axis=0), 1)
        assert np.prod(m.probabilities.max(axis=0)) > 0.25**m.width


@pytest.mark.parametrize("text", WHOLE)
def test_the_files_that_are_changed_below_are_read(text):
    assert motif_files.read(text.encode(), "mine.txt").matrices
    sound(text.encode())


@pytest.mark.parametrize("seed", range(60))
def test_changed_files(seed):
    rng = random.Random(seed)
    for _ in range(12):
        lines = rng.choice(WHOLE).split("\n")
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(lines))
            kind = rng.randrange(6)
            if kind == 0:
                del lines[at : at + rng.randint(1, 2)]
                lines = lines or [""]
            elif kind == 1:
                lines.insert(at, rng.choice(ODD))
            elif kind == 2:
                words = lines[at].split(" ")
                words[rng.randrange(len(words))] = rng.choice(ODD)
                lines[at] = " ".join(words)
            elif kind == 3:
                lines[at] = lines[at][: rng.randint(0, len(lines[at]))]
            elif kind == 4:
                lines[at:at] = rng.choice(WHOLE).split("\n")[: rng.randint(1, 12)]
            else:
                lines[at] = lines[at].replace(rng.choice(" .0-\t"), rng.choice(["", " ", ",", ".", "\t", "-"]))
        data = bytearray(rng.choice(["\n", "\r\n", "\r"]).join(lines).encode(rng.choice(["utf-8", "utf-16"])))
        if rng.random() < 0.2 and data:
            data[rng.randrange(len(data))] = rng.randrange(256)
        sound(bytes(gzip.compress(data) if rng.random() < 0.1 else data))


@STEADY
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "ignore")))
def test_anything(data):
    sound(data)


@STEADY
@given(st.text(alphabet=">ACGT[]|:.,0123456789-+eE \t\n/#;=wMOTIFP", max_size=200))
def test_anything_of_the_letters_that_motifs_are_written_in(text):
    sound(text.encode())
    sound(("MEME version 4\nMOTIF a\nletter-probability matrix: " + text).encode())
    sound(("ID x\nP0 A C G T\n" + text).encode())


@pytest.mark.parametrize(
    "text",
    [
        ">x\n" + "1" * 2_000_000,
        ">x\n" + "1 " * 1_000_000,
        ">x\n" + " " * 2_000_000 + "1",
        "A" + " " * 1_000_000 + "!\n" * 4,
        "1 2 3 4\n" * 200_000,
        "\n".join(["9 0 0 0\n" * 6] * 20_000),
        "MEME version 4\nMOTIF x\nletter-probability matrix: " + "w=" * 500_000 + "\n",
        "MEME version 4\nMOTIF x\nletter-probability matrix: w= 1000000\n" + "1 0 0 0\n" * 100_000,
        "P0 A C G T\n" + "01 " * 300_000,
    ],
    ids=range(9),
)
def test_small_files_do_not_ask_for_much_work(text):
    sound(text.encode())


def test_a_short_file_that_unpacks_to_more_than_it_may_is_refused():
    with pytest.raises(CisLensError, match="more than 50,000,000"):
        motif_files.read(gzip.compress(b">x\n" + b"1" * 60_000_000), "mine.txt")
