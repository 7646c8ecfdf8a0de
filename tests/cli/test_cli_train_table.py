"""`train --table`: a model of a user's own table, from the file to the pickers."""

import json

import numpy as np
import pytest

from engine.data import sources
from engine.experiments import checkpoints
from engine.models.predict import predict_codes
from engine.mpra.reading import read_library
from engine.mpra.training_table import as_library
from engine.statistics import spearman
from engine.training import activity

MODEL = ("--name", "mine", "--device", "cpu", "--precision", "fp32")


@pytest.fixture
def table(tmp_path, monkeypatch):
    """300 random sequences whose activity is how many of their bases are G or C."""
    monkeypatch.setattr(sources, "available", lambda name: False)  # without CAGI5 a model is scored on its own table
    rng = np.random.default_rng(17)  # not the seed of the made-up joint library, of which it would be kin
    sequences = ["".join(rng.choice(list("ACGT"), 200)) for _ in range(300)]
    file = tmp_path / "own.tsv"
    file.write_text("seq\tK562_log2\n" + "".join(f"{s}\t{(s.count('G') + s.count('C')) / 20}\n" for s in sequences))
    return file


def test_a_model_of_an_own_table_is_trained_calibrated_and_scored_on_its_own_test_fold(
    call, made_up, models_folder, table
):
    run = call("train", "--table", table, *MODEL, "--epochs", 3)
    assert run.code == 0, run
    assert "held out is the test fold of own.tsv, not that of the joint library" in run.out
    metrics = json.loads((models_folder / "mine" / "metrics.json").read_text())
    assert "held_out" not in metrics and metrics["cagi5"] == {} and metrics["own_table"]["file"] == "own.tsv"
    own = as_library(read_library(table.read_bytes(), str(table)), None)
    assert metrics["data_hash"] == own.table.hash and metrics["calibration"]["K562"].keys() == {
        "slope",
        "intercept",
        "applied",
    }
    model = checkpoints.load("mine").model
    assert model.outputs == ("K562",) and checkpoints.trained() == ["mine"]
    rows = own.split.test
    value = spearman(predict_codes(model, own.table.codes[rows])[:, 0], own.table.activity[rows, 0])
    kept = metrics["own_table"]["held_out"]["K562"]["spearman"]
    assert kept["value"] == pytest.approx(value, abs=1e-6) and kept["n"] == len(rows)
    assert metrics["training"]["rows"] == {
        "training": len(own.split.train),
        "validation": len(own.split.validation),
        "test": len(rows),
    }
    assert "done before" in call("train", "--table", table, *MODEL, "--epochs", 3).out
    assert "epochs: 3, not 4" in call("train", "--table", table, *MODEL, "--epochs", 4).err
    # everything that asks for scores on the joint library says that there are none
    assert "learned from a table of your own" in call("evaluate", "mine").error()
    listed = call("models").out
    assert "mine\n  learned from own.tsv, a table of its own" in listed
    assert json.loads(call("models", "--json").out)[-1]["held_out_spearman"] == {}
    # its own table tells what it has seen
    run = call("library", table, "--model", "mine")
    assert f"it learned from {len(own.split.train)} of these sequences" in run.out
    assert f"not seen  {kept['value']:.3f} [{kept['low']:.3f}" in run.out or "not seen" in run.out


def test_a_stopped_training_goes_on_to_the_same_weights(call, made_up, models_folder, table, monkeypatch):
    assert call("train", "--table", table, *MODEL, "--epochs", 3).code == 0
    whole = (models_folder / "mine" / "weights.safetensors").read_bytes()
    validate, calls = activity.validation_spearman, []

    def interrupt(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return validate(*arguments)

    monkeypatch.setattr(activity, "validation_spearman", interrupt)
    other = ("--name", "again", *MODEL[2:])
    stopped = call("train", "--table", table, *other, "--epochs", 3)
    assert stopped.code == 130 and "the last whole epoch is kept" in stopped.err
    assert call("train", "--table", table, *other, "--epochs", 3).code == 0
    assert (models_folder / "again" / "weights.safetensors").read_bytes() == whole
    assert len(calls) == 4  # the first epoch was not done again


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--name", "../mine"), "is no name for a model"),
        (("--name", "joint_legnet"), "is the name of a declared model"),
        ((), "'' is no name for a model"),
        (("--name", "mine", "--network", "resnet"), "unknown network 'resnet'; known: joint_legnet"),
        (("joint_legnet", "--name", "mine"), "--table trains one model of its own"),
    ],
)
def test_what_cannot_be_trained_is_refused(call, made_up, table, words, reason):
    assert reason in call("train", "--table", table, *words).error()
