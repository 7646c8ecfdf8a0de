"""When a base is settled on the way to a design, by hand."""

import numpy as np
import pytest

from engine.design.trajectory import early_and_important, settled
from engine.errors import InputError


def test_a_masked_design_is_settled_where_it_was_drawn():
    np.testing.assert_array_equal(settled(("....", ".C..", "AC.T", "ACGT")), [2, 1, 3, 2])


def test_a_base_that_was_changed_back_is_settled_when_it_came_back():
    np.testing.assert_array_equal(settled(("ACGT", "TCGT", "ACGT", "ACGA")), [2, 0, 0, 3])


def test_one_state_is_settled_from_the_start():
    np.testing.assert_array_equal(settled(("ACGT",)), [0, 0, 0, 0])


@pytest.mark.parametrize(("steps", "why"), [((), "not kept"), (("ACG", "ACGT"), "different lengths")])
def test_steps_without_common_positions_are_refused(steps, why):
    with pytest.raises(InputError, match=why):
        settled(steps)


def test_early_bases_with_large_contributions_give_one_whatever_their_sign():
    steps = (".....", "A....", "AC...", "ACG..", "ACGT.", "ACGTA")
    falling = np.array([5.0, -4.0, 3.0, -2.0, 1.0])
    assert early_and_important(steps, falling, tuple(range(5))).value == pytest.approx(1)
    assert early_and_important(steps, falling[::-1], tuple(range(5))).value == pytest.approx(-1)


def test_locked_positions_do_not_count():
    steps = ("A....", "AC...", "ACG..", "ACGT.", "ACGTA")
    metric = early_and_important(steps, np.array([0.0, 4, 3, 2, 1]), (1, 2, 3, 4))
    assert metric.value == pytest.approx(1) and metric.n == 4


def test_the_map_of_another_sequence_is_refused():
    with pytest.raises(InputError, match="its own map"):
        early_and_important(("..", "AC"), np.zeros(3), (0, 1))
