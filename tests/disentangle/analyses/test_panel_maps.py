"""Maps of a network through its norms: known weights, what is linear, and what training mode leaves of a gradient."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.disentangle.analyses import networks, panel_maps
from engine.disentangle.analyses.panel_maps import AS_RUN, OURS, STUDY
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.models import encoders
from engine.models.disentangle import DENOISED, DisentangleConfig, DisentangleModel
from engine.models.predict import one_hot
from tests.disentangle.analyses.conftest import SMALL, network

LENGTH = 200


class Linear(nn.Module):
    """An encoder whose features are linear in the sequence."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(4 * LENGTH, encoders.FEATURES, bias=False)

    def forward(self, x):
        return self.mix(x.flatten(1))


def linear() -> DisentangleModel:
    torch.manual_seed(1)
    model = network("cnn")
    model.encoder = Linear()
    return model.eval()


def weights(model: DisentangleModel) -> np.ndarray:
    """`(conditions, 4, length)` what a base adds to the prediction through each norm, mean over both strands."""
    with torch.no_grad():
        rows = []
        for norm, sd in zip(model.norms, model.target_sd[1:], strict=True):
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            rows.append((sd * (model.head.weight[0] * scale) @ model.encoder.mix.weight).reshape(4, LENGTH).numpy())
    own = np.stack(rows)
    return (own + own[:, ::-1, ::-1]) / 2


@pytest.fixture
def few(monkeypatch):
    """Three elements, two of them mutated."""
    small = panel_maps.SETTINGS | {"elements": 3, "mutated": 2, "batch": 4}
    monkeypatch.setattr(panel_maps, "SETTINGS", small)


def test_the_panel_is_held_out_and_measured_in_both_cells(made_up, few):
    chosen = panel_maps.choose(made_up.library)
    assert len(chosen.rows) == 3 and chosen.mutated == 2
    assert (made_up.split.folds[chosen.rows] == 0).all()
    assert not np.isnan(made_up.table.activity[chosen.rows][:, :2]).any()
    np.testing.assert_array_equal(chosen.rows, panel_maps.choose(made_up.library).rows)


def test_maps_of_a_linear_network_are_its_weights(made_up, few, save_network, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    save_network("cnn", "baseline_mse")
    (own,) = networks.every()
    model = linear()
    own.checkpoint.__dict__["model"] = model
    maps = panel_maps.of(own, made_up.library)
    added = weights(model)
    by_condition = np.stack([w[maps.codes, np.arange(LENGTH)] - w.mean(axis=0) for w in added])
    sd = np.array([1.0, 2.0, 3.0])  # as `save_network` has them
    for i, condition in enumerate(model.conditions):
        np.testing.assert_allclose(maps.profile("ig", condition), by_condition[i] / sd[i + 1], atol=1e-4)
        # a substitution loses the base's weight and gains another's: 4/3 of the difference to the mean of all four
        np.testing.assert_allclose(maps.profile("ism", condition), by_condition[i][:2] * 4 / 3 / sd[i + 1], atol=1e-4)
    target_sd = model.target_sd.numpy()
    mean = (by_condition / target_sd[1:, None, None]).mean(axis=0) * target_sd[0]
    np.testing.assert_allclose(maps.profile("ig", DENOISED), mean / sd[0], atol=1e-4)
    np.testing.assert_allclose(maps.rise[OURS], maps.ig[0].sum(axis=1), atol=1e-3)


@pytest.mark.parametrize("encoder", SMALL)
def test_the_denoised_map_is_that_of_the_denoised_prediction(made_up, few, encoder):
    """It is put together from the norms' maps, and is what Integrated Gradients of that output are."""
    model = network(encoder)
    raw = panel_maps._compute(model, made_up.library, panel_maps.choose(made_up.library))
    sequence = made_up.table.sequence(int(panel_maps.choose(made_up.library).rows[0]))
    track = integrated_gradients(model, sequence, IGSettings(steps=panel_maps.SETTINGS["steps"]), outputs=model.outputs)
    np.testing.assert_allclose(raw["ig"][:, 0], track.values.sum(axis=2), atol=1e-5)
    np.testing.assert_allclose(raw["predicted"][:, 0], track.reference, atol=1e-5)
    expected = track.reference[0] - track.checks["baseline_prediction"][DENOISED]
    assert raw["rise"][0, 0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("encoder", SMALL)
def test_in_training_mode_the_gradient_of_the_study_is_rounding(made_up, encoder):
    """The sum over a batch behind a batch norm in training mode is a constant. What float32 has for its gradient is
    gone in float64, and is no gradient of the network's."""
    codes = torch.as_tensor(made_up.table.codes[:8])
    sizes = {}
    for dtype in (torch.float32, torch.float64):
        for training in (False, True):
            model = network(encoder).to(dtype).train(training)
            torch.manual_seed(0)
            sizes[dtype, training] = float(panel_maps._slope(model, one_hot(codes).to(dtype), 0).abs().max())
    assert sizes[torch.float64, True] < 1e-10 * sizes[torch.float64, False]
    assert sizes[torch.float32, True] < 1e-2 * sizes[torch.float32, False]
    assert sizes[torch.float32, False] == pytest.approx(sizes[torch.float64, False], rel=1e-3)


def test_the_contributions_of_the_study_add_up_in_evaluation_mode_alone(made_up, monkeypatch):
    monkeypatch.setattr(panel_maps, "SETTINGS", panel_maps.SETTINGS | {"points": 30, "batch": 4})
    model = network("cnn")
    path, gradient, rise = panel_maps._study(model, made_up.table.codes[:5], training=False)
    np.testing.assert_allclose(path[0].sum(axis=1), rise, atol=0.1 * np.abs(rise).max())
    left, _, _ = panel_maps._study(model, made_up.table.codes[:5], training=True)
    assert np.abs(left[0].sum(axis=1)).max() < 0.1 * np.abs(rise).max()
    assert gradient.shape == (5, LENGTH) and not any(norm.training for norm in model.norms)


def test_equal_norms_give_equal_maps(made_up, few, save_network, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    torch.manual_seed(2)
    model = DisentangleModel((DENOISED, "K562", "HepG2"), DisentangleConfig("cnn", SMALL["cnn"])).eval()
    save_network("cnn", "baseline_mse", model=model)
    (own,) = networks.every()
    maps = panel_maps.of(own, made_up.library)
    for kind in ("ig", "ism"):
        one, other = (maps.profile(kind, c) * maps.sd[i] for i, c in enumerate(model.conditions, 1))
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert (maps.profile("ism", "K562", STUDY) >= 0).all() and (maps.profile("ig", "K562", AS_RUN) >= 0).all()


def test_maps_are_kept_until_the_weights_change(made_up, few, save_network, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    save_network("cnn", "baseline_mse")
    calls = []
    compute = panel_maps._compute
    monkeypatch.setattr(panel_maps, "_compute", lambda *a: calls.append(1) or compute(*a))
    first = panel_maps.of(networks.every()[0], made_up.library)
    again = panel_maps.of(networks.every()[0], made_up.library)
    np.testing.assert_array_equal(first.ig, again.ig)
    save_network("cnn", "baseline_mse", model=network("cnn", 9))
    panel_maps.of(networks.every()[0], made_up.library)
    assert len(calls) == 2
