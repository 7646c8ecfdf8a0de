"""Predicted variances: by hand, by what they must say of made-up errors, and out of a network."""

import numpy as np
import pytest
import torch

from engine.disentangle.analyses import variance
from engine.disentangle.analyses.variance import LogVariances, parts
from engine.models.disentangle import DisentangleConfig, DisentangleModel
from engine.models.predict import one_hot, predict_codes
from tests.disentangle.analyses.made import OUTPUTS, SMALL, fresh, library, subject


def by_measure(mean, spread, measured):
    return {p.measure: p for p in parts(("K562",), mean[:, None], spread[:, None], measured[:, None])}


def test_errors_that_have_the_predicted_variance():
    """Gaussian errors of s.d. 1 to 3 that the mean knows nothing of: 95% lie within, and the variance tells."""
    rng = np.random.default_rng(0)
    mean, sd = rng.normal(size=4000), rng.uniform(1, 3, 4000)
    found = by_measure(mean, sd**2, mean + sd * rng.normal(size=4000))
    assert found["variance/K562/coverage"].value == pytest.approx(0.95, abs=0.012)
    own, simple = (found[f"variance/K562/{k}spearman"] for k in ("", "from prediction/"))
    assert own.metric.low > 0.15 and abs(simple.value) < 0.05
    apart = found["variance/K562/minus prediction/spearman"]
    assert apart.value == pytest.approx(own.value - simple.value) and apart.metric.low > 0.1


def test_four_elements_by_hand():
    """Errors 1, 2, 3, 4 with variances in the opposite order: -1; 1.96 s.d. reach the first two."""
    found = by_measure(np.zeros(4), np.array([4.0, 3.0, 2.0, 1.0]), np.array([1.0, -2.0, 3.0, -4.0]))
    assert found["variance/K562/spearman"].value == pytest.approx(-1)
    assert found["variance/K562/coverage"].value == 0.5
    assert all(p.n == 4 for p in found.values())


def able(seed: int = 0) -> DisentangleModel:
    torch.manual_seed(seed)
    model = DisentangleModel(OUTPUTS, DisentangleConfig(SMALL.encoder, SMALL.options, variance=True)).eval()
    torch.nn.init.normal_(model.log_variance.weight, std=0.1)
    for i, norm in enumerate(model.norms):
        torch.nn.init.constant_(norm.bias, i)
    return model


def test_each_condition_has_the_variance_of_its_norm():
    model, codes = able(), library(3).table.codes
    x = one_hot(torch.as_tensor(codes))
    expected = torch.stack([model.log_variances(norm(model.encoder(x))) for norm in model.norms], dim=1)
    given = predict_codes(LogVariances(model), codes, both_strands=False)
    assert np.allclose(given, expected.detach().numpy(), atol=1e-5) and not np.allclose(given[:, 0], given[:, 1])


def test_networks_without_the_head_have_no_rows(monkeypatch):
    predictions = np.random.default_rng(0).normal(size=(1, 120, 3))
    monkeypatch.setattr(variance, "predicted", lambda own, *_: zip(own, predictions, strict=True))
    networks = [subject(fresh()), subject(able(), "full_disentangle")]
    rows = list(variance.compute(networks, library()))
    assert {r.recipe for r in rows} == {"full_disentangle"} and len(rows) == 2 * 4
    assert all(r.metric.n == 120 and np.isfinite(r.metric.value) for r in rows)
    assert list(variance.compute(networks[:1], library())) == []
