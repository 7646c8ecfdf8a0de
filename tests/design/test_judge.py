"""The judge and the guide: what they learned from, and when a judge's word counts."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine.data.library import Library
from engine.design import judge, splits
from engine.errors import InputError
from engine.experiments import checkpoints, declared
from engine.experiments.declared import EXPERIMENTS, Target
from engine.models.predict import predict_codes
from engine.training import runs
from engine.training.activity import ActivityTask
from engine.training.distillation import DistillationTask

CPU = torch.device("cpu")


def task(experiment, planted):
    return ActivityTask(experiment, Library(*planted), CPU, torch.float32)


def test_guide_and_judge_are_two_architectures_on_two_halves():
    guide, own = EXPERIMENTS[judge.GUIDE], EXPERIMENTS[judge.JUDGE]
    assert guide.model.name != own.model.name
    assert guide.task.outputs == own.task.outputs
    assert not {*guide.task.folds} & {*own.task.folds}
    assert {*guide.task.folds, *own.task.folds} == {2, 3, 4, 5, 6, 7, 8, 9}


def test_a_model_of_some_folds_never_sees_the_others(planted):
    table, split = planted
    experiment = dataclasses.replace(EXPERIMENTS["joint_legnet"], task=Target(folds=(6, 9)))
    rows = split.rows(6, 9)
    learned = task(experiment, planted)
    assert np.array_equal(learned.oligos[:, 15:215].numpy(), table.codes[rows])
    assert learned.mean == pytest.approx(table.activity[rows].mean(axis=0))
    assert np.array_equal(learned.unseen, table.codes[split.validation])
    assert learned.steps == max(1, len(rows) // experiment.optimizer.batch_size)
    everything = task(EXPERIMENTS["joint_legnet"], planted)
    assert np.array_equal(everything.oligos[:, 15:215].numpy(), table.codes[split.train])
    assert learned.identity != everything.identity


def test_what_was_declared_before_is_written_as_it_was_and_folds_come_back():
    before, half = EXPERIMENTS["joint_legnet"], EXPERIMENTS[judge.GUIDE]
    assert before.as_dict()["task"] == {"table": "joint", "outputs": declared.CELL_TYPES}
    assert before.recipe()["task"] == before.as_dict()["task"]
    for experiment in (before, half):
        stored = declared.as_stored(experiment.as_dict())
        assert declared.from_stored(stored).task == experiment.task
        assert declared.recipe_then(stored, declared.as_stored(experiment.recipe())) == declared.as_stored(
            experiment.recipe()
        )
    assert half.recipe()["task"]["folds"] == (2, 3, 4, 5)


@pytest.mark.parametrize("folds", [(), (0, 2), (1,)])
def test_test_and_validation_fold_never_train(folds):
    with pytest.raises(InputError, match="folds other than 0 and 1"):
        Target(folds=folds)


def test_a_teacher_or_separate_experiments_would_tell_of_the_other_folds(planted):
    student = dataclasses.replace(EXPERIMENTS["distilled_legnet"], task=Target(folds=(2, 3)))
    with pytest.raises(InputError, match="some folds alone"):
        DistillationTask(student, Library(*planted), CPU, torch.float32)
    with pytest.raises(InputError, match="some folds alone"):
        task(dataclasses.replace(EXPERIMENTS["joint_assays_legnet"], task=Target(folds=(2, 3))), planted)


def test_a_run_records_the_folds_that_it_learned_from(planted):
    split = planted[1]
    learned = runs.learned_rows(EXPERIMENTS[judge.JUDGE].recipe(), split)
    assert np.array_equal(learned, split.rows(6, 7, 8, 9))
    assert np.array_equal(runs.learned_rows(EXPERIMENTS["joint_legnet"].recipe(), split), split.train)


def scored(**spearman):
    return {"held_out": {output: {"spearman": {"value": v}} for output, v in spearman.items()}}


def of(folds=None, **spearman):
    """What is asked of a checkpoint: what it scored, and the folds that it learned from."""
    task = {"table": "joint"} | ({"folds": folds} if folds else {})
    return SimpleNamespace(
        name="toy",
        model=SimpleNamespace(outputs=declared.CELL_TYPES),
        metrics=scored(**spearman),
        description={"experiment": {"task": task}},
    )


def test_a_judge_needs_070_in_every_output():
    assert judge.weakness(of(K562=0.70, HepG2=0.8, WTC11=0.75)) is None
    weak = judge.weakness(of(K562=0.48, HepG2=0.8, WTC11=float("nan")))
    assert "K562 0.48, WTC11 nan" in weak
    assert "0.70 is needed" in weak
    assert "HepG2" not in weak
    assert "python -m engine evaluate toy" in judge.weakness(of())


def test_a_judge_that_learned_from_the_designers_half_is_named():
    assert judge.dependence(of(folds=[6, 7, 8, 9])) is None
    assert "folds 5 too" in judge.dependence(of(folds=[5, 6]))
    assert "folds 2, 3, 4, 5 too" in judge.dependence(of())


def test_what_a_judge_says_is_in_the_unit_of_a_goal(save_model, planted):
    save_model("toy")
    library, checkpoint = Library(*planted), checkpoints.load("toy")
    codes = library.table.codes[:7]
    mean, sd = splits.scale(library, ("WTC11", "K562"))
    predicted = predict_codes(checkpoint.model, codes)[:, [2, 0]]
    said = judge.in_sd(checkpoint, codes, ("WTC11", "K562"), library)
    assert said == pytest.approx((predicted - mean) / sd, abs=1e-4)
    with pytest.raises(InputError, match="no output HEK293"):
        judge.in_sd(checkpoint, codes, ("HEK293",), library)
