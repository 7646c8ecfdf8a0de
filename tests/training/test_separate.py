"""The separate experiments as further columns: which elements, in which orientation, beside what."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data import lentimpra
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.experiments.declared import Architecture
from engine.models.predict import predict_codes
from engine.sequence import decode, encode, reverse_complement
from engine.training import separate
from engine.training.activity import ActivityTask


def turned(codes: np.ndarray) -> np.ndarray:
    return encode(reverse_complement(decode(codes)))


def large(codes: list[np.ndarray], activity: list[float], cell: str) -> ActivityTable:
    names = np.array([f"seq{i}_F" for i in range(len(codes))])
    values = np.array(activity, np.float32)[:, None]
    classes = np.full(len(codes), "WTC11 DNase peak")
    stated = f"{cell} {activity}"
    return ActivityTable(names, np.stack(codes), values, (cell,), classes, f"hash of {stated}", f"{cell} large")


@pytest.fixture
def elements():
    """Six sequences that share nothing with the made-up library."""
    return list(np.random.default_rng(5).integers(0, 4, (6, 200)).astype(np.uint8))


@pytest.fixture
def measured(elements, table, split, monkeypatch):
    """HepG2: an element in both orientations, one in one, one that is of the test fold, one that is of the validation
    fold, one not measured. WTC11: two elements."""
    hepg2 = large(
        [elements[0], turned(elements[0]), elements[1], table.codes[split.test[0]],
         turned(table.codes[split.validation[0]]), elements[2]],
        [1.0, 2.0, 5.0, 7.0, 7.0, np.nan], "HepG2",
    )  # fmt: skip
    tables = {"HepG2": hepg2, "WTC11": large(elements[3:5], [-1.0, -3.0], "WTC11")}
    monkeypatch.setattr(lentimpra, "large_scale", tables.__getitem__)
    return tables


def test_orientations_are_averaged_and_kin_of_test_and_validation_is_left_out(measured, elements, table, split):
    rows = separate.of(("HepG2", "WTC11"), Library(table, split))
    assert [decode(c) for c in rows.codes] == [decode(elements[i]) for i in (0, 1, 3, 4)]
    np.testing.assert_array_equal(rows.activity, [[1.5, np.nan], [5.0, np.nan], [np.nan, -1.0], [np.nan, -3.0]])
    assert rows.left_out == 2
    assert len(rows.libraries) == 4


def test_columns_stand_beside_each_other():
    together = separate.beside(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    np.testing.assert_array_equal(together, [[1, 2, np.nan], [np.nan, np.nan, 3], [np.nan, np.nan, 4]])


@pytest.fixture
def declared(experiment):
    plain = experiment()
    options = plain.model.options | {"further": ("separate:HepG2", "separate:WTC11")}
    return replace(plain, model=Architecture("legnet", options))


def test_a_task_learns_them_in_their_own_columns(measured, declared, table, split):
    """Joint elements know nothing of the further columns, separate ones nothing of the outputs; each column has its own
    mean and standard deviation."""
    task = ActivityTask(declared, Library(table, split), torch.device("cpu"), torch.float32)
    joint = len(split.train)
    assert task.targets.shape == (joint + 4, 5)
    assert task.targets[:joint, 3:].isnan().all() and task.targets[joint:, :3].isnan().all()
    expected = [[-1, np.nan], [1, np.nan], [np.nan, 1], [np.nan, -1]]
    np.testing.assert_allclose(task.targets[joint:, 3:].numpy(), expected, atol=1e-6)
    plain = ActivityTask(
        replace(declared, model=Architecture("legnet")), Library(table, split), torch.device("cpu"), torch.float32
    )
    torch.testing.assert_close(task.targets[:joint, :3], plain.targets, equal_nan=True)
    np.testing.assert_allclose(task.mean, plain.mean)
    assert task.identity != plain.identity


def test_a_trained_model_has_the_joint_outputs_alone(measured, declared, run, table, split):
    model = run(declared, table, split).model
    assert model.outputs == ("K562", "HepG2", "WTC11")
    assert predict_codes(model, table.codes[:2]).shape == (2, 3)
    single = model.split()[0]
    x = torch.rand(2, 4, 200)
    torch.testing.assert_close(single.training_outputs(x).members, model.training_outputs(x).members[:1])
    assert model.training_outputs(x).members.shape == (1, 2, 5)
    assert model.uncertainties(x) is None
