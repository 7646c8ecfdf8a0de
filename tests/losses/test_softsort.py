"""SoftSort: the permutation matrix written out by hand."""

import math
from functools import partial

import pytest
import torch

from engine.losses import adaptive_softsort, softsort


def by_matrix(scores, values, temperature=0.1):
    """Cross-entropy of the soft permutation matrix (a row a place) against the measured one, ties sharing places."""
    n = len(values)
    soft = torch.stack([torch.softmax(-(s - scores).abs() / temperature, 0) for s in sorted(scores, reverse=True)])
    total = 0.0
    for element, value in enumerate(values):
        places = range(sum(v > value for v in values), sum(v >= value for v in values))
        total = total - sum(soft[place, element].log() / len(places) for place in places)
    return total / n


def by_adaptive_matrix(scores, values, temperature=0.1):
    return by_matrix(scores, values, temperature * scores.std(correction=0))


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_softsort_by_its_matrix(same, temperature):
    same(partial(softsort, temperature=temperature), partial(by_matrix, temperature=temperature), kinks=True)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_adaptive_softsort_by_its_matrix(same, temperature):
    reference = partial(by_adaptive_matrix, temperature=temperature)
    same(partial(adaptive_softsort, temperature=temperature), reference, kinks=True)


@pytest.mark.parametrize(("values", "sign"), [((2.0, 1.0), -1), ((1.0, 2.0), 1)])
def test_softsort_of_two_is_a_logistic_loss_of_their_difference(values, sign):
    loss = softsort(torch.tensor([[1.3], [1.0]]), torch.tensor(values)[:, None], temperature=0.2)
    assert loss.item() == pytest.approx(math.log1p(math.exp(sign * 0.3 / 0.2)), rel=1e-5)


def test_a_cold_softsort_of_the_right_order_costs_nothing_and_a_hot_one_knows_no_order():
    values = torch.tensor([[3.0], [1.0], [2.0], [0.0]])
    assert softsort(values, values, temperature=1e-3).item() == pytest.approx(0, abs=1e-6)
    assert softsort(values, values, temperature=1e6).item() == pytest.approx(math.log(4), rel=1e-4)


def test_elements_that_are_tied_may_come_in_any_order():
    values = torch.tensor([[3.0], [1.0], [1.0], [0.0]])
    one, other = torch.tensor([[3.0], [2.0], [1.0], [0.0]]), torch.tensor([[3.0], [1.0], [2.0], [0.0]])
    torch.testing.assert_close(softsort(one, values), softsort(other, values))
