"""Pairwise losses: by loops over the pairs, LambdaRank's weights by swapping two elements."""

import math
from functools import partial
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.stats import rankdata
from torch.nn.functional import softplus

from engine.losses import lambda_ranknet, margin_ranknet, ranknet, sampled_ranknet


def over_pairs(scores, values, margin=0.0, weight=lambda i, j: 1.0):
    """Weighted mean of log(1 + exp(margin - (s_i - s_j))) over the pairs in which i is the more active; 0 without."""
    total, weights = 0.0, 0.0
    for i, j in permutations(range(len(values)), 2):
        if values[i] > values[j]:
            total = total + weight(i, j) * softplus(margin - (scores[i] - scores[j]))
            weights += weight(i, j)
    return total / weights if weights else torch.tensor(0.0)


def by_swapping(scores, values):
    """Every pair weighs what swapping it in the current ranking would change in the discounted gain."""
    gain = np.array(values) - min(values)
    ranks = rankdata(-scores.detach().numpy())

    def change(i, j):
        swapped = ranks.copy()
        swapped[[i, j]] = ranks[[j, i]]
        return abs((gain / np.log2(1 + swapped)).sum() - (gain / np.log2(1 + ranks)).sum())

    return over_pairs(scores, values, weight=change)


def test_ranknet_by_loops(same):
    same(ranknet, over_pairs)


@pytest.mark.parametrize("margin", [0.0, 1.0, 2.5])
def test_margin_ranknet_by_loops(same, margin):
    same(partial(margin_ranknet, margin=margin), partial(over_pairs, margin=margin))


def test_lambda_ranknet_by_swapping(same):
    same(lambda_ranknet, by_swapping)


def test_sampled_ranknet_with_every_opponent_is_ranknet(same):
    same(partial(sampled_ranknet, partners=100), over_pairs)


def test_ranknet_by_hand():
    loss = ranknet(torch.tensor([[0.0], [1.0], [1.0]]), torch.tensor([[2.0], [1.0], [1.0]]))
    assert loss.item() == pytest.approx(math.log1p(math.e))  # two pairs, both wrong by 1; the tie costs nothing


def test_a_margin_asks_for_a_distance():
    values = torch.tensor([[1.0], [0.0]])
    gradient = {}
    for margin in (0.0, 5.0):
        scores = torch.tensor([[3.0], [0.0]], requires_grad=True)
        margin_ranknet(scores, values, margin=margin).backward()
        gradient[margin] = scores.grad[0].item()
    assert gradient[5.0] < -0.8 < -0.1 < gradient[0.0] < 0


def test_lambda_ranknet_minds_the_top_of_the_ranking_more():
    """Two neighbours in the wrong order, once at the top and once at the bottom."""
    values = torch.arange(8.0)[:, None]
    top, bottom = values.clone(), values.clone()
    top[6:] = top[6:].flip(0)
    bottom[:2] = bottom[:2].flip(0)
    assert lambda_ranknet(top, values) > lambda_ranknet(bottom, values)
    torch.testing.assert_close(ranknet(top, values), ranknet(bottom, values))


def test_samples_of_one_opponent_differ_and_their_mean_is_ranknet():
    """In a list of five there are two distances around the circle, and each samples half of the pairs."""
    scores = torch.tensor([0.2, -0.5, 1.0, 0.4, -1.2])[:, None]
    values = torch.tensor([1.0, 3.0, 2.0, -1.0, 0.5])[:, None]
    seen = set()
    for seed in range(20):
        torch.manual_seed(seed)
        seen.add(round(sampled_ranknet(scores, values, partners=1).item(), 5))
    assert len(seen) == 2
    assert np.mean(list(seen)) == pytest.approx(ranknet(scores, values).item(), abs=1e-4)


@pytest.mark.parametrize("partners", [1, 3])
def test_every_element_meets_as_many_opponents(partners):
    """At equal scores an element's gradient counts its pairs: the best of all was in 2 x partners, all of them won."""
    torch.manual_seed(0)
    scores = torch.zeros(12, 1, requires_grad=True)
    sampled_ranknet(scores, torch.arange(12.0)[:, None], partners=partners).backward()
    pairs = 12 * partners
    assert scores.grad[-1].item() == pytest.approx(-0.5 * 2 * partners / pairs)
    assert scores.grad[0].item() == pytest.approx(0.5 * 2 * partners / pairs)
