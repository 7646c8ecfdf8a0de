"""The noise ceiling: the same sequences in two experiments, matched base by base."""

import numpy as np
import pytest

from engine.data import lentimpra
from engine.data.lentimpra import ActivityTable
from engine.evaluation.noise_ceiling import noise_ceiling, shared_rows
from engine.sequence import encode, reverse_complement
from engine.statistics import METRICS

A, B, C, D = "ACGTA", "CCCGT", "GATTA", "TTTTT"


def table(sequences: list[str], activity=None, outputs=("HepG2", "WTC11")) -> ActivityTable:
    codes = np.stack([encode(s) for s in sequences])
    names = np.array([f"e{i}" for i in range(len(codes))])
    activity = np.zeros((len(codes), len(outputs))) if activity is None else activity
    return ActivityTable(names, codes, np.asarray(activity, np.float32), outputs, names, "hash")


def pairs(a: list[str], b: list[str]) -> set[tuple[int, int]]:
    here, there = shared_rows(table(a), table(b))
    return set(zip(here.tolist(), there.tolist(), strict=True))


def test_rows_of_the_same_sequence_are_paired_wherever_they_stand():
    assert pairs([A, B, C], [C, D, A]) == {(2, 0), (0, 2)}


def test_the_other_strand_is_another_sequence():
    assert pairs([A, B], [reverse_complement(A), B]) == {(1, 1)}


def test_of_a_repeated_sequence_the_first_row_counts_on_either_side():
    assert pairs([A, B, A, A], [B, A, B, A]) == {(0, 1), (1, 0)}


def test_tables_that_share_nothing_have_no_pairs():
    assert pairs([A, B], [C, D]) == set()


@pytest.fixture
def experiments(monkeypatch):
    """A joint table of 50 elements; the separate experiments hold 40 of them in another order, and others."""
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGT"), 20)) for _ in range(60)]
    joint = table(sequences[:50], rng.normal(size=(50, 2)))
    order = rng.permutation(np.arange(10, 60))
    separate = {}
    for column, cell in enumerate(("HepG2", "WTC11")):
        values = np.concatenate([joint.activity[:, column], np.zeros(10)])[order]
        values = values + [0, 1][column] * rng.normal(size=50)
        separate[cell] = table([sequences[i] for i in order], values[:, None], (cell,))
    monkeypatch.setattr(lentimpra, "large_scale", separate.__getitem__)
    return joint, separate


def test_the_ceiling_is_the_agreement_on_the_shared_sequences(experiments):
    joint, separate = experiments
    ceiling = noise_ceiling(joint, resamples=50)
    assert set(ceiling) == {"HepG2", "WTC11"}
    for metric in ("spearman", "pearson"):
        same = ceiling["HepG2"][metric]
        assert (same["value"], same["n"]) == (pytest.approx(1), 40)
        noisy = ceiling["WTC11"][metric]
        assert noisy["n"] == 40
        assert 0.3 < noisy["low"] < noisy["value"] < noisy["high"] < 1
        here, there = shared_rows(joint, separate["WTC11"])
        a, b = joint.column("WTC11")[here], separate["WTC11"].column("WTC11")[there]
        assert noisy["value"] == pytest.approx(METRICS[metric](a, b), abs=1e-6)


def test_elements_that_one_experiment_did_not_measure_do_not_count(experiments):
    joint, _ = experiments
    joint.activity[15:20] = np.nan
    assert noise_ceiling(joint, resamples=5)["HepG2"]["spearman"]["n"] == 35


@pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity", "large_hepg2", "large_wtc11")
@pytest.mark.parametrize(("cell", "shared"), [("HepG2", 1750), ("WTC11", 1541)])
def test_the_separate_experiments_agree_with_the_joint_one(cell, shared, joint_table):
    other = lentimpra.large_scale(cell)
    here, there = shared_rows(joint_table, other)
    assert len(here) == len(set(here)) == len(set(there)) == shared
    assert np.array_equal(joint_table.codes[here], other.codes[there])
    for metric in noise_ceiling(joint_table, resamples=100)[cell].values():
        assert metric["n"] == shared
        assert 0.7 < metric["low"] < metric["value"] < metric["high"] < 0.95
        assert metric["high"] - metric["low"] < 0.1
