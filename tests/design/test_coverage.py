"""How often what would be stated is true, of elements that can be counted by hand."""

import numpy as np
import pytest

from engine.design.coverage import Measured, shares

NAN = float("nan")


def by_kind(measured, predicted, halves, outputs=("K562",)):
    mean, sd = np.zeros(len(outputs)), np.array([1.0, 2.0][: len(outputs)])
    elements = Measured(outputs, *(np.array(a, float) for a in (measured, predicted, halves)), mean, sd)
    return {(s.kind, s.output, s.direction): s for s in shares(elements)}


def test_levels_are_stated_where_the_bound_clears_the_mean():
    # stated above: rows 0 to 3 (bounds 1, 1, 1, .5), true of rows 0, 1 and 3; below: rows 5 and 6, true of row 5
    predicted = [[2], [2], [2], [1.5], [0.5], [-2], [-3], [4]]
    measured = [[1.5], [1], [0.9], [9], [-9], [-1], [-1.5], [NAN]]
    found = by_kind(measured, predicted, [[1]] * 8)
    above, below = found["level", "K562", 1], found["level", "K562", -1]
    assert (above.held.value, above.held.n, above.of) == (0.75, 4, 7)
    # fewer than three statements have no share
    assert np.isnan(below.held.value) and (below.held.n, below.of) == (2, 7)


def test_of_two_elements_the_one_that_is_predicted_higher_is_the_design():
    # every pair that holds a high and a low element is stated, with the bound 10 - 5, and true: 8 lies between them
    high = np.arange(60) % 2 == 0
    predicted = np.where(high, 10.0, 0.0)[:, None]
    halves = np.full((60, 1), 5 / np.sqrt(2))
    found = by_kind(np.where(high, 8.0, 0.0)[:, None], predicted, halves)["shuffled", "K562", 1]
    assert found.held.value == 1 and 0 < found.held.n <= 30 and found.of == 30
    assert by_kind(np.where(high, 4.9, 0.0)[:, None], predicted, halves)["shuffled", "K562", 1].held.value == 0
    # elements that are predicted alike differ in nothing that would be stated
    assert ("shuffled", "K562", 1) not in by_kind(np.zeros((8, 1)), np.ones((8, 1)), np.full((8, 1), 0.1))


def test_cell_types_are_compared_in_their_own_standard_deviations():
    # K562 3 and HepG2 -2 (s.d. 2): 3 - (-1) = 4 s.d., less hypot(1, 2/2): 2.586
    predicted, halves = [[3.0, -2.0]] * 4, [[1.0, 2.0]] * 4
    bound = 4 - np.sqrt(2)
    measured = [[bound, 0.0], [bound + 1, 2.0], [bound - 0.01, 0.0], [NAN, 0.0]]
    found = by_kind(measured, predicted, halves, ("K562", "HepG2"))
    between = found["between", "K562", 1]
    assert (between.against, between.held.n, between.of) == ("HepG2", 3, 3)
    assert between.held.value == pytest.approx(2 / 3) and ("between", "HepG2", 1) not in found
