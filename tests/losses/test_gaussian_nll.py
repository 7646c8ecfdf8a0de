"""The likelihood by hand and against torch's, and what beta does to the two gradients."""

import math

import pytest
import torch
from torch.nn.functional import gaussian_nll_loss

from engine.losses.gaussian_nll import gaussian_nll


def test_one_sample_by_hand():
    """Variance 4, error 3: (log 4 + 9/4) / 2, times 4^beta."""
    sample = [torch.tensor([x]) for x in (1.0, math.log(4), 4.0)]
    assert gaussian_nll(*sample, beta=0).item() == pytest.approx((math.log(4) + 9 / 4) / 2)
    assert gaussian_nll(*sample, beta=0.5).item() == pytest.approx(2 * (math.log(4) + 9 / 4) / 2)


def test_torch_agrees_on_random_samples():
    g = torch.Generator().manual_seed(0)
    mean, log_variance, target = torch.randn(3, 50, generator=g)
    theirs = gaussian_nll_loss(mean, target, log_variance.exp())
    assert gaussian_nll(mean, log_variance, target, beta=0).item() == pytest.approx(theirs.item(), rel=1e-5)


def gradients(beta: float, log_variance: float) -> tuple[float, float]:
    mean, spread = (torch.tensor([x], requires_grad=True) for x in (0.0, log_variance))
    gaussian_nll(mean, spread, torch.tensor([3.0]), beta).backward()
    return mean.grad.item(), spread.grad.item()


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_beta_weighs_the_gradients_by_a_power_of_the_variance(beta):
    """Of the likelihood: -error / variance for the mean, (1 - error^2 / variance) / 2 for the logarithm."""
    of_mean, of_spread = gradients(beta, math.log(4))
    assert of_mean == pytest.approx(4**beta * -3 / 4)
    assert of_spread == pytest.approx(4**beta * (1 - 9 / 4) / 2)


def test_at_a_beta_of_one_the_mean_learns_as_from_squared_error():
    assert gradients(1.0, math.log(0.1))[0] == pytest.approx(gradients(1.0, math.log(50))[0]) == pytest.approx(-3)


def test_the_variance_that_fits_is_the_squared_error():
    assert gradients(0.5, math.log(9))[1] == pytest.approx(0, abs=1e-6)


def test_a_variance_beyond_all_bounds_is_still_a_number():
    far = torch.tensor([-1e4, 1e4], requires_grad=True)
    loss = gaussian_nll(torch.zeros(2), far, torch.ones(2))
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(far.grad).all()
