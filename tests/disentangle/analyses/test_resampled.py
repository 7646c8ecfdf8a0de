"""Numbers with their draws: against scipy, against the counts of what was drawn, and paired."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.disentangle.analyses import resampled
from engine.disentangle.drawn import Drawn, mean


@pytest.fixture
def maps(rng=np.random.default_rng(4)):
    """Three maps of 12 elements by 9 positions, with ties."""
    first = rng.integers(-3, 4, (12, 9)).astype(float)
    return [first, first + rng.normal(size=(12, 9)), rng.normal(size=(12, 9))]


def test_the_draws_are_of_the_same_elements_every_time():
    times = resampled.multiplicities(12)
    np.testing.assert_array_equal(times, resampled.multiplicities(12))
    assert times.shape == (resampled.RESAMPLES, 12) and (times.sum(axis=1) == 12).all()


def test_pooled_spearman_is_that_of_scipy_for_all_elements_and_for_each_draw(maps):
    correlations = resampled.pooled_spearman(maps)
    assert set(correlations) == {(0, 1), (0, 2), (1, 2)}
    times = resampled.multiplicities(12)
    for (i, j), found in correlations.items():
        assert found.value == pytest.approx(spearmanr(maps[i].ravel(), maps[j].ravel()).statistic)
        for draw in (0, 7):
            drawn = np.repeat(np.arange(12), times[draw])
            expected = spearmanr(maps[i][drawn].ravel(), maps[j][drawn].ravel()).statistic
            assert found.draws[draw] == pytest.approx(expected)
        assert found.n == 12


def test_a_map_agrees_with_itself_and_with_nothing_that_is_constant(maps):
    flat = np.zeros((12, 9))
    found = resampled.pooled_spearman([maps[0], 3 * maps[0] + 1, -maps[0], flat])
    assert found[0, 1].metric.value == pytest.approx(1) and found[0, 1].metric.low == pytest.approx(1)
    assert found[0, 2].value == pytest.approx(-1)
    assert np.isnan(found[0, 3].metric.value) and np.isnan(found[0, 3].metric.low) and found[0, 3].metric.n == 12


def test_row_spearman_is_that_of_scipy(maps):
    expected = [spearmanr(a, b).statistic for a, b in zip(maps[0], maps[2], strict=True)]
    assert resampled.row_spearman(maps[0], maps[2]) == pytest.approx(expected)


def test_means_and_ratios_follow_what_was_drawn():
    values = np.array([1.0, 2.0, np.nan, 5.0])
    found = resampled.over_elements(values)
    assert found.value == pytest.approx(8 / 3) and found.n == 3
    times = resampled.multiplicities(4)
    expected = [np.nanmean(np.repeat(values, t)) for t in times[:5]]
    assert found.draws[:5] == pytest.approx(expected, nan_ok=True)
    half = resampled.ratio(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))
    assert (half.value, half.metric.low, half.metric.high, half.n) == (0.5, 0.5, 0.5, 3)


def test_differences_are_paired():
    """Two numbers that rise and fall together differ by the same in every draw."""
    one = resampled.over_elements(np.array([1.0, 5.0, 9.0, 2.0]))
    other = resampled.over_elements(np.array([1.5, 5.5, 9.5, 2.5]))
    difference = other.less(one).metric
    assert (difference.value, difference.low, difference.high) == pytest.approx((0.5, 0.5, 0.5))
    middle = mean([one, other])
    assert middle.value == pytest.approx(4.5) and middle.draws == pytest.approx((one.draws + other.draws) / 2)


def test_centred_draws_lie_around_the_number():
    draws = np.tanh(np.linspace(0.2, 1.0, 101))
    moved = resampled.centred(0.9, draws, 7)
    assert np.arctanh(moved.draws).mean() == pytest.approx(np.arctanh(0.9))
    assert np.ptp(np.arctanh(moved.draws)) == pytest.approx(0.8)
    assert isinstance(moved, Drawn) and moved.metric.low < 0.9 < moved.metric.high <= 1
