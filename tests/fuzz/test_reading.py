"""FASTA, flat files and pasted text, random and changed: an error that the user can mend, or sequences that hold."""

import gzip
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import fasta
from engine.errors import CisLensError
from engine.fasta import ADAPTERS, read_records
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, IUPAC
from engine.text import text_of, unified

LETTERS = "ACGTNacgtuRYK>;\n\r\t 0159:-+().|/é\ufeff\u2028\u200b١chr"
SETTINGS = settings(derandomize=True, deadline=None, database=None, max_examples=250)
SEEDS = [
    b">one first\r\nACGTN\r\n\r\nacgu\r\n>two chr1:101-104(-)\nACGT\n",
    b"\xef\xbb\xbf; comment\r>a\rACGT\r>b promoteur \xe9\rTTGA\r",
    ">a\nACGT\n>b\nGG TT\n".encode("utf-16"),
    b"LOCUS       X1        24 bp    DNA\nVERSION     X1.1\nORIGIN\n"
    b"        1 gatcctccat atacaacggt\n       21 atct\n//\n",
    b"ID   X2; SV 1; linear; DNA; STD; HUM; 12 BP.\nSQ   Sequence 12 BP;\n     gatcctccat at          12\n//\n",
    b"        1 gatcctccat atacaacggt\n       21 atctccacct\n",
    f">o\n{ADAPTER_LEFT}{'ACGTTGCA' * 25}{ADAPTER_RIGHT}\n".encode(),
    gzip.compress(b">a\nACGT\n>b\nTTTT\n", mtime=0),
]
PIECES = [
    b">", b"\n", b"\r", b"\x00", b"\xff", b"\xc3\xa9", b"//\n", b"ORIGIN\n", b"LOCUS ", b"ID   ", b"SQ   ", b" 9 ",
    b"(-)", b":1-4", b";", b"\t", b"\xe2\x80\xa8", b"\x1f\x8b", b"999999999999999999999", b" " * 50, b"\x0c", b"MYB ",
    b"chr1",
]  # fmt: skip


def changed(seed: int) -> bytes:
    """One of the seeds with a few bytes taken out, doubled, exchanged or put in."""
    rng = random.Random(seed)
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[at:at] = rng.choice(PIECES)
        elif kind == 1:
            del data[at : at + rng.randint(1, 9)]
        elif kind == 2 and data:
            data[at % len(data)] = rng.randrange(256)
        else:
            data[at:at] = data[max(0, at - 20) : at]
    return bytes(data)


def holds(text: str, adapters: str) -> None:
    """What is read can be written and read again, and adds no record."""
    try:
        records = read_records(text, "the text", adapters)
    except CisLensError:
        return
    assert all(set(s.bases) <= set(IUPAC) and s.name.strip() == s.name for s in records.sequences)
    written = fasta.write_fasta(records.sequences)
    assert written.count(">") >= len(records.sequences) == len({s.name for s in records.sequences})
    assert fasta.read_fasta(written) == records.sequences
    letters = sum(c.isalpha() for c in unified(text))
    assert sum(map(len, records.sequences)) <= letters


@pytest.mark.parametrize("part", range(8))
def test_changed_files_are_read_whole_or_refused(part):
    for seed in range(part * 250, part * 250 + 250):
        data = changed(seed)
        try:
            text = text_of(data, "mine.fa", "FASTA")
        except CisLensError:
            continue
        assert "\r" not in text and not text.startswith("\ufeff")
        holds(text, ("auto", "keep")[seed % 2])
        for read in (fasta.clean, fasta.read_pasted):
            try:
                read(text)
            except CisLensError:
                continue


@SETTINGS
@given(st.binary(max_size=200))
def test_random_bytes_are_text_or_refused(data):
    try:
        text = text_of(data)
    except CisLensError:
        return
    assert isinstance(text, str) and "\0" not in text


@SETTINGS
@given(
    st.text(st.sampled_from("ACGTNacgtuRYK>;\n\r\t 0159:-+().|/é\ufeff\u2028\u200b١chr"), max_size=120),
    st.sampled_from([*ADAPTERS]),
)
def test_random_text_is_sequences_or_refused(text, adapters):
    holds(text, adapters)
    try:
        bases, _ = fasta.clean(text)
    except CisLensError:
        return
    assert set(bases) <= set(IUPAC) and fasta.clean(bases) == (bases, [])


@pytest.mark.parametrize(
    "text",
    [
        "chr1:1" + " " * 100_000 + "A" + " " * 100_000 + "!",
        ">" + " " * 200_000, ">a\n" + "\n" * 200_000 + "A", ">a\n" + "1 A\n" * 100_000, ";\n" * 200_000 + ">a\nACGT",
        " " * 200_000 + ">a\nA", ">a\n" + ("A" + " " * 50) * 20_000, "LOCUS " + " " * 200_000, "LOCUS X\n" * 50_000,
        "LOCUS X\nORIGIN\n" + "//\n" * 100_000, ">a " + "x" * 300_000 + "\nA", ">a\n" + "\u200b" * 200_000,
        ">a chr1:" + "1" * 100_000 + "-2\nA",
    ],
    ids=lambda t: repr(t[:12]),
)  # fmt: skip
def test_the_work_is_linear_in_the_text(text):
    began = time.perf_counter()
    for read in (fasta.read_fasta, fasta.clean, fasta.read_pasted):
        try:
            read(text)
        except CisLensError:
            continue
    assert time.perf_counter() - began < 5  # seconds; a quadratic reader takes minutes
