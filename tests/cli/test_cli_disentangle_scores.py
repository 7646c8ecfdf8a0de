"""The command line: networks of DISENTANGLE are scored anew and compared, what is stored is written as tables."""

import csv
import io
from dataclasses import replace

import pytest
import torch

from engine.data import sources
from engine.disentangle import comparison, tables
from engine.disentangle.declared import EXPERIMENTS
from engine.experiments import checkpoints
from engine.interpretation.representations import probes
from engine.models.disentangle import DENOISED, DisentangleConfig, DisentangleModel

BASELINE, FULL = "disentangle.cnn_baseline_mse", "disentangle.cnn_full_disentangle"


@pytest.fixture
def networks(made_up, monkeypatch):
    """Two small networks that were never scored, on a machine without CAGI5 and the separate experiments."""
    monkeypatch.setattr(sources, "available", lambda name: False)
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))
    for seed, name in enumerate((BASELINE, FULL)):
        torch.manual_seed(seed)
        options = {"filters": (8, 8, 8)}
        model = DisentangleModel((DENOISED, "K562", "HepG2"), DisentangleConfig("cnn", options)).eval()
        torch.nn.init.normal_(model.norms[1].weight)
        checkpoints.save(name, model, replace(EXPERIMENTS[name], options=options))
        weights = checkpoints.read_description(name)["weights_sha256"]
        checkpoints.save_metrics(name, {"training": {"seed": 42, "history": []}, "weights_sha256": weights})


def test_networks_are_scored_and_compared_and_written_as_tables(call, networks, tmp_path):
    run = call("disentangle", "evaluate", "cnn_full_disentangle")
    assert run.code == 0, run.err
    assert f"{FULL} seed 42" in run.out
    assert "tier 2/consensus/spearman" in run.out
    assert not checkpoints.read_metrics(BASELINE).get("disentangle")
    run = call("disentangle", "evaluate")
    assert "cells: cnn full_disentangle minus baseline_mse, seed 42" in run.out

    folder = tmp_path / "new" / "tables"
    run = call("disentangle", "tables", "--out", folder)
    assert run.code == 0, run.err
    written = {f.stem: list(csv.DictReader(f.open())) for f in folder.glob("*.csv")}
    assert set(written) == {"scores", "differences"}
    kept = checkpoints.read_metrics(FULL)["disentangle"]["tier 1/HepG2/pearson"]
    (row,) = [
        r for r in written["scores"] if (r["recipe"], r["measure"]) == ("full_disentangle", "tier 1/HepG2/pearson")
    ]
    assert (float(row["value"]), float(row["low"]), int(row["n"])) == (kept["value"], kept["low"], kept["n"])
    assert {r["recipe"] for r in written["scores"] if r["encoder"] == "none"} == {"gc content", "kmer ridge"}
    assert {(r["recipe"], r["against"]) for r in written["differences"]} == {("full_disentangle", "baseline_mse")}
    assert len(written["scores"]) + len(written["differences"]) == len(comparison.scores())

    alone = call("disentangle", "tables", "--what", "differences", "--out", "-")
    assert list(csv.DictReader(io.StringIO(alone.out))) == written["differences"]


def test_what_is_not_stored_names_its_command(call, networks, tmp_path):
    run = call("disentangle", "tables", "--out", tmp_path)
    for name in tables.READ:
        assert f"{name}: nothing is stored; run: python -m engine disentangle" in run.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("evaluate",), "disentangle train --all"),
        (("evaluate", "bilstm_of_mine"), "disentangle list"),
        (("evaluate", "bilstm_baseline_mse"), "disentangle train disentangle.bilstm"),
        (("tables", "--out", "-"), "--what"),
        (("tables", "--out", "-", "--what", "weather"), "weather"),
    ],
)
def test_what_the_user_can_mend_is_one_line(call, made_up, words, says):
    run = call("disentangle", *words)
    assert run.code == 2
    assert says in run.err
    assert run.err.count("\n") == 1
