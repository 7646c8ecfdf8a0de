"""The separate experiments: which of their elements no model of the joint library has seen."""

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.data import lentimpra
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.experiments import checkpoints
from engine.mpra import separate
from engine.mpra.comparison import seen_by
from engine.mpra.library import ELEMENTS, MeasuredLibrary
from engine.mpra.overlap import IDENTICAL, NEW, Kin
from engine.sequence import decode, encode, reverse_complement


def table(codes: np.ndarray, activity: list[float], cell: str = "HepG2") -> ActivityTable:
    names = np.array([f"e{i}" for i in range(len(codes))])
    values = np.array(activity, np.float32)[:, None]
    return ActivityTable(names, codes, values, (cell,), np.full(len(codes), "other"), f"made up {activity}")


def turned(codes: np.ndarray) -> np.ndarray:
    return encode(reverse_complement(decode(codes)))


def test_the_other_orientation_is_another_construct(monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    a, b, c = np.random.default_rng(0).integers(0, 4, (3, 200)).astype(np.uint8)
    given = table(np.stack([a, turned(a), b, turned(b)]), [1.0, 5.0, math.nan, 7.0])
    given = replace(given, names=np.array(["peak1", "peak1_Reversed:", "peak2", "peak2_Reversed:"]))
    monkeypatch.setattr(lentimpra, "large_scale", lambda cell: given)
    unseen = separate.measured("HepG2", Library(table(c[None], [0.0]), Split(np.zeros(1, np.int8), np.zeros(1), "one")))
    assert unseen.activity.tolist() == [1.0]
    assert (unseen.codes == a).all()
    assert unseen.left_out == 0


def test_elements_whose_kin_trained_or_chose_the_epoch_are_left_out(monkeypatch, tmp_path):
    """Each of four elements holds 30 bases of an element of fold 0, 1 or 2 (that on the other strand), or of none."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    rng = np.random.default_rng(0)
    joint = rng.integers(0, 4, (3, 200)).astype(np.uint8)
    other = rng.integers(0, 4, (4, 200)).astype(np.uint8)
    for i in range(3):
        other[i, 50:80] = joint[i, 100:130]
    other[2] = turned(other[2])
    library = Library(
        table(joint, [0.0, 1.0, 2.0], "K562"), Split(np.array([0, 1, 2], np.int8), np.arange(3), "by row")
    )
    monkeypatch.setattr(lentimpra, "large_scale", lambda cell: table(other, [1.0, 2.0, 3.0, 4.0]))
    for _ in range(2):  # computed, then from the cache
        unseen = separate.measured("HepG2", library)
        assert unseen.activity.tolist() == [1.0, 4.0]
        assert (unseen.codes == other[[0, 3]]).all()
        assert unseen.held_out.tolist() == [True, False]  # the first shares a stretch with the test fold
        assert unseen.left_out == 2


def test_a_sequence_of_a_separate_experiment_is_seen_by_a_model_that_learned_it(monkeypatch, tmp_path, save_model):
    """Of two elements of the experiment one is kin of the test fold, which is why nothing learned it."""
    rng = np.random.default_rng(0)
    joint = rng.integers(0, 4, (2, 200)).astype(np.uint8)
    other = rng.integers(0, 4, (2, 200)).astype(np.uint8)
    other[0, 50:80] = joint[0, 100:130]
    monkeypatch.setattr(lentimpra, "large_scale", lambda cell: table(other, [1.0, 2.0]))
    monkeypatch.setattr(separate, "here", lambda: ("HepG2",))
    kin = Kin(Library(table(joint, [0.0, 1.0]), Split(np.array([0, 2], np.int8), np.arange(2), "by row")))
    bases = tuple(decode(row) for row in (*joint, *other))
    given = MeasuredLibrary("made up", ELEMENTS, tuple("abcd"), bases, np.arange(4), np.zeros((4, 1)), ("HepG2",))
    save_model("plain")
    plain = checkpoints.load("plain")
    assert seen_by(plain, given, kin).tolist() == [NEW, IDENTICAL, NEW, NEW]
    for further, expected in (("HepG2", [NEW, IDENTICAL, NEW, IDENTICAL]), ("WTC11", None)):
        config = plain.description["config"] | {"further": [f"separate:{further}"]}
        found = seen_by(replace(plain, description=plain.description | {"config": config}), given, kin)
        assert (None if found is None else found.tolist()) == expected


@pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity", "large_wtc11")
def test_the_real_separate_experiment_shares_nothing_with_what_trained(joint_table, joint_split):
    library = Library(joint_table, joint_split)
    unseen = separate.measured("WTC11", library)
    assert len(unseen.activity) == 858
    assert unseen.left_out == 1453
    trained = {decode(codes) for codes in joint_table.codes[joint_split.folds > 0]}
    strands = {s for codes in unseen.codes for s in (decode(codes), decode(turned(codes)))}
    assert not strands & trained


def test_the_scale_of_an_experiment_is_that_of_elements_measured_twice_outside_the_test_fold(monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (120, 200)).astype(np.uint8)
    truth = rng.normal(0, 1, 120)
    joint, again = truth + rng.normal(0, 0.5, 120), 2 * (truth + rng.normal(0, 0.5, 120)) - 1
    again[:20] += 100  # the test fold has no say
    library = Library(table(codes, joint.tolist()), Split((np.arange(120) // 20).astype(np.int8), np.arange(120), "x"))
    monkeypatch.setattr(lentimpra, "large_scale", lambda cell: table(codes, again.tolist()))
    unseen = separate.measured("HepG2", library)
    assert unseen.line == pytest.approx((2, -1), abs=0.3)
    assert unseen.on_joint_scale == pytest.approx((unseen.activity - unseen.line[1]) / unseen.line[0])
    assert separate.line_through(joint[:29], again[:29]) == (1, 0)
