"""`library`: a user's table beside predictions, its summary, its rows, and what is left out."""

import csv
import functools
import io

import numpy as np
import pytest

from engine.experiments import checkpoints
from engine.genome.effects import Scoring, variant_effects
from engine.models.predict import predict
from engine.mpra import comparison, overlap
from engine.mpra.comparison import MEAN
from engine.sequence import Sequence
from engine.statistics import spearman

OUTPUTS = ("K562", "HepG2", "WTC11")


@pytest.fixture(autouse=True)
def quick(monkeypatch, made_up):
    monkeypatch.setattr(comparison, "measure", functools.partial(comparison.measure, resamples=50))


@pytest.fixture
def table(tmp_path, random_bases):
    """Twelve sequences, one of them unreadable, measured in two cell types."""
    sequences = [random_bases(200 if i % 3 else 150, seed=50 + i) for i in range(12)]
    rows = [f"e{i},{s},{i / 4},{3 - i / 2}" for i, s in enumerate(sequences)]
    rows[4] = "e4,ACGT?,1,1"
    file = tmp_path / "mine.csv"
    file.write_text("name,seq,K562_log2,HepG2_log2\n" + "\n".join(rows) + "\n")
    return file, [s for i, s in enumerate(sequences) if i != 4]


def test_rows_are_those_of_predict_beside_what_was_measured(call, trained, table, tmp_path):
    file, sequences = table
    run = call("library", file, "--model", "joint_legnet,mine", "--out", tmp_path / "rows.csv")
    assert run.code == 3 and f"{file}, line 6, left out: 'ACGT?' is no DNA sequence" in run.err
    assert "column 'K562_log2': activity in K562, log2(RNA/DNA)" in run.err
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))
    assert [r["name"] for r in rows] == [f"e{i}" for i in range(12) if i != 4]
    assert [r["sequence"] for r in rows] == sequences and rows[4]["line"] == "7"
    for name in ("joint_legnet", "mine"):
        values = predict(checkpoints.load(name).model, [Sequence(str(i), s) for i, s in enumerate(sequences)]).values
        for j, output in enumerate(OUTPUTS):
            np.testing.assert_allclose([float(r[f"{name}.{output}"]) for r in rows], values[:, j], atol=1e-4)
    predicted = [float(r["joint_legnet.K562"]) for r in rows]
    value = spearman(np.array(predicted), np.array([float(r["measured.K562"]) for r in rows]))
    (line,) = [w for w in run.out.splitlines() if w.startswith("joint_legnet K562") and " all " in w]
    assert f"{value:.3f} [" in line and "(n=11)" in line
    # each cell type is held against its own output, with GC content and the mean beside it
    assert not [w for w in run.out.splitlines() if w.startswith("joint_legnet WTC11")]
    for baseline in ("GC content", MEAN):
        assert len([w for w in run.out.splitlines() if w.startswith(baseline)]) == 2
    assert "it has seen none of these sequences" in run.out and "farthest apart" in run.out


def test_what_a_model_learned_from_is_scored_apart(call, trained, tmp_path, made_up):
    table = made_up.table
    rows = [f"{table.sequence(i).bases},{i}" for i in range(40)]  # folds 0 to 9, four of each
    file = tmp_path / "mine.csv"
    file.write_text("seq,K562_log2\n" + "\n".join(rows) + "\n")
    run = call("library", file, "--model", "joint_legnet", "--out", "-")
    seen = [r["joint_legnet.seen"] for r in csv.DictReader(io.StringIO(run.out))]
    words = overlap.IN_WORDS
    assert seen == [words[{0: overlap.NEW, 1: overlap.VALIDATION}.get(i % 10, overlap.IDENTICAL)] for i in range(40)]
    assert "it learned from 32 of these sequences" in run.err and "4 are new to it" in run.err
    assert len([w for w in run.err.splitlines() if w.startswith("joint_legnet K562") and "(n=32)" in w]) == 1


def test_variants_are_alt_minus_ref_of_the_target(call, trained, tmp_path, random_bases):
    target = random_bases(260, seed=3)
    (tmp_path / "t.fa").write_text(f">tgt\n{target}\n")
    at = [20, 100, 130, 200]
    alts = ["A" if target[i] != "A" else "C" for i in at]
    rows = [f"n.{i + 1}{target[i]}>{a},{i / 100}" for i, a in zip(at, alts, strict=True)]
    (tmp_path / "set.csv").write_text("hgvs_nt,score\n" + "\n".join(rows) + "\nn.=,0\nn.1N>A,1\n")
    run = call("library", tmp_path / "set.csv", "--target", tmp_path / "t.fa", "--model", "joint_legnet", "--out", "-")
    assert run.code == 3 and "line 7, left out" in run.err and "4 variants of tgt" in run.err
    got = [[float(r[f"joint_legnet.{o}"]) for o in OUTPUTS] for r in csv.DictReader(io.StringIO(run.out))]
    model = checkpoints.load("joint_legnet").model
    expected = variant_effects(model, target, np.array(at), alts, scoring=Scoring(offsets=(0,)))
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_a_target_shorter_than_the_window_stands_in_it_whole(call, trained, tmp_path, random_bases):
    target = random_bases(120, seed=3)
    (tmp_path / "t.fa").write_text(f">tgt\n{target}\n")
    change = "A" if target[9] != "A" else "C"
    (tmp_path / "set.csv").write_text(f"hgvs_nt,score\nn.10{target[9]}>{change},1\nn.60del,2\n")
    run = call("library", tmp_path / "set.csv", "--target", tmp_path / "t.fa", "--model", "joint_legnet", "--out", "-")
    assert run.code == 0
    got = [[float(r[f"joint_legnet.{o}"]) for o in OUTPUTS] for r in csv.DictReader(io.StringIO(run.out))]
    model = checkpoints.load("joint_legnet").model
    pair = [Sequence("ref", target), Sequence("alt", target[:9] + change + target[10:])]
    ref, alt = predict(model, pair).values
    np.testing.assert_allclose(got[0], alt - ref, atol=1e-4)
    assert np.isfinite(got[1]).all()


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        ("seq,x\nACGT,1\n", (), "no column of activity is recognised"),
        ("seq,WTC11_log2\n" + "ACGTA" * 8 + ",1\n", ("--output", "HEK"), "unknown output 'HEK'"),
        ("seq,log2\n" + "ACGTA" * 8 + ",1\n", ("--unit", "log3"), "unknown unit 'log3'"),
        ("seq,log2\n" + "ACGTA" * 8 + ",1\n", ("--out", "x.bw"), "x.bw"),
    ],
)
def test_what_cannot_be_done_is_one_line(call, trained, tmp_path, text, words, reason):
    (tmp_path / "t.csv").write_text(text)
    run = call("library", tmp_path / "t.csv", "--model", "joint_legnet", *words)
    assert run.code == 2 and reason in run.err.splitlines()[-1]


def test_without_the_joint_library_what_was_seen_is_not_known(call, trained, table, monkeypatch):
    monkeypatch.undo()
    file, _ = table
    monkeypatch.setenv("CISLENS_MODELS", str(trained))
    monkeypatch.setenv("CISLENS_DATA", str(file.parent))
    monkeypatch.setenv("CISLENS_CACHE", str(file.parent / "cache"))
    run = call("library", file, "--model", "joint_legnet")
    assert run.code == 3 and "which of these sequences it learned from is not known" in run.out
