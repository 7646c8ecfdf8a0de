"""Bias of the tails by hand and for a model that goes too far out."""

import numpy as np
import pytest

from engine.evaluation.tails import tail_bias


def test_bias_by_hand():
    measured = np.array([5.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    predicted = np.array([-1.0, 0.5, 1, 2, 3, 4, 5, 6, 9, 7.5])  # lowest two: rows 0, 1; highest two: rows 9, 8
    found = tail_bias(predicted, measured, fraction=0.2)
    assert found["lowest"].value == pytest.approx((-6 + 0.5) / 2)
    assert found["highest"].value == pytest.approx((2 - 0.5) / 2)
    assert found["lowest"].n == found["highest"].n == 2


def test_a_model_of_twice_the_scale_is_told_and_a_calibrated_one_is_not():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=3000)
    measured = truth + rng.normal(size=3000)
    fair, wide = tail_bias(truth, measured), tail_bias(2 * truth, measured)
    assert all(m.low < 0 < m.high for m in fair.values())
    assert wide["highest"].low > 1 and wide["lowest"].high < -1
