"""Weights of positive pairs by hand."""

import math

import pytest
import torch

from engine.losses.concordance import concordance_weights


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_two_experiments_by_hand():
    """Ranks that agree, that lie a quarter apart, and at opposite ends: concordance 1, 3/4 and 0."""
    ranks = torch.tensor([[0.3, 0.3], [0.5, 0.75], [0.0, 1.0]])
    weights = concordance_weights(ranks, 2.0)
    assert weights.tolist() == pytest.approx([sigmoid(1.0), sigmoid(0.5), sigmoid(-1.0)])


def test_of_three_experiments_the_two_farthest_count():
    assert concordance_weights(torch.tensor([[0.1, 0.9, 0.5]]), 2.0).item() == pytest.approx(sigmoid(2 * (0.2 - 0.5)))


def test_a_scale_of_nothing_weighs_all_alike():
    assert concordance_weights(torch.rand(5, 2), 0.0).tolist() == [0.5] * 5
