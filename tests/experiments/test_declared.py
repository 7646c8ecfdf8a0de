"""The table of experiments: everything that it names exists."""

import dataclasses
import json

import pytest

from engine import losses, models
from engine.data.lentimpra import CELL_TYPES
from engine.errors import InputError
from engine.experiments import declared
from engine.experiments.declared import BASELINES, ENSEMBLES, EXPERIMENTS
from engine.losses.curriculum import CURRICULA


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_names_a_model_a_loss_and_outputs_that_exist(name):
    experiment = declared.get(name)
    assert experiment.name == name
    assert models.configure(experiment.model.name, experiment.model.options)
    assert losses.get(experiment.loss, experiment.loss_options)
    assert experiment.curriculum is None or experiment.curriculum in CURRICULA
    cell = declared.large_cell(experiment.task.table)
    assert experiment.task.table == (declared.large_table(cell) if cell else "joint")
    assert not cell or experiment.task.outputs == (cell,)
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


def test_a_field_that_was_declared_later_had_its_default_when_a_model_was_trained():
    recipe = {"loss": "mse", "curriculum": None}
    assert declared.recipe_then({"loss": "ranknet", "name": "before curricula"}, recipe) == {
        "loss": "ranknet",
        "curriculum": None,
    }


def test_an_experiment_cannot_be_changed_but_varied():
    experiment = EXPERIMENTS["joint_legnet"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiment.loss = "other"
    assert dataclasses.replace(experiment, seeds=(1, 2)).seeds == (1, 2)
    assert experiment.seeds == (42,)


def test_an_unknown_experiment_lists_the_known_ones():
    with pytest.raises(InputError, match="unknown model 'alexnet'; known: " + ", ".join(declared.names())):
        declared.get("alexnet")


# --- recipes ----------------------------------------------------------------------------------------


def test_a_recipe_is_what_decides_the_weights():
    experiment = EXPERIMENTS["R4_combined"]
    recipe = experiment.recipe()
    renamed = dataclasses.replace(experiment, name="other", source="elsewhere", seeds=(9,))
    assert renamed.recipe() == recipe
    for change in (
        {"loss_options": {"alpha": 0.1}},
        {"loss": "mse"},
        {"curriculum": "linear"},
        {"task": dataclasses.replace(experiment.task, outputs=("HepG2",))},
        {"model": dataclasses.replace(experiment.model, options={})},
        {"optimizer": dataclasses.replace(experiment.optimizer, clip=2.0)},
    ):
        assert dataclasses.replace(experiment, **change).recipe() != recipe


def test_no_two_experiments_have_the_same_recipe():
    recipes = [repr(e.recipe()) for e in EXPERIMENTS.values()]
    assert len(set(recipes)) == len(recipes)


def test_the_rows_of_the_rank_order_study_differ_in_what_their_names_say_alone():
    rows = (*declared.RANK_ORDER, *declared.FOLLOW_UPS)
    assert {e.optimizer for e in rows} == {declared.SCHEDULE}
    assert {e.seeds for e in rows} == {declared.SEEDS}
    assert all(e.model.options.items() >= declared.SIZE.items() for e in rows)
    assert {e.task.outputs for e in rows if not e.name.startswith("H")} == {("K562",)}
    assert {e.task.outputs for e in rows if e.name.startswith("H")} == {("HepG2",)}


@pytest.mark.parametrize("output", BASELINES)
def test_a_baseline_learns_its_cell_type_with_squared_error(output):
    baseline = EXPERIMENTS[BASELINES[output]]
    assert (baseline.task.outputs, baseline.loss, baseline.curriculum) == ((output,), "mse", None)


# --- ensembles --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENSEMBLES)
def test_an_ensembles_members_are_declared_experiments_that_have_its_outputs(name):
    ensemble = declared.get(name)
    assert ensemble.name == name
    assert len(set(ensemble.members)) == len(ensemble.members) > 1
    assert set(ensemble.members) <= set(EXPERIMENTS)
    assert all(set(ensemble.outputs) <= set(EXPERIMENTS[m].task.outputs) for m in ensemble.members)
    assert ensemble.chosen_on


def test_no_name_is_declared_twice():
    assert len(set(declared.names())) == len(declared.names()) == len(EXPERIMENTS) + len(ENSEMBLES)


def test_losses_are_compared_over_pairs_that_differ_in_the_cell_type_alone():
    pairs = declared.same_but_for_the_cell()
    assert pairs[0] == ("mse", "B1_baseline_mse", "H1_HepG2_baseline_mse")  # the others are measured against it
    assert ("plackett_luce", "R1_plackett_luce", "H2_HepG2_plackett_luce") in pairs
    for loss, k562, hepg2 in pairs:
        one, other = EXPERIMENTS[k562], EXPERIMENTS[hepg2]
        assert one.task.outputs == ("K562",) and other.task.outputs == ("HepG2",)
        assert one.loss == loss
        assert dataclasses.replace(other, task=one.task).recipe() == one.recipe()


def test_a_pair_that_differs_in_more_than_the_cell_type_is_none(monkeypatch):
    name = "H2_HepG2_plackett_luce"
    changed = dataclasses.replace(EXPERIMENTS[name].optimizer, epochs=3)
    monkeypatch.setitem(
        EXPERIMENTS,
        name,
        dataclasses.replace(EXPERIMENTS[name], optimizer=changed),
    )
    losses = [loss for loss, _, _ in declared.same_but_for_the_cell()]
    assert "plackett_luce" not in losses and "mse" in losses
