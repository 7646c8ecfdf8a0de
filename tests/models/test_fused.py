"""A fused model, and the short way to a sequence's mutants: the numbers of the model as it was trained, sooner."""

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
from engine.models.mutants import mutants
from engine.models.predict import one_hot, predict_codes, predict_substitutions
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


# --- mutants ----------------------------------------------------------------------------------------


def all_substitutions(codes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`(positions, bases)` of every replacement of every position, by its own base too."""
    return torch.arange(len(codes)).repeat_interleave(4), torch.arange(4).repeat(len(codes))


@pytest.mark.parametrize("prepare", [fused, lambda model: model], ids=["fused", "as trained"])
@pytest.mark.parametrize(
    "options",
    [{}, {"kernel": 4, "stem_kernel": 6}, {"kernel": 9, "stem_kernel": 3}, {"growth": (1.0,), "pool": 3}],
    ids=["odd kernels", "even kernels", "wide block", "one block"],
)
def test_mutants_are_those_of_the_whole_model(options, prepare, toy_model):
    """Every substitution of a sequence, its ends included: nothing that a change reaches was left as it was."""
    model, codes = prepare(legnet(toy_model, **options).double()), CODES[0, :60]
    positions, bases = all_substitutions(codes)
    changed = codes.repeat(len(positions), 1)
    changed[torch.arange(len(positions)), positions] = bases.to(torch.uint8)
    with torch.inference_mode():
        short = mutants(model, one_hot(codes[None]).double())
        expected = model.member_activities(one_hot(changed).double())
        parts = [short(p, b) for p, b in zip(positions.split(50), bases.split(50), strict=True)]
    assert expected.std(1).min() > 1e-3
    torch.testing.assert_close(torch.cat(parts, 1), expected, **EXACT)


def test_mutants_of_an_ensemble_whose_members_differ(toy_model):
    model, codes = mixed(toy_model).double(), CODES[0]
    positions, bases = torch.tensor([0, 57, 199]), torch.tensor([3, 1, 2])
    changed = codes.repeat(3, 1)
    changed[torch.arange(3), positions] = bases.to(torch.uint8)
    with torch.inference_mode():
        found = mutants(fused(model), one_hot(codes[None]).double())(positions, bases)
        torch.testing.assert_close(found, model.member_activities(one_hot(changed).double()), **EXACT)


def test_there_is_no_short_way_where_windows_would_be_as_long_as_the_sequence(toy_model):
    model = legnet(toy_model)  # a stem of 11 and blocks of 9: 5 + 4 positions to either side
    assert mutants(model, one_hot(CODES[:1, :36])) is None
    assert mutants(model, one_hot(CODES[:1, :37])) is not None
    assert mutants(toy_model("dream_rnn"), one_hot(CODES[:1])) is None


@pytest.mark.parametrize("length", [30, 60])
@pytest.mark.parametrize("name", ["legnet", "dream_rnn", "linear"])
def test_substitutions_on_both_strands_whether_or_not_there_is_a_short_way(name, length, toy_model, linear_model):
    model = {
        "legnet": lambda: legnet(toy_model),
        "dream_rnn": lambda: toy_model("dream_rnn"),
        "linear": lambda: linear_model(window=length),
    }[name]()
    codes = CODES[1, :length].numpy()
    positions, bases = np.array([0, 11, 29, 5]), np.array([2, 0, 1, 3])
    changed = np.repeat(codes[None], 5, axis=0)
    changed[np.arange(1, 5), positions] = bases
    seen = []
    found = predict_substitutions(
        model, codes, positions, bases, batch_size=3, progress=lambda *done: seen.append(done)
    )
    np.testing.assert_allclose(found, predict_codes(model, changed), **CLOSE)
    assert seen[-1] == (5, 5)


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


@pytest.mark.parametrize("threads", [2, 4])
def test_batches_computed_side_by_side_do_not_disturb_each_other(threads, toy_model):
    model = fused(legnet(toy_model, width=32))  # wide enough that the batches overlap in time
    codes = CODES[0].numpy() % 4
    positions, bases = (a.ravel() for a in np.meshgrid(np.arange(200), np.arange(4), indexing="ij"))
    changed = np.repeat(codes[None], 1 + len(positions), axis=0)
    changed[np.arange(1, len(changed)), positions] = bases
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        found = predict_substitutions(model, codes, positions, bases, batch_size=16)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(found, predict_codes(model, changed), **CLOSE)
