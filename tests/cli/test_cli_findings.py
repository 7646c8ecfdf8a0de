"""`python -m engine findings`: what is stored, as text and as CSV; what is missing or stale with its command."""

import csv

import pytest

from engine.data import library
from engine.replication import table
from engine.replication.finding import Finding
from engine.replication.table import MOTIFS, REPRESENTATIONS, SCORES, Part
from engine.statistics import Metric


@pytest.fixture
def parts(monkeypatch):
    told = {
        SCORES: Part(
            [Finding("1", "R3 is ahead", Metric(0.05, 0.02, 0.08, 1234), 0.007, again=Metric(0.04, 0.01, 0.07, 1234))],
            [],
        ),
        REPRESENTATIONS: Part([], ["maps.npz is broken; run: something"]),
        MOTIFS: Part([], []),
    }
    monkeypatch.setattr(library, "joint", lambda: None)
    monkeypatch.setattr(table, "read", lambda _: told)
    return told


def test_as_text(call, parts):
    run = call("findings")
    assert run.code == 0
    assert [line.strip() for line in run.out.splitlines()] == [
        "1  R3 is ahead",
        "holds: +0.050 [+0.020, +0.080] (n=1,234), another seed +0.040 [+0.010, +0.070], published +0.007",
    ]
    assert "Representations and attributions: left out: maps.npz is broken" in run.err
    assert f"Motifs: nothing is stored; run: {table.MEND[MOTIFS]}" in run.err


def test_as_a_table(call, parts, tmp_path):
    assert call("findings", "--out", tmp_path / "f.csv").code == 0
    (row,) = csv.DictReader((tmp_path / "f.csv").open())
    assert (row["finding"], row["verdict"], float(row["low"]), int(row["n"])) == ("1", "holds", 0.02, 1234)
    assert [float(row[f"other_seed{end}"]) for end in ("", "_low", "_high")] == [0.04, 0.01, 0.07]
    assert call("findings", "--out", "-").out == (tmp_path / "f.csv").read_text()


def test_nothing_stored_ends_with_2(call, parts):
    parts[SCORES] = Part([], [])
    run = call("findings")
    assert run.code == 2 and not run.out and "Scores: nothing is stored; run: python -m engine compare" in run.err
