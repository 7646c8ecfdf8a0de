"""Findings on one scale: the sign of an end is the verdict's side, whatever the unit."""

import pytest

from engine.replication.finding import FAILS, HOLDS, OPEN, Finding
from engine.replication.support import support
from engine.statistics import Metric

INFINITY = float("inf")


@pytest.mark.parametrize(
    ("metric", "low", "high", "value", "ends", "verdict"),
    [
        ((0.05, 0.03, 0.07), 0.0, INFINITY, 2.5, (1.5, 3.5), HOLDS),
        ((-0.05, -0.07, -0.03), 0.0, INFINITY, -2.5, (-3.5, -1.5), FAILS),
        ((0.9, 0.8, 1.0), -INFINITY, 0.5, -4.0, (-5.0, -3.0), FAILS),  # should be below the bound: turned
        ((1.8, 1.6, 2.0), 1.5, 2.5, 1.5, (0.5, 2.5), HOLDS),  # 0.3 from the nearer bound, half a width is 0.2
        ((0.01, -0.01, 0.03), 0.0, INFINITY, 0.5, (-0.5, 1.5), OPEN),
    ],
)
def test_the_distance_from_the_bound_in_half_widths(metric, low, high, value, ends, verdict):
    finding = Finding("1", "it", Metric(*metric, 100), None, low, high)
    told = support(finding)
    assert finding.verdict == verdict
    assert told.ours == pytest.approx((value, *ends)) and told.again is None and told.published is None


def test_the_published_figure_and_the_other_seed_stand_on_the_same_scale():
    finding = Finding("1", "it", Metric(0.1, 0.0, 0.2, 9), 0.3, again=Metric(0.2, 0.1, 0.3, 9))
    told = support(finding)
    assert told.published == pytest.approx(3) and told.again == pytest.approx((2, 1, 3))


def test_the_middle_of_two_bounds_is_no_nearer_than_its_interval():
    told = support(Finding("1", "it", Metric(2.0, 1.0, 3.0, 9), None, 1.5, 2.5))
    assert told.ours == pytest.approx((0.5, -0.5, 0.5))


def test_an_interval_without_width_is_told_in_its_own_unit():
    assert support(Finding("1", "it", Metric(0.7, 0.7, 0.7, 9), None)).ours == pytest.approx((0.7, 0.7, 0.7))
