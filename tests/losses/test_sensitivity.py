"""The floor by hand."""

import pytest
import torch

from engine.losses.sensitivity import sensitivity


def test_only_what_lies_below_the_floor_costs():
    """Differences 0, 0.004 either way, the floor itself, and far more."""
    reference = torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0])
    mutant = reference + torch.tensor([0.0, 0.004, -0.004, 0.01, -3.0])
    assert sensitivity(reference, mutant, 0.01).item() == pytest.approx((0.01 + 0.006 + 0.006) / 5, rel=1e-3)


def test_the_gradient_moves_the_two_apart():
    mutant = torch.tensor([0.004, -0.004, 3.0], requires_grad=True)
    sensitivity(torch.zeros(3), mutant, 0.01).backward()
    assert mutant.grad.tolist() == pytest.approx([-1 / 3, 1 / 3, 0])
