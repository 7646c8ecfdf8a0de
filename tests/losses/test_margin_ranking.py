"""Margin ranking by hand, and against torch's own."""

import math

import pytest
import torch
from torch.nn.functional import margin_ranking_loss

from engine.losses.margin_ranking import margin_ranking, partners, reliability


def test_three_samples_by_hand():
    """Values 0, 1, 2 with scores 0, 0.5, 0; each one's partner is the next around the list: hinges 0.5, 1.5 and 1."""
    others = torch.tensor([[1, 2, 0]])
    loss = margin_ranking(torch.tensor([0.0, 0.5, 0.0]), torch.tensor([0.0, 1.0, 2.0]), others)
    assert loss.item() == pytest.approx((0.5 + 1.5 + 1.0) / 3)


def test_torch_agrees_on_random_pairs():
    g = torch.Generator().manual_seed(0)
    scores, values = torch.randn(30, generator=g), torch.randn(30, generator=g)
    others = partners(30, 5, g)
    order = torch.sign(values - values[others])
    theirs = margin_ranking_loss(scores.expand(5, 30), scores[others], order, margin=0.7)
    assert margin_ranking(scores, values, others, margin=0.7).item() == pytest.approx(theirs.item(), rel=1e-6)


def test_ties_and_pairs_without_weight_do_not_count():
    scores, values = torch.tensor([0.0, 5.0, 1.0]), torch.tensor([1.0, 1.0, 0.0])
    others = torch.tensor([[1, 2, 0]])  # a tie; in order by 4; in the wrong order by 1
    assert margin_ranking(scores, values, others).item() == pytest.approx((0 + 2) / 2)
    assert margin_ranking(scores, values, others, torch.tensor([[1.0, 1.0, 0.0]])).item() == 0
    assert margin_ranking(scores, torch.zeros(3), others).item() == 0


def test_partners_are_others_and_all_different():
    drawn = partners(7, 6, torch.Generator().manual_seed(2))
    assert all(set(drawn[:, i].tolist()) == set(range(7)) - {i} for i in range(7))


def test_reliability_by_hand():
    """Noise s.d. 2: nearer than 1 nothing, at 1 one half, at 3 (one noise s.d. beyond) sigmoid(1 / 0.5)."""
    weights = reliability(torch.tensor([0.99, -1.0, 3.0, -3.0]), noise_sd=2.0, temperature=0.5)
    assert weights.tolist() == pytest.approx([0, 0.5, 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(-2))])
