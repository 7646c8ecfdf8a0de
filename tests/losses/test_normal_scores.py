"""Normal scores by hand, and by what they keep."""

import numpy as np
import pytest
from scipy.stats import norm

from engine.losses.normal_scores import normal_scores


def test_three_values_by_hand():
    """Ranks 2, 1, 3 of three lie at (rank - 3/8) / 3.25 = 1/2, 5/26 and 21/26."""
    assert normal_scores(np.array([[5.0], [-1.0], [99.0]]))[:, 0] == pytest.approx(norm.ppf([1 / 2, 5 / 26, 21 / 26]))


def test_columns_are_ranked_on_their_own_over_what_was_measured():
    scores = normal_scores(np.array([[1.0, np.nan], [2.0, 7.0], [3.0, 7.0], [4.0, 9.0]]))
    assert scores[:, 0] == pytest.approx(norm.ppf((np.arange(1, 5) - 3 / 8) / 4.25))
    assert np.isnan(scores[0, 1])
    assert scores[1:, 1] == pytest.approx(norm.ppf((np.array([1.5, 1.5, 3]) - 3 / 8) / 3.25))


def test_scale_and_tails_do_not_matter_and_the_scores_are_standard():
    values = np.random.default_rng(0).normal(size=(5000, 1))
    scores = normal_scores(values)
    np.testing.assert_array_equal(scores, normal_scores(np.exp(3 * values) + 7))
    assert scores.mean() == pytest.approx(0, abs=1e-9) and scores.std() == pytest.approx(1, abs=0.01)
