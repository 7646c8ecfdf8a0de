"""Gaussian negative log-likelihood with a variance that is predicted of each sample (Nix & Weigend 1994, ICNN), as its
logarithm (Kendall & Gal 2017, arXiv:1703.04977, equation 8).

Plain, it lets go of samples that fit badly early on: their variance grows and their gradient vanishes. Weights of
variance^beta, taken as constants, hold against that (beta-NLL; Seitzer et al. 2022, ICLR, arXiv:2203.09168, equation 5;
beta 0.5 as they advise and as the rank-order study's second half has it).
"""

from __future__ import annotations

from torch import Tensor


def gaussian_nll(mean: Tensor, log_variance: Tensor, target: Tensor, beta: float = 0.5) -> Tensor:
    """Mean of variance^`beta` x [log variance + (target - mean)^2 / variance] / 2, without its constant.

    Args:
        mean, log_variance, target: of one shape.
        beta: 0 is the likelihood itself; at 1 the mean learns as it does from squared error.
    """
    # beyond e^10 either way single precision has nothing to tell, and a step could run off
    log_variance = log_variance.clamp(-10, 10)
    each = (log_variance + (target - mean).square() * (-log_variance).exp()) / 2
    return (each * (beta * log_variance.detach()).exp()).mean()
