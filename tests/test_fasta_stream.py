"""Files of sequences of any size: the same records as whole texts give, checked before the first, batch by batch."""

import gzip
import io
import tracemalloc

import pytest

from engine import fasta_stream, limits, text
from engine.errors import InputError
from engine.fasta import read_records
from engine.fasta_stream import FastaStream
from engine.limits import Limit
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT
from engine.text import TextFile

RECORDS = (
    "; a comment\n>a chr1:1-4 first\nACGT\n \t>b\nac gu\n\n1 acg\n"
    f">oligo\n{ADAPTER_LEFT}AC\nGT{ADAPTER_RIGHT}\n>unknown\nNNNA\n>c\n" + "ACGTA\n" * 9
)
GENBANK = "LOCUS       x 8 bp\nORIGIN\n 1 acgtacgt\n//\nLOCUS       y 4 bp\nORIGIN\n 1 acgt\n//\n"


def streamed(data: str | bytes, *settings) -> FastaStream:
    raw = data.encode() if isinstance(data, str) else data
    return FastaStream(TextFile(lambda: io.BytesIO(raw), "mine.fa", "FASTA"), *settings)


@pytest.mark.parametrize("piece", [3, 17, 1 << 20])
@pytest.mark.parametrize("adapters", ["auto", "keep"])
@pytest.mark.parametrize("given", [RECORDS, GENBANK, ">only\nACGT"])
def test_a_stream_has_the_records_and_remarks_of_the_whole_text(given, adapters, piece, monkeypatch):
    monkeypatch.setattr(text, "_PIECE", piece)
    monkeypatch.setattr(fasta_stream, "SEQUENCES", 2)
    whole, stream = read_records(given, "mine.fa", adapters), streamed(given, adapters)
    for _ in range(2):
        batches = list(stream.batches())
        assert [sequence for batch in batches for sequence in batch] == whole.sequences
        assert all(len(batch) == 2 for batch in batches[:-1])
    assert stream.n == len(whole.sequences) and stream.oligos == len(whole.oligos)
    assert stream.remarks == whole.remarks


def test_a_batch_of_long_sequences_is_short(monkeypatch):
    monkeypatch.setattr(fasta_stream, "BASES", 45)
    assert [len(batch) for batch in streamed(RECORDS).batches()] == [5]
    monkeypatch.setattr(fasta_stream, "BASES", 8)
    assert [len(batch) for batch in streamed(RECORDS).batches()] == [2, 2, 1]


@pytest.mark.parametrize("piece", [4, 1 << 20])
@pytest.mark.parametrize(
    "given",
    ["", "\n \n", "ACGT\n>a\nAC\n", "; only a comment\n", ">a\nACGT\n>\nAC\n", ">a\nACGT\n>b\n\n>c\nA\n",
     ">a\nAC\nGJ\n", ">a\nAC\n>b\nGG\n>a\nTT\n", ">a\nACGT\n>b\nAC\nread7 ACG\n"],
)  # fmt: skip
def test_what_is_wrong_with_a_text_is_said_of_a_stream_in_the_same_words(given, piece, monkeypatch):
    monkeypatch.setattr(text, "_PIECE", piece)
    with pytest.raises(InputError) as whole:
        read_records(given, "mine.fa")
    with pytest.raises(InputError) as stream:
        streamed(given)
    assert str(stream.value) == str(whole.value)


def test_two_names_of_one_hash_are_two_names(monkeypatch):
    monkeypatch.setattr(fasta_stream, "hash", lambda name: 7, raising=False)
    assert streamed(RECORDS).n == 5
    with pytest.raises(InputError, match=r"two records of mine.fa are named 'c'"):
        streamed(RECORDS + ">c\nACGT\n")


def test_what_cannot_be_used_is_told_before_there_is_a_batch():
    def refuse(sequence):
        if sequence.name == "c":
            raise InputError("c is too long")

    with pytest.raises(InputError, match="c is too long"):
        streamed(gzip.compress(RECORDS.encode()), "auto", refuse)
    with pytest.raises(InputError, match="way with adapters"):
        streamed(RECORDS, "off")


def test_a_stream_has_its_bounds(monkeypatch):
    few = Limit(4, "records", "split it")
    monkeypatch.setattr(fasta_stream, "STREAMED", few)
    with pytest.raises(InputError, match="5 records, more than 4"):
        streamed(RECORDS)
    monkeypatch.setattr(fasta_stream, "STREAMED", limits.STREAMED)
    monkeypatch.setattr(fasta_stream, "FASTA_TEXT", Limit(40, "bytes of text", "split it"))
    monkeypatch.setattr(text, "_PIECE", 5)
    with pytest.raises(InputError, match=r"a record of mine.fa has 4[0-9] bytes of text, more than 40"):
        streamed(">a\n" + "ACGT\n" * 20)


def test_four_times_the_records_take_no_more_memory(monkeypatch):
    """But for the eight bytes that are kept of each."""

    def highest(n: int) -> int:
        raw = "".join(f">window{i}\n{'ACGT' * 12}\n" for i in range(n)).encode()
        tracemalloc.start()
        sequences = sum(len(batch) for batch in streamed(raw).batches())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sequences == n
        return most

    monkeypatch.setattr(text, "_PIECE", 1 << 14)
    monkeypatch.setattr(fasta_stream, "SEQUENCES", 100)
    few, many = highest(1_000), highest(4_000)
    assert many < few + 3_000 * 3 * 8  # the hashes, their sorted copy, and room to grow
