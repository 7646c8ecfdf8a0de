"""Curricula: tiers on made-up activities, and what is drawn when."""

import numpy as np
import pytest

from engine.errors import InputError
from engine.losses.curriculum import CURRICULA, THRESHOLDS, TIERS, draw_weights, tiers

NAN = np.nan
# the median is 0 and the distances are 0 to 8, in an order of no meaning
ACTIVITY = np.array([3.0, 0.0, -8.0, 1.0, 7.0, -2.0, 5.0, -4.0, -6.0])
TIER = [1, 2, 0, 2, 0, 2, 1, 1, 0]

every_curriculum = pytest.mark.parametrize("name", CURRICULA)


def test_tiers_are_thirds_by_the_distance_from_the_median():
    assert tiers(ACTIVITY[:, None]).tolist() == TIER
    assert tiers(ACTIVITY[:, None] + 100).tolist() == TIER
    assert len(TIERS) == len(THRESHOLDS) + 1 == 3


def test_tiers_of_many_are_of_one_size():
    tier = tiers(np.random.default_rng(0).normal(size=(3000, 1)))
    assert np.bincount(tier) == pytest.approx(np.full(3, 1000), abs=50)


def test_every_output_counts_in_its_own_standard_deviations():
    """What the second says is the same thing on a scale a thousand times as wide, so it changes nothing."""
    assert tiers(np.stack([ACTIVITY, 1000 * ACTIVITY], axis=1)).tolist() == TIER
    loud = np.stack([ACTIVITY, 1000 * np.roll(ACTIVITY, 1)], axis=1)
    assert tiers(loud).tolist() == tiers(loud[:, ::-1]).tolist() != tiers(loud[:, 1:]).tolist()


def test_an_output_that_was_not_measured_does_not_count():
    two = np.stack([ACTIVITY, ACTIVITY], axis=1)
    two[[0, 2], [1, 0]] = NAN
    one = tiers(two)
    assert one.tolist() == TIER


def test_an_element_without_any_measurement_is_near():
    activity = np.stack([np.append(ACTIVITY, NAN)] * 2, axis=1)
    tier = tiers(activity)
    assert tier[-1] == 2
    assert set(tier[:-1][np.array(TIER) == 0]) == {0}


@every_curriculum
@pytest.mark.parametrize("progress", [0.0, 0.2, 1 / 3, 0.5, 2 / 3, 0.9, 1.0])
def test_what_is_drawn_sums_to_one_and_a_tier_shares_its_weight(name, progress):
    tier = np.array([0] * 5 + [1] * 3 + [2] * 8)
    weights = draw_weights(name, tier, progress)
    assert weights.shape == (16,)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    for i in range(3):
        assert weights[tier == i] == pytest.approx(CURRICULA[name](progress)[i] / (tier == i).sum())
    assert sum(CURRICULA[name](progress)) == pytest.approx(1)


@every_curriculum
def test_every_curriculum_starts_with_the_extremes_and_ends_with_all_alike(name):
    start, end = CURRICULA[name](0.0), CURRICULA[name](1.0)
    assert start[0] > start[1] >= start[2]
    assert end == pytest.approx((1 / 3,) * 3)
    assert draw_weights(name, np.array(TIER), 1.0) == pytest.approx(np.full(9, 1 / 9))


def test_linear_moves_in_a_straight_line():
    assert CURRICULA["linear"](0.0) == pytest.approx((0.6, 0.3, 0.1))
    assert CURRICULA["linear"](0.5) == pytest.approx((0.6 / 2 + 1 / 6, 0.3 / 2 + 1 / 6, 0.1 / 2 + 1 / 6))


@pytest.mark.parametrize(
    ("progress", "drawn"), [(0.0, {0}), (0.33, {0}), (0.34, {0, 1}), (0.66, {0, 1}), (0.67, {0, 1, 2}), (1, {0, 1, 2})]
)
def test_stepped_draws_the_extremes_alone_then_the_middle_then_all(progress, drawn):
    tier = np.array(TIER)
    assert set(tier[draw_weights("stepped", tier, progress) > 0]) == drawn


def test_a_tier_without_elements_leaves_its_weight_to_the_others():
    assert draw_weights("linear", np.array([0, 0, 1, 1]), 0.0) == pytest.approx([1 / 3, 1 / 3, 1 / 6, 1 / 6])


def test_an_unknown_curriculum_lists_the_known_ones():
    with pytest.raises(InputError, match="unknown curriculum 'steep'; known: linear, stepped"):
        draw_weights("steep", np.array(TIER), 0.0)
