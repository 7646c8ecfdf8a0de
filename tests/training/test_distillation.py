"""A student and its teacher: what is labelled, what is learned, what is refused."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.library import Library
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints, declared
from engine.experiments.declared import Architecture, Ensemble
from engine.experiments.distillation import Distillation, uncertainty_columns
from engine.models import build
from engine.models.fused import fused
from engine.models.predict import predict_codes
from engine.training import distillation
from engine.training.distillation import DistillationTask

CELLS = ("K562", "HepG2", "WTC11")
CPU = torch.device("cpu")


@pytest.fixture
def library(table, split):
    return Library(table, split)


@pytest.fixture
def teacher(experiment, models_folder):
    """Two untrained networks, saved as a model."""

    def save(name: str = "teacher", members: int = 2, seed: int = 0):
        torch.manual_seed(seed)
        plain = experiment("two members")
        options = plain.model.options | {"members": members}
        model = build("legnet", CELLS, options).eval()
        checkpoints.save(name, model, replace(plain, name=name, model=Architecture("legnet", options)))
        return checkpoints.load(name)

    return save


@pytest.fixture
def student(experiment):
    plain = experiment(epochs=3)
    options = plain.model.options | {"further": uncertainty_columns(CELLS)}
    return replace(plain, model=Architecture("legnet", options), distillation=Distillation("teacher"))


def test_the_pool_is_elements_mutants_and_shuffles(library):
    settings = Distillation("any", mutants=2, mutations=10, shuffles=0.5)
    codes, train = distillation.sequences(settings, library), library.table.codes[library.split.train]
    n = len(train)
    assert codes.shape == (3 * n + round(n / 2), 200) and codes.dtype == np.uint8
    np.testing.assert_array_equal(codes[:n], train)
    for copy in (codes[n : 2 * n], codes[2 * n : 3 * n]):
        changed = (copy != train).sum(axis=1)
        assert changed.min() == 1 and changed.max() == 10
    known = {tuple(sorted(itertools.pairwise(c))) for c in train.tolist()}
    assert all(tuple(sorted(itertools.pairwise(c))) in known for c in codes[3 * n : 3 * n + 20].tolist())
    np.testing.assert_array_equal(distillation.sequences(settings, library), codes)


def test_labels_are_mean_and_spread_of_the_teachers_networks(teacher, library, monkeypatch):
    own = teacher()
    settings = Distillation("teacher", mutants=0, shuffles=0.0)
    monkeypatch.setattr(distillation, "AT_ONCE", 100)
    labelled = distillation.label(own, ("HepG2", "K562"), settings, library, CPU)
    members = predict_codes(own.model, labelled.codes, members=True)[..., [1, 0]]
    np.testing.assert_allclose(labelled.mean, members.mean(0), atol=1e-5)
    np.testing.assert_allclose(labelled.spread, np.abs(members[0] - members[1]) / np.sqrt(2), atol=1e-5)


def test_what_is_labelled_is_not_asked_again(teacher, library, monkeypatch):
    own, settings = teacher(), Distillation("teacher", mutants=0, shuffles=0.0)
    first = distillation.label(own, CELLS, settings, library, CPU)
    monkeypatch.setattr(distillation, "predict_codes", lambda *_, **__: pytest.fail("asked again"))
    np.testing.assert_array_equal(distillation.label(own, CELLS, settings, library, CPU).mean, first.mean)


def test_an_ensemble_counts_networks_or_models(teacher, library, made_ensemble):
    """Of models of two and of one network: three networks, or two models; the ensemble predicts the same mean."""
    teacher("two", 2, seed=1)
    teacher("one", 1, seed=2)
    settings = Distillation("both", mutants=0, shuffles=0.0)
    for by_network, count in ((True, 3), (False, 2)):
        own = made_ensemble("both", ("two", "one"), by_network)
        labelled = distillation.label(own, CELLS, settings, library, CPU)
        members = predict_codes(own.model, labelled.codes, members=True)
        assert len(members) == count
        np.testing.assert_allclose(labelled.mean, members.mean(0), atol=1e-5)
        np.testing.assert_allclose(labelled.spread, members.std(0, ddof=1), atol=1e-5)
        codes = labelled.codes
        of_checkpoints = own.mean_of_members(lambda m, codes=codes: predict_codes(m.model, codes))
        np.testing.assert_allclose(labelled.mean, of_checkpoints, atol=1e-5)


@pytest.fixture
def made_ensemble(models_folder):
    def save(name, members, by_network):
        declaration = Ensemble(name, members, CELLS, "nothing", by_network=by_network)
        checkpoints.save_ensemble(checkpoints.build_ensemble(declaration), declaration)
        return checkpoints.load(name)

    return save


def test_a_student_comes_nearer_to_its_teacher_and_says_how_sure_it_is(teacher, student, library, run, table, split):
    own = teacher()
    trained = run(student, table, split)
    losses = [h["training_loss"] for h in trained.history]
    assert losses[-1] < losses[0]
    model = trained.model
    x = torch.eye(4)[torch.as_tensor(table.codes[:5]).long()].transpose(1, 2)
    with torch.no_grad():
        said = model.uncertainties(x)
        torch.testing.assert_close(fused(model).uncertainties(x), said, atol=1e-4, rtol=1e-4)
    assert said.shape == (2, 5, 3) and bool((said > 0).all())
    assert own.model.uncertainties(x) is None


def test_the_losses_are_those_of_the_equations(teacher, student, library):
    """Mean and spread as the teacher says, and no noise known: what is left is 0."""
    teacher()
    task = DistillationTask(student, library, CPU, torch.float32)
    targets = task.targets[:8].clone()
    targets[:, 6:] = torch.nan
    inverse = torch.log(torch.expm1(targets[:, 3:6]))  # of softplus
    columns = torch.cat([targets[:, :3], inverse, torch.zeros(8, 3)], dim=1)
    parts = task._of_network(columns, targets)
    assert {name: pytest.approx(float(value), abs=1e-6) for name, value in parts.items()} == {
        "mean": 0.0, "spread": 0.0, "noise": 0.0,
    }  # fmt: skip
    off = columns.clone()
    off[:, :3] += 2.0
    assert float(task._of_network(off, targets)["mean"]) == pytest.approx(4.0)
    # a noise of 1 standard deviation around a mean that is right: log of 1, error 0
    sure = torch.cat([columns[:, :6], torch.full((8, 3), float(np.log(np.e - 1)))], dim=1)
    known = torch.cat([targets[:, :6], targets[:, :3] + 1.0], dim=1)
    assert float(task._of_network(sure, known)["noise"]) == pytest.approx(student.distillation.weight * 0.5)


def test_a_mutant_is_never_taught_a_measurement(teacher, student, library):
    teacher()
    task = DistillationTask(student, library, CPU, torch.float32)
    elements = len(library.split.train)
    assert task.targets[elements:, 6:].isnan().all()
    assert not task.targets[:elements, 6:].isnan().all()
    assert not task.targets[:, :6].isnan().any()


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"distillation": Distillation("nobody")}, InputError, "nobody"),
        ({"distillation": Distillation("best_joint")}, CheckpointError, "not trained yet"),
        ({"distillation": Distillation("lonely")}, InputError, "is one network"),
        ({"model": Architecture("legnet", {"width": 8})}, InputError, "needs the further columns spread:K562"),
    ],
)
def test_what_cannot_be_distilled_is_refused(change, error, match, teacher, student, library):
    teacher()
    teacher("lonely", 1)
    with pytest.raises(error, match=match):
        DistillationTask(replace(student, **change), library, CPU, torch.float32)


def test_another_teacher_is_another_run(teacher, student, library):
    teacher(seed=1)
    first = DistillationTask(student, library, CPU, torch.float32).identity
    teacher(seed=2)
    assert DistillationTask(student, library, CPU, torch.float32).identity != first


def test_the_declared_student_can_learn_from_its_teacher():
    for experiment in declared.STUDENTS:
        assert experiment.model.options["further"] == uncertainty_columns(experiment.task.outputs)
        assert experiment.distillation.teacher in declared.names()
