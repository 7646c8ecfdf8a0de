"""The command line: motif matches as CSV and BED."""

import io

import pandas as pd
import pytest

from engine.data import jaspar
from engine.fasta import read_fasta
from engine.interpretation.motifs.scan import best_per_place, scan


@pytest.fixture
def sites(tmp_path):
    """Two sequences, one with a GATA1::TAL1 site on each strand, one with an N, and the file of them."""
    file = tmp_path / "sites.fa"
    file.write_text(">both here\nCCCCTTATCTGTGAGGAGCAGCCCCCCCTGCTCCTCACAGATAAGCC\n>n\nACGTNACGTTGGGCGGGGCAA\n")
    return file


def test_matches_are_those_of_the_scan(call, sites):
    run = call("motifs", sites)
    table = pd.read_csv(io.StringIO(run.out))
    assert run.code == 0
    expected = [(s, h) for s in read_fasta(sites.read_text()) for h in scan(s) if h.q <= 0.05]
    assert len(table) == len(expected) > 10
    for row, (sequence, h) in zip(table.itertuples(), expected, strict=True):
        assert (row.name, row.motif, row.matrix, row.strand) == (sequence.name, h.motif, h.matrix, h.strand)
        assert (row.start - 1, row.end) == (h.start, h.end)
        assert row.bases == sequence.bases[h.start : h.end]
        assert (row.score_bits, row.p, row.q) == pytest.approx((h.score, h.p, h.q), rel=1e-5)
    assert f"{len(expected)} matches of 879 matrices in 2 sequence(s), p <= 0.0001, q <= 0.05" in run.err


def test_matrices_are_chosen_by_id_or_factor(call, sites):
    table = pd.read_csv(io.StringIO(call("motifs", sites, "--matrix", "MA0140,sp1").out))
    assert set(table["motif"]) == {"GATA1::TAL1", "SP1"}
    assert sorted(table.loc[table["motif"] == "GATA1::TAL1", "strand"]) == ["+", "-"]


def test_thresholds_and_the_best_match_of_a_place(call, sites):
    strict = pd.read_csv(io.StringIO(call("motifs", sites, "--q", "0.001", "--p", "1e-6").out))
    assert len(strict) and strict["q"].max() <= 0.001 and strict["p"].max() <= 1e-6
    best = pd.read_csv(io.StringIO(call("motifs", sites, "--q", "1", "--best").out))
    own = {s.name: best_per_place(scan(s)) for s in read_fasta(sites.read_text())}
    assert [(r.name, r.matrix, r.start - 1) for r in best.itertuples()] == [
        (name, h.matrix, h.start) for name, hits in own.items() for h in hits
    ]


def test_bed_has_a_line_a_match_with_the_sequence_as_contig(call, sites, tmp_path):
    out = tmp_path / "out.bed"
    assert call("motifs", sites, "--matrix", "MA0140", "--out", out).out == ""
    (matrix,) = jaspar.chosen(["MA0140"])
    rows = [line.split("\t") for line in out.read_text().splitlines()]
    bases = {s.name: s.bases for s in read_fasta(sites.read_text())}
    assert [(r[0], r[3], r[5]) for r in rows] == [("both", f"GATA1::TAL1|{matrix}", s) for s in "+-"]
    assert bases["both"][int(rows[0][1]) : int(rows[0][2])].startswith("TTATCTG")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--matrix", "GATA"), "unknown motif 'GATA'; did you mean GATA1, "),
        (("--p", "0"), "--p"),  # its bounds stand in the declaration of the option
        (("--out", "x.txt"), "'x.txt' does not say what to write; end its name in .csv"),
    ],
)
def test_what_cannot_be_done_is_one_line(call, sites, words, message):
    run = call("motifs", sites, *words)
    assert run.code == 2 and message in run.err


MINE = """>M1 FIRST
A [ 0 0 9 0 0 9 0 ]
C [ 0 0 0 0 9 0 0 ]
G [ 9 0 0 0 0 0 9 ]
T [ 0 9 0 9 0 0 0 ]
>M2 SECOND
9 0 0 0 0 9
0 9 0 9 0 0
0 0 9 0 9 0
0 0 0 0 0 0
"""


@pytest.fixture
def mine(tmp_path):
    """Two motifs, the second of six positions, and a sequence with each."""
    (tmp_path / "mine.pfm").write_text(MINE)
    (tmp_path / "with.fa").write_text(">s\nTTTTTGTATCAGTTTTTACGCGATTTTT\n")
    return tmp_path / "with.fa", tmp_path / "mine.pfm"


def test_motifs_of_a_file_stand_in_place_of_jaspar(call, mine):
    fasta, file = mine
    run = call("motifs", fasta, "--motifs", file, "--q", 1)
    assert run.code == 0
    found = pd.read_csv(io.StringIO(run.out))
    assert {(r.motif, r.matrix, r.start, r.strand, r.bases) for r in found.itertuples()} == {
        ("FIRST", "M1", 6, "+", "GTATCAG"),
        ("SECOND", "M2", 18, "+", "ACGCGA"),
    }
    assert "2 matches of 2 matrices" in run.err and "1 of 2 matrices is too short for p ≤ 0.0001" in run.err
    chosen = call("motifs", fasta, "--motifs", file, "--matrix", "second", "--q", 1)
    assert [row[1] for row in chosen.rows[1:]] == ["SECOND"]
    assert "unknown motif 'GATA1'" in call("motifs", fasta, "--motifs", file, "--matrix", "GATA1").error()


def test_a_remark_says_which_matrices_are_too_short(call, mine):
    fasta, file = mine
    asked = call("motifs", fasta, "--motifs", file, "--q", 1, "--p", "1e-4")
    assert [row[1] for row in asked.rows[1:]] == ["FIRST"]
    assert "too short for p ≤ 0.0001 and can match nothing" in asked.err and "SECOND M2" in asked.err
    assert "too short" not in call("motifs", fasta, "--motifs", file, "--p", "1e-3").err


def test_a_file_that_holds_no_motifs_is_one_line(call, mine):
    fasta, file = mine
    assert "these are sequences (FASTA), not motifs" in call("motifs", fasta, "--motifs", fasta).error()
    assert "cannot be read (No such file" in call("motifs", fasta, "--motifs", file.parent / "none.meme").error()
    assert "standard input holds the sequences or the motifs" in call("motifs", "-", "--motifs", "-").error()
