"""Figures of many maps and of their reliability: the numbers that went in stand where they belong."""

from dataclasses import replace

import numpy as np
import pytest

from engine.plots import attributions, reliability
from engine.statistics import Metric


def test_a_profile_is_averaged_around_the_position_that_it_is_drawn_at():
    values = np.zeros(20)
    values[9] = 5.0  # the tenth base
    line = attributions.profiles({"m": values}, "t", "s.d.").data[0]
    assert list(np.array(line.x)[np.array(line.y) > 0]) == [8, 9, 10, 11, 12]
    assert max(line.y) == pytest.approx(1)


def test_every_model_has_a_row_for_each_base():
    sizes = {m: np.full((4, 10), k) + np.arange(4)[:, None] for k, m in enumerate(("one", "other"))}
    (grid,) = attributions.by_base(sizes, "t", "s.d.").data
    assert list(grid.y) == ["one A", "one C", "one G", "one T", "other A", "other C", "other G", "other T"]
    assert [row[0] for row in grid.z] == [0, 1, 2, 3, 1, 2, 3, 4]


def test_focus_stacks_percent_and_draws_the_even_spread():
    share = {
        p: {"value": v, "low": v, "high": v} for p, v in zip(attributions.PLACE_COLOURS, (0.2, 0.7, 0.1), strict=True)
    }
    even = dict(zip(attributions.PLACE_COLOURS, (0.15, 0.7, 0.15), strict=True))
    figure = attributions.focus({"m": share}, even, "t")
    assert [bar.x[0] for bar in figure.data] == pytest.approx([20, 70, 10])
    assert [line.x0 for line in figure.layout.shapes] == pytest.approx([15, 85])


def test_the_first_check_stands_on_top_and_failed_ones_are_coloured():
    bars = reliability.percentiles(["a", "b"], [80.0, 4.0], [False, True], 10, "t").data[0]
    assert list(bars.y) == ["b", "a"]
    assert list(bars.x) == [4, 80]
    assert list(bars.marker.color) == [reliability.FAILED, reliability.PASSED]


def test_redrawing_starts_from_the_trained_network():
    steps = [{"part": "head", "ig": {"value": 0.9}}, {"part": "first", "ig": {"value": 0.1}}]
    line = reliability.randomised({"m": steps}, "ig", "t").data[0]
    assert list(line.x) == [0, 50, 100]
    assert list(line.y) == [1, 0.9, 0.1]
    assert list(line.customdata) == ["trained", "head", "first"]


def test_the_spread_s_bars_reach_from_low_to_high():
    bins = [{"spread": 0.1, "error": {"value": 0.5, "low": 0.4, "high": 0.7}}]
    line = reliability.spread({"K562": bins}, {"K562": "#000"}, "t").data[0]
    assert (line.error_y.array[0], line.error_y.arrayminus[0]) == pytest.approx((0.2, 0.1))


def test_consistency_s_first_model_stands_on_top_and_bars_reach_from_low_to_high():
    metric = Metric(0.5, 0.4, 0.7, 9)
    rows = {
        "a": {"local": metric, "shuffled": replace(metric, value=0.6)},
        "b": {"local": replace(metric, value=0.45)},
    }
    figure = reliability.consistency(rows, {"b": [0.02, 0.03]}, {"local": "l", "shuffled": "s"}, "t")
    local, shuffled, redrawn = figure.data
    assert (list(local.y), list(local.x)) == (["b", "a"], [0.45, 0.5])
    assert (local.error_x.array[1], local.error_x.arrayminus[1]) == pytest.approx((0.2, 0.1))
    assert (list(shuffled.y), list(shuffled.x)) == (["a"], [0.6])  # what is not there is not drawn
    assert (list(redrawn.y), list(redrawn.x)) == (["b", "b"], [0.02, 0.03])
    assert list(figure.layout.yaxis.categoryarray) == ["b", "a"]
    (zero,) = figure.layout.shapes
    assert zero.x0 == 0
