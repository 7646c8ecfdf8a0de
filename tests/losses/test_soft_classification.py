"""Soft classification: cross-entropy by hand, and predictions that rise with activity."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm, spearmanr
from torch import nn

from engine.losses import ordinal, soft_class

NAN = math.nan
BINS = 17


def by_loops(logits, target) -> float:
    """Mean over the measured values of -sum_bins label x log softmax; labels are normal densities on the centres."""
    centres = np.linspace(-3, 5, logits.shape[-1])
    terms = []
    for index in np.ndindex(target.shape):
        if not math.isnan(target[index]):
            label = norm.pdf(centres, np.clip(target[index], -3, 5), centres[1] - centres[0])
            p = np.exp(logits[index])
            terms.append(-(label / label.sum() * np.log(p / p.sum())).sum())
    return np.mean(terms)


@pytest.mark.parametrize("bins", [5, BINS])
def test_soft_class_by_loops(bins):
    rng = np.random.default_rng(0)
    logits, target = rng.normal(size=(6, 2, bins)), rng.normal(size=(6, 2))
    target[1, 0], target[2] = NAN, [-7.0, 9.0]
    loss = soft_class(torch.tensor(logits, dtype=torch.float32), torch.tensor(target, dtype=torch.float32))
    assert loss.item() == pytest.approx(by_loops(logits, target), rel=1e-5)


def test_the_gradient_is_softmax_minus_label_over_the_measured_values():
    torch.manual_seed(0)
    logits, target = torch.randn(3, 1, BINS, requires_grad=True), torch.tensor([[0.3], [NAN], [-1.0]])
    soft_class(logits, target).backward()
    expected = (logits.detach().softmax(-1) - ordinal.soft_labels(target, BINS)) / 2
    torch.testing.assert_close(logits.grad[::2], expected[::2])
    assert (logits.grad[1] == 0).all()


def test_no_distribution_costs_less_than_the_label_itself():
    torch.manual_seed(0)
    target = torch.tensor([[0.3], [2.0]])
    best = ordinal.soft_labels(target, BINS).log()
    for _ in range(20):
        assert soft_class(best, target) < soft_class(best + 0.1 * torch.randn_like(best), target)


def test_free_logits_learn_the_activities_themselves():
    torch.manual_seed(0)
    target = torch.linspace(-2, 4, 40)[torch.randperm(40), None]
    logits = torch.randn(40, 1, BINS, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.3)
    for _ in range(100):
        optimizer.zero_grad()
        (40 * soft_class(logits, target)).backward()
        optimizer.step()
    said = ordinal.expectation(logits.detach())
    assert spearmanr(said, target).statistic > 0.99
    torch.testing.assert_close(said, target, atol=0.1, rtol=0)


def test_a_small_network_predicts_more_where_activity_is_higher():
    """The direction: expected bin centres rise with activity on inputs that it was not trained on."""
    torch.manual_seed(0)
    x = torch.randn(256, 4)
    activity = x @ torch.tensor([[1.0], [-0.5], [0.3], [0.0]])
    net = nn.Linear(4, BINS)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        soft_class(net(x[:128]).unsqueeze(1), activity[:128]).backward()
        optimizer.step()
    said = ordinal.expectation(net(x[128:]).detach())
    assert spearmanr(said, activity[128:]).statistic > 0.9
