"""The command line: scores on CAGI5, evaluation and training, stopping and going on."""

import dataclasses
import functools
import json
from pathlib import Path

import numpy as np
import pytest

from engine import checkpoints, cli, experiments, training
from engine.data import lentimpra, sources, splits
from engine.evaluation import cagi5, held_out
from engine.experiments import EXPERIMENTS

OUTPUTS = ("K562", "HepG2", "WTC11")
CHECKED_PATH = sources.path
METRIC = {"value": 0.7123, "low": 0.6987, "high": 0.7261, "n": 5698}


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_cagi5_scores_the_named_element(call, trained, monkeypatch):
    monkeypatch.setattr(cagi5, "evaluate", functools.partial(cagi5.evaluate, resamples=40))
    run = call("cagi5", "--model", "joint_legnet", "--element", "HBB", "--json")
    assert run.code == 0
    result = json.loads(run.out)
    assert list(result["elements"]) == ["HBB"]
    entry = result["elements"]["HBB"]
    assert entry["cells"] == "HEL 92.1.7"
    for output in OUTPUTS:
        scores = {subset: entry["spearman"][output][subset]["all"] for subset in ("test", "training", "all")}
        assert scores["test"]["n"] + scores["training"]["n"] == scores["all"]["n"] == 3 * 187
        assert all(-1 <= s["low"] <= s["value"] <= s["high"] <= 1 for s in scores.values())
    # HBB alone is not all elements matched to K562, so there is no mean
    assert result["matched_mean"] == {}
    text = call("cagi5", "--model", "joint_legnet", "--element", "HBB").out
    test = entry["spearman"]["HepG2"]["test"]["all"]
    assert f"HepG2  test, all {test['value']:.3f} [{test['low']:.3f}, {test['high']:.3f}] (n={test['n']})" in text


def test_cagi5_of_an_unknown_element_lists_the_known_ones(call, trained):
    error = call("cagi5", "--model", "joint_legnet", "--element", "HBA").error()
    assert "'HBA'" in error and "HBB" in error and "TERT-HEK293T" in error


CAGI5_RESULT = {"scoring": {}, "elements": {}, "matched_mean": {"K562": {"test": {"all": METRIC, "high": METRIC}}}}


@pytest.fixture
def made_up(monkeypatch, models_folder, tmp_path):
    """A table of 400 made-up elements, its split, and a CAGI5 evaluation that is not computed."""
    rng = np.random.default_rng(0)
    names = np.array([f"peak{i}" for i in range(400)])
    codes = rng.integers(0, 4, (400, 200)).astype(np.uint8)
    activity = rng.normal(size=(400, 3)).astype(np.float32)
    activity[:40, 1] = np.nan
    table = lentimpra.ActivityTable(names, codes, activity, OUTPUTS, np.array(["other"] * 400), "hash-of-the-data")
    split = splits.Split((np.arange(400) % 10).astype(np.int8), np.arange(400, dtype=np.int32), "hash-of-the-split")
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: split)
    monkeypatch.setattr(sources, "path", lambda name: Path(name))
    monkeypatch.setattr(cagi5, "evaluate", lambda model, **_: CAGI5_RESULT)
    monkeypatch.setattr(held_out, "measure", functools.partial(held_out.measure, resamples=20))
    small = dataclasses.replace(
        EXPERIMENTS["joint_legnet"],
        optimizer=dataclasses.replace(EXPERIMENTS["joint_legnet"].optimizer, epochs=2, batch_size=64),
        seeds=(5, 6),
    )
    monkeypatch.setitem(experiments.EXPERIMENTS, "joint_legnet", small)
    return table, split


TRAIN = ("train", "joint_legnet", "--width", 4, "--device", "cpu", "--precision", "fp32")


def test_train_keeps_weights_and_everything_that_was_measured(call, made_up, models_folder):
    table, split = made_up
    run = call(*TRAIN)
    assert run.code == 0
    assert checkpoints.load("joint_legnet").description["config"]["width"] == 4
    metrics = json.loads((models_folder / "joint_legnet" / "metrics.json").read_text())
    facts = metrics["training"]
    assert facts["seed"] == 5 and facts["device"].startswith("CPU") and facts["precision"] == "float32"
    assert facts["seconds"] > 0 and facts["epochs"] == 2 and facts["stopped"] == "finished"
    assert facts["rows"] == {"training": 320, "validation": 40, "test": 40}
    assert metrics["data_hash"] == facts["data_hash"] == table.hash
    assert metrics["split_hash"] == facts["split_hash"] == split.hash
    assert "30-mer" in facts["split"]
    for output in OUTPUTS:
        score = metrics["held_out"][output]["spearman"]
        measured = ~np.isnan(table.column(output)[split.test])
        assert score["n"] == measured.sum()
        assert -1 <= score["low"] <= score["value"] <= score["high"] <= 1
        assert metrics["standardisation"][output]["sd"] > 0
    assert metrics["held_out"]["HepG2"]["spearman"]["n"] == 36  # four of the test rows were not measured
    assert metrics["cagi5"] == CAGI5_RESULT
    assert str(models_folder / "joint_legnet") in run.out
    assert not list(sources.cache_folder().rglob("*.state"))


def test_train_takes_seed_and_epochs_from_the_command_line(call, made_up):
    assert call(*TRAIN, "--seed", 9, "--epochs", 1).code == 0
    facts = checkpoints.read_metrics("joint_legnet")["training"]
    assert (facts["seed"], facts["epochs"]) == (9, 1)


def test_train_refuses_to_replace_a_trained_model_without_again(call, made_up, models_folder):
    assert call(*TRAIN, "--epochs", 1).code == 0
    files = {f: f.read_bytes() for f in (models_folder / "joint_legnet").iterdir()}
    error = call(*TRAIN, "--epochs", 1, "--seed", 8).error()
    assert "'joint_legnet'" in error and "--again" in error
    assert {f: f.read_bytes() for f in (models_folder / "joint_legnet").iterdir()} == files
    assert call(*TRAIN, "--epochs", 1, "--seed", 8, "--again").code == 0
    assert checkpoints.read_metrics("joint_legnet")["training"]["seed"] == 8


def interrupt_after(monkeypatch, epochs: int) -> None:
    """Ctrl-C during the epoch that follows `epochs` whole ones."""
    score, calls = training.validation_spearman, []

    def stop(*arguments):
        calls.append(1)
        if len(calls) > epochs:
            raise KeyboardInterrupt
        return score(*arguments)

    monkeypatch.setattr(training, "validation_spearman", stop)


def test_ctrl_c_keeps_the_state_and_the_same_command_goes_on(call, made_up, models_folder, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        run = call(*TRAIN)
    assert run.code == 130 and "Traceback" not in run.err
    state = sources.cache_folder() / "training" / "joint_legnet-5.state"
    assert state.is_file() and str(state) in run.err
    assert not models_folder.exists()
    assert call(*TRAIN).code == 0
    resumed = checkpoints.load("joint_legnet")
    assert [h["epoch"] for h in resumed.metrics["training"]["history"]] == [1, 2]
    assert not state.exists()
    # and it ends where a run ends that nobody stopped
    assert call(*TRAIN, "--again").code == 0
    assert checkpoints.load("joint_legnet").weights_hash == resumed.weights_hash


def test_ctrl_c_in_the_first_epoch_does_not_claim_to_have_kept_anything(call, made_up, models_folder, monkeypatch):
    interrupt_after(monkeypatch, 0)
    run = call(*TRAIN)
    assert run.code == 130
    assert "nothing is kept" in run.err
    assert not list(sources.cache_folder().rglob("*.state"))


def test_a_state_of_another_run_is_refused(call, made_up, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        assert call(*TRAIN).code == 130
    error = call(*TRAIN, "--epochs", 3).error()
    assert "joint_legnet-5.state" in error and "delete it" in error


def test_train_fails_before_the_training_when_the_data_of_the_scores_are_missing(call, made_up, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "path", CHECKED_PATH)
    monkeypatch.setattr(cli, "train", lambda *_, **__: pytest.fail("trained without data to score with"))
    assert "'satmut'" in call(*TRAIN).error()


def test_evaluate_scores_anew_and_keeps_what_is_known_of_the_training(call, made_up, save_model):
    table, split = made_up
    save_model("mine", metrics={"training": {"seed": 3, "seconds": 12.5}})
    run = call("evaluate", "mine")
    assert run.code == 0
    metrics = checkpoints.read_metrics("mine")
    assert metrics["training"] == {"seed": 3, "seconds": 12.5}
    assert (metrics["data_hash"], metrics["split_hash"]) == (table.hash, split.hash)
    assert metrics["weights_sha256"] == checkpoints.load("mine").weights_hash
    value = metrics["held_out"]["WTC11"]["spearman"]["value"]
    assert f"WTC11  held-out spearman {value:.3f}" in run.out
    assert "0.712 [0.699, 0.726] (n=5,698)" in run.out


@pytest.mark.parametrize("command", ["evaluate", "train"])
def test_a_model_that_nobody_declared_is_named(call, made_up, command):
    error = call(command, "joint_legnot").error()
    assert "'joint_legnot'" in error
