"""The spread of a head: known Gini coefficients, and weights set by hand."""

import numpy as np
import pytest
import torch

from engine.disentangle.analyses.head import compute, contributions, gini, significant
from tests.disentangle.analyses.made import features, fresh, library, subject


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([2.0, 2.0, 2.0], 0.0),
        ([1.0, 0.0, 0.0, 0.0], 0.75),
        ([1.0, 2.0, 3.0], 2 / 9),
        ([-1.0, 2.0, -3.0], 2 / 9),  # of sizes
        ([0.0, 0.0], float("nan")),
    ],
)
def test_gini_by_hand(sizes, expected):
    assert gini(np.array(sizes)) == pytest.approx(expected, nan_ok=True)


def test_gini_is_half_the_mean_difference_over_the_mean():
    sizes = np.random.default_rng(0).exponential(size=200)
    apart = np.abs(sizes[:, None] - sizes).mean()
    assert gini(sizes) == pytest.approx(apart / (2 * sizes.mean()))
    assert gini(np.arange(100_001)) == pytest.approx(1 / 3, abs=1e-4)  # evenly spread sizes


def test_significant_ones_are_above_a_tenth_of_the_largest():
    assert significant(np.array([-10.0, 1.0, 1.1, -2.0, 0.0])).tolist() == [True, False, True, True, False]


def test_a_weight_on_a_feature_that_does_not_vary_contributes_nothing():
    rng = np.random.default_rng(1)
    encoded = rng.normal(size=(400, 256))
    encoded[:, 0] = 5.0
    own = features(encoded)
    with torch.no_grad():
        own.network.model.head.weight.fill_(0.1)
        own.network.model.head.weight[0, 0] = 100.0
    sizes = contributions(own)
    assert sizes[0] == pytest.approx(0, abs=1e-9)
    assert np.allclose(sizes[1:], 0.1 * encoded[:, 1:].std(axis=0), rtol=1e-4)  # the norms divide by root of 1 + eps


def test_rows_by_both_methods_and_of_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    sparse = fresh(42)
    with torch.no_grad():
        sparse.head.weight[0, 10:] = 0.0
    scores = list(compute([subject(sparse)], library(300)))
    found = {(s.recipe, s.measure, s.method): s.metric for s in scores if "minus" not in s.measure}
    raw = found["baseline_mse", "head/significant dimensions", "study"]
    assert 5 <= raw.value <= 10 and raw.low <= raw.value <= raw.high and raw.n == 256
    assert found["baseline_mse", "head/gini", "study"].value > 0.95
    start = found["untrained", "head/gini", "study"]
    assert start.low < 1 / 3 < start.high  # torch draws weights evenly from around 0
    assert found["untrained", "head/significant dimensions", "study"].value == pytest.approx(0.9 * 256, abs=15)
    kept = found["baseline_mse", "head/correlation with the start", "ours"]
    weights = fresh(42).head.weight.detach().numpy()[0]
    assert kept.value == pytest.approx(np.corrcoef(weights, np.where(np.arange(256) < 10, weights, 0))[0, 1], abs=1e-5)
    assert ("baseline_mse", "head/gini", "ours") in found
