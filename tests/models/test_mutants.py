"""The short ways to a sequence's mutants: the numbers of the whole model, for fewer multiplications."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine import models
from engine.models.ensemble import Ensemble
from engine.models.fused import fused
from engine.models.mutants import mutants
from engine.models.predict import one_hot, predict_codes, predict_substitutions

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
EXACT = {"rtol": 1e-9, "atol": 1e-9}  # in float64, where rounding cannot hide a mistake
CODES = torch.as_tensor(np.random.default_rng(0).integers(0, 5, (7, 200)).astype(np.uint8))
THREE = ("K562", "HepG2", "WTC11")


def legnet(toy_model, seed=0, outputs=THREE, **options):
    return toy_model("legnet", outputs, seed, **({"width": 12, "members": 2} | options))


def all_substitutions(codes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`(positions, bases)` of every replacement of every position, by its own base too."""
    return torch.arange(len(codes)).repeat_interleave(4), torch.arange(4).repeat(len(codes))


def every_mutant_is_the_whole_models(model: nn.Module, codes: torch.Tensor, at_once: int) -> None:
    """Every substitution, those at the ends included: nothing that a change reaches was left as it was."""
    positions, bases = all_substitutions(codes)
    changed = codes.repeat(len(positions), 1)
    changed[torch.arange(len(positions)), positions] = bases.to(torch.uint8)
    with torch.inference_mode():
        short = mutants(model, one_hot(codes[None]).double())
        expected = model.member_activities(one_hot(changed).double())
        parts = [short(p, b) for p, b in zip(positions.split(at_once), bases.split(at_once), strict=True)]
    assert expected.std(1).min() > 1e-3
    torch.testing.assert_close(torch.cat(parts, 1), expected, **EXACT)


@pytest.mark.parametrize("prepare", [fused, lambda model: model], ids=["fused", "as trained"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kernel": 4, "stem_kernel": 6},
        {"kernel": 9, "stem_kernel": 3},
        {"growth": (1.0,), "pool": 3, "further": ("noise:K562",)},
    ],
    ids=["odd kernels", "even kernels", "wide block", "one block and further columns"],
)
def test_mutants_of_a_legnet(options, prepare, toy_model):
    every_mutant_is_the_whole_models(prepare(legnet(toy_model, **options).double()), CODES[0, :60], 50)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("at_once", [7, 37, 1000], ids=["few", "some", "all at once"])
@pytest.mark.parametrize(
    ("length", "options"),
    [(60, {"pool": 1}), (61, {"pool": 2}), (101, {"pool": 4}), (62, {"pool": 3, "kernels": (4, 6)})],
    ids=["no pool", "pool of 2", "pool of 4", "even kernels"],
)
def test_mutants_of_a_dream_rnn(length, options, at_once, toy_model):
    """Also where the last bases are too few for a pool, and where a batch begins between the states that are kept."""
    every_mutant_is_the_whole_models(toy_model("dream_rnn", **options).double(), CODES[0, :length], at_once)


@pytest.mark.parametrize("name", [name for name in models.MODELS if name.startswith("dream_rnn_")])
def test_mutants_of_a_dream_rnn_with_another_head(name, toy_model):
    """Of which some read the sequence beside its embedding."""
    every_mutant_is_the_whole_models(toy_model(name, pool=2).double(), CODES[1, :60], 40)


def test_a_dream_rnn_with_bins_gives_the_expected_bin(toy_model):
    every_mutant_is_the_whole_models(toy_model("dream_rnn", ("K562",), bins=5, pool=1).double(), CODES[2, :60], 40)


def test_positions_in_any_order(toy_model):
    model, order = toy_model("dream_rnn").double(), torch.randperm(200, generator=torch.Generator().manual_seed(0))
    bases = torch.arange(200) % 4
    with torch.inference_mode():
        short = mutants(model, one_hot(CODES[:1]).double())
        torch.testing.assert_close(short(order, bases[order]), short(torch.arange(200), bases)[:, order], **EXACT)


def test_mutants_of_an_ensemble_whose_members_differ(toy_model):
    """Two networks with outputs in different orders, and one that has no short way; a calibration of its own."""
    members = [legnet(toy_model, 1, ("HepG2", "K562")), toy_model("dream_rnn", ("K562", "HepG2"), 2)]
    model = Ensemble(("K562", "HepG2"), [*members, toy_model("disentangle", ("consensus", "K562", "HepG2"), 3)])
    model.target_mean.copy_(torch.tensor([1.0, -2.0]))
    model.target_sd.copy_(torch.tensor([0.5, 2.0]))
    every_mutant_is_the_whole_models(model.double().eval(), CODES[0, :60], 100)


@pytest.mark.parametrize(("name", "shortest"), [("legnet", 37), ("dream_rnn", 33)])
def test_there_is_no_short_way_where_a_change_reaches_most_of_the_sequence(name, shortest, toy_model):
    """A stem of 11 and blocks of 9 see 5 + 4 positions to either side; kernels of 15 change up to 16 steps."""
    model = legnet(toy_model) if name == "legnet" else toy_model(name, pool=1)
    assert mutants(model, one_hot(CODES[:1, : shortest - 1])) is None
    assert mutants(model, one_hot(CODES[:1, :shortest])) is not None


@pytest.mark.parametrize("length", [30, 60])
@pytest.mark.parametrize("name", ["legnet", "dream_rnn", "linear"])
def test_substitutions_on_both_strands_whether_or_not_there_is_a_short_way(name, length, toy_model, linear_model):
    model = {
        "legnet": lambda: legnet(toy_model),
        "dream_rnn": lambda: toy_model("dream_rnn", pool=1),
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


@pytest.mark.parametrize("name", ["legnet", "dream_rnn"])
def test_batches_computed_side_by_side_do_not_disturb_each_other(name, toy_model):
    model = fused(toy_model(name, width=32))  # wide enough that the batches overlap in time
    codes = CODES[0].numpy() % 4
    positions, bases = (a.ravel() for a in np.meshgrid(np.arange(0, 200, 4), np.arange(4), indexing="ij"))
    changed = np.repeat(codes[None], 1 + len(positions), axis=0)
    changed[np.arange(1, len(changed)), positions] = bases
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(4)
        found = predict_substitutions(model, codes, positions, bases, batch_size=16)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(found, predict_codes(model, changed), **CLOSE)


# --- counted, so that speed cannot rot unseen -------------------------------------------------------


def multiplications(work) -> float:
    """Multiplications of matrices and convolutions, the LSTM's included: in float64 it is made of the former."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counted:
        work()
    return counted.get_total_flops() / 2


@pytest.mark.parametrize(
    ("name", "options", "share"),
    [
        ("legnet", {"width": 16, "growth": (1.0, 1.0, 1.25, 1.5), "kernel": 5}, 0.78),
        ("dream_rnn", {"width": 16, "pool": 4}, 0.73),
        ("dream_rnn", {"width": 8, "pool": 1}, 0.66),
    ],
    ids=["LegNet", "DREAM-RNN with a pool", "DREAM-RNN without"],
)
def test_all_mutants_take_this_share_of_the_whole_models_multiplications(name, options, share):
    """The setting up, which is done once for all, is counted too."""
    model, x = models.build(name, ("K562",), options).eval().double(), one_hot(CODES[:1] % 4).double()
    positions, bases = torch.arange(200).repeat_interleave(3), torch.tensor([0, 1, 2]).repeat(200)

    def all_of_them() -> None:
        short = mutants(model, x)
        for p, b in zip(positions.split(short.batch), bases.split(short.batch), strict=True):
            short(p, b)

    whole = multiplications(lambda: model.member_activities(x.repeat(8, 1, 1))) / 8
    assert multiplications(all_of_them) / (600 * whole) < share
