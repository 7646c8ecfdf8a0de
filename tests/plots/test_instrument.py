"""What the instrument is handed: hand-computed numbers, JSON without nan, rows in their order."""

import json

import numpy as np
import pytest

from engine.plots import instrument
from engine.results import Agreement, Track

NAN = float("nan")


def track(kind: str, bases: str, values) -> Track:
    array = np.array([values], np.float32)
    return Track(kind, "m", ("K562",), bases, array, np.zeros(1, np.float32))


def test_rows_come_in_their_order_whatever_was_asked_first():
    rows = instrument.rows(["gc", "measured", "ig", "map"])
    assert [r["id"] for r in rows] == ["ig", "map", "measured", "gc"]
    assert instrument.rows([]) == []
    # the predicted and the measured map are drawn alike, one under the other
    assert (rows[1]["kind"], rows[1]["height"]) == (rows[2]["kind"], rows[2]["height"])


def test_a_map_is_counted_in_its_own_spread_about_no_effect():
    # 3 and -4 have a root mean square of sqrt(12.5); a 0 is the reference's own base, a nan was not measured
    assert instrument.spread_of(np.array([[0, 3, NAN], [-4, 0, NAN]])) == pytest.approx(np.sqrt(12.5))
    assert instrument.spread_of(np.array([[2.0, 2.0]])) == 2  # all the same is no lack of effect
    assert instrument.spread_of(np.array([[0.0, NAN]])) == 1


def test_ten_times_the_effect_has_the_same_colours():
    effects = np.random.default_rng(1).normal(size=(1, 6, 4))
    maps = [instrument.mutagenesis(track("ism", "ACGTAC", e), "K562") for e in (effects[0], 10 * effects[0])]
    small, large = (np.array(m["effects"]) / m["sd"] for m in maps)
    np.testing.assert_allclose(small, large, atol=2e-3)  # numbers are handed over with four decimals


def test_the_parts_are_json_that_a_browser_reads():
    effects = np.array([[NAN, 0.5, NAN, -0.5], [1.0, NAN, NAN, NAN]])
    part = instrument.measured("SORT1", "HepG2", "AC", effects)
    assert part["effects"] == [[None, 0.5, None, -0.5], [1.0, None, None, None]]
    assert part["values"] == [0.0, -1.0]  # minus the mean of what was measured
    unknown = track("ism", "NN", np.full((2, 4), NAN))
    for each in (
        part,
        instrument.mutagenesis(unknown, "K562"),
        instrument.gc("NN"),
        instrument.contributions(unknown, "K562"),
    ):
        json.dumps(each, allow_nan=False)


def test_a_difference_and_an_agreement_that_are_not_there_say_why():
    own = track("ig", "AC", np.eye(2, 4))
    assert "nothing is edited" in instrument.difference(own, None, "K562")["missing"]
    assert "two models" in instrument.agreement(None)["missing"]
    other = track("ig", "AC", 3 * np.eye(2, 4))
    assert instrument.difference(other, own, "K562")["values"] == [2.0, 2.0]


def test_agreement_is_the_mean_over_the_three_other_bases_with_its_sign_turned():
    mean, sd = np.array([[0, 1, 2, 3.0]]), np.array([[9, 1, 1, 4.0]])
    part = instrument.agreement(Agreement(("a", "b"), mean, sd, np.ones((1, 4)), "A"))
    assert (part["mean"], part["sd"], part["same"]) == ([-2.0], [2.0], [1.0])
