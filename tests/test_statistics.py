"""Scores: against scipy, scikit-learn and counting by hand; intervals."""

import itertools

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import ndcg_score

from engine import statistics
from engine.statistics import METRICS, bootstrap, in_words, measure


@pytest.fixture(params=["continuous", "ties in predicted", "ties in measured", "ties in both"])
def pair(request):
    """Correlated `(predicted, measured)`, with ties as named."""
    rng = np.random.default_rng(0)
    measured = rng.normal(size=60)
    predicted = measured + rng.normal(size=60)
    if request.param in ("ties in predicted", "ties in both"):
        predicted = np.round(predicted)
    if request.param in ("ties in measured", "ties in both"):
        measured = np.round(measured * 2) / 2
    return predicted, measured


def test_correlations_are_those_of_scipy(pair):
    assert statistics.pearson(*pair) == pytest.approx(stats.pearsonr(*pair).statistic)
    assert statistics.spearman(*pair) == pytest.approx(stats.spearmanr(*pair).statistic)
    assert statistics.kendall(*pair) == pytest.approx(stats.kendalltau(*pair).statistic)


def test_ndcg_is_that_of_scikit_learn_over_the_activity_above_the_lowest(pair):
    predicted, measured = pair
    expected = ndcg_score([measured - measured.min()], [predicted], k=10)
    assert statistics.ndcg_at_10(*pair) == pytest.approx(expected)
    assert statistics.ndcg_at_10(measured, measured) == pytest.approx(1)
    assert statistics.ndcg_at_10(predicted, measured + 5) == pytest.approx(expected)


def counted(predicted, measured) -> float:
    """Pairwise accuracy by looking at every pair."""
    right, pairs = 0.0, 0
    for i, j in itertools.combinations(range(len(measured)), 2):
        if measured[i] == measured[j]:
            continue
        pairs += 1
        if predicted[i] == predicted[j]:
            right += 0.5
        else:
            right += (predicted[i] > predicted[j]) == (measured[i] > measured[j])
    return right / pairs


def test_pairwise_accuracy_is_that_of_counting_every_pair(pair):
    assert statistics.pairwise_accuracy(*pair) == pytest.approx(counted(*pair))


@pytest.mark.parametrize("seed", range(8))
def test_pairwise_accuracy_with_many_ties_is_that_of_counting(seed):
    rng = np.random.default_rng(seed)
    predicted, measured = rng.integers(0, 3, 25).astype(float), rng.integers(0, 4, 25).astype(float)
    assert statistics.pairwise_accuracy(predicted, measured) == pytest.approx(counted(predicted, measured))


@pytest.mark.parametrize(
    ("predicted", "measured", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], 1.0),
        ([3, 2, 1], [1, 2, 3], 0.0),
        ([1, 1, 1], [1, 2, 3], 0.5),
        ([1, 1, 2], [1, 2, 3], 2.5 / 3),
        ([1, 2, 3], [1, 1, 3], 1.0),
    ],
)
def test_pairwise_accuracy_by_hand(predicted, measured, expected):
    assert statistics.pairwise_accuracy(np.array(predicted, float), np.array(measured, float)) == pytest.approx(
        expected
    )


@pytest.mark.parametrize("metric", [statistics.pearson, statistics.spearman, statistics.kendall])
def test_the_correlation_with_a_constant_is_nan(metric):
    assert np.isnan(metric(np.ones(5), np.arange(5.0)))
    assert np.isnan(metric(np.arange(5.0), np.ones(5)))


def test_without_a_pair_of_different_activities_pairwise_accuracy_is_nan():
    assert np.isnan(statistics.pairwise_accuracy(np.arange(5.0), np.ones(5)))


@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_prediction_scores_one_and_the_reverse_less(name):
    measured = np.random.default_rng(0).normal(size=40)
    assert METRICS[name](measured, measured) == pytest.approx(1)
    assert METRICS[name](-measured, measured) < 0.6


# --- intervals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", METRICS)
def test_the_interval_holds_the_value_and_narrows_with_n(name):
    rng = np.random.default_rng(1)
    measured = rng.normal(size=2000)
    predicted = measured + rng.normal(size=2000)
    small, large = (measure(METRICS[name], predicted[:n], measured[:n], resamples=200) for n in (60, 2000))
    assert (small.n, large.n) == (60, 2000)
    for found in (small, large):
        assert found.low < found.value < found.high
    assert large.high - large.low < small.high - small.low


def test_the_interval_leaves_out_two_and_a_half_percent_of_the_draws_on_either_side_and_all_that_are_nan():
    draws = np.append(np.arange(1001.0), np.nan)
    assert statistics.from_draws(7.0, draws, 42).as_dict() == {"value": 7.0, "low": 25.0, "high": 975.0, "n": 42}


def test_the_interval_of_a_correlation_has_about_the_width_of_theory():
    rng = np.random.default_rng(2)
    measured = rng.normal(size=1000)
    predicted = measured + rng.normal(size=1000)
    found = measure(statistics.pearson, predicted, measured)
    theory = stats.pearsonr(predicted, measured).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theory.low, theory.high), abs=0.01)


def test_intervals_are_the_same_every_time_and_follow_the_seed(pair):
    first, again, other = (measure(statistics.spearman, *pair, resamples=100, seed=s) for s in (0, 0, 1))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)
    assert first.value == other.value


def test_two_models_are_resampled_on_the_same_rows(pair):
    """What makes the comparison of two models a paired one."""
    predicted, measured = pair
    rows = [], []
    for drawn, model in zip(rows, (predicted, predicted[::-1]), strict=True):
        bootstrap(lambda p, m, drawn=drawn: drawn.append(m) or 0.0, model, measured, resamples=20)
    assert all(np.array_equal(a, b) for a, b in zip(*rows, strict=True))
    assert not np.array_equal(rows[0][0], rows[0][1])


def test_the_bootstrap_draws_whole_rows_with_replacement(pair):
    predicted, measured = pair
    known = set(zip(predicted, measured, strict=True))

    def check(p, m):
        assert len(m) == len(measured)
        assert set(zip(p, m, strict=True)) < known
        return 0.0

    assert bootstrap(check, predicted, measured, resamples=10).tolist() == [0.0] * 10


def test_spearman_is_resampled_as_fast_as_it_can_be_and_exactly_the_same(pair):
    """The ranks within a draw, from how often each value was drawn, are those of ranking the draw."""
    slow = bootstrap(lambda p, m: statistics.spearman(p, m), *pair, resamples=50, seed=3)
    assert np.array_equal(bootstrap(statistics.spearman, *pair, resamples=50, seed=3), slow)
    assert len(set(slow)) == 50


@pytest.mark.parametrize("seed", range(5))
def test_spearman_with_many_ties_is_resampled_exactly_the_same(seed):
    rng = np.random.default_rng(seed)
    predicted, measured = rng.integers(0, 3, 12).astype(np.float32), rng.integers(0, 2, 12).astype(float)
    slow = bootstrap(lambda p, m: statistics.spearman(p, m), predicted, measured, resamples=200)
    assert np.array_equal(bootstrap(statistics.spearman, predicted, measured, resamples=200), slow, equal_nan=True)


@pytest.mark.parametrize("name", METRICS)
def test_rows_with_nan_are_left_out(name):
    rng = np.random.default_rng(0)
    predicted, measured = rng.normal(size=(2, 50))
    predicted[[3, 7]], measured[[7, 9, 20]] = np.nan, np.nan
    known = [i for i in range(50) if i not in (3, 7, 9, 20)]
    found = measure(METRICS[name], predicted, measured, resamples=50)
    assert found == measure(METRICS[name], predicted[known], measured[known], resamples=50)
    assert found.n == 46


def test_fewer_than_three_rows_give_nan_and_their_number():
    found = measure(statistics.spearman, np.array([1.0, 2.0, np.nan]), np.array([1.0, 2.0, 3.0]))
    assert found.n == 2
    assert np.isnan([found.value, found.low, found.high]).all()


def test_a_score_of_some_rows_is_drawn_with_that_of_all():
    rng = np.random.default_rng(0)
    predicted, measured = rng.normal(size=(2, 80))
    inside = np.arange(80) % 3 > 0
    drawn = statistics.bootstrap(statistics.spearman, predicted, measured, 20, 4, inside)
    rng = np.random.default_rng(4)
    for value in drawn:
        rows = rng.integers(0, 80, 80)
        rows = rows[inside[rows]]
        assert value == pytest.approx(stats.spearmanr(predicted[rows], measured[rows]).statistic)
    whole = statistics.bootstrap(statistics.spearman, predicted, measured, 20, 4)
    np.testing.assert_array_equal(
        statistics.bootstrap(statistics.spearman, predicted, measured, 20, 4, inside | True), whole
    )


def test_a_score_in_words_has_its_interval_and_when_asked_its_sample_size_and_sign():
    assert in_words(0.12345, -0.1, 0.35) == "0.123 [-0.100, 0.350]"
    assert in_words(0.12345, -0.1, 0.35, 1234) == "0.123 [-0.100, 0.350] (n=1,234)"
    assert in_words(0.12345, -0.1, 0.35, signed=True) == "+0.123 [-0.100, +0.350]"
