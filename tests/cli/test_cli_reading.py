"""The same sequence in every form that people have it in: one reader, so one row."""

import gzip
import re

import pytest

from engine import fasta, fasta_stream, limits
from engine.cli import common
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, reverse_complement


@pytest.fixture
def bases(random_bases):
    return random_bases(200, seed=7)


def _lines(bases: str) -> str:
    return "\n".join(bases[i : i + 60] for i in range(0, 200, 60))


def _numbered(bases: str) -> str:
    blocks = [bases[i : i + 10].lower() for i in range(0, 200, 10)]
    return "\n".join(f"{60 * i + 1:>9} {' '.join(blocks[6 * i : 6 * i + 6])}" for i in range(4))


FORMS = {
    "plain": lambda b: f">a\n{_lines(b)}\n".encode(),
    "the header ends with a lone CR": lambda b: f">a\r{_lines(b)}\n".encode(),
    "CR alone": lambda b: f">a\n{_lines(b)}\n".replace("\n", "\r").encode(),
    "CRLF with a mark": lambda b: f"\ufeff>a\n{_lines(b)}\n".replace("\n", "\r\n").encode(),
    "Latin-1 in the description": lambda b: f">a promoteur étudié\n{_lines(b)}\n".encode("latin-1"),
    "UTF-16": lambda b: f">a\n{_lines(b)}\n".encode("utf-16"),
    "comments": lambda b: f"; of mine\n>a\n; second\n{_lines(b)}\n".encode(),
    "numbered": lambda b: f">a\n{_numbered(b)}\n".encode(),
    "GenBank": lambda b: f"LOCUS       a      200 bp    DNA\nORIGIN\n{_numbered(b)}\n//\n".encode(),
    "gzip": lambda b: gzip.compress(f">a\n{_lines(b)}\n".encode()),
    "oligo": lambda b: f">a\n{ADAPTER_LEFT}{_lines(b)}{ADAPTER_RIGHT}\n".encode(),
    "oligo of the other strand": lambda b: f">a\n{reverse_complement(ADAPTER_LEFT + b + ADAPTER_RIGHT)}\n".encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_sequence_gives_its_row(call, trained, tmp_path, bases, form):
    file = tmp_path / "in.fa"
    file.write_bytes(FORMS["plain"](bases))
    expected = call("predict", file, "--model", "mine").rows
    file.write_bytes(FORMS[form](bases))
    run = call("predict", file, "--model", "mine")
    assert run.rows[1][0] == "a"
    assert [float(v) for v in run.rows[1][1:]] == pytest.approx([float(v) for v in expected[1][1:]], abs=1e-5)


@pytest.mark.parametrize(
    "words",
    [
        ("predict",), ("ism",), ("ig", "--steps", 2), ("scan", "--stride", 100), ("shuffle-scan", "--shuffles", 1),
        ("epistasis", "--stretch", "20-21"), ("knock-out", "--stretch", "20-40", "--shuffles", 1),
        ("knock-in", "--motif", "SP1", "--stride", 90), ("embed", "--motif", "SP1", "--count", 3),
        ("walk", "--objective", "K562", "--edits", 1),
    ],
    ids=lambda w: w[0],
)  # fmt: skip
def test_adapters_are_taken_off_by_every_command_and_said(call, trained, tmp_path, bases, words):
    command, *options = words
    oligo, bare = tmp_path / "oligo.fa", tmp_path / "bare.fa"
    oligo.write_text(f">a\n{ADAPTER_LEFT}{bases}{ADAPTER_RIGHT}\n")
    bare.write_text(f">a\n{bases}\n")
    whole, inner, kept = (
        call(command, file, "--model", "joint_legnet", *options, *more)
        for file, more in ((oligo, ()), (bare, ()), (oligo, ("--adapters", "keep")))
    )
    assert whole.code == inner.code == kept.code == 0
    assert whole.out == inner.out
    assert kept.out != inner.out
    assert "1 of 1 sequence(s) stand between the adapters" in whole.err and "--adapters keep" in whole.err
    assert "adapters" not in inner.err and "stand between" not in kept.err


def test_an_unknown_way_with_adapters_is_refused(call, trained, tmp_path, bases):
    file = tmp_path / "in.fa"
    file.write_text(f">a\n{bases}\n")
    error = call("predict", file, "--model", "mine", "--adapters", "cut").error()
    assert "unknown way with adapters 'cut'; known: auto, keep" in error


@pytest.mark.parametrize("command", ["predict", "ism", "ig", "scan"])
def test_a_sequence_without_a_known_base_has_empty_cells(call, trained, tmp_path, bases, command):
    file = tmp_path / "in.fa"
    file.write_text(f">n\n{'N' * 200}\n>a\n{bases}\n")
    run = call(command, file, "--model", "mine")
    assert run.code == 0
    assert "'n': 200 of 200 letters are unknown, so it gets no number" in run.err
    for row in run.rows[1:]:
        if row[0] == "n":
            assert row[-3:] == ["", "", ""]
        else:
            assert all(re.fullmatch(r"-?[0-9.e-]+", cell) for cell in row[-3:])


def test_places_come_back_from_fasta(call, trained, tmp_path, random_bases):
    genome, cut, profile = tmp_path / "g.fa", tmp_path / "r.fa", tmp_path / "r.bedgraph"
    genome.write_text(f">chr1\n{random_bases(600, 3)}\n")
    assert call("extract", "chr1:101-400", "--genome", genome, "--out", cut).code == 0
    assert call("scan", cut, "--model", "mine", "--stride", 100, "--out", profile).code == 0
    rows = [line.split("\t") for line in profile.read_text().split("\n") if line.startswith("chr1")]
    assert rows[0][:2] == ["chr1", "150"]


def test_more_than_a_limit_is_refused_before_it_is_read(call, trained, tmp_path, monkeypatch):
    few = limits.Limit(1000, "bytes of text", "split it")
    for module in (fasta, common, fasta_stream):
        monkeypatch.setattr(module, "FASTA_TEXT", few)
    for data in (b">a\n" + b"A" * 1001, gzip.compress(b">a\n" + b"A" * 1_000_000)):
        file = tmp_path / "in.fa"
        file.write_bytes(data)
        for command in ("ism", "predict"):  # of what streams, one record is what may be too long
            assert "bytes of text, more than 1,000; split it" in call(command, file, "--model", "mine").error()
