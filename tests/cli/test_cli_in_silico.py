"""Experiments on sequences at the command line: the engine's numbers, files, what cannot be done."""

import csv

import numpy as np
import pytest

from engine.data.motifs import MOTIFS
from engine.design.optimisers.walk import Objective, Search, walk
from engine.experiments import checkpoints
from engine.fasta import read_fasta
from engine.interpretation.in_silico import block_shuffle, epistasis, global_importance, knock
from engine.interpretation.in_silico.windowed import Shuffles
from engine.sequence import Sequence

OUTPUTS = ["K562", "HepG2", "WTC11"]


@pytest.fixture
def model(trained):
    return checkpoints.load("joint_legnet").model


def numbers(rows: list[list[str]], first: int) -> np.ndarray:
    return np.array([[float(v) for v in row[first:]] for row in rows])


def test_epistasis_writes_every_double_mutant_of_the_stretch(call, model, one):
    file, sequence = one
    run = call("epistasis", file, "--model", "joint_legnet", "--stretch", "80-83")
    head, *rows = run.rows
    assert head == ["name", "output", *epistasis.COLUMNS]
    result = epistasis.epistasis(model, sequence, 79, 83)
    expected = [r for o in OUTPUTS for r in epistasis.rows(result, o)]
    assert len(rows) == len(expected) == 3 * 9 * 6
    # equal sizes may change places by rounding
    found = {tuple(r[1:5] + r[6:9]): float(r[-1]) for r in rows}
    for output, row in zip(np.repeat(OUTPUTS, 54), expected, strict=True):
        p, a, x, _, q, b, y, *_, interaction = row
        assert found[output, str(p), a, x, str(q), b, y] == pytest.approx(interaction, abs=1e-4)
    assert "promoter: 67 predictions" in run.err


def test_the_shuffle_scan_writes_mean_and_sd_by_block(call, model, fasta):
    run = call("shuffle-scan", fasta, "--model", "joint_legnet", "--width", 20, "--stride", 90, "--shuffles", 3)
    head, *rows = run.rows
    assert head[:6] == ["name", "start", "end", "bases", "used", "distinct"] and head[6:8] == ["K562 mean", "K562 sd"]
    long = read_fasta(fasta.read_text())[1]
    result = block_shuffle.block_shuffle(model, long, width=20, stride=90, shuffles=Shuffles(3))
    found = [r for r in rows if r[0] == "long"]
    assert [r[1:3] for r in found] == [["1", "20"], ["91", "110"], ["181", "200"], ["271", "290"], ["311", "330"]]
    np.testing.assert_allclose(numbers(found, 6)[:, ::2], result.mean.T, rtol=1e-3, atol=1e-4)


def test_knock_out_and_knock_in_write_what_stood_there_and_what_was_written(call, model, one):
    file, sequence = one
    run = call("knock-out", file, "--model", "joint_legnet", "--stretch", "11-14", "--replacement", "CCCC")
    (row,) = run.rows[1:]
    assert row[:6] == ["promoter", "11", "14", sequence.bases[10:14], "CCCC", "1"]
    result = knock.knock_out(model, sequence, 10, 14, replacement="CCCC")
    np.testing.assert_allclose(numbers([row], 6)[0], result.mean, rtol=1e-3, atol=1e-4)
    assert f"promoter: mean change K562 {result.mean[0]:+.3g}" in run.err

    head, *rows = call("knock-in", file, "--model", "joint_legnet", "--motif", "GATA1", "--stride", 63).rows
    assert head == ["name", *knock.IN_COLUMNS, *OUTPUTS]
    assert [(r[1], r[3]) for r in rows] == [(p, s) for s in "+-" for p in ("1", "64", "127", "190")]
    effects = knock.knock_in(model, sequence, "GATA1", stride=63).effects
    np.testing.assert_allclose(numbers(rows, 6), np.concatenate(effects.transpose(1, 2, 0)), rtol=1e-3, atol=1e-4)


def test_embed_writes_motifs_with_their_interval(call, model, one):
    file, sequence = one
    run = call(
        "embed", file, "--model", "joint_legnet", "--motif", "GATA1,acgtt", "--count", 8, "--position", 30, "--seed", 3
    )
    head, *rows = run.rows
    assert head == ["name", *global_importance.COLUMNS]
    drawn = global_importance.Backgrounds(count=8, seed=3)
    result = global_importance.global_importance(model, sequence, ["GATA1", "ACGTT"], start=29, backgrounds=drawn)
    assert [r[1:5] for r in rows] == [
        [m, b, "30", o] for m, b in (("GATA1", MOTIFS["GATA1"].consensus), ("ACGTT", "ACGTT")) for o in OUTPUTS
    ]
    for row, metric in zip(rows, [result.importance[j][i] for i in range(2) for j in range(3)], strict=True):
        assert [float(v) for v in row[5:8]] == pytest.approx([metric.value, metric.low, metric.high], abs=1e-4)


def test_walk_writes_the_steps_or_the_last_sequence(call, model, one, tmp_path):
    file, sequence = one
    scale = checkpoints.load("joint_legnet").standardisation()[1]
    result = walk(
        model, sequence, Objective("K562", "down", "HepG2"), Search(edits=2, scale=scale, protected=((0, 150),))
    )
    words = ("walk", file, "--model", "joint_legnet", "--objective", "K562-HepG2", "--direction", "down", "--edits", 2)
    table, last = tmp_path / "steps.csv", tmp_path / "last.fa"
    for out in (table, last):
        run = call(*words, "--protect", "1-150", "--out", out)
        assert (run.code, run.out) == (0, "")
        assert all(f"{p + 1} {a}>{b}" in run.err for p, a, b in result.edits)
    with table.open() as handle:
        head, *rows = csv.reader(handle)
    assert head == ["name", "step", "position", "ref", "alt", "score", *OUTPUTS, "sequence"]
    assert [r[-1] for r in rows] == list(result.sequences)
    assert [float(r[5]) for r in rows] == pytest.approx(result.scores.tolist(), abs=1e-4)
    assert read_fasta(last.read_text()) == [Sequence("promoter_walk", result.sequences[-1], origin="FASTA")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("epistasis", "--stretch", "eighty"),
            "'eighty' is not a stretch; write its first and last position as 80-100",
        ),
        (("epistasis", "--stretch", "0-5"), "'0-5' is not a stretch"),
        (("epistasis", "--stretch", "190-205"), "190-205 is not a stretch of a sequence of 200 bases"),
        (("shuffle-scan", "--width", "2"), "a block takes 3 to 200 bases"),
        (("knock-out", "--stretch", "5-8", "--replacement", "A"), "the replacement has 1 bases and the stretch 4"),
        (("knock-in", "--motif", "GATA9"), "unknown motif 'GATA9'; did you mean GATA6, "),
        (("embed", "--motif", "GATA1", "--backgrounds", "none"), "unknown backgrounds 'none'; known: shuffles, random"),
        (("walk", "--objective", "liver"), "unknown output 'liver'; known: K562, HepG2, WTC11"),
        (("walk", "--objective", "K562-liver"), "unknown output 'liver'; known: K562, HepG2, WTC11"),
        (("walk", "--objective", "K562", "--direction", "left"), "unknown direction 'left'; known: up, down"),
        (("walk", "--objective", "K562", "--out", "/no/such/folder/x.fa"), "/no/such/folder/x.fa cannot be written"),
    ],
)
def test_what_cannot_be_done_ends_with_one_line(words, message, call, trained, one):
    command, *options = words
    assert message in call(command, one[0], "--model", "joint_legnet", *options).error()
