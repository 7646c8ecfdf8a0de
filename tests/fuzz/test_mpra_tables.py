"""Fuzz: MPRA tables, barcode counts, MaveDB score sets: whatever stands in a file is read or refused in one line."""

import gzip
import io
import random
import zipfile

import numpy as np
import pytest
from openpyxl import Workbook

from engine.errors import CisLensError
from engine.mpra.columns import Choices
from engine.mpra.library import VARIANTS
from engine.mpra.reading import Beside, read_assignment, read_library
from engine.mpra.score_sets import edits_of
from engine.sequence import Sequence

rng = random.Random(0)
SEQUENCES = ["".join(rng.choices("ACGT", k=40)) for _ in range(6)]
DESIGN = {f"e{i}": s for i, s in enumerate(SEQUENCES)}
TARGET = Sequence("tgt", "".join(rng.choices("ACGT", k=60)))
ROWS = "".join(f"e{i}\t{s}\t{i - 2.5}\t{i / 3:.3f}\t{10 + i}\n" for i, s in enumerate(SEQUENCES))
ACTIVITY = f"# mine\nname\tseq\tK562_log2\tHepG2_log2\tn_obs_bc\n{ROWS}".encode()
COMMAS = ACTIVITY.replace(b",", b" ").replace(b".", b",").replace(b"\t", b";")
COUNTS = "barcode\tname\tdna_count_1\trna_count_1\treplicate\n" + "".join(
    f"{''.join(rng.choices('ACGT', k=12))}\te{i % 6}\t{i + 1}\t{2 * i}\t{i % 2}\n" for i in range(12)
)
SCORES = "hgvs_nt,hgvs_pro,score,sd\n" + "".join(
    f"{v},NA,{i / 4},0.1\n"
    for i, v in enumerate(
        [f"n.1{TARGET.bases[0]}>N", "n.2_3del", "n.[4dup;9_10insACG]", "n.=", "_wt", "g.5_7delinsAA", "c.8del"]
    )
)
WORDS = [
    "",
    "NA",
    "inf",
    "-1e999",
    '"',
    "\t",
    ";",
    ",",
    "\n",
    "\r",
    "\0",
    "ACGT",
    ">",
    "#",
    "!x",
    "٣",
    "ß",
    "-",
    "=1+1",
    "9" * 50,
]


def workbook() -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in (("seq", "log2"), *((s, i / 2) for i, s in enumerate(SEQUENCES))):
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def mutated(data: bytes, draw: random.Random) -> bytes:
    """A few stretches exchanged, taken out, doubled or put in."""
    out = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(out) + 1)
        match draw.randrange(5):
            case 0:
                out[at : at + draw.randint(0, 3)] = draw.choice(WORDS).encode()
            case 1:
                del out[at : at + draw.randint(1, 40)]
            case 2:
                out[at:at] = out[at : at + draw.randint(1, 60)]
            case 3:
                out[at:at] = draw.randbytes(draw.randint(1, 5))
            case _:
                other = draw.randrange(len(out) + 1)
                out[at : at + 12], out[other : other + 12] = out[other : other + 12], out[at : at + 12]
    return bytes(out)


CHOICES = [
    Choices(min_barcodes=1),
    Choices(min_barcodes=1, activity=("K562=log2", "score"), unit="ratio"),
    Choices(sequence="seq", name="name", decimal=",", adapters="keep"),
]


def mutated_workbook(draw: random.Random) -> bytes:
    """The workbook with other content in one of its parts, or broken as a whole."""
    data, file = workbook(), io.BytesIO()
    if draw.random() < 0.3:
        return mutated(data, draw)
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        chosen = draw.choice(old.namelist())
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), draw) if name == chosen else old.read(name))
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "runs"),
    [
        (lambda draw: mutated(ACTIVITY, draw), 1500),
        (lambda draw: mutated(COMMAS, draw), 1500),
        (lambda draw: mutated(COUNTS.encode(), draw), 1500),
        (lambda draw: mutated(SCORES.encode(), draw), 1500),
        (lambda draw: gzip.compress(mutated(ACTIVITY, draw)), 300),
        (mutated_workbook, 300),
    ],
    ids=["activity", "decimal commas", "barcodes", "score set", "gzip", "Excel"],
)
def test_a_table_is_read_or_refused(make, runs):
    draw = random.Random(runs)
    read = 0
    for _ in range(runs):
        beside = Beside(
            design=DESIGN if draw.random() < 0.5 else {},
            target=TARGET if draw.random() < 0.7 else None,
        )
        try:
            library = read_library(make(draw), "t", draw.choice(CHOICES), beside)
        except CisLensError as error:
            assert "\n" not in str(error)
            continue
        read += 1
        assert len(library) == len(library.bases) == len(library.lines) == len(library.measured) > 0
        assert not np.isinf(library.measured).any() and np.isfinite(library.measured).any(axis=1).all()
        assert all(set(b) <= set("ACGTRYSWKMBDHVN") and b for b in library.bases)
        assert (library.kind == VARIANTS) == (library.target is not None)
    assert read > runs / 20


def test_an_assignment_is_read_or_refused():
    good = "".join(f"{''.join(rng.choices('ACGT', k=12))}\te{i}\n" for i in range(9)).encode()
    draw = random.Random(3)
    for _ in range(300):
        try:
            assert all(isinstance(name, str) for name in read_assignment(mutated(good, draw), "a").values())
        except CisLensError as error:
            assert "\n" not in str(error)


def test_a_variant_is_read_or_refused():
    parts = ["n.", "c.", "g.", "p.", "[", "]", ";", "=", "del", "dup", "ins", "delins", ">", "_", "A", "ACGT", "N", "1",
             "5", "60", "61", "99999999999999999999", "-", "*", "+", "(", ")", "?", "٣", " ", "tgt:",
             "NC_000001.10:"]  # fmt: skip
    draw = random.Random(4)
    for i in range(8000):
        text = "".join(draw.choices(parts, k=draw.randint(1, 8)))
        text = f"n.{draw.randint(0, 62)}{text}" if i % 2 else text
        try:
            edits = edits_of(text, TARGET)
        except CisLensError as error:
            assert "\n" not in str(error)
            continue
        assert all(0 <= e.start <= e.start + e.removed <= len(TARGET) for e in edits)


def test_long_cells_take_no_long_time():
    for text in ("n." + "1" * 1900, "n.[" + "1A>T;" * 390 + "]", "n." + "[" * 1900, " " * 900_000 + ",", '"' * 900_000):
        try:
            read_library(f"hgvs_nt,score\n{text},1\n".encode(), "t", beside=Beside(target=TARGET))
        except CisLensError as error:
            assert len(str(error)) < 600
