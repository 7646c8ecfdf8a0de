"""Label randomisation: what is learned, and what is held against the trained model's maps."""

import dataclasses

import numpy as np
import pytest
import torch

from engine.data.library import Library
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints, declared
from engine.experiments.declared import EXPERIMENTS
from engine.experiments.trained import TrainedModel
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import labels
from engine.training.loop import RunSettings
from engine.training.single import train


@pytest.fixture
def of(made_up, monkeypatch):
    for name, small in (("PER_HALF", 2), ("STEPS", 4), ("SHUFFLES", 1)):
        monkeypatch.setattr(maps, name, small)
    return Library(made_up.table, made_up.split)


def test_permuted_labels_are_the_same_labels_of_other_elements(of):
    true, permuted = (labels.memorised(of, kind, elements=50) for kind in ("true", "permuted"))
    np.testing.assert_array_equal(true.table.codes, permuted.table.codes)
    known = {row.tobytes(): a for row, a in zip(of.table.codes, of.table.activity, strict=True)}
    for row, activity in zip(true.table.codes, true.table.activity, strict=True):
        np.testing.assert_array_equal(activity, known[row.tobytes()])
    first = slice(0, 50)
    assert (permuted.table.activity[first, 0] != true.table.activity[first, 0]).mean() > 0.8
    np.testing.assert_array_equal(*(np.sort(t.table.activity[first, 0]) for t in (true, permuted)))
    # cell types of an element stay together
    pairs = {tuple(a[[0, 2]]) for a in of.table.activity}
    assert {tuple(a[[0, 2]]) for a in permuted.table.activity} <= pairs
    assert true.table.hash != permuted.table.hash


def test_what_is_learned_are_training_elements_and_the_best_memory_is_kept(of):
    few = labels.memorised(of, "true", elements=50)
    np.testing.assert_array_equal(few.table.codes[few.split.train], few.table.codes[few.split.validation])
    training = {row.tobytes() for row in of.table.codes[of.split.train]}
    assert {row.tobytes() for row in few.table.codes} <= training
    assert len(few.split.test) == 0


def test_nothing_regularises_a_network_that_memorises():
    made = labels.memorising(EXPERIMENTS["C3_combined_curriculum"], epochs=9)
    options, settings = made.model.options, made.optimizer
    assert options["dropout"] == options["late_dropout"] == 0
    assert (settings.weight_decay, settings.ema, settings.max_shift, settings.epochs) == (0, 0, 0, 9)
    assert made.curriculum is None and made.loss == "combined"
    assert options["width"] == 80  # the architecture is the same


class Negated(torch.nn.Module):
    """The same network, of which everything has the other sign."""

    def __init__(self, model):
        super().__init__()
        self.model, self.outputs, self.window = model, model.outputs, model.window

    def forward(self, x):
        return -self.model(x)


def test_maps_are_held_against_the_trained_models(of, save_model, monkeypatch):
    save_model("joint_legnet", metrics={"standardisation": {o: {"mean": 0, "sd": 2.0} for o in of.table.outputs}})
    checkpoint = checkpoints.load("joint_legnet")
    asked = []

    def learned(experiment, library, *_, **__):
        table = library.table
        asked.append(table.hash)
        with pytest.raises(InputError, match="a network on the labels of 'joint_legnet' is being trained by another"):
            labels.compute(checkpoint, of)  # what another process would be told
        model = Negated(checkpoint.model) if "permuted" in table.hash else checkpoint.model
        history = [{"validation_spearman": dict.fromkeys(model.outputs, s), "validation_spearman_mean": s}
                   for s in (0.2, 0.9, 0.7)]  # fmt: skip
        return TrainedModel(model, history, 1, "CPU", "float32", 1.0, 1.0, "finished")

    monkeypatch.setattr(labels, "train", learned)
    monkeypatch.setattr(checkpoints, "fused", lambda model: model.eval())
    assert labels.read(checkpoint) == {}
    assert labels.compute(checkpoint, of)
    kinds = labels.read(checkpoint)
    for output in ("K562", "HepG2"):
        for method in maps.METHODS:
            assert kinds["true"].maps[output][method].value == pytest.approx(1, abs=1e-3)
            assert kinds["permuted"].maps[output][method].value == pytest.approx(-1, abs=1e-3)
    assert kinds["true"].fit["WTC11"] == 0.9
    assert len(asked) == 2
    assert not labels.compute(checkpoint, of)
    # other weights: nothing is known of them
    other = dataclasses.replace(checkpoint, description=checkpoint.description | {"weights_sha256": "other"})
    assert labels.read(other) == {}


def test_a_small_network_memorises_what_it_is_given(of):
    experiment = labels.memorising(declared.get("joint_legnet"), epochs=80)
    few = labels.memorised(of, "permuted", elements=16)
    run = train(experiment, few, RunSettings(device="cpu", show_progress=False))
    assert max(h["validation_spearman"]["K562"] for h in run.history) > 0.8


def test_a_model_whose_training_is_not_recorded_is_named(of, save_model):
    save_model("joint_legnet")
    checkpoint = checkpoints.load("joint_legnet")
    bare = {k: v for k, v in checkpoint.description.items() if k != "experiment"}
    with pytest.raises(CheckpointError, match="not recorded how 'joint_legnet' was trained"):
        labels.compute(dataclasses.replace(checkpoint, description=bare), of)
