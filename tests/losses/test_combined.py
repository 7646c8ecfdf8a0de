"""Squared error and order together: a weighted sum of two known losses."""

import pytest
import torch

from engine.losses import combined, mse, plackett_luce


@pytest.fixture
def batch():
    torch.manual_seed(0)
    target = torch.randn(10, 2)
    target[3, 0] = torch.nan
    return torch.randn(10, 2, requires_grad=True), target


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 1.0])
def test_value_and_gradient_are_the_weighted_sum(batch, alpha):
    prediction, target = batch
    (by_error,) = torch.autograd.grad(mse(prediction, target), prediction)
    (by_order,) = torch.autograd.grad(plackett_luce(prediction, target), prediction)
    loss = combined(prediction, target, alpha=alpha)
    (gradient,) = torch.autograd.grad(loss, prediction)
    torch.testing.assert_close(loss, alpha * mse(prediction, target) + (1 - alpha) * plackett_luce(prediction, target))
    torch.testing.assert_close(gradient, alpha * by_error + (1 - alpha) * by_order)


def test_both_halves_count_alike_unless_said_otherwise(batch):
    torch.testing.assert_close(combined(*batch), combined(*batch, alpha=0.5))


def test_by_hand():
    """Two elements in the right order, one off by 1: MSE 1/2; -log of a softmax of 1 beside 0, over two elements."""
    loss = combined(torch.tensor([[1.0], [0.0]]), torch.tensor([[2.0], [0.0]]), alpha=0.25)
    assert loss.item() == pytest.approx(0.25 * 0.5 + 0.75 * 0.3132617 / 2, rel=1e-5)


def test_unlike_a_pure_order_it_minds_the_scale(batch):
    _, target = batch
    known = target.nan_to_num(0.0)
    assert combined(known, target) < combined(known + 1, target)
    torch.testing.assert_close(plackett_luce(known, target), plackett_luce(known + 1, target))
