"""InfoNCE by hand."""

import math

import pytest
import torch

from engine.losses.info_nce import info_nce

X, Y = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])


def test_one_negative_by_hand():
    """The anchor has cosine 1 with its positive and 0 with its negative: log(1 + exp(-1 / T))."""
    loss = info_nce(X[None], 3 * X[None], Y[None, None], temperature=0.5)
    assert loss.item() == pytest.approx(math.log1p(math.exp(-2)), rel=1e-6)


def test_what_cannot_be_told_apart_costs_the_log_of_the_candidates():
    loss = info_nce(X.expand(3, 2), X.expand(3, 2), X.expand(3, 7, 2))
    assert loss.item() == pytest.approx(math.log(8), rel=1e-6)


def test_lengths_of_vectors_do_not_matter():
    g = torch.Generator().manual_seed(1)
    a, p, n = (torch.randn(*s, generator=g) for s in ((4, 5), (4, 5), (4, 6, 5)))
    assert info_nce(a, p, n).item() == pytest.approx(info_nce(2 * a, 0.1 * p, 7 * n).item(), rel=1e-5)


def test_weights_are_those_of_anchors():
    a = torch.stack([X, X])
    p = torch.stack([X, Y])
    n = torch.stack([Y, X])[:, None]
    good, bad = (info_nce(a[[i]], p[[i]], n[[i]], 1.0) for i in range(2))
    weighted = info_nce(a, p, n, 1.0, weights=torch.tensor([3.0, 1.0]))
    assert weighted.item() == pytest.approx((3 * good.item() + bad.item()) / 4, rel=1e-6)
    assert info_nce(a, p, n, 1.0).item() == pytest.approx((good.item() + bad.item()) / 2, rel=1e-6)
