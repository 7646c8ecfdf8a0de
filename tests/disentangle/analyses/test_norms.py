"""Cosines and differences of two norms set by hand, and their references."""

import numpy as np
import pytest
import torch

from engine.disentangle.analyses.norms import PERMUTED, compute, cosine, parts
from tests.disentangle.analyses.made import fresh, library, subject


def of_network(model):
    return {(p.measure, p.against): p for p in parts(subject(model))}


def test_equal_norms_have_cosine_one_and_no_difference():
    model = fresh()
    for norm in model.norms:
        for values in (norm.weight, norm.bias, norm.running_mean):
            torch.nn.init.normal_(values, generator=torch.Generator().manual_seed(values.data_ptr() % 7))
    model.norms[1].load_state_dict(model.norms[0].state_dict())
    found = of_network(model)
    for name in ("gamma", "beta", "running mean", "running variance", "slope", "offset"):
        assert found[f"norms/{name} cosine", ""].value == pytest.approx(1)
    for name in ("gamma", "beta", "running mean", "running variance"):
        difference = found[f"norms/{name} difference", ""].metric
        assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_differences_by_hand():
    """Every feature alike: gamma 1 and 1.5, beta 0 and -2, means 0 and 3 at s.d. 2, variances 4 and 4."""
    model = fresh()
    first, second = model.norms
    with torch.no_grad():
        second.weight.fill_(1.5)
        second.bias.fill_(-2)
        second.running_mean.fill_(3)
        for norm in model.norms:
            norm.running_var.fill_(4 - norm.eps)
    found = {k: p.value for k, p in of_network(model).items()}
    assert found["norms/gamma difference", ""] == pytest.approx(0.5)
    assert found["norms/beta difference", ""] == pytest.approx(2)
    assert found["norms/running mean difference", ""] == pytest.approx(1.5)
    assert found["norms/running variance difference", ""] == pytest.approx(0)
    assert found["norms/gamma cosine", ""] == pytest.approx(1)
    assert np.isnan(found["norms/beta cosine", ""])  # of the first, which is 0
    first.running_var.fill_(4 * np.e - first.eps)
    assert of_network(model)["norms/running variance difference", ""].value == pytest.approx(1, abs=1e-5)


def test_a_norm_is_a_line_of_slope_and_offset():
    """gamma 3, variance 4, mean 2, beta 1: x -> 3 (x - 2) / 2 + 1, so slope 1.5 and offset -2."""
    model = fresh()
    with torch.no_grad():
        for norm in model.norms:
            norm.running_var.fill_(4 - norm.eps)
            norm.weight.fill_(3)
            norm.running_mean.fill_(2)
            norm.bias.fill_(1)
        model.norms[1].weight[:128] *= -1  # slope -1.5, offset 4
    found = {k: p.value for k, p in of_network(model).items()}
    assert found["norms/slope cosine", ""] == pytest.approx(0, abs=1e-6)
    offsets = np.full(256, -2.0), np.where(np.arange(256) < 128, 4.0, -2.0)
    assert found["norms/offset cosine", ""] == pytest.approx(cosine(*offsets))


def test_a_cosine_near_one_is_what_positive_numbers_have():
    """Two norms whose gammas have nothing to do with each other, 0.95 to 1.05: cosine above 0.999, as permuted ones."""
    model = fresh()
    for norm in model.norms:
        torch.nn.init.uniform_(norm.weight, 0.95, 1.05)
    found = of_network(model)
    gamma = found["norms/gamma cosine", ""].value
    chance = found["norms/gamma cosine", PERMUTED].metric
    assert gamma > 0.999 and chance.low < gamma < chance.high
    one, other = (norm.weight.detach().double().numpy() for norm in model.norms)
    expected = 256 * one.mean() * other.mean() / (np.linalg.norm(one) * np.linalg.norm(other))
    assert chance.value == pytest.approx(expected, abs=1e-5)
    assert found["norms/gamma cosine", "untrained"].value > 0.999
    assert abs(found["norms/gamma correlation", ""].value) < 0.2


def test_parameters_that_start_at_zero_have_no_untrained_reference():
    found = of_network(fresh())
    assert ("norms/gamma cosine", "untrained") in found and ("norms/slope cosine", "untrained") in found
    assert ("norms/beta cosine", "untrained") not in found
    assert ("norms/running mean cosine", "untrained") not in found


def test_rows_over_seeds():
    networks = [subject(fresh(), seed=seed) for seed in (1, 2, 3)]
    seen = []
    scores = list(compute(networks, library(20), lambda done, total: seen.append((done, total))))
    mean = [s for s in scores if s.seed is None and s.measure == "norms/gamma cosine" and not s.against]
    assert len(mean) == 1 and mean[0].metric.value == pytest.approx(1) and mean[0].metric.n == 3
    assert seen == [(1, 3), (2, 3), (3, 3)]
