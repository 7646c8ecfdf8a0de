"""Pointwise losses: values by hand, and what is not measured counts for nothing."""

import math

import pytest
import torch

from engine import losses
from engine.errors import InputError
from engine.losses import LOSSES, mse

NAN = math.nan


@pytest.mark.parametrize(
    ("prediction", "target", "expected"),
    [
        ([[1.0, 2.0]], [[0.0, 0.0]], 2.5),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 1.0]], 9 / 4),
        ([[1.0, 2.0]], [[NAN, 0.0]], 4.0),
        ([[1.0, 2.0], [3.0, 4.0]], [[NAN, 1.0], [1.0, NAN]], 2.5),
        ([[1.0, 2.0]], [[NAN, NAN]], 0.0),
    ],
)
def test_mse_by_hand_over_the_measured_values(prediction, target, expected):
    loss = mse(torch.tensor(prediction), torch.tensor(target))
    assert loss.shape == ()
    assert loss.item() == pytest.approx(expected)


def test_the_gradient_of_mse_is_that_of_the_formula_and_zero_where_nothing_was_measured():
    prediction = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    mse(prediction, torch.tensor([[NAN, 1.0], [1.0, NAN]])).backward()
    assert prediction.grad.tolist() == [[0, 1.0], [2.0, 0]]  # 2 * error / 2 measured values


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    prediction, target = torch.randn(16, 3, generator=generator), torch.randn(16, 3, generator=generator)
    target[::4, 0] = NAN
    target[5] = NAN
    return prediction, target


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_a_finite_scalar_with_a_finite_gradient(name, batch):
    prediction, target = batch[0].requires_grad_(), batch[1]
    loss = LOSSES[name](prediction, target)
    loss.backward()
    assert loss.shape == ()
    assert torch.isfinite(loss)
    assert torch.isfinite(prediction.grad).all()
    assert prediction.grad.abs().max() > 0


@pytest.mark.parametrize("name", LOSSES)
def test_what_is_predicted_where_nothing_was_measured_does_not_matter(name, batch):
    prediction, target = batch
    wild = torch.where(target.isnan(), 1e4, prediction).requires_grad_()
    loss = LOSSES[name](wild, target)
    loss.backward()
    torch.testing.assert_close(loss, LOSSES[name](prediction, target))
    assert (wild.grad[target.isnan()] == 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_the_order_of_rows_does_not_matter(name, batch):
    prediction, target = batch
    order = torch.randperm(len(target), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(LOSSES[name](prediction[order], target[order]), LOSSES[name](prediction, target))


@pytest.mark.parametrize("name", LOSSES)
def test_nothing_measured_is_a_finite_loss_without_gradient(name):
    prediction = torch.randn(4, 3, requires_grad=True)
    loss = LOSSES[name](prediction, torch.full((4, 3), NAN))
    loss.backward()
    assert torch.isfinite(loss)
    assert (prediction.grad == 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_in_bfloat16_is_finite_and_near(name, batch):
    prediction, target = batch
    low = prediction.bfloat16().requires_grad_()
    loss = LOSSES[name](low, target.bfloat16())
    loss.backward()
    assert torch.isfinite(low.grad).all()
    assert loss.item() == pytest.approx(LOSSES[name](prediction, target).item(), rel=0.05)


@pytest.mark.parametrize("name", LOSSES)
def test_a_better_prediction_has_a_lower_loss(name, batch):
    prediction, target = batch
    better = torch.where(target.isnan(), prediction, target)
    assert LOSSES[name](better, target) < LOSSES[name](prediction, target)


def test_an_unknown_loss_lists_the_known_ones():
    assert losses.get("mse") is mse
    with pytest.raises(InputError, match="unknown loss 'huber'; known: mse"):
        losses.get("huber")
