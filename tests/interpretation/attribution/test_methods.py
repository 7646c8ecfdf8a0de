"""Attribution maps: against a linear model known by hand, brute force, tangermeme and Captum."""

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from tangermeme.saturation_mutagenesis import saturation_mutagenesis

from engine import sequence as sq
from engine.errors import InputError
from engine.interpretation.attribution.methods import (
    BASELINES,
    COMPLETE,
    FIRST_STEPS,
    MOST_STEPS,
    OF_ALL,
    IGSettings,
    integrated_gradients,
    ism,
)
from engine.models.gradients import PATH_BATCH, BothStrands
from engine.models.layers import SequenceModel
from engine.models.predict import predict, predict_codes
from engine.sequence import BASES, Sequence


def both_strand_weights(model) -> np.ndarray:
    """`(outputs, length, 4)`: a linear model averaged over both strands is linear with these weights."""
    w = model.weights.detach()
    return ((w + w.flip(1, 2)) / 2).numpy().transpose(0, 2, 1)


def encoded(bases: str) -> np.ndarray:
    """One-hot `(length, 4)`."""
    return sq.one_hot(sq.encode(bases)).T


def ig(model, sequence, *, outputs=None, scale=None, progress=None, **settings):
    """`integrated_gradients` with settings by name."""
    return integrated_gradients(
        model, sequence, IGSettings(**settings), outputs=outputs, scale=scale, progress=progress
    )


@pytest.fixture
def linear(linear_model):
    return linear_model(window=12)


@pytest.fixture
def bases(random_bases):
    return random_bases(12)


@pytest.fixture
def element(random_bases):
    return Sequence("element", random_bases(200, 3))


# --- a linear model, by hand ------------------------------------------------------------------------


def test_both_strands_is_the_mean_over_the_sequence_and_its_reverse_complement(linear, bases):
    x = torch.as_tensor(sq.one_hot(sq.encode(bases)))[None]
    other = torch.as_tensor(sq.one_hot(sq.encode(sq.reverse_complement(bases))))[None]
    torch.testing.assert_close(BothStrands(linear)(x), (linear(x) + linear(other)) / 2)


def test_ism_of_a_linear_model_is_the_difference_of_weights(linear, bases):
    track = ism(linear, Sequence("s", bases), name="linear")
    w = both_strand_weights(linear)
    at_reference = (w * encoded(bases)).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(track.values, w - at_reference, atol=1e-5)
    np.testing.assert_allclose(track.reference, at_reference.sum(axis=(1, 2)) + linear.bias.detach().numpy(), atol=1e-5)
    assert (track.values[:, encoded(bases) == 1] == 0).all()
    assert (track.kind, track.model, track.outputs, track.bases) == ("ism", "linear", linear.outputs, bases)
    assert track.values.dtype == np.float32
    assert not track.standardised


@pytest.mark.parametrize(("baseline", "start"), [("zeros", 0.0), ("uniform", 0.25)])
def test_ig_of_a_linear_model_is_the_difference_of_inputs_times_the_weight(baseline, start, linear, bases):
    track = ig(linear, Sequence("s", bases), baseline=baseline, steps=2)
    w = both_strand_weights(linear)
    np.testing.assert_allclose(track.values, (encoded(bases) - start) * w, atol=1e-5)
    level = start * w.sum(axis=(1, 2)) + linear.bias.detach().numpy()
    assert list(track.checks["baseline_prediction"].values()) == pytest.approx(level, abs=1e-5)
    assert (track.kind, track.outputs) == ("ig", linear.outputs)


@pytest.mark.parametrize("baseline", BASELINES)
def test_a_map_sums_to_the_prediction_minus_that_of_the_baseline(baseline, linear, random_bases):
    bases = random_bases(12, 8, "AC")  # has more than one dinucleotide shuffle
    track = ig(linear, Sequence("s", bases), baseline=baseline, steps=4)
    level = np.array(list(track.checks["baseline_prediction"].values()))
    np.testing.assert_allclose(track.values.sum(axis=(1, 2)), track.reference - level, atol=1e-4)
    np.testing.assert_allclose(list(track.checks["convergence_delta"].values()), 0, atol=1e-4)
    assert np.abs(track.values).max() > 0.1


def test_the_shuffled_baseline_is_the_mean_over_shuffles(linear, random_bases):
    bases = random_bases(12, 8, "AC")
    track = ig(linear, Sequence("s", bases), baseline="shuffles", shuffles=5, seed=3, steps=2)
    rng = np.random.default_rng(3)
    mean = np.mean([encoded(sq.dinucleotide_shuffle(bases, rng)) for _ in range(5)], axis=0)
    assert (mean != encoded(bases)).any()
    np.testing.assert_allclose(track.values, (encoded(bases) - mean) * both_strand_weights(linear), atol=1e-5)


def test_shuffles_follow_their_seed(linear, random_bases):
    sequence = Sequence("s", random_bases(12, 8, "AC"))
    first, again, other = (ig(linear, sequence, baseline="shuffles", seed=s, steps=2).values for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("baseline", "start"), [("zeros", 0.0), ("uniform", 0.25)])
def test_the_simplex_correction_takes_the_mean_over_bases_out_of_the_gradient(baseline, start, linear, bases):
    track = ig(linear, Sequence("s", bases), baseline=baseline, steps=2, correct_simplex=True)
    w = both_strand_weights(linear)
    mean = w.mean(axis=2, keepdims=True)
    np.testing.assert_allclose(track.values, (encoded(bases) - start) * (w - mean), atol=1e-5)
    # off the simplex (zeros) the map no longer sums to the difference, and the delta says by how much
    missing = -mean.sum(axis=(1, 2)) * (1 - 4 * start)
    assert list(track.checks["convergence_delta"].values()) == pytest.approx(missing, abs=1e-4)


# --- a toy network ----------------------------------------------------------------------------------


def test_ism_is_the_prediction_of_every_mutated_string_minus_the_given_one(toy_model, element):
    model = toy_model()
    track = ism(model, element, batch_size=50)
    mutants = [
        Sequence(f"{i}{b}", sq.substitute(element.bases, i, b))
        for i in range(200)
        for b in BASES
        if b != element.bases[i]
    ]
    reference = predict(model, [element]).values[0]
    effects = predict(model, mutants).values - reference
    assert np.abs(effects).max() > 0.05
    expected = np.zeros((3, 200, 4))
    for mutant, effect in zip(mutants, effects, strict=True):
        expected[:, int(mutant.name[:-1]), BASES.index(mutant.name[-1])] = effect
    np.testing.assert_allclose(track.values, expected, atol=2e-5)
    np.testing.assert_allclose(track.reference, reference, atol=1e-5)


def test_ism_agrees_with_tangermeme(toy_model, element):
    model = toy_model()
    x = torch.as_tensor(sq.one_hot(sq.encode(element.bases)))[None]
    with torch.no_grad():
        found = saturation_mutagenesis(BothStrands(model).eval(), x, raw_outputs=True, device="cpu", fast=False)
    expected = (found.y_hat[0] - found.y0[0]).permute(2, 1, 0).numpy()
    np.testing.assert_allclose(ism(model, element).values, expected, atol=2e-5)


@pytest.mark.parametrize(("baseline", "start"), [("zeros", 0.0), ("uniform", 0.25)])
def test_ig_agrees_with_captum_called_directly(baseline, start, toy_model, element):
    model = toy_model()
    x = torch.as_tensor(sq.one_hot(sq.encode(element.bases)))[None]
    track = ig(model, element, baseline=baseline, steps=20)
    captum = IntegratedGradients(BothStrands(model).eval())
    for i in range(3):
        # batches as small as ours: at the kinks of max-pooling another batch size can round to another gradient
        expected, delta = captum.attribute(
            x,
            torch.full_like(x, start),
            target=i,
            n_steps=20,
            method="gausslegendre",
            internal_batch_size=PATH_BATCH,
            return_convergence_delta=True,
        )
        np.testing.assert_allclose(track.values[i], expected[0].T.numpy(), atol=1e-5)
        assert track.checks["convergence_delta"][model.outputs[i]] == pytest.approx(delta.item(), abs=1e-4)


@pytest.mark.parametrize("baseline", BASELINES)
def test_the_convergence_delta_shrinks_with_the_steps(baseline, toy_model, element):
    model = toy_model(outputs=("K562",))
    options = {"baseline": baseline, "shuffles": 2}
    deltas = [abs(ig(model, element, steps=steps, **options).checks["convergence_delta"]["K562"]) for steps in (3, 300)]
    assert deltas[1] < 0.2 * deltas[0]
    assert deltas[1] < 0.02


# --- as many steps as a map asks for ----------------------------------------------------------------


class Steep(SequenceModel):
    """Each output is a step in how many bases are A, as steep as `slopes` says; the same on both strands of AT."""

    window = 12

    def __init__(self, slopes):
        super().__init__(tuple(f"slope {s}" for s in slopes))
        self.slopes = torch.nn.Parameter(torch.tensor(slopes))
        self.forwards = []

    def standardised(self, x):
        self.forwards.append(len(x))
        return torch.tanh((x[:, :2].mean((1, 2)) - 0.31)[:, None] * self.slopes)


def test_a_map_takes_as_many_steps_as_it_needs_to_add_up():
    model, sequence = Steep([1.0, 100.0, 1e7]).eval(), Sequence("s", "A" * 12)
    track = ig(model, sequence)
    few, more, most = track.checks["steps"].values()
    assert few == FIRST_STEPS < more < most == MOST_STEPS
    lacking = np.abs(list(track.checks["convergence_delta"].values()))
    explained = np.abs(track.reference - list(track.checks["baseline_prediction"].values()))
    allowed = np.maximum(COMPLETE * explained, OF_ALL * np.abs(track.values).sum((1, 2)))
    assert (lacking <= allowed).tolist() == [True, True, False]  # nothing makes a jump add up, and the delta says so
    np.testing.assert_allclose(track.values[1], ig(model, sequence, steps=more).values[1], atol=1e-6)
    for output in model.outputs:  # none depends on what else is explained
        alone = ig(model, sequence, outputs=(output,))
        assert alone.checks["steps"][output] == track.checks["steps"][output]
        np.testing.assert_allclose(alone.output(output), track.output(output), atol=1e-6)


def test_the_simplex_correction_does_not_ask_for_more_steps(toy_model, element):
    model = toy_model(outputs=("K562",))
    plain, corrected = (ig(model, element, baseline="zeros", correct_simplex=c).checks["steps"] for c in (False, True))
    assert plain == corrected


def test_a_fixed_number_of_steps_is_kept(linear, bases):
    assert set(ig(linear, Sequence("s", bases), steps=3).checks["steps"].values()) == {3}


def test_the_progress_of_a_path_that_asks_for_more_never_falls():
    seen = []
    ig(Steep([100.0]).eval(), Sequence("s", "A" * 12), progress=lambda *p: seen.append(p))
    shares = [done / total for done, total in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and len({total for _, total in seen}) > 1


@pytest.mark.parametrize("outputs", [1, 3])
def test_all_outputs_share_the_forward_passes(outputs):
    model = Steep([1.0, 2.0, 3.0][:outputs]).eval()
    ig(model, Sequence("s", "A" * 12), steps=50)
    both = 2 * PATH_BATCH
    # prediction and baseline, then fifty points, all on both strands
    first, *points = model.forwards  # these in any order: batches are computed side by side
    assert first == 4 and sorted(points) == [2 * (50 % PATH_BATCH), *[both] * (50 // PATH_BATCH)]


def test_chosen_outputs_are_the_same_as_among_all(toy_model, element):
    model = toy_model()
    everything = ig(model, element, steps=5)
    some = ig(model, element, steps=5, outputs=("WTC11", "K562"))
    assert some.outputs == ("WTC11", "K562")
    np.testing.assert_allclose(some.values, everything.values[[2, 0]], atol=1e-6)
    np.testing.assert_allclose(some.reference, everything.reference[[2, 0]], atol=1e-6)
    assert set(some.checks["convergence_delta"]) == {"WTC11", "K562"}


@pytest.mark.parametrize("name", ["legnet", "dream_rnn"])
def test_the_model_is_left_as_it_was(name, toy_model, element):
    model = toy_model(name).train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    short = Sequence("s", element.bases[:20])
    ism(model, short)
    ig(model, short, steps=2)
    assert model.training
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def methods():
    return pytest.mark.parametrize(
        "method",
        [
            pytest.param(ism, id="ism"),
            pytest.param(lambda *a, **k: ig(*a, **({"steps": 5} | k)), id="ig"),
        ],
    )


@methods()
def test_a_map_does_not_depend_on_the_strand_that_was_given(method, toy_model, element):
    model = toy_model()
    other = Sequence("other", sq.reverse_complement(element.bases))
    np.testing.assert_allclose(method(model, other).values[:, ::-1, ::-1], method(model, element).values, atol=2e-5)


@methods()
def test_a_standardised_map_is_in_standard_deviations_of_each_output(method, toy_model, element):
    model, scale = toy_model(), np.array([0.5, 2.0, 4.0])
    plain, scaled = method(model, element), method(model, element, scale=scale)
    assert (plain.standardised, scaled.standardised) == (False, True)
    np.testing.assert_allclose(scaled.values * scale[:, None, None], plain.values, atol=1e-5)
    assert np.array_equal(scaled.reference, plain.reference)
    assert scaled.checks == plain.checks


# --- window policies --------------------------------------------------------------------------------


@methods()
def test_a_padded_map_covers_the_sequences_own_bases_only(method, toy_model, random_bases):
    model, bases = toy_model(), random_bases(151)
    track = method(model, Sequence("s", bases), policy="pad")
    (window,) = sq.windows(bases, 200, "pad")
    assert track.values.shape == (3, 151, 4)
    assert np.isfinite(track.values).all()
    of_the_window = method(model, Sequence("w", window.bases))
    np.testing.assert_allclose(track.values, of_the_window.values[:, -window.start : 151 - window.start], atol=1e-5)
    np.testing.assert_allclose(track.reference, of_the_window.reference, atol=1e-5)


@methods()
def test_a_tiled_map_is_the_mean_over_the_windows_that_hold_each_position(method, toy_model, random_bases):
    model, bases = toy_model(), random_bases(330)
    track = method(model, Sequence("s", bases), policy="tile")
    parts = np.full((4, 3, 330, 4), np.nan)
    references = []
    for part, window in zip(parts, sq.windows(bases, 200, "tile"), strict=True):
        alone = method(model, Sequence("w", window.bases))
        part[:, window.start : window.end] = alone.values
        references.append(alone.reference)
    np.testing.assert_allclose(track.values, np.nanmean(parts, axis=0), atol=1e-5)
    np.testing.assert_allclose(track.reference, np.mean(references, axis=0), atol=1e-5)
    assert np.abs(parts[0, :, 130:200] - parts[2, :, 130:200]).max() > 1e-3  # windows do disagree


@methods()
def test_a_centred_map_is_nan_where_the_window_does_not_reach(method, toy_model, random_bases):
    bases = random_bases(230)
    track = method(toy_model(), Sequence("s", bases), policy="centre")
    assert np.isnan(track.values[:, :15]).all()
    assert np.isfinite(track.values[:, 15:215]).all()
    assert np.isnan(track.values[:, 215:]).all()


@methods()
def test_a_whole_map_comes_from_one_window_of_the_full_length(method, toy_model, random_bases):
    model, bases = toy_model(), random_bases(120)
    track = method(model, Sequence("s", bases), policy="whole")
    assert track.values.shape == (3, 120, 4)
    expected = predict_codes(model, sq.encode(bases)[None])[0]
    np.testing.assert_allclose(track.reference, expected, atol=1e-5)


@pytest.mark.parametrize(("n", "policy"), [(30, "pad"), (200, "pad"), (201, "tile")])
def test_without_a_policy_the_default_one_is_used(n, policy, toy_model, random_bases):
    model, sequence = toy_model(), Sequence("s", random_bases(n))
    assert np.array_equal(ism(model, sequence).values, ism(model, sequence, policy=policy).values)


# --- ambiguous letters, errors, progress ------------------------------------------------------------


def test_an_n_has_four_substitutions_measured_from_a_quarter_of_each_base(linear, bases):
    sequence = Sequence("s", bases[:4] + "N" + bases[5:])
    w = both_strand_weights(linear)[:, 4]
    np.testing.assert_allclose(ism(linear, sequence).values[:, 4], w - w.mean(axis=1, keepdims=True), atol=1e-5)
    track = ig(linear, sequence, baseline="uniform", steps=2)
    assert (track.values[:, 4] == 0).all()
    track = ig(linear, sequence, baseline="zeros", steps=2)
    np.testing.assert_allclose(track.values[:, 4], w / 4, atol=1e-5)
    assert len(list(ism(linear, sequence).rows())) == 11 * 3 + 4


@methods()
@pytest.mark.parametrize(("n", "policy"), [(13, "pad"), (11, "centre"), (11, "tile"), (11, "whole")])
def test_a_policy_that_cannot_fit_is_an_error_that_names_the_sequence(method, n, policy, linear, random_bases):
    with pytest.raises(InputError, match=f"'mine' has {n} bases"):
        method(linear, Sequence("mine", random_bases(n)), policy=policy)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"baseline": "mean"}, "unknown baseline 'mean'; known: zeros, uniform, shuffles"),
        ({"steps": 1}, "at least 2 steps, not 1"),
        ({"outputs": ("K562",)}, "unknown output 'K562'; known: output0, output1"),
        ({"policy": "crop"}, "unknown window policy 'crop'"),
    ],
)
def test_options_of_ig_that_cannot_be_are_errors(options, reason, linear, bases):
    with pytest.raises(InputError, match=reason):
        ig(linear, Sequence("s", bases), **options)


@pytest.mark.parametrize("n", [8, 12, 30])
def test_progress_of_ism_reaches_its_total(n, linear, random_bases):
    seen = []
    ism(linear, Sequence("s", random_bases(n)), batch_size=7, progress=lambda *p: seen.append(p))
    tiles = len(sq.windows("A" * n, 12, sq.default_policy(n, 12)))
    total = tiles * (1 + 3 * min(n, 12))
    assert {t for _, t in seen} == {total}
    assert [d for d, _ in seen] == sorted({d for d, _ in seen})
    assert seen[-1] == (total, total)


@pytest.mark.parametrize("n", [8, 12, 30])
def test_progress_of_ig_reaches_its_total(n, linear, random_bases):
    seen = []
    options = {"baseline": "shuffles", "shuffles": 3, "steps": 2}
    ig(linear, Sequence("s", random_bases(n)), progress=lambda *p: seen.append(p), **options)
    total = len(sq.windows("A" * n, 12, sq.default_policy(n, 12)))  # 6 points are one batch
    assert seen == [(i, total) for i in range(total + 1)]


def test_ig_can_be_stopped_within_a_path(linear, random_bases):
    """A path of fifty points is four batches, and each asks first whether it is still wanted."""
    seen = []

    def stop_at_third(done, total):
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ig(linear, Sequence("s", random_bases(12)), outputs=linear.outputs[:1], progress=stop_at_third, steps=50)
    assert seen == [(0, 4), (1, 4), (2, 4)]
