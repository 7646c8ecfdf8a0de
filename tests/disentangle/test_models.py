"""Norms of their own: statistics kept apart, the denoised prediction is the mean of the views, each a model itself."""

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.models.disentangle import DENOISED, DisentangleConfig, DisentangleModel
from engine.models.predict import predict_codes
from tests.disentangle.test_encoders import dna

SMALL = {"filters": 8, "hidden": 8, "pool": 8}


@pytest.fixture
def model() -> DisentangleModel:
    torch.manual_seed(0)
    model = DisentangleModel((DENOISED, "K562", "HepG2"), DisentangleConfig("bilstm", SMALL))
    for i, norm in enumerate(model.norms):  # apart, as after training
        torch.nn.init.normal_(norm.weight, 1 + i)
        torch.nn.init.normal_(norm.bias, -i)
    model.target_mean.copy_(torch.tensor([2.0, 1.0, 3.0]))
    model.target_sd.copy_(torch.tensor([1.25, 2.0, 0.5]))
    return model


def test_a_norm_sees_its_own_rows_alone(model):
    model.norms[0].train()(torch.full((4, 256), 5.0))
    assert torch.allclose(model.norms[0].running_mean, torch.full((256,), 0.5))  # 0.9 x 0 + 0.1 x 5
    assert torch.equal(model.norms[1].running_mean, torch.zeros(256))
    assert not torch.equal(model.norms[0].weight, model.norms[1].weight)


def test_the_denoised_prediction_is_the_mean_of_the_views(model):
    model.eval()
    x = dna(5, 200)
    with torch.no_grad():
        views = [model.through(c).standardised(x) for c in model.conditions]
        together = model.standardised(x)
        assert torch.allclose(together[:, :1], (views[0] + views[1]) / 2, atol=1e-6)
        assert torch.allclose(together[:, 1:], torch.cat(views, dim=1), atol=1e-6)
        assert torch.allclose(model.through(DENOISED)(x), model(x)[:, :1], atol=1e-6)
        assert torch.allclose(model.embed(x), (model.through("K562").embed(x) + model.through("HepG2").embed(x)) / 2)


def test_a_view_speaks_its_conditions_units_and_shares_the_weights(model):
    model.eval()
    x = dna(3, 200)
    view = model.through("HepG2")
    assert view.outputs == ("HepG2",)
    with torch.no_grad():
        assert torch.allclose(view(x), view.standardised(x) * 0.5 + 3.0)
        before = view(x)
        model.head.bias += 1.0
        assert torch.allclose(view(x), before + 0.5)


def test_a_view_is_a_model_that_predict_takes(model):
    codes = np.random.default_rng(0).integers(0, 4, (6, 200)).astype(np.uint8)
    model.eval()
    one, many = (predict_codes(model.through("K562"), codes, batch_size=b) for b in (1, 64))
    assert one.shape == (6, 1) and np.allclose(one, many, atol=1e-5)


def test_an_unknown_condition_is_named(model):
    with pytest.raises(InputError, match="unknown condition 'WTC11'; known: consensus, K562, HepG2"):
        model.through("WTC11")


@pytest.mark.parametrize("outputs", [("K562", "HepG2"), (DENOISED, "K562"), ("K562", "HepG2", DENOISED)])
def test_outputs_that_are_none_of_such_a_model_are_refused(outputs):
    with pytest.raises(InputError, match="outputs of a DISENTANGLE model are 'consensus' and two conditions or more"):
        DisentangleModel(outputs, DisentangleConfig("bilstm", SMALL))
