"""Errors and differences along the activity range, and the interval of a rank correlation: against known answers."""

import numpy as np
import pytest

from engine.evaluation.comparison import correlation_interval, difference_by_activity, error_by_activity
from engine.statistics import VERDICTS, bootstrap, spearman


def test_the_gain_in_each_bin_of_activity_is_known_by_hand():
    measured = np.array([0.0, 1.0, 2.0, 3.0])
    baseline = measured + np.array([1.0, -3.0, 2.0, 2.0])
    predicted = measured + np.array([0.0, 1.0, 2.0, -4.0])
    low, high = error_by_activity(predicted, baseline, measured, bins=2, resamples=200)
    assert (low["from"], low["to"], high["from"], high["to"]) == (0, 1.5, 1.5, 3)
    assert (low["value"], low["n"]) == (1.5, 2)  # gains of 1 and 2
    assert (low["low"], low["high"], low["verdict"]) == (1, 2, "better")
    assert (high["value"], high["n"]) == (-1, 2)  # gains of 0 and -2
    assert (high["low"], high["high"], high["verdict"]) == (-2, 0, VERDICTS[2])


def test_the_difference_in_each_bin_of_activity_is_known_by_hand():
    measured = np.array([0.0, 1.0, 2.0, 4.0])
    low, high = difference_by_activity(measured + np.array([1, 3, -1, -1]), measured, measured, bins=2, resamples=200)
    assert (low["value"], low["low"], low["high"], low["n"], low["middle"]) == (2, 1, 3, 2, 0.5)
    assert (high["value"], high["low"], high["high"], high["middle"]) == (-1, -1, -1, 3)


def test_the_interval_of_a_rank_correlation_is_that_of_a_bootstrap():
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    y = x + 0.6 * rng.normal(size=600)
    found = correlation_interval(spearman(x, y), 600)
    expected = np.percentile(bootstrap(spearman, x, y, 1000), [2.5, 97.5])
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.008)
    assert found.n == 600 and correlation_interval(0.9, 60).low < correlation_interval(0.9, 600).low


def test_bins_are_equally_filled_and_hold_every_row():
    rng = np.random.default_rng(0)
    measured, baseline, predicted = rng.normal(size=(3, 1000))
    found = error_by_activity(predicted, baseline, measured, resamples=20)
    assert [b["n"] for b in found] == [100] * 10
    assert found[0]["from"] == measured.min() and found[-1]["to"] == measured.max()
    assert [b["to"] for b in found[:-1]] == [b["from"] for b in found[1:]]
    total = np.mean(np.abs(baseline - measured) - np.abs(predicted - measured))
    assert np.mean([b["value"] for b in found]) == pytest.approx(total)


def test_a_model_that_is_closer_at_the_top_alone_is_better_there_alone():
    rng = np.random.default_rng(1)
    measured = rng.normal(size=2000)
    baseline = measured + rng.normal(size=2000)
    predicted = np.where(measured > np.quantile(measured, 0.9), measured, baseline)
    verdicts = [b["verdict"] for b in error_by_activity(predicted, baseline, measured, resamples=50)]
    assert verdicts == [VERDICTS[2]] * 9 + ["better"]
