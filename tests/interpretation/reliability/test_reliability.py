"""Checks, verdict, planted motifs: on models whose explanations are known, and on scales counted by hand."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from engine.data import lentimpra, splits
from engine.data.library import Library
from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.interpretation.attribution import maps
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.interpretation.reliability import badge, checks, measured, planted, sanity, seeds, store, uncertainty
from engine.interpretation.reliability import out_of_distribution as ood
from engine.interpretation.reliability.verdict import LEVELS, Calibration, ordinal, verdict
from engine.interpretation.stored import Place
from engine.sequence import Region, Sequence, encode, reverse_complement


@pytest.fixture
def sequence(random_bases):
    return Sequence("random", random_bases(40, seed=3))


def linear(linear_model, weights: np.ndarray):
    """A linear model of one output that gives each base the same weight at every position."""
    model = linear_model(window=40, outputs=1)
    model.weights.data = torch.tensor(np.repeat(weights[None, :, None], 40, axis=2), dtype=torch.float32)
    return model


# --- checks of one map ------------------------------------------------------------------------------


def test_a_linear_model_passes_every_check_that_asks_for_additivity(linear_model, sequence):
    model = linear_model(window=40)
    seen = []
    found = checks.run(model, sequence, {"output0": 1.0, "output1": 2.0}, progress=lambda d, t: seen.append((d, t)))
    for output in model.outputs:
        values = found[output]
        assert values["completeness"] < 1e-5
        assert [values[c] for c in ("ig_ism", "gradient", "mutations", "linearity")] == pytest.approx([1] * 4, abs=1e-4)
        assert "models" not in values
        assert values["strands"] < 0.9  # its weights differ between the strands
    assert seen[-1][0] == seen[-1][1]


def test_weights_that_know_neither_place_nor_strand_pass_shift_and_strands(linear_model, sequence):
    model = linear(linear_model, np.array([1.0, -1.0, -1.0, 1.0]))
    profile = checks.ism_profile(ism(model, sequence).values, encode(sequence.bases)[None])[0]
    others, siblings = {"output0": [profile, -profile]}, {"output0": [profile, profile, -profile]}
    found = checks.run(model, sequence, {"output0": 1.0}, others=others, siblings=siblings)["output0"]
    assert [found[c] for c in ("shift", "strands", "baselines")] == pytest.approx([1, 1, found["baselines"]], abs=1e-5)
    assert found["off_simplex"] == pytest.approx(0, abs=1e-3)
    assert found["models"] == pytest.approx(0, abs=1e-6)  # the mean of 1 and -1
    assert found["seeds"] == pytest.approx(-1 / 3, abs=1e-6)  # of every two: 1, -1 and -1
    assert set(found) == set(checks.CHECKS)


def test_off_simplex_angle_by_hand():
    straight_out, within, between = [[1, 1, 1, 1]], [[1, -1, 0, 0]], [[1, 0, 0, 0]]
    assert checks.off_simplex(np.array(straight_out, float)) == pytest.approx(90, abs=1e-4)
    assert checks.off_simplex(np.array(within, float)) == 0
    assert checks.off_simplex(np.array(between, float)) == pytest.approx(30)
    assert checks.off_simplex(np.array(straight_out + within, float)) == pytest.approx(45, abs=1e-4)


def test_determination_by_hand_does_not_forgive_a_wrong_scale():
    truth = np.array([1.0, 2.0, 3.0])
    assert checks.determination(truth, truth) == 1
    assert checks.determination(truth + 1, truth) == pytest.approx(1 - 3 / 2)
    assert np.isnan(checks.determination(truth, np.ones(3)))


def test_steps_make_integrated_gradients_complete(toy_model, random_bases):
    found = checks.completeness_by_steps(toy_model(), Sequence("s", random_bases(200)), "K562", steps=(2, 64))
    assert found[64] < found[2] / 3


def test_the_window_that_is_checked(linear_model, random_bases):
    model, long = linear_model(window=40), Sequence("long", random_bases(100))
    assert checks.window_of(model, long, 90).bases == long.bases[60:]
    assert len(checks.window_of(model, Sequence("short", "ACGT" * 5))) == 40


# --- verdict ----------------------------------------------------------------------------------------

SCALE = Calibration(
    "toy",
    "K562",
    {"ig_ism": np.arange(1, 11) / 10, "completeness": np.arange(1, 11) / 10, "shift": np.arange(1, 11) / 10},
    chance=0.0,
)


def test_percentiles_by_hand():
    assert SCALE.percentile("ig_ism", 0.55) == 50
    assert SCALE.percentile("ig_ism", 0.5) == 45  # four are worse, one equal
    assert SCALE.percentile("completeness", 0.55) == 50
    assert SCALE.percentile("completeness", 0.05) == 100  # less is missing than anywhere
    assert SCALE.percentile("ig_ism", float("nan")) == 0


def test_a_correlation_no_better_than_chance_fails_whatever_its_percentile():
    scale = Calibration("toy", "K562", {"ig_ism": np.array([0.01, 0.02, 0.03, 0.04])}, chance=0.1)
    assert scale.percentile("ig_ism", 0.05) == 100
    assert scale.fails("ig_ism", 0.05)
    assert not scale.fails("ig_ism", 0.2)


def test_levels_follow_from_how_many_held_out_maps_fail_as_much():
    good = {"ig_ism": 0.9, "completeness": 0.2, "shift": 0.9}
    found = verdict(good, SCALE)
    assert found.level == LEVELS[0]
    assert found.failed == ()
    assert set(found.passed) == set(good)
    assert "3 of 3 checks passed" in found.sentence
    # the worst of ten maps fails a check: its percentile is 5
    bad = verdict(good | {"ig_ism": 0.05, "shift": 0.01}, SCALE)
    assert bad.failed == ("ig_ism", "shift")
    assert bad.level == LEVELS[2]  # among the ten, one fails two (the first), one another
    assert "0.05 (0th percentile)" in bad.sentence
    assert verdict(good, SCALE, "It is unlike.").level == LEVELS[1]
    assert verdict(good, SCALE, "It is unlike.").sentence.endswith("It is unlike.")
    assert verdict({"ig_ism": 0.9}, SCALE).passed == ("ig_ism",)


def test_most_held_out_maps_are_as_sound_as_most():
    rng = np.random.default_rng(0)
    names = [c for c in checks.CHECKS if c != "models"]
    scale = Calibration("toy", "K562", {c: rng.uniform(0.5, 1, 200) for c in names}, chance=0.1)
    levels = [verdict({c: scale.values[c][i] for c in names}, scale).level for i in range(200)]
    assert levels.count(LEVELS[0]) >= 150
    assert 1 <= levels.count(LEVELS[2]) <= 10


def test_ordinals():
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 22, 101)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "22nd", "101st"]
    )


# --- what is familiar -------------------------------------------------------------------------------


def test_distance_is_that_of_mahalanobis_where_all_axes_are_kept():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(4000, 3)) * [1, 5, 0.2] + [3, 0, 1]
    space = ood.fit(features)
    away = features[:5] - features.mean(axis=0)
    inverse = np.linalg.inv(np.cov(features.T, bias=True))
    expected = np.sqrt(np.einsum("ni,ij,nj->n", away, inverse, away) / 4)  # three axes and a rest, which is 0
    np.testing.assert_allclose(space.distance(features[:5]), expected, rtol=1e-3)


def test_five_in_a_hundred_held_out_elements_warn_and_strangers_do():
    rng = np.random.default_rng(0)
    train = {"embedding": rng.normal(size=(2000, 20)), "kmers": rng.normal(size=(2000, 10))}
    held_out = {"embedding": rng.normal(size=(1000, 20)), "kmers": rng.normal(size=(1000, 10))}
    familiar = ood.from_arrays(ood.to_arrays(ood.calibrated(train, held_out)))
    assert familiar.warns({n: familiar.spaces[n].distance(f) for n, f in held_out.items()}).mean() == pytest.approx(
        0.05, abs=0.01
    )
    strange = {"embedding": train["embedding"] * 4, "kmers": train["kmers"]}
    assert familiar.warns({n: familiar.spaces[n].distance(f) for n, f in strange.items()}).mean() > 0.99


def test_features_do_not_depend_on_the_strand(toy_model, random_bases):
    bases = [random_bases(200, seed=i) for i in range(3)]
    one, other = (np.stack([encode(f(b)) for b in bases]) for f in (str, reverse_complement))
    np.testing.assert_allclose(ood.kmer_frequencies(one), ood.kmer_frequencies(other))
    np.testing.assert_allclose(ood.kmer_frequencies(one).sum(axis=1), 1, rtol=1e-5)
    model = toy_model()
    np.testing.assert_allclose(ood.embeddings(model, one), ood.embeddings(model, other), atol=1e-4)


# --- planted, measured, redrawn ---------------------------------------------------------------------


class MotifModel(nn.Module):
    """1 for every whole occurrence of a motif, on either strand; a single change of it takes all of that away."""

    outputs, window = ("K562",), 60

    def __init__(self, motif: str):
        super().__init__()
        self.filter = nn.Conv1d(4, 1, len(motif))
        self.filter.weight.data = torch.eye(4)[torch.as_tensor(encode(motif)).long()].T[None].clone()
        self.filter.bias.data = torch.tensor([1.0 - len(motif)])

    def forward(self, x):
        return torch.cat([self.filter(s).relu().sum(-1) for s in (x, x.flip(1, 2))], dim=1).sum(1, keepdim=True)


def test_a_planted_motif_is_found_in_the_maps_of_a_model_that_knows_it():
    codes = np.random.default_rng(0).choice([0, 1], (6, 60)).astype(np.uint8)  # no background holds the motif
    motifs = {"known": "GATTAGAT", "other": "CCCCGGGG"}
    found = planted.plant(MotifModel("GATTAGAT"), codes, "K562", motifs=motifs)
    assert found["motif"] == "known"
    assert found["importance"]["known"]["value"] == pytest.approx(1)
    assert found["importance"]["other"]["value"] == pytest.approx(0)
    assert found["ism"]["auroc"]["value"] == found["ig"]["auroc"]["value"] == 1
    assert found["by_chance"] == pytest.approx(8 / 60)


def test_recovery_by_hand():
    truth = np.array([True, False, True, False])
    assert planted.recovery(np.array([-4.0, 3, 2, 1]), truth) == pytest.approx((0.75, (1 + 2 / 3) / 2))


def test_position_means_by_hand():
    at, mean = measured.position_means(np.array([5, 4, 5]), np.array([-1.0, 2.0, -3.0]))
    np.testing.assert_array_equal(at, [4, 5])
    np.testing.assert_array_equal(mean, [-2, 2])


def test_a_map_that_says_what_was_measured_agrees_with_it(monkeypatch):
    effects = np.full((6, 4), np.nan)
    effects[1:5, 2] = [0.3, -0.1, -0.4, 0.2]  # four of six positions were measured
    monkeypatch.setattr(measured, "measured_on", lambda sequence: {"HBB": effects} if sequence.region else {})
    right = np.array([9, -0.3, 0.1, 0.4, -0.2, -9])
    placed = Sequence("s", "ACGTAC", Region("chr1", 0, 6, "GRCh38"))
    found = measured.on_window(placed, {"ISM": right, "IG": -right})
    assert (found["HBB"]["ISM"].value, found["HBB"]["IG"].value, found["HBB"]["IG"].n) == (
        pytest.approx(1),
        pytest.approx(-1),
        4,
    )
    assert measured.on_window(Sequence("s", "ACGTAC"), {"ISM": right}) == {}


def test_redrawn_weights_leave_nothing_of_a_linear_model_s_map(linear_model, random_bases):
    model = linear_model(window=200, outputs=1)
    some = [Sequence(str(i), random_bases(200, seed=i)) for i in range(4)]
    (record,) = sanity.randomise(model, some, "output0")
    assert record["ig"]["value"] < 0.2
    assert record["ig"]["n"] == 12


def test_parts_are_redrawn_from_the_output_backwards(toy_model):
    model = toy_model("dream_rnn", outputs=("K562",))
    parts = sanity.parts_of(model)
    assert parts[0] == ("first",)
    assert parts[-1] == ("head",)
    members = toy_model("legnet", members=2)  # stand side by side, so they are drawn anew together
    parts = sanity.parts_of(members)
    assert parts[-1] == ("heads.0", "heads.1")
    assert sanity.label(parts[-1]) == "heads"
    named = [n for part in parts for n in part]
    reached = [p for n in named for p in members.get_submodule(n).parameters()]
    assert {id(p) for p in reached} == {id(p) for p in members.parameters()}
    assert len(reached) == len(list(members.parameters()))
    other = sanity.redrawn(model, ["head"], seed=0)
    for (name, a), (_, b) in zip(model.named_parameters(), other.named_parameters(), strict=True):
        assert torch.equal(a, b) != name.startswith("head"), name


# --- spread of several models -----------------------------------------------------------------------


def test_spread_that_is_the_error_is_found_out_and_noise_is_not():
    rng = np.random.default_rng(0)
    spread, mean = rng.uniform(0.1, 1, 2000), rng.normal(size=2000)
    found = uncertainty.calibration(mean, spread, spread * 2)
    assert found.spearman.value == pytest.approx(1)
    assert found.at_one_level == pytest.approx(1)
    assert [b.error.value for b in found.bins] == pytest.approx([2 * b.spread for b in found.bins])
    assert abs(uncertainty.calibration(mean, spread, rng.permutation(spread)).spearman.value) < 0.06
    # both grow with the prediction and with nothing else
    confounded = uncertainty.calibration(mean, mean + 9 + rng.normal(0, 0.2, 2000), mean + rng.normal(0, 0.2, 2000))
    assert confounded.spearman.value > 0.9
    assert confounded.at_one_level < 0.5
    mean, spread, error = uncertainty.spread_and_error(np.array([[1.0], [3.0]]), np.array([5.0]))
    assert (mean[0], spread[0], error[0]) == (2, pytest.approx(np.sqrt(2)), 3)


# --- kept beside the weights ------------------------------------------------------------------------


@pytest.fixture
def stored(save_model, monkeypatch):
    """A small model with all that is stored of it, for one output, from 120 made-up elements."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (120, 200)).astype(np.uint8)
    names = np.array([f"peak{i}" for i in range(120)])
    activity = rng.normal(size=(120, 3)).astype(np.float32)
    table = lentimpra.ActivityTable(names, codes, activity, lentimpra.CELL_TYPES, names, "made up")
    split = splits.Split((np.arange(120) % 3).astype(np.int8), np.arange(120, dtype=np.int32), "made up")
    monkeypatch.setattr(store, "SIZES", store.Sizes(checked=1, randomised=1, planted=2, training=60, held_out=40))
    monkeypatch.setattr(maps, "PER_HALF", 2)
    save_model("toy", "dream_rnn", metrics={"standardisation": {"WTC11": {"mean": 0.0, "sd": 1.0}}}, outputs=("WTC11",))
    of = Library(table, split)
    assert store.compute(checkpoints.load("toy"), of)
    return checkpoints.load("toy"), of


def test_everything_is_stored_once_and_gives_a_badge(stored, random_bases):
    checkpoint, of = stored
    assert not store.compute(checkpoint, of)
    content = store.read(checkpoint)
    part = content["outputs"]["WTC11"]
    assert {len(v) for v in part["checks"].values()} == {2}
    assert {"planted", "randomised", "measured"} <= set(part)
    assert content["familiar"]["one base repeated"]["warn"] == 1
    scale = badge.load_scale(checkpoint, "WTC11")
    sequence = Sequence("s", random_bases(200, seed=5))
    maps_of = [integrated_gradients(checkpoint.model, sequence, IGSettings(steps=50)), ism(checkpoint.model, sequence)]
    found = badge.badge(checkpoint, scale, sequence, *maps_of, "WTC11")
    assert set(found.passed) | set(found.failed) == {"completeness", "ig_ism"}
    fewer = dataclasses.replace(maps_of[0], checks=maps_of[0].checks | {"steps": {"WTC11": 8}})
    found = badge.badge(checkpoint, scale, sequence, fewer, maps_of[1], "WTC11")
    assert set(found.passed) | set(found.failed) == {"ig_ism"}  # no map of the scale has as few steps
    repeated = Sequence("r", "A" * 200)
    maps_of = [f(checkpoint.model, repeated) for f in (integrated_gradients, ism)]
    assert "unlike those" in badge.badge(checkpoint, scale, repeated, *maps_of, "WTC11").sentence


@pytest.mark.parametrize("name", [store.FILE, store.FAMILIAR_FILE])
def test_a_file_that_broke_is_made_anew(stored, name):
    checkpoint, of = stored
    before, file = store.read(checkpoint), checkpoint.folder / "interpretation" / name
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="run: python -m engine interpret toy --what reliability"):
        (store.read if name == store.FILE else store.familiar)(checkpoint)
    assert store.compute(checkpoint, of)
    assert store.read(checkpoint) == before and store.familiar(checkpoint)
    assert not store.compute(checkpoint, of)


def test_agreement_between_seeds_joins_the_scale_once_a_second_network_is_there(stored, monkeypatch):
    checkpoint, of = stored
    own = maps.read(checkpoint)[0]
    opposite = dataclasses.replace(own, ism=-own.ism)
    places = tuple(Place("toy", checkpoint.folder, weights) for weights in (checkpoint.weights_hash, "twin"))
    monkeypatch.setattr(seeds, "places", lambda _: places)
    monkeypatch.setattr(seeds, "read", lambda _: [own, opposite])
    assert store.compute(checkpoint, of)
    assert store.read(checkpoint)["outputs"]["WTC11"]["checks"]["seeds"] == pytest.approx([-1, -1])
    assert not store.compute(checkpoint, of)


def test_what_is_not_computed_is_asked_for_by_its_command(save_model):
    save_model("toy", "dream_rnn")
    checkpoint = checkpoints.load("toy")
    assert badge.load_scale(checkpoint, "K562") is None
    with pytest.raises(CheckpointError, match="python -m engine interpret toy --what reliability"):
        store.calibration(checkpoint, "K562")
