"""The contract of every registered model, and the published sizes."""

import json

import pytest
import torch

from engine import models
from engine.errors import InputError
from engine.models import MODELS
from engine.models.disentangle import DENOISED

OUTPUTS = ("K562", "HepG2", "WTC11")

SMALL = {"width": 16, "pool": 2}  # of any DREAM-RNN

every_model = pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, SMALL if name.startswith("dream") else {}) for name in MODELS),
        ("legnet", {"members": 3}),
        ("dream_rnn", SMALL | {"bins": 9}),
    ],
    ids=[*MODELS, "legnet of three members", "dream_rnn with bins"],
)


def one_hot(batch: int, length: int, seed: int = 0) -> torch.Tensor:
    codes = torch.randint(0, 4, (batch, length), generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.one_hot(codes, 4).transpose(1, 2).float()


@every_model
@pytest.mark.parametrize("length", [100, 101, 200, 1000])
def test_every_model_maps_one_hot_of_any_length_to_its_outputs(name, options, length, toy_model):
    model = toy_model(name, **options)
    x = one_hot(3, length)
    with torch.no_grad():
        y, features = model(x), model.embed(x)
        assert y.shape == (3, 3)
        assert y.dtype == torch.float32
        assert torch.isfinite(y).all()
        heads = model.heads if name == "legnet" else [model.head]
        assert features.shape == (3, sum(h.in_features for h in heads))
    assert len(y.unique(dim=0)) == 3  # the input matters


@every_model
@pytest.mark.parametrize("outputs", [("K562",), ("a", "b"), list(OUTPUTS)])
def test_outputs_are_named_in_order(name, options, outputs, toy_model):
    if name == "disentangle":  # its first output is the denoised prediction, and the others are two or more
        outputs = (DENOISED, *outputs, "another")
    model = toy_model(name, outputs, **options)
    assert model.outputs == tuple(outputs)
    assert model.window == 200
    with torch.no_grad():
        assert model(one_hot(2, 200)).shape == (2, len(outputs))


@every_model
def test_predictions_do_not_depend_on_the_batch(name, options, toy_model):
    model = toy_model(name, **options)
    x = one_hot(9, 200)
    with torch.no_grad():
        together = model(x)
        alone = torch.cat([model(row[None]) for row in x])
        reordered = model(x.flip(0)).flip(0)
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(reordered, together, rtol=1e-4, atol=1e-4)


@every_model
def test_forward_speaks_log2_of_rna_over_dna(name, options, toy_model):
    """The buffers turn standard deviations of the training activities back into activities."""
    model = toy_model(name, **options)
    model.target_mean.copy_(torch.tensor([1.0, 0.0, -2.0]))
    model.target_sd.copy_(torch.tensor([2.0, 1.0, 0.5]))
    with torch.no_grad():
        z, y = model.standardised(one_hot(4, 200)), model(one_hot(4, 200))
    torch.testing.assert_close(y[:, 0], 2 * z[:, 0] + 1)
    torch.testing.assert_close(y[:, 1], z[:, 1])
    torch.testing.assert_close(y[:, 2], z[:, 2] / 2 - 2)
    assert {"target_mean", "target_sd"} <= set(model.state_dict())


@every_model
def test_every_parameter_learns_and_gradients_are_finite(name, options, toy_model):
    model = toy_model(name, **options).train()
    x = one_hot(8, 200).requires_grad_()
    said = model.training_outputs(x)
    sum((z * torch.randn_like(z)).sum() for z in (said.members, said.domains) if z is not None).backward()
    # no prediction passes DISENTANGLE's projection, which learns by a loss of its own (tests/disentangle/)
    learning = {n: p for n, p in model.named_parameters() if not n.startswith("projection.")}
    for parameter, p in learning.items():
        assert p.grad is not None, parameter
        assert torch.isfinite(p.grad).all(), parameter
    assert any(p.grad.abs().max() > 0 for p in learning.values())
    assert torch.isfinite(x.grad).all()
    assert (x.grad.abs().amax((0, 1)) > 0).all()  # every position is seen


@every_model
def test_a_prediction_is_the_mean_over_the_members(name, options, toy_model):
    model, x = toy_model(name, **options), one_hot(5, 200)
    with torch.no_grad():
        members = model.member_predictions(x)
        assert members.shape == (options.get("members", 1), 5, 3)
        torch.testing.assert_close(model.standardised(x), members.mean(0))


def test_members_are_networks_of_their_own(toy_model):
    """They start from other weights, and what one learns does not reach the others."""
    model = toy_model(members=3)
    members = model.member_predictions(one_hot(4, 200))
    assert (members[0] - members[1]).abs().max() > 0.01
    assert (members[1] - members[2]).abs().max() > 0.01
    members[1].square().sum().backward()
    own = [any(p.grad is not None and p.grad.any() for p in m.parameters()) for m in (*model.members, *model.heads)]
    assert own == [False, True, False] * 2


@every_model
def test_evaluation_is_repeatable_and_training_is_not_evaluation(name, options, toy_model):
    model = toy_model(name, **options)
    with torch.no_grad():
        assert torch.equal(model(one_hot(4, 200)), model(one_hot(4, 200)))
        assert not torch.allclose(model.train()(one_hot(4, 200)), model.eval()(one_hot(4, 200)))


@pytest.mark.parametrize(
    ("name", "outputs", "options", "parameters"),
    [
        ("legnet", OUTPUTS, {}, 1_322_467),
        ("legnet", OUTPUTS, {"members": 2}, 2 * 1_322_467),
        ("dream_rnn", ("K562",), {"in_channels": 5}, 4_203_393),
    ],
)
def test_models_have_their_published_size(name, outputs, options, parameters):
    model = models.build(name, outputs, options)
    assert sum(p.numel() for p in model.parameters()) == parameters


def test_unknown_models_and_options_list_the_known_ones():
    with pytest.raises(InputError, match="unknown model 'resnet'; known: legnet, dream_rnn"):
        models.build("resnet", OUTPUTS)
    with pytest.raises(InputError, match=r"unknown option of model 'legnet' 'depth'; known: .*stem_kernel, width"):
        models.build("legnet", OUTPUTS, {"depth": 3})
    with pytest.raises(InputError, match="model 'legnet' needs at least one output"):
        models.build("legnet", ())


@pytest.mark.parametrize("name", MODELS)
def test_a_configuration_survives_json(name, toy_options):
    config = models.full_config(name, toy_options[name])
    again = models.configure(name, json.loads(json.dumps(config)))
    assert again == models.configure(name, toy_options[name])
    assert hash(again) == hash(models.configure(name, toy_options[name]))  # lists have become tuples
    assert config.items() >= toy_options[name].items()
