"""Bytes as text: encodings, line ends, compression, and what is no text."""

import gzip
import io
import zipfile

import pytest

from engine import limits, store, text
from engine.errors import InputError
from engine.limits import Limit
from engine.text import TextFile, decompressed, numbered_lines, text_of, unified

LINES = ">a promoteur étudié\nACGT\n\nTT\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
        ("utf-32-be", b"\x00\x00\xfe\xff"),
        ("latin-1", b""),
    ],
)
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_one_text_in_every_encoding_line_end_and_packing_reads_the_same(encoding, mark, end, packed):
    data = mark + LINES.replace("\n", end).encode(encoding)
    assert text_of(packed(data)) == LINES


def test_mixed_line_ends_and_the_marks_of_joined_files():
    assert unified("\ufeff>a\r\nAC\rGT\n\ufeff>b\nTT") == ">a\nAC\nGT\n>b\nTT"
    assert unified("A\x0bB\x0cC\x1cD\x85E\u2028F") == "A\x0bB\x0cC\x1cD\x85E\u2028F"  # none of these ends a line


def test_letters_that_only_windows_knows_are_read():
    assert text_of(b">a \x80 5 \x96 6\nACGT\n") == ">a € 5 – 6\nACGT\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not text"),
        (bytes(range(1, 256)), "not text"),
        (b"\xff\xfeA", "not text"),
        (">a\nACGT\n".encode("utf-16-le"), "UTF-16 does: save it as UTF-8"),
        (b"BZh91AY", "packed as bzip2"),
        (b"\xfd7zXZ\x00\x00", "packed as xz"),
        (b"\x28\xb5\x2f\xfd\x04", "packed as zstd"),
        (gzip.compress(b">a\nACGT\n" * 99, mtime=0)[:-9], "cut short"),
        (b"\x1f\x8b and no more", "damaged"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data, reason):
    with pytest.raises(InputError, match=reason) as caught:
        text_of(data, "mine.fa", "FASTA")
    assert "mine.fa" in str(caught.value)


def test_an_archive_is_named():
    with io.BytesIO() as packed:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.fa", LINES)
        with pytest.raises(InputError, match="packed as zip; unpack it first"):
            text_of(packed.getvalue())


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_no_more_is_unpacked_than_is_allowed(packed):
    few = Limit(1000, "bytes of text", "give a part of it")
    assert decompressed(packed(b"A" * 1000), most=few) == b"A" * 1000
    with pytest.raises(InputError, match=r"mine\.fa has 1,001 bytes of text, more than 1,000; give a part of it"):
        text_of(packed(b"A" * 1001), "mine.fa", most=few)


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\nb", "\n\n", "a\x0cb\x0bc\u2028d\n\ne"])
def test_numbered_lines_are_those_of_split(text):
    assert list(numbered_lines(text)) == list(enumerate(text.split("\n"), 1))


# --- text of any size -------------------------------------------------------------------------------


def streamed(data: bytes, **settings) -> TextFile:
    return TextFile(lambda: io.BytesIO(data), "mine.fa", **settings)


@pytest.mark.parametrize("piece", [5, 14, 1 << 20])
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
@pytest.mark.parametrize(
    "data",
    [
        LINES.replace("\n", "\r\n").encode(),
        LINES.replace("\n", "\r").encode("utf-8-sig") + b"\xef\xbb\xbf>b\nTT",
        LINES.encode("utf-16"),
        LINES.encode("latin-1"),
        b"A\n\n\nC",
        b"",
    ],
)
def test_a_text_read_piece_by_piece_is_the_same_text_however_small_the_pieces(data, packed, piece, monkeypatch):
    monkeypatch.setattr(text, "_PIECE", piece)  # cuts letters, marks and line ends in two
    whole, pieces = text_of(packed(data)), streamed(packed(data))
    for _ in range(2):
        assert "".join(pieces.pieces()) == whole
        assert all(piece.endswith("\n") for piece in list(pieces.pieces())[:-1])
        lines = list(pieces.lines())
        assert [line for _, line in lines] == whole.removesuffix("\n").split("\n")[: len(lines)]
        assert [number for number, _ in lines] == list(range(1, len(lines) + 1))
        assert "\n".join(line for _, line in lines) == whole.removesuffix("\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not text"),
        (b"\xff\xfeA", "not text"),
        (">a\nACGT\n".encode("utf-16-le"), "UTF-16 does: save it as UTF-8"),
        (b"BZh91AY", "packed as bzip2"),
        (gzip.compress(b">a\nACGT\n" * 99, mtime=0)[:-9], "cut short"),
        (b"\x1f\x8b and no more", "damaged"),
    ],
)
def test_what_is_no_text_is_refused_before_its_first_piece(data, reason):
    with pytest.raises(InputError, match=reason):
        next(streamed(data).pieces())


def test_a_text_of_any_size_has_a_bound_all_the_same():
    packed = gzip.compress(b"A" * 1001)
    with pytest.raises(InputError, match="more than 1,000"):
        list(streamed(packed, most=Limit(1000, "letters", "cut it")).pieces())


@pytest.mark.parametrize("in_memory", [0, 64_000_000])
def test_what_comes_through_a_pipe_is_read_as_often_as_a_file(in_memory, monkeypatch):
    monkeypatch.setattr(store, "_IN_MEMORY", in_memory)
    source = io.BytesIO(gzip.compress(LINES.encode()))
    file = TextFile(store.spooled(source, limits.PIPED, "standard input"), "standard input")
    assert [file.text(), file.text()] == [LINES, LINES]
    with pytest.raises(InputError, match="standard input has 20 bytes, more than 19"):
        store.spooled(io.BytesIO(b"A" * 20), Limit(19, "bytes", "cut it"), "standard input")
