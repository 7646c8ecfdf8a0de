"""Pointwise losses: values by hand, and what is not measured counts for nothing."""

import math

import pytest
import torch

from engine.losses import mse

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
