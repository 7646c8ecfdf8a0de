"""Two heads: the first answers for the scale, the second for the order, neither for the other."""

import pytest
import torch

from engine.losses import mse, multi_task, plackett_luce


@pytest.fixture
def batch():
    torch.manual_seed(0)
    target = torch.randn(10, 3)
    target[3, 0] = torch.nan
    return torch.randn(10, 3, 2, requires_grad=True), target


@pytest.mark.parametrize("ranking", [0.0, 0.3, 0.5, 1.0])
def test_the_first_head_is_for_the_error_and_the_second_for_the_order(batch, ranking):
    prediction, target = batch
    loss = multi_task(prediction, target, ranking=ranking)
    loss.backward()
    error, order = (prediction.detach()[..., head].requires_grad_() for head in (0, 1))
    expected = (1 - ranking) * mse(error, target), ranking * plackett_luce(order, target)
    torch.testing.assert_close(loss, sum(expected))
    for part in expected:
        part.backward()
    torch.testing.assert_close(prediction.grad[..., 0], error.grad)
    torch.testing.assert_close(prediction.grad[..., 1], order.grad)


@pytest.mark.parametrize(("ranking", "idle"), [(0.0, 1), (1.0, 0)])
def test_a_head_without_weight_learns_nothing(batch, ranking, idle):
    prediction, target = batch
    multi_task(prediction, target, ranking=ranking).backward()
    assert (prediction.grad[..., idle] == 0).all()
    assert prediction.grad[..., 1 - idle].abs().max() > 0


def test_both_heads_count_alike_unless_said_otherwise(batch):
    torch.testing.assert_close(multi_task(*batch), multi_task(*batch, ranking=0.5))


def test_a_constant_on_the_ranking_head_costs_nothing_and_one_on_the_regression_head_does(batch):
    prediction, target = batch
    with torch.no_grad():
        moved = [prediction + 3 * torch.eye(2)[head] for head in (0, 1)]
        assert (multi_task(moved[0], target) - multi_task(prediction, target)).abs() > 1
        torch.testing.assert_close(multi_task(moved[1], target), multi_task(prediction, target))
