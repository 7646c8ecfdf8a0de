"""Result types: what a track says per position and row by row."""

import dataclasses

import numpy as np
import pytest

from engine.results import Track
from engine.statistics import Metric, verdict


@pytest.fixture
def values():
    return np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def track(kind: str, bases: str, values: np.ndarray) -> Track:
    return Track(kind, "model", ("K562", "HepG2"), bases, values, np.zeros(2, np.float32))


def test_the_map_of_an_output_is_picked_by_name(values):
    assert np.array_equal(track("ism", "ACN", values).output("HepG2"), values[1])


def test_ism_per_position_is_minus_the_mean_effect_of_the_substitutions(values):
    # A: -(1 + 2 + 3) / 3; C: -(4 + 6 + 7) / 3; N has four substitutions: -(8 + 9 + 10 + 11) / 4
    assert track("ism", "ACN", values).per_position("K562") == pytest.approx([-2, -17 / 3, -9.5])


def test_ig_per_position_is_the_sum_over_bases(values):
    assert track("ig", "ACN", values).per_position("K562") == pytest.approx([6, 22, 38])


def test_a_base_that_matters_for_activity_is_positive_under_both_methods():
    effects = np.zeros((2, 1, 4), np.float32)
    effects[:, 0, 1:] = -1  # every substitution of A lowers the prediction
    contributions = np.zeros((2, 1, 4), np.float32)
    contributions[:, 0, 0] = 1
    assert track("ism", "A", effects).per_position("K562") > 0
    assert track("ig", "A", contributions).per_position("K562") > 0


def test_ism_rows_are_the_substitutions_at_1_based_positions(values):
    rows = list(track("ism", "AC", values[:, :2]).rows())
    assert [r[:3] for r in rows] == [(1, "A", b) for b in "CGT"] + [(2, "C", b) for b in "AGT"]
    assert rows[0][3:] == (1.0, 13.0)
    assert rows[-1][3:] == (7.0, 19.0)


def test_ig_rows_are_the_contributions_that_the_figure_shows(values):
    found = track("ig", "ACN", values)
    rows = list(found.rows())
    assert [r[:3] for r in rows] == [(1, "A", "A"), (2, "C", "C"), (3, "N", "N")]
    assert [r[3:] for r in rows] == [(6.0, 54.0), (22.0, 70.0), (38.0, 86.0)]
    assert [r[4] for r in rows] == found.per_position("HepG2").tolist()


def test_results_cannot_be_changed(values):
    with pytest.raises(dataclasses.FrozenInstanceError):
        track("ism", "ACN", values).kind = "ig"


def test_a_metric_is_written_with_its_interval_and_n():
    assert Metric(0.5, 0.4, 0.6, 10).as_dict() == {"value": 0.5, "low": 0.4, "high": 0.6, "n": 10}


def test_what_the_interval_of_a_difference_allows_to_say():
    assert [verdict(*i) for i in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1), (0, 0), (0, 0.1))] == [
        "better",
        "worse",
        *["no difference that this data can show"] * 3,
    ]
