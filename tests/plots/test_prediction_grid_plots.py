"""Predictions side by side: a panel a model, means where they belong."""

import numpy as np
import pytest

from engine.plots import side_by_side

MEASURED = np.array([0.0, 1.0, 2.0])
COLOURS = {"a": "#111111", "b": "#222222"}


def test_each_model_has_a_panel_with_its_points_and_its_fitted_line():
    said = {"a": MEASURED * 2 + 1, "b": MEASURED}
    figure = side_by_side.against_measured(said, MEASURED, COLOURS, {"a": "Spearman 1", "b": ""}, "t")
    first, second = (a.text for a in figure.layout.annotations)
    assert "a" in first and "Spearman 1" in first and "b" in second and "Spearman" not in second
    dots, equal, line = figure.data[:3]
    assert list(dots.y) == [1, 3, 5] and dots.xaxis == "x"
    assert list(equal.x) == list(equal.y)
    assert list(line.y) == pytest.approx([1 + 2 * x for x in line.x])
    assert figure.data[3].xaxis == "x2"


def test_differences_carry_the_mean_of_each_range():
    record = {"middle": 0.5, "value": -0.2, "low": -0.3, "high": 0.1, "n": 3}
    figure = side_by_side.against_baseline({"a": MEASURED - 1}, MEASURED, {"a": [record]}, COLOURS, "base", "t")
    dots, mean = figure.data
    assert list(dots.y) == [-1, 0, 1]
    assert (mean.x, mean.y) == ((0.5,), (-0.2,))
    assert (mean.error_y.array[0], mean.error_y.arrayminus[0]) == pytest.approx((0.3, 0.1))
    assert "minus base" in figure.layout.yaxis.title.text
