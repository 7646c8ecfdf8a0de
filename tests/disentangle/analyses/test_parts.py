"""Rows out of parts: paired differences to the baseline of the same encoder and seed, and means over seeds."""

import numpy as np
import pytest

from engine.disentangle.analyses.parts import Part, rows
from tests.disentangle.analyses.made import fresh, subject


def part(value: float, draws, **more) -> Part:
    return Part("toy/value", value, np.array(draws, float), 7, **more)


def by_place(scores):
    return {(s.recipe, s.seed, s.measure, s.method, s.against): s.metric for s in scores}


def test_a_difference_is_taken_draw_by_draw():
    """The two recipes' draws move together, so the difference is exact although neither is."""
    noise = np.linspace(-1, 1, 101)
    measured = [
        (subject(fresh()), [part(1.0, 1 + noise)]),
        (subject(fresh(), "full_disentangle"), [part(1.5, 1.5 + noise)]),
    ]
    metrics = by_place(rows(measured))
    own = metrics["full_disentangle", 42, "toy/value", "ours", ""]
    assert (own.value, own.low, own.high, own.n) == pytest.approx((1.5, 0.55, 2.45, 7))
    difference = metrics["full_disentangle", 42, "toy/value/minus baseline", "ours", "baseline_mse"]
    assert (difference.value, difference.low, difference.high) == pytest.approx((0.5, 0.5, 0.5))
    assert len(metrics) == 3


def test_only_the_same_seed_and_method_are_set_against_each_other():
    measured = [
        (subject(fresh(), seed=1), [part(1.0, [1.0]), part(3.0, [3.0], method="study"), part(9, [9], against="x")]),
        (subject(fresh(), "ranking_only", seed=1), [part(5.0, [5.0], method="study"), part(9, [9], against="x")]),
        (subject(fresh(), "ranking_only", seed=2), [part(5.0, [5.0])]),
    ]
    found = {k: m.value for k, m in by_place(rows(measured)).items() if "minus" in k[2]}
    assert found == {("ranking_only", 1, "toy/value/minus baseline", "study", "baseline_mse"): 2.0}


def test_the_mean_over_seeds_has_the_interval_of_student():
    """Of 1, 2 and 3: s.e. 1 / root 3, and 4.3027 of them with two degrees of freedom."""
    measured = [(subject(fresh(), seed=seed), [part(value, [value])]) for seed, value in ((1, 1.0), (2, 2.0), (3, 3.0))]
    mean = by_place(rows(measured))["baseline_mse", None, "toy/value", "ours", ""]
    half = 4.302653 / np.sqrt(3)
    assert (mean.value, mean.low, mean.high, mean.n) == pytest.approx((2, 2 - half, 2 + half, 3))


def test_what_is_not_defined_is_unknown_and_its_mean_too():
    measured = [
        (subject(fresh(), seed=1), [part(float("nan"), [1.0, 2.0])]),
        (subject(fresh(), seed=2), [part(1.0, [1.0, np.nan])]),
    ]
    metrics = by_place(rows(measured))
    assert len(metrics) == 3
    assert all(np.isnan([m.value, m.low, m.high]).all() for m in metrics.values())


def test_a_ratio_is_that_of_the_baseline_by_the_network_and_none_where_that_is_nothing():
    measured = [
        (subject(fresh()), [part(6.0, [6.0, 8.0])]),
        (subject(fresh(), "ranking_only"), [part(2.0, [2.0, 2.0])]),
        (subject(fresh(), "full_disentangle"), [part(0.0, [0.0, 1.0])]),
    ]
    metrics = by_place(rows(measured, folds=("toy/value",)))
    ratio = metrics["ranking_only", 42, "toy/value/baseline by this", "ours", "baseline_mse"]
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((3, 3.025, 3.975))
    assert np.isnan(metrics["full_disentangle", 42, "toy/value/baseline by this", "ours", "baseline_mse"].value)
