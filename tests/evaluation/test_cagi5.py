"""CAGI5: effects of variants are alt minus ref over windows that hold them, and the scores count what they say."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from engine import sequence as sq
from engine.data import satmut
from engine.data.satmut import DELETION, MATCHED, MATCHED_ELEMENTS
from engine.errors import InputError
from engine.evaluation import cagi5
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import EXPERIMENTS, Architecture, Ensemble
from engine.genome.effects import Scoring, variant_effects, window_starts
from engine.sequence import BASES

needs_satmut = pytest.mark.needs_data("satmut", "cagi5_references")

WINDOW, OFFSETS = 20, (-6, -2, 0, 5)
SCORING = Scoring(offsets=OFFSETS)


@pytest.fixture
def linear(linear_model):
    return linear_model(window=WINDOW)


@pytest.fixture
def bases(random_bases):
    return random_bases(70, 5)


def predicted(model, bases: str) -> np.ndarray:
    """A linear model's prediction over both strands, by hand."""
    w, x = model.weights.detach().numpy(), sq.one_hot(sq.encode(bases))
    return ((w * x).sum(axis=(1, 2)) + (w * x[::-1, ::-1]).sum(axis=(1, 2))) / 2 + model.bias.detach().numpy()


# --- windows ----------------------------------------------------------------------------------------


def test_windows_lie_around_the_variant_at_the_named_offsets():
    assert window_starts(100, 20, (-5, 0, 5), 0, 200) == [85, 90, 95]
    assert window_starts(100, 21, (0,), 0, 200) == [90]


def test_windows_are_pushed_back_inside_the_bounds():
    assert window_starts(3, 20, (-5, 0, 5), 0, 200) == [0]
    assert window_starts(198, 20, (-5, 0, 5), 0, 200) == [180]
    assert window_starts(12, 20, (-5, 0, 5), 10, 40) == [10]


@pytest.mark.parametrize("window", [200, 201])
def test_every_window_holds_the_variant_and_stays_inside_the_bounds(window):
    for low, high in ((0, window), (0, 601), (37, 340)):
        for position in range(low, high):
            starts = window_starts(position, window, (*Scoring().offsets, -150, 150), low, high)
            assert starts
            assert starts == sorted(set(starts))
            assert all(low <= s and s + window <= high for s in starts)
            assert all(s <= position < s + window for s in starts)


def test_an_offset_that_leaves_the_variant_outside_gives_no_window():
    assert window_starts(100, 20, (-30, 0, 30), 0, 200) == [90]


# --- effects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [0, 3, 35, 60, 69])
def test_the_effect_of_a_substitution_in_a_linear_model_is_known_by_hand(position, linear, bases):
    alts = [b for b in BASES if b != bases[position]]
    effects = variant_effects(linear, bases, np.full(3, position), alts, scoring=SCORING)
    w = linear.weights.detach().numpy()
    w = (w + w[:, ::-1, ::-1]) / 2
    for alt, effect in zip(alts, effects, strict=True):
        inside = [position - s for s in window_starts(position, WINDOW, OFFSETS, 0, 70)]
        expected = np.mean([w[:, BASES.index(alt), i] - w[:, BASES.index(bases[position]), i] for i in inside], axis=0)
        np.testing.assert_allclose(effect, expected, atol=1e-5)
    assert effects.shape == (3, 2)
    assert effects.dtype == np.float32


@pytest.mark.parametrize("position", [0, 3, 35, 49, 50, 55, 60, 69])
def test_the_effect_of_a_deletion_brings_in_the_next_base(position, linear, bases):
    """By hand: delete the base from the stretch; where no base follows, the one before the window comes in."""
    shorter = bases[:position] + bases[position + 1 :]
    expected = []
    for start in window_starts(position, WINDOW, OFFSETS, 0, 70):
        first = start if start + WINDOW < 70 else start - 1
        alt, ref = shorter[first : first + WINDOW], bases[start : start + WINDOW]
        assert len(alt) == WINDOW
        expected.append(predicted(linear, alt) - predicted(linear, ref))
    effect = variant_effects(linear, bases, np.array([position]), [DELETION], scoring=SCORING)
    np.testing.assert_allclose(effect[0], np.mean(expected, axis=0), atol=1e-5)


def test_deleting_either_of_two_equal_bases_is_the_same_in_the_same_window(linear, random_bases):
    bases = random_bases(30) + "AGGC" + random_bases(30, 1)
    first = variant_effects(linear, bases, np.array([31]), [DELETION], scoring=Scoring(offsets=(1,)))
    second = variant_effects(linear, bases, np.array([32]), [DELETION], scoring=Scoring(offsets=(0,)))
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert np.abs(first).max() > 0.1


def test_the_reference_base_has_no_effect(linear, bases):
    effects = variant_effects(linear, bases, np.arange(70), list(bases), scoring=SCORING)
    assert (effects == 0).all()


def every_variant(bases: str) -> tuple[np.ndarray, list[str]]:
    variants = [(i, a) for i, b in enumerate(bases) for a in (*BASES, DELETION) if a != b]
    return np.array([i for i, _ in variants]), [a for _, a in variants]


def test_an_effect_does_not_depend_on_the_other_variants_or_the_batch(toy_model, random_bases):
    model, bases = toy_model(), random_bases(260)
    positions, alts = (v[::37] for v in every_variant(bases))
    together = variant_effects(model, bases, positions, alts)
    assert np.abs(together).max() > 0.01
    order = np.random.default_rng(0).permutation(len(positions))
    shuffled = variant_effects(model, bases, positions[order], [alts[i] for i in order], batch_size=5)
    np.testing.assert_allclose(shuffled, together[order], atol=2e-5)
    alone = variant_effects(model, bases, positions[3:4], alts[3:4])
    np.testing.assert_allclose(alone[0], together[3], atol=2e-5)


def test_the_other_strand_gives_the_same_effects(toy_model, random_bases):
    """In bounds of one window, which lies at the same place on either strand."""
    model, bases, scoring = toy_model(), random_bases(240), Scoring(offsets=(0,))
    positions = np.array([20, 120, 219])
    alts = [BASES[(BASES.index(bases[p]) + 1) % 4] for p in positions]
    forward = variant_effects(model, bases, positions, alts, scoring=scoring, bounds=(20, 220))
    other, alts = sq.reverse_complement(bases), [sq.reverse_complement(a) for a in alts]
    backward = variant_effects(model, other, 239 - positions, alts, scoring=scoring, bounds=(20, 220))
    np.testing.assert_allclose(forward, backward, atol=2e-5)
    assert np.abs(forward).min() > 1e-5


def test_bases_outside_the_bounds_do_not_matter(linear, bases, random_bases):
    """Nor does any base that no window of a variant holds."""
    other = random_bases(70, 6)
    changed = other[:25] + bases[25:55] + other[55:]
    positions, alts = every_variant(bases)
    snvs = [i for i, (p, a) in enumerate(zip(positions, alts, strict=True)) if 25 <= p < 55 and a != DELETION]
    positions, alts = positions[snvs], [alts[i] for i in snvs]
    inside = [variant_effects(linear, b, positions, alts, scoring=SCORING, bounds=(25, 55)) for b in (bases, changed)]
    assert np.array_equal(*inside)
    outside = variant_effects(linear, bases, positions, alts, scoring=SCORING)
    assert not np.allclose(inside[0], outside)


def test_a_stretch_that_is_too_short_is_an_error_that_says_how_much_is_needed(linear, bases):
    with pytest.raises(InputError, match="need at least 20 bases of sequence, not 19"):
        variant_effects(linear, bases[:19], np.array([3]), ["A"])
    with pytest.raises(InputError, match="need at least 20 bases of sequence, not 10"):
        variant_effects(linear, bases, np.array([33]), ["A"], bounds=(30, 40))
    with pytest.raises(InputError, match="deletion needs at least 21 bases of sequence, not 20"):
        variant_effects(linear, bases[:20], np.array([3]), [DELETION])
    assert variant_effects(linear, bases[:20], np.array([3]), ["A"]).shape == (1, 2)
    assert np.isfinite(variant_effects(linear, bases[:21], np.array([3, 20]), [DELETION] * 2)).all()


# --- elements ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def f9():
    return satmut.load_cagi5("F9")


@needs_satmut
@pytest.mark.parametrize("inside", [False, True])
def test_an_elements_effects_are_those_in_its_reference_window(inside, f9, linear_model):
    element, _ = f9
    model = linear_model(window=200)
    scoring = Scoring(offsets=(-60, 0, 60), inside=inside)
    effects = cagi5.element_effects(model, element, scoring=scoring)
    assert effects.shape == (len(element.variants), 2)
    around = satmut.context(element)
    low = element.region.start - around.region.start if inside else 0
    high = low + len(element.region) if inside else len(around)
    w = model.weights.detach().numpy()
    w = (w + w[:, ::-1, ::-1]) / 2
    for row in (0, 5, 400, len(element.variants) - 2):
        variant = element.variants.iloc[row]
        if variant["alt"] == DELETION:
            continue
        at = variant["pos"] - 1 - around.region.start
        assert around.bases[at] == variant["ref"]
        ref, alt = BASES.index(variant["ref"]), BASES.index(variant["alt"])
        inside_window = [at - s for s in window_starts(at, 200, scoring.offsets, low, high)]
        expected = np.mean([w[:, alt, i] - w[:, ref, i] for i in inside_window], axis=0)
        np.testing.assert_allclose(effects[row], expected, atol=1e-4)


@needs_satmut
def test_an_element_without_flanks_that_is_too_short_is_an_error(linear_model):
    element = satmut.load("UC88")
    with pytest.raises(InputError, match="need at least 1000 bases of sequence, not 591"):
        cagi5.element_effects(linear_model(window=1000), element)


@needs_satmut
@pytest.mark.parametrize("name", ["SORT1-flip", "TCF7L2"])
def test_odd_elements_are_scored_as_well(name, linear_model):
    """One whose first base is not the genome's, one with an unknown base."""
    element = satmut.load(name)
    effects = cagi5.element_effects(linear_model(window=200), element, scoring=Scoring(offsets=(0,)))
    assert np.isfinite(effects).all()


@needs_satmut
def test_subsets_are_snvs_split_by_position_and_confidence(f9):
    element, training = f9
    v = element.variants
    rows = {
        (s, c): set(np.flatnonzero(cagi5.subset_rows(element, training, s, c)))
        for s in cagi5.SUBSETS
        for c in cagi5.CONFIDENCES
    }
    assert rows["all", "all"] == set(np.flatnonzero(v["alt"] != "-"))
    for c in cagi5.CONFIDENCES:
        assert rows["training", c] | rows["test", c] == rows["all", c]
        assert not rows["training", c] & rows["test", c]
    assert rows["training", "all"] == {i for i in rows["all", "all"] if training[i]}
    for s in cagi5.SUBSETS:
        assert rows[s, "high"] == {i for i in rows[s, "all"] if v["confidence"][i] >= 0.1}
        assert 0 < len(rows[s, "high"]) < len(rows[s, "all"])


@needs_satmut
def test_f9_is_scored_with_every_key_and_its_numbers_of_variants(f9, toy_model):
    element, training = f9
    model, seen = toy_model(), []
    scoring = Scoring(offsets=(0,))
    result = cagi5.evaluate(model, elements=("F9",), scoring=scoring, resamples=20, progress=lambda *p: seen.append(p))
    assert seen == [(1, 1)]
    assert result["scoring"] == {"offsets": (0,), "inside": False, "both_strands": True, "window": 200}
    assert set(result["elements"]) == {"F9"}
    assert result["elements"]["F9"]["cells"] == "HepG2"
    assert result["matched_mean"] == {}  # F9 alone is not all the elements of a cell type
    scores = result["elements"]["F9"]["spearman"]
    assert tuple(scores) == model.outputs
    effects, measured = cagi5.element_effects(model, element, scoring=scoring), element.variants["effect"].to_numpy()
    for i, output in enumerate(model.outputs):
        assert set(scores[output]) == {"test", "training", "all"}
        for subset, by_confidence in scores[output].items():
            assert set(by_confidence) == {"all", "high"}
            for confidence, metric in by_confidence.items():
                rows = cagi5.subset_rows(element, training, subset, confidence)
                assert metric["n"] == rows.sum()
                assert metric["value"] == pytest.approx(cagi5.spearman(effects[rows, i], measured[rows]), abs=1e-6)
                assert metric["low"] <= metric["high"]
    n = scores["K562"]
    assert n["all"]["all"]["n"] == 904
    assert n["test"]["all"]["n"] + n["training"]["all"]["n"] == 904
    json.dumps(result)


@needs_satmut
def test_measured_effects_given_as_predictions_score_one(toy_model, monkeypatch):
    monkeypatch.setattr(
        cagi5,
        "element_effects",
        lambda model, element, scoring: np.repeat(element.variants["effect"].to_numpy()[:, None], 3, axis=1),
    )
    result = cagi5.evaluate(toy_model(), resamples=5)
    assert tuple(result["elements"]) == MATCHED_ELEMENTS
    for element in result["elements"].values():
        for output in element["spearman"].values():
            for subset in output.values():
                assert [m["value"] for m in subset.values()] == pytest.approx([1, 1])
    assert result["matched_mean"]["HepG2"]["test"]["high"]["low"] == pytest.approx(1)


@needs_satmut
def test_a_matched_mean_is_the_mean_over_the_elements_of_the_cell_type(toy_model, monkeypatch):
    def noisy(model, element, scoring):
        rng = np.random.default_rng(len(element.variants))
        effect = element.variants["effect"].to_numpy()[:, None]
        return effect + rng.normal(0, effect.std(), (len(effect), 3)) * [1, 3, 9]

    monkeypatch.setattr(cagi5, "element_effects", noisy)
    result = cagi5.evaluate(toy_model(), resamples=30)
    assert set(result["matched_mean"]) == set(MATCHED)  # no element was assayed in cells like WTC11
    for output, names in MATCHED.items():
        for subset in cagi5.SUBSETS:
            for confidence in cagi5.CONFIDENCES:
                parts = [result["elements"][n]["spearman"][output][subset][confidence] for n in names]
                mean = result["matched_mean"][output][subset][confidence]
                assert mean["value"] == pytest.approx(np.mean([p["value"] for p in parts]))
                assert mean["n"] == sum(p["n"] for p in parts)
                assert mean["low"] < mean["value"] < mean["high"]
    k562, hepg2 = (result["matched_mean"][o]["all"]["all"]["value"] for o in ("K562", "HepG2"))
    assert k562 > hepg2 + 0.1  # the second column was the noisier one


@needs_satmut
def test_a_transfer_mean_is_the_mean_over_the_elements_of_another_cell_type(toy_model, monkeypatch):
    def noisy(model, element, scoring):
        rng = np.random.default_rng(len(element.variants))
        effect = element.variants["effect"].to_numpy()[:, None]
        return effect + rng.normal(0, effect.std(), (len(effect), 3)) * [1, 3, 9]

    monkeypatch.setattr(cagi5, "element_effects", noisy)
    result = cagi5.evaluate(toy_model(), resamples=30, subsets=("test",))
    transfer = result["transfer_mean"]
    assert {output: set(groups) for output, groups in transfer.items()} == {
        "K562": {"HepG2"},
        "HepG2": {"K562"},
        "WTC11": {"K562", "HepG2"},
    }
    for output, groups in transfer.items():
        for group, scores in groups.items():
            for confidence, mean in scores["test"].items():
                parts = [result["elements"][n]["spearman"][output]["test"][confidence] for n in MATCHED[group]]
                assert mean["value"] == pytest.approx(np.mean([p["value"] for p in parts]))
                assert mean["n"] == sum(p["n"] for p in parts)
                assert mean["low"] < mean["value"] < mean["high"]
    one = cagi5.evaluate(toy_model(outputs=("HepG2",)), elements=MATCHED["K562"], resamples=2, subsets=("test",))
    assert one["matched_mean"] == {}
    assert set(one["transfer_mean"]["HepG2"]) == {"K562"}  # nothing that it did not see is in the mean


@needs_satmut
@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_subsets_may_be_chosen(toy_model, monkeypatch):
    monkeypatch.setattr(cagi5, "element_effects", lambda model, element, scoring: np.ones((len(element.variants), 3)))
    result = cagi5.evaluate(toy_model(), elements=("F9",), subsets=("training",), resamples=2)
    assert set(result["elements"]["F9"]["spearman"]["K562"]) == {"training"}
    assert np.isnan(result["elements"]["F9"]["spearman"]["K562"]["training"]["all"]["value"])  # constant predictions


@pytest.fixture
def computed(monkeypatch):
    """The data sets whose effects were computed, in order; each computation gives its own number everywhere."""
    names = []

    def effects(model, element, *, scoring=None, progress=None):
        names.append(element.data_set.name)
        return np.full((len(element.variants), 3), len(names), np.float32)

    monkeypatch.setattr(cagi5, "element_effects", effects)
    return names


@needs_satmut
def test_stored_effects_are_computed_once_for_the_same_weights(f9, toy_model, computed, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    element, checkpoint = f9[0], Checkpoint("toy", toy_model(), {"weights_sha256": "a" * 64}, {}, tmp_path / "toy")
    first, again = (cagi5.stored_effects(checkpoint, element) for _ in range(2))
    assert np.array_equal(first, again)
    assert len(computed) == 1
    retrained = dataclasses.replace(checkpoint, description={"weights_sha256": "b" * 64})
    assert (cagi5.stored_effects(retrained, element) == 2).all()
    # the same bases stand in both builds, so both use one file; MSMB runs the other way round
    assert np.array_equal(cagi5.stored_effects(checkpoint, satmut.load("F9", "GRCh38")), first)
    for build in satmut.BUILDS:
        cagi5.stored_effects(checkpoint, satmut.load("MSMB", build))
    assert computed == ["F9", "F9", "MSMB", "MSMB"]


@needs_satmut
def test_what_another_assay_of_the_same_bases_needed_is_not_computed_again(toy_model, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    checkpoint = Checkpoint("toy", toy_model(), {"weights_sha256": "a" * 64}, {}, tmp_path / "toy")
    asked, names = {}, ("TERT-HEK", "TERT-GAa")

    def effects(model, element, *, rows=None, progress=None):
        chosen = element.variants if rows is None else element.variants[rows]
        asked[element.data_set.name] = set(zip(chosen["pos"], chosen["alt"], strict=True))
        numbers = chosen["pos"] * 5 + chosen["alt"].map("ACGT-".index)
        return np.repeat(numbers.to_numpy(np.float32)[:, None], 3, axis=1)

    monkeypatch.setattr(cagi5, "element_effects", effects)
    elements = [satmut.load(name) for name in names]
    assert cagi5.known_effects(checkpoint, elements[1]) is None
    _, second = (cagi5.stored_effects(checkpoint, element) for element in elements)
    variants = [set(zip(e.variants["pos"], e.variants["alt"], strict=True)) for e in elements]
    assert asked.get("TERT-GAa", set()) == variants[1] - variants[0]
    expected = elements[1].variants["pos"] * 5 + elements[1].variants["alt"].map("ACGT-".index)
    assert np.array_equal(second[:, 0], expected.to_numpy(np.float32))
    assert np.array_equal(cagi5.known_effects(checkpoint, elements[1]), second)


@needs_satmut
def test_shipped_effects_lie_beside_the_weights_and_go_with_them(f9, toy_model, computed, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "models" / "toy"
    element, checkpoint = f9[0], Checkpoint("toy", toy_model(), {"weights_sha256": "a" * 64}, {}, folder)
    cagi5.stored_effects(checkpoint, element, ship=True)
    assert (folder / "effects" / "F9.npz").is_file()
    assert not (tmp_path / "cache" / "effects").exists()
    cagi5.stored_effects(checkpoint, element)
    assert len(computed) == 1
    other_weights = dataclasses.replace(checkpoint, description={"weights_sha256": "b" * 64})
    cagi5.stored_effects(other_weights, element)
    assert len(computed) == 2


@needs_satmut
def test_effects_of_an_ensemble_are_those_of_its_members_put_together(toy_model, models_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    for name, seed in (("joint_legnet", 1), ("dream_rnn", 2)):
        model = toy_model("dream_rnn", seed=seed)
        described = Architecture("dream_rnn", {"width": 16, "pool": 2})
        checkpoints.save(name, model, dataclasses.replace(EXPERIMENTS[name], model=described))
    declaration = Ensemble("both", ("joint_legnet", "dream_rnn"), ("HepG2", "K562"), "nothing")
    built = checkpoints.build_ensemble(declaration)
    built.target_sd.copy_(torch.tensor([1.5, 0.5]))
    built.target_mean.copy_(torch.tensor([-1.0, 2.0]))
    checkpoints.save_ensemble(built, declaration)
    element = satmut.load("HBB", "GRCh37")
    stored = cagi5.stored_effects(checkpoints.load("both"), element)
    direct = cagi5.element_effects(checkpoints.load("both").model, element)
    assert np.abs(direct).max() > 0.1
    np.testing.assert_allclose(stored, direct, rtol=1e-3, atol=1e-5)
