"""Plackett-Luce: the product of softmaxes, drawn one element at a time."""

import itertools
import math

import pytest
import torch

from engine.losses import plackett_luce, weighted_pl


def drawn_one_by_one(scores, values, weight=lambda rank: 1.0):
    """Weighted mean of -log P(element is drawn first among those not more active)."""
    total, weights = 0.0, 0.0
    for i, value in enumerate(values):
        w = weight(1 + sum(other > value for other in values))
        competitors = [j for j, other in enumerate(values) if other <= value]
        total = total - w * torch.log_softmax(scores[competitors], 0)[competitors.index(i)]
        weights += w
    return total / weights


def discount(rank: int) -> float:
    return 1 / math.log2(1 + rank)


def test_plackett_luce_by_loops(same):
    same(plackett_luce, drawn_one_by_one)


def test_weighted_pl_by_loops(same):
    same(weighted_pl, lambda scores, values: drawn_one_by_one(scores, values, discount))


def test_the_probabilities_of_all_orders_of_three_are_products_of_softmaxes_and_sum_to_one():
    scores, total = [0.2, -0.5, 1.0], 0.0
    for order in itertools.permutations(range(3)):  # first is most active
        values = [3.0 - order.index(i) for i in range(3)]
        loss = plackett_luce(torch.tensor(scores)[:, None], torch.tensor(values)[:, None])
        a, b, c = (math.exp(scores[i]) for i in order)
        probability = a / (a + b + c) * b / (b + c)
        assert math.exp(-3 * loss.item()) == pytest.approx(probability, rel=1e-5)
        total += math.exp(-3 * loss.item())
    assert total == pytest.approx(1, rel=1e-5)


def test_the_gradient_pulls_the_best_up_by_what_its_softmax_lacks():
    scores = torch.zeros(2, 1, requires_grad=True)
    plackett_luce(scores, torch.tensor([[1.0], [0.0]])).backward()
    assert scores.grad[:, 0].tolist() == pytest.approx([-0.25, 0.25])  # (1/2 - 1) / 2 elements


def test_weighted_pl_minds_a_mistake_at_the_top_more_than_one_at_the_bottom():
    values = torch.arange(8.0)[:, None]
    top, bottom = values.clone(), values.clone()
    top[6:] = top[6:].flip(0)
    bottom[:2] = bottom[:2].flip(0)
    assert weighted_pl(top, values) - weighted_pl(bottom, values) > 0.01
    assert weighted_pl(top, values) - plackett_luce(top, values) > weighted_pl(values, values) - plackett_luce(
        values, values
    )
