"""An ensemble of models is the mean of what its members predict, in log2(RNA/DNA)."""

import numpy as np
import pytest
import torch

from engine import sequence as sq
from engine.errors import InputError
from engine.models.ensemble import Ensemble
from engine.models.predict import one_hot, predict, predict_codes
from engine.sequence import Sequence

CODES = np.random.default_rng(0).integers(0, 5, (11, 200)).astype(np.uint8)
X = one_hot(torch.as_tensor(CODES))


@pytest.fixture
def members(toy_model):
    """Three models of other architectures, outputs in another order, and scales."""
    return [
        toy_model("legnet", ("WTC11", "K562", "HepG2"), seed=1, members=2),
        toy_model("dream_rnn", ("K562", "HepG2"), seed=2),
        toy_model("dream_rnn_single", ("HepG2", "K562"), seed=3),
    ]


@pytest.fixture
def ensemble(members):
    return Ensemble(("K562", "HepG2"), members).eval()


@torch.no_grad()
def by_hand(members, x=X) -> torch.Tensor:
    """`(members, batch, 2)` what each says of K562 and HepG2."""
    return torch.stack([m(x)[:, [m.outputs.index(o) for o in ("K562", "HepG2")]] for m in members])


def test_a_prediction_is_the_mean_of_the_members_predictions(ensemble, members):
    each = by_hand(members)
    assert (each[0] - each[1]).abs().max() > 0.1
    with torch.no_grad():
        torch.testing.assert_close(ensemble(X), each.mean(0))
        torch.testing.assert_close(ensemble.member_activities(X), each)
    assert ensemble.outputs == ("K562", "HepG2")


def test_a_calibration_of_the_ensemble_holds_for_every_member(ensemble, members):
    ensemble.target_mean.copy_(torch.tensor([1.0, -2.0]))
    ensemble.target_sd.copy_(torch.tensor([0.5, 3.0]))
    expected = by_hand(members) * torch.tensor([0.5, 3.0]) + torch.tensor([1.0, -2.0])
    with torch.no_grad():
        torch.testing.assert_close(ensemble.member_activities(X), expected)
        torch.testing.assert_close(ensemble(X), expected.mean(0))


def test_the_embedding_is_that_of_all_members_side_by_side(ensemble, members):
    with torch.no_grad():
        expected = [m.embed(X) for m in members]
        assert torch.equal(ensemble.embed(X), torch.cat(expected, dim=1))


def test_an_ensemble_may_be_a_member(ensemble, members, toy_model):
    other = toy_model("dream_rnn", ("K562",), seed=4)
    with torch.no_grad():
        expected = (by_hand(members).mean(0)[:, :1] + other(X)) / 2
        torch.testing.assert_close(Ensemble(("K562",), [ensemble, other])(X), expected)


@pytest.mark.parametrize("batch_size", [1, 8, 64])
def test_the_batch_size_and_the_strand_do_not_change_the_numbers(batch_size, ensemble, members):
    other = np.stack([sq.encode(sq.reverse_complement(sq.decode(c))) for c in CODES])
    expected = np.mean([predict_codes(m, CODES)[:, [m.outputs.index(o) for o in ensemble.outputs]] for m in members], 0)
    for codes in (CODES, other):
        np.testing.assert_allclose(predict_codes(ensemble, codes, batch_size=batch_size), expected, atol=1e-5)


def test_sequences_of_any_length_are_predicted(ensemble, members, random_bases):
    sequences = [Sequence(f"s{n}", random_bases(n, n)) for n in (80, 200, 420)]
    found = predict(ensemble, sequences).values
    for row, s in zip(found, sequences, strict=True):
        each = [predict(m, [s]).values[0, [m.outputs.index(o) for o in ensemble.outputs]] for m in members]
        np.testing.assert_allclose(row, np.mean(each, axis=0), atol=1e-5)


def test_an_output_that_a_member_lacks_is_named(members):
    with pytest.raises(InputError, match=r"a member of the ensemble lacks the output\(s\) WTC11"):
        Ensemble(("K562", "WTC11"), members)


def test_an_ensemble_needs_a_member():
    with pytest.raises(InputError, match="at least one member"):
        Ensemble(("K562",), [])
