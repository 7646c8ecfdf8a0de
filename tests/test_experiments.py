"""The table of experiments: everything that it names exists."""

import dataclasses
import json

import pytest

from engine import experiments, losses, models
from engine.data.lentimpra import CELL_TYPES
from engine.errors import InputError
from engine.experiments import EXPERIMENTS


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_names_a_model_a_loss_and_outputs_that_exist(name):
    experiment = experiments.get(name)
    assert experiment.name == name
    assert models.configure(experiment.model.name, experiment.model.options)
    assert losses.get(experiment.loss)
    assert experiment.task.table == "joint"
    assert experiment.task.outputs
    assert set(experiment.task.outputs) <= set(CELL_TYPES)
    assert experiment.seeds
    assert experiment.source


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiments_settings_make_sense(name):
    settings = EXPERIMENTS[name].optimizer
    assert 0 < settings.peak_lr < 1
    assert 0 < settings.warmup < 1
    assert 0 <= settings.ema < 1
    assert 0 <= settings.max_shift <= 15  # the adapters are 15 bases long
    assert min(settings.epochs, settings.batch_size, settings.patience) > 0


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_written_as_json_without_loss(name):
    experiment = EXPERIMENTS[name]
    written = json.loads(json.dumps(experiment.as_dict()))
    assert set(written) == {f.name for f in dataclasses.fields(experiment)}
    assert written["name"] == name
    assert tuple(written["task"]["outputs"]) == experiment.task.outputs
    architecture = experiment.model.name
    again = models.configure(architecture, written["model"]["options"])
    assert again == models.configure(architecture, experiment.model.options)
    assert written["optimizer"] == dataclasses.asdict(experiment.optimizer)


def test_an_experiment_cannot_be_changed_but_varied():
    experiment = EXPERIMENTS["joint_legnet"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiment.loss = "other"
    assert dataclasses.replace(experiment, seeds=(1, 2)).seeds == (1, 2)
    assert experiment.seeds == (42,)


def test_an_unknown_experiment_lists_the_known_ones():
    with pytest.raises(InputError, match="unknown model 'alexnet'; known: " + ", ".join(EXPERIMENTS)):
        experiments.get("alexnet")
