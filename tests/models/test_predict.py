"""Prediction: the same numbers at every batch size, over both strands, under every window policy."""

import numpy as np
import pytest
import torch

from engine import sequence as sq
from engine.errors import InputError
from engine.models import MODELS
from engine.models.ensemble import Ensemble
from engine.models.predict import one_hot, predict, predict_codes, predict_substitutions, reverse_complement
from engine.sequence import Sequence


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(0, 5, (21, 200)).astype(np.uint8)


def test_one_hot_and_the_other_strand_agree_with_the_sequence_module(random_bases):
    bases = random_bases(60, alphabet="ACGTN")
    codes = torch.as_tensor(sq.encode(bases))[None]
    assert np.array_equal(one_hot(codes)[0].numpy(), sq.one_hot(sq.encode(bases)))
    other = reverse_complement(codes)
    assert other.dtype == torch.uint8
    assert sq.decode(other[0].numpy()) == sq.reverse_complement(bases)


@pytest.mark.parametrize("name", MODELS)
def test_the_batch_size_does_not_change_the_numbers(name, toy_model, codes):
    model = toy_model(name)
    values = [predict_codes(model, codes, batch_size=b) for b in (1, 8, 64)]
    assert values[0].shape == (21, 3)
    assert values[0].dtype == np.float32
    assert values[0].std(axis=0).min() > 0
    np.testing.assert_allclose(values[1], values[0], atol=1e-5)
    np.testing.assert_allclose(values[2], values[0], atol=1e-5)


def test_a_prediction_over_both_strands_is_the_mean_of_the_two(toy_model, codes):
    model = toy_model()
    other = reverse_complement(torch.as_tensor(codes)).numpy()
    both = predict_codes(model, codes)
    single = [predict_codes(model, c, both_strands=False) for c in (codes, other)]
    assert np.abs(single[0] - single[1]).max() > 0.01
    np.testing.assert_allclose(both, (single[0] + single[1]) / 2, atol=1e-5)
    np.testing.assert_allclose(predict_codes(model, other), both, atol=1e-5)


def test_a_prediction_is_the_models_own_output(toy_model, codes):
    model = toy_model()
    with torch.no_grad():
        expected = model(one_hot(torch.as_tensor(codes))).numpy()
    np.testing.assert_allclose(predict_codes(model, codes, both_strands=False), expected, atol=1e-5)


def test_no_sequences_give_an_empty_table(toy_model):
    model = toy_model()
    assert predict_codes(model, np.zeros((0, 200), np.uint8)).shape == (0, 3)
    assert predict_codes(model, np.zeros((0, 200), np.uint8), members=True).shape == (1, 0, 3)
    assert predict(model, []).values.shape == (0, 3)
    assert predict(toy_model(members=3), []).spread is None


# --- members ----------------------------------------------------------------------------------------


@pytest.fixture(params=["LegNet of three", "ensemble of three"])
def three(request, toy_model):
    """A model of three members, and what each one is on its own."""
    if request.param == "ensemble of three":
        alone = [toy_model(seed=1), toy_model("dream_rnn", seed=2), toy_model("dream_rnn_single", seed=3)]
        return Ensemble(("K562", "HepG2", "WTC11"), alone), alone
    model, alone = toy_model(members=3), [toy_model() for _ in range(3)]
    for number, single in enumerate(alone):
        single.members[0].load_state_dict(model.members[number].state_dict())
        single.heads[0].load_state_dict(model.heads[number].state_dict())
        single.target_mean.copy_(model.target_mean)
        single.target_sd.copy_(model.target_sd)
    return model, alone


def test_what_members_say_is_what_each_says_alone_and_their_mean_the_prediction(three, codes):
    model, alone = three
    values = predict_codes(model, codes, members=True)
    assert values.shape == (3, 21, 3) and values.dtype == np.float32
    np.testing.assert_allclose(values, [predict_codes(m, codes) for m in alone], atol=1e-5)
    np.testing.assert_allclose(values.mean(axis=0), predict_codes(model, codes), atol=1e-5)
    for batch_size in (1, 8):
        again = predict_codes(model, codes, members=True, batch_size=batch_size)
        np.testing.assert_allclose(again, values, atol=1e-5)


def test_the_spread_is_the_standard_deviation_over_the_members(three, random_bases):
    model, alone = three
    sequences = [Sequence(f"s{n}", random_bases(n, n)) for n in (200, 150, 333)]
    found = predict(model, sequences)
    each = np.stack([predict(m, sequences).values for m in alone])
    by_hand = np.sqrt(((each - each.mean(axis=0)) ** 2).sum(axis=0) / 2)
    np.testing.assert_allclose(found.spread, by_hand, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.values, each.mean(axis=0), atol=1e-5)
    assert found.spread.shape == (3, 3) and found.spread.dtype == np.float32
    assert found.spread.min() > 0.01


@pytest.mark.parametrize("name", MODELS)
def test_a_single_network_is_its_only_member_and_has_no_spread(name, toy_model, codes, random_bases):
    model = toy_model(name)
    assert np.array_equal(predict_codes(model, codes, members=True), predict_codes(model, codes)[None])
    assert predict(model, [Sequence("s", random_bases(333))]).spread is None


# --- sequences of any length ------------------------------------------------------------------------


def test_a_prediction_names_model_sequences_outputs_and_policies(toy_model, random_bases):
    sequences = [Sequence(f"s{n}", random_bases(n, n)) for n in (200, 150, 300)]
    found = predict(toy_model(), sequences, name="mine")
    assert (found.model, found.names) == ("mine", ("s200", "s150", "s300"))
    assert found.outputs == ("K562", "HepG2", "WTC11")
    assert found.policies == ("pad", "pad", "tile")
    assert found.values.shape == (3, 3)
    assert found.values.dtype == np.float32


@pytest.mark.parametrize(
    ("policy", "lengths"),
    [
        ("centre", (200, 201, 450, 200)),
        ("tile", (200, 201, 450, 333)),
        ("pad", (200, 1, 150, 199)),
        ("whole", (200, 120, 450, 200, 120)),
        (None, (200, 90, 450, 201)),
    ],
)
def test_mixed_lengths_are_predicted_as_if_each_were_alone(policy, lengths, toy_model, random_bases):
    """Against the windows of each sequence, given to the model one by one and averaged by hand."""
    model = toy_model()
    sequences = [Sequence(f"s{i}", random_bases(n, i)) for i, n in enumerate(lengths)]
    found = predict(model, sequences, policy=policy, batch_size=5)
    for row, s in enumerate(sequences):
        used = policy or ("tile" if len(s) > 200 else "pad")
        assert found.policies[row] == used
        cut = [w.bases for w in sq.windows(s.bases, 200, used)]
        alone = np.mean([predict_codes(model, sq.encode(b)[None])[0] for b in cut], axis=0)
        np.testing.assert_allclose(found.values[row], alone, atol=1e-5)


def test_a_tiled_prediction_is_not_that_of_one_window(toy_model, random_bases):
    model, bases = toy_model(), random_bases(420)
    tiled = predict(model, [Sequence("s", bases)], policy="tile").values
    centre = predict(model, [Sequence("s", bases)], policy="centre").values
    assert np.abs(tiled - centre).max() > 0.01


@pytest.mark.parametrize(("policy", "n"), [("pad", 201), ("centre", 199), ("tile", 199), ("whole", 99)])
def test_a_sequence_that_a_policy_cannot_fit_is_an_error(policy, n, toy_model, random_bases):
    sequences = [Sequence("fits", random_bases(200)), Sequence("does not", random_bases(n))]
    with pytest.raises(InputError, match=f"'does not' has {n} bases"):
        predict(toy_model(), sequences, policy=policy)


@pytest.mark.parametrize("name", MODELS)
def test_the_shortest_sequence_that_may_be_run_whole_is_predicted(name, toy_model, random_bases):
    found = predict(toy_model(name), [Sequence("s", random_bases(sq.SHORTEST_WHOLE))], policy="whole")
    assert np.isfinite(found.values).all()


def test_progress_rises_to_the_total_number_of_windows(toy_model, random_bases):
    sequences = [Sequence(f"s{n}", random_bases(n)) for n in (200, 120, 300, 300)]
    seen = []
    predict(toy_model(), sequences, policy="whole", batch_size=1, progress=lambda *p: seen.append(p))
    assert seen == [(i, 4) for i in range(1, 5)]
    seen.clear()
    predict(toy_model(), sequences, batch_size=3, progress=lambda *p: seen.append(p))
    total = 2 + 2 * 3  # 300 bases are three tiles of 200 with a stride of 50
    assert [t for _, t in seen] == [total] * len(seen)
    assert [d for d, _ in seen] == [3, 6, 8]


@pytest.mark.parametrize("training", [True, False])
def test_the_models_mode_is_put_back_even_when_progress_stops_the_work(training, toy_model, codes):
    class Cancelled(Exception):
        pass

    def stop(done, total):
        raise Cancelled

    model = toy_model().train(training)
    predict_codes(model, codes)
    assert model.training is training
    with pytest.raises(Cancelled):
        predict_codes(model, codes, progress=stop)
    assert model.training is training


def test_a_model_in_training_mode_predicts_as_in_evaluation_mode(toy_model, codes):
    model = toy_model("dream_rnn")
    expected = predict_codes(model, codes)
    assert np.array_equal(predict_codes(model.train(), codes), expected)


def test_bfloat16_is_near_float32(toy_model, codes):
    model = toy_model()
    low = predict_codes(model, codes, dtype=torch.bfloat16)
    assert low.dtype == np.float32
    np.testing.assert_allclose(low, predict_codes(model, codes), atol=0.1)


# --- sequences without a known base -----------------------------------------------------------------


@pytest.mark.parametrize("policy", [None, "centre", "tile", "pad", "whole"])
def test_a_window_without_a_known_base_gets_no_number_and_changes_none(toy_model, random_bases, policy):
    """The sequences beside it are predicted as if it were not there."""
    model = toy_model()
    length = model.window
    known = Sequence("known", random_bases(length, 1))
    unknown = [Sequence("n", "N" * length), Sequence("r", "R" * length), Sequence("all", "NRYK" * (length // 4))]
    alone = predict(model, [known], policy=policy)
    beside = predict(model, [*unknown[:1], known, *unknown[1:]], policy=policy)
    np.testing.assert_array_equal(np.isnan(beside.values).all(axis=1), [True, False, True, True])
    np.testing.assert_array_equal(beside.values[1], alone.values[0])


def test_a_sequence_without_a_known_base_is_not_given_one_by_padding(toy_model):
    model = toy_model()
    assert np.isnan(predict(model, [Sequence("short", "N" * 20)]).values).all()
    assert np.isfinite(predict(model, [Sequence("short", "N" * 19 + "A")]).values).all()


def test_the_mean_over_windows_is_over_those_that_hold_a_known_base(toy_model, random_bases):
    model = toy_model()
    length = model.window
    bases = "N" * (2 * length) + random_bases(length, 1)
    step = length // 4
    holding = [Sequence(str(s), bases[s : s + length]) for s in range(step + length, 2 * length + 1, step)]
    each = predict(model, holding).values
    tiled = predict(model, [Sequence("tiled", bases)], policy="tile").values[0]
    np.testing.assert_allclose(tiled, each.mean(axis=0), atol=1e-5)


def test_no_substitution_is_compared_with_nothing(toy_model):
    model = toy_model()
    values = predict_substitutions(model, np.full(model.window, 4, np.uint8), np.array([3]), np.array([0]))
    assert values.shape == (2, len(model.outputs)) and np.isnan(values).all()
