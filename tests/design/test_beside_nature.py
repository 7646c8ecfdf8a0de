"""A set of sequences beside natural elements: what is nature's own is at its floor, what is not is above it."""

import numpy as np
import pytest

from engine.data.library import Library
from engine.design.beside_nature import DRAWS, FEWEST, beside_nature
from engine.errors import InputError
from engine.experiments import checkpoints


@pytest.fixture
def library(planted) -> Library:
    return Library(*planted)


@pytest.fixture
def by(save_model):
    save_model("toy")
    return checkpoints.load("toy")


def numbers(codes, by, library, **goal):
    return {(b.measure, b.output): b for b in beside_nature(codes, goal, by, library)}


def test_copies_of_one_word_are_told_from_nature(by, library):
    n = 6
    odd = np.tile(np.tile(np.array([0, 1], np.uint8), 100), (n, 1))
    found = numbers(odd, by, library)
    assert {m for m, _ in found} == {"words", "told_apart", "shift"}
    assert {o for m, o in found if m == "shift"} == set(library.table.outputs)
    assert found["told_apart", ""].value == 1 and found["words", ""].value > found["words", ""].floor.high
    assert all(b.n == n and b.floor.n == DRAWS for b in found.values())
    assert found["shift", "K562"].value >= 0.5  # one value against many


def test_the_nearest_natural_elements_themselves_are_no_different(by, library):
    rows = library.split.test
    activity = library.table.activity[rows, 0].astype(float)
    train = library.table.activity[library.split.train, 0].astype(float)
    near = np.argsort(np.abs((activity - train.mean()) / train.std() - 1), kind="stable")[:FEWEST]
    found = numbers(library.table.codes[rows[near]], by, library, K562=1.0)
    assert found["words", ""].value == pytest.approx(0, abs=1e-7) and found["shift", "K562"].value == 0


def test_more_than_nature_has_leaves_the_floor_open_and_few_are_refused(by, library):
    halves = len(library.split.validation) // 2
    some = np.random.default_rng(0).integers(0, 4, (halves + 1, 200)).astype(np.uint8)
    found = numbers(some, by, library)
    assert all(b.floor.n == 0 and np.isnan(b.floor.value) and b.n == halves + 1 for b in found.values())
    with pytest.raises(InputError, match="from 5 sequences on"):
        numbers(some[:4], by, library)
