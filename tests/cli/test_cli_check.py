"""The command line: check, all checks of a map with the verdict."""

import dataclasses

import numpy as np
import pytest

from engine.experiments import checkpoints
from engine.fasta import write_fasta
from engine.interpretation import stored
from engine.interpretation.reliability import checks, store
from engine.interpretation.reliability.examine import examine
from engine.sequence import Sequence


@pytest.fixture
def examined(trained):
    """A scale for joint_legnet and K562 on which every correlation above 0.5 is good; `mine` is its companion."""
    checkpoint = checkpoints.load("joint_legnet")
    values = {
        name: np.linspace(0.5, 1, 11).tolist() if check.high else np.linspace(0.001, 60, 11).tolist()
        for name, check in checks.CHECKS.items()
        if name != "seeds"
    }
    part = {"checks": values, "chance": 0.2, "companions": {"mine": checkpoints.load("mine").weights_hash}}
    stored.write_json(stored.file_of(checkpoint, store.FILE), checkpoint.weights_hash, {"outputs": {"K562": part}})
    return checkpoint


@pytest.fixture
def long(tmp_path, random_bases):
    """A FASTA file of one sequence of 230 bases, and the sequence."""
    sequence = Sequence("long", random_bases(230, seed=2))
    file = tmp_path / "long.fa"
    file.write_text(write_fasta([sequence]))
    return file, sequence


def test_the_table_and_the_verdict_are_those_of_the_engine(call, examined, long):
    file, sequence = long
    run = call("check", file, "--model", "joint_legnet")
    assert run.code == 0
    header, *rows = run.rows
    cut = checks.window_of(examined.model, sequence, 15)
    scale = store.calibration(examined, "K562")
    expected = examine(examined, "K562", cut, scale)
    assert "models" in expected.values and "seeds" not in expected.values
    table = [dict(zip(header, row, strict=True)) for row in rows]
    assert {r["check"]: float(r["value"]) for r in table} == pytest.approx(expected.values, abs=1e-4)
    assert {(r["sequence"], r["first"], r["output"]) for r in table} == {("long", "16", "K562")}
    assert {r["check"] for r in table if r["passed"] == "yes"} == set(expected.verdict.passed)
    assert f"long K562: {expected.verdict.sentence[:30]}" in run.err


def test_another_window_is_checked_on_request(call, examined, long):
    file, _ = long
    first = call("check", file, "--model", "joint_legnet", "--start", 31).rows[1]
    assert first[1] == "31"
    assert "starts at 31, not at 32" in call("check", file, "--model", "joint_legnet", "--start", 32).error()


def test_what_cannot_be_checked_is_named(call, examined, long):
    file, _ = long
    assert (
        "unknown output of 'joint_legnet' 'HEK'"
        in call("check", file, "--model", "joint_legnet", "--outputs", "HEK").error()
    )
    assert (
        "interpret joint_legnet --what reliability"
        in call("check", file, "--model", "joint_legnet", "--outputs", "HepG2").error()
    )
    assert "interpret mine --what reliability" in call("check", file, "--model", "mine").error()


def test_the_networks_that_differ_in_the_seed_are_asked_too(examined, long, monkeypatch):
    scale = store.calibration(examined, "K562")
    scale = dataclasses.replace(scale, values=scale.values | {"seeds": np.linspace(0.5, 1, 11)})
    family = (examined, checkpoints.load("mine"))
    monkeypatch.setattr("engine.interpretation.reliability.seeds.siblings", lambda checkpoint: family)
    found = examine(examined, "K562", checks.window_of(examined.model, long[1]), scale)
    assert found.values["seeds"] == pytest.approx(found.values["models"], abs=1e-6)  # both ask `mine` alone
