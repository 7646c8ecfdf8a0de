"""A fused model: the numbers of the model as it was trained, sooner."""

import numpy as np
import pytest
import torch
from torch import nn

from engine import models
from engine.experiments import checkpoints
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.models.dream_rnn import DreamRNN
from engine.models.ensemble import Ensemble
from engine.models.fused import Fused, fused
from engine.models.predict import one_hot
from engine.sequence import Sequence, encode

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
EXACT = {"rtol": 1e-9, "atol": 1e-9}  # in float64, where rounding cannot hide a mistake
CODES = torch.as_tensor(np.random.default_rng(0).integers(0, 5, (7, 200)).astype(np.uint8))
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def shaken(model):
    """Every batch norm with statistics, scale and shift that folding cannot leave out unnoticed."""
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, NORMS):
                for values, low, high in (
                    (module.running_mean, -0.3, 0.3),
                    (module.running_var, 0.5, 2.0),
                    (module.weight, 0.5, 1.5),
                    (module.bias, -0.3, 0.3),
                ):
                    values.uniform_(low, high, generator=draw)
    return model.eval()


def legnet(toy_model, seed=0, outputs=("K562", "HepG2", "WTC11"), **options):
    return shaken(toy_model("legnet", outputs, seed, **({"width": 12, "members": 2} | options)))


def mixed(toy_model):
    """An ensemble of two architectures with outputs in different orders and a calibration of its own."""
    members = [legnet(toy_model, 1, ("HepG2", "K562")), toy_model("dream_rnn", ("K562", "HepG2"), 2)]
    model = Ensemble(("K562", "HepG2"), members).eval()
    model.target_mean.copy_(torch.tensor([1.0, -2.0]))
    model.target_sd.copy_(torch.tensor([0.5, 2.0]))
    return model


@pytest.mark.parametrize("name", [*models.MODELS, "ensemble"])
def test_a_fused_model_says_what_the_model_says(name, toy_model):
    special = {"legnet": legnet, "ensemble": mixed}
    model = special[name](toy_model) if name in special else shaken(toy_model(name))
    for dtype, tolerance in ((torch.float32, CLOSE), (torch.float64, EXACT)):
        quick, x = fused(model.to(dtype)), one_hot(CODES).to(dtype)
        assert (quick.outputs, quick.window) == (model.outputs, model.window)
        assert isinstance(quick, Fused) == any(isinstance(m, NORMS) for m in model.modules())
        with torch.inference_mode():
            assert model(x).std(0).min() > 0.05
            for method in ("forward", "embed", "standardised", "member_predictions", "member_activities"):
                said, expected = getattr(quick, method)(x), getattr(model, method)(x)
                torch.testing.assert_close(said, expected, **tolerance)
        assert torch.equal(x, one_hot(CODES).to(dtype))  # what works in place leaves the caller's sequence alone


@pytest.mark.parametrize("make", [legnet, mixed])
def test_gradients_are_the_models(make, toy_model):
    model, x = make(toy_model).double(), one_hot(CODES).double().requires_grad_()
    expected = torch.autograd.grad(model(x)[:, 0].sum(), x)[0]
    found = torch.autograd.grad(fused(model)(x)[:, 0].sum(), x)[0]
    assert expected.abs().max() > 0.01
    torch.testing.assert_close(found, expected, **EXACT)


def test_nothing_to_norm_is_left_and_the_trained_model_is_as_it_was(toy_model):
    model = legnet(toy_model)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    quick = fused(model)
    assert not any(isinstance(m, NORMS) for m in quick.modules())
    assert not any(p.requires_grad for p in quick.parameters())
    assert all(p.requires_grad for p in model.parameters())
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert fused(quick) is quick


def test_a_model_without_norms_is_returned_as_it_is(toy_model):
    model = toy_model("dream_rnn")
    assert isinstance(model, DreamRNN)
    assert fused(model) is model


def test_training_is_refused(toy_model):
    model = legnet(toy_model)
    with pytest.raises(RuntimeError, match="no batch norms left to train"):
        fused(model).train()
    with pytest.raises(RuntimeError, match=r"call its eval\(\) first"):
        fused(model.train())


def test_maps_of_a_checkpoint_are_the_same_by_its_inference_model(save_model, random_bases):
    save_model("joint_legnet")
    checkpoint = checkpoints.load("joint_legnet")
    assert isinstance(checkpoint.inference_model, Fused)
    assert checkpoint.inference_model is checkpoint.inference_model
    element = Sequence("element", random_bases(200, 3))
    assert len(encode(element.bases)) == checkpoint.model.window
    for explain in (ism, lambda model, s: integrated_gradients(model, s, IGSettings(steps=4))):
        plain, quick = explain(checkpoint.model, element), explain(checkpoint.inference_model, element)
        assert np.abs(plain.values).max() > 0.05
        np.testing.assert_allclose(quick.values, plain.values, atol=2e-5)
