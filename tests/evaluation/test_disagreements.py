"""Where models disagree among themselves: values by hand."""

import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.disagreements import between_models

NAN = float("nan")


def test_models_are_compared_in_their_own_standard_deviations():
    one = np.array([0.0, 0.0, 2.0, 2.0])  # mean 1, s.d. 1
    other = np.array([0.0, 30.0, 0.0, 30.0])  # mean 15, s.d. 15
    apart = between_models({"one": one, "other": other}, np.array([-4.0, NAN, -4.0, 6.0]))
    np.testing.assert_allclose(apart.predicted, [[-1, -1], [-1, 1], [1, -1], [1, 1]])
    np.testing.assert_allclose(apart.spread, [0, np.sqrt(2), np.sqrt(2), 0])
    assert list(apart.order) == [1, 2, 0, 3]  # of equals the first comes first
    # measured -4, -4, 6: mean -2/3; the third is low, as the second model says
    assert list(apart.closest) == [0, -1, 1, 0] and np.isnan(apart.measured[1])
    assert apart.typical.value == pytest.approx(1) and apart.typical.n == 4  # root of the mean of 0, 2, 2, 0


def test_a_scale_or_a_shift_of_a_model_changes_nothing():
    rng = np.random.default_rng(0)
    one, other, measured = rng.normal(size=(3, 50))
    before = between_models({"one": one, "other": other}, measured)
    after = between_models({"one": 7 * one - 3, "other": other}, 2 * measured + 1)
    np.testing.assert_allclose(after.spread, before.spread)
    np.testing.assert_array_equal(after.closest, before.closest)


def test_the_typical_spread_does_not_grow_with_the_number_of_models():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=4000)
    noisy = {str(i): truth + 0.5 * rng.normal(size=4000) for i in range(6)}
    two = between_models({k: noisy[k] for k in "01"}, truth).typical.value
    six = between_models(noisy, truth).typical.value
    assert six == pytest.approx(two, rel=0.05)


@pytest.mark.parametrize(
    ("predicted", "words"),
    [({"one": np.arange(3.0)}, "cannot disagree"), ({"one": np.arange(3.0), "flat": np.ones(3)}, "'flat' predicts")],
)
def test_what_cannot_be_compared_says_what_to_do(predicted, words):
    with pytest.raises(InputError, match=words):
        between_models(predicted, np.arange(3.0))
