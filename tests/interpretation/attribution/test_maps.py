"""Maps of a panel and what they say: against weights set by hand, and statistics counted by hand."""

import dataclasses

import numpy as np
import pytest

from engine.data import lentimpra, splits
from engine.data.library import Library
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.experiments.declared import Ensemble
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.attribution.maps import Maps
from engine.statistics import mean_of


@pytest.fixture
def table():
    """120 made-up elements of 12 bases whose activity grows with their number; every second one is held out."""
    rng = np.random.default_rng(1)
    activity = np.repeat(np.arange(120, dtype=np.float32)[:, None], 3, axis=1)
    codes = rng.integers(0, 4, (120, 12)).astype(np.uint8)
    names = np.array([f"peak{i}" for i in range(120)])
    return lentimpra.ActivityTable(names, codes, activity, lentimpra.CELL_TYPES, names, "made up")


@pytest.fixture
def split():
    return splits.Split((np.arange(120) % 2).astype(np.int8), np.arange(120, dtype=np.int32), "made up")


class Described:
    """A checkpoint as far as maps need one."""

    name, weights_hash, members = "linear", "weights", ()

    def __init__(self, model):
        self.model = self.inference_model = model

    def standardisation(self):
        return np.array([[0.0, 0.0], [2.0, 4.0]])


def test_the_panel_is_the_same_every_time_and_lies_at_the_ends_of_activity(table, split):
    panel = maps.choose_panel(table, split, per_half=5)
    again = maps.choose_panel(table, split, per_half=5)
    np.testing.assert_array_equal(panel.rows, again.rows)
    assert (split.folds[panel.rows] == splits.TEST_FOLD).all()
    assert panel.rows[panel.high].min() >= 88  # the upper quarter of the even numbers up to 118
    assert panel.rows[~panel.high].max() <= 30
    with pytest.raises(InputError, match=r"15 elements .* 16 are needed"):
        maps.choose_panel(table, split, per_half=16)


def test_maps_of_a_linear_model_are_its_weights_in_standard_deviations(table, split, linear_model):
    model = linear_model()
    panel = maps.choose_panel(table, split, per_half=3)
    made = maps.compute(Described(model), Library(table, split), panel)
    weights = model.weights.detach().numpy()
    both = (weights + weights[:, ::-1, ::-1]) / 2  # what the mean over both strands adds up to
    for i, output in enumerate(model.outputs):
        own = both[i][made.codes, np.arange(12)]
        scale = (2.0, 4.0)[i]
        expected = {"uniform": own - both[i].mean(axis=0), "zeros": own}
        for baseline, values in expected.items():
            np.testing.assert_allclose(made.profile(output, "ig", baseline), values / scale, atol=2e-3)
        # each substitution loses the base's weight and gains another: 4/3 of the difference to the mean of all four
        np.testing.assert_allclose(made.profile(output, "ism"), expected["uniform"] * 4 / 3 / scale, atol=2e-3)
    assert np.abs(made.delta).max() < 1e-5
    summary = statistics.summary(made, model.outputs[0])
    assert summary["both"]["ig with ism"].value == pytest.approx(1, abs=1e-4)
    assert summary["ig"]["magnitude log2"].value == pytest.approx(2 * summary["ig"]["magnitude"].value)


def test_stored_maps_are_read_back_and_forgotten_with_the_weights(table, split, linear_model, tmp_path, monkeypatch):
    monkeypatch.setattr(maps, "PER_HALF", 3)
    checkpoint = Described(linear_model())
    checkpoint.folder = tmp_path
    made = maps.store(checkpoint, Library(table, split))
    monkeypatch.setattr(maps, "compute", None)  # a second computation would fail
    read, key = maps.read(checkpoint)
    again = maps.store(checkpoint, Library(table, split))
    for other in (read, again):
        np.testing.assert_array_equal(other.ism, made.ism)
        np.testing.assert_array_equal(other.ig["shuffles"], made.ig["shuffles"])
        assert other.outputs == made.outputs
    assert key.startswith("weights made up")
    checkpoint.weights_hash = "others"
    assert maps.read(checkpoint) is None


def made_by_hand(profile: np.ndarray, rows=(1, 2, 3, 4), model: str = "by hand") -> Maps:
    """Maps whose IG is `profile`, in every baseline."""
    n, length = profile.shape
    ig = {b: profile[None].astype(np.float16) for b in maps.BASELINES}
    ism = np.zeros((1, n, length, 4), np.float16)
    ism[0, :, :, 1:] = -profile[:, :, None]  # every base is A
    return Maps(
        model, ("K562",), ism, ig, np.zeros((1, n)), np.ones(1), np.array(rows[:n]),
        np.arange(n) < n // 2, np.zeros((n, length), np.uint8),
    )  # fmt: skip


def test_focus_ratio_and_profile_by_hand():
    profile = np.ones((4, 10))
    profile[:2] = -2.0  # the elements of high activity
    profile[:, 0] *= 3
    found = statistics.focus(profile, edge=2)
    assert {p: m.value for p, m in found.items()} == pytest.approx(
        {"5' edge": 4 / 12, "centre": 6 / 12, "3' edge": 2 / 12}
    )
    assert statistics.high_to_low(profile, np.arange(4) < 2).value == pytest.approx(2)
    np.testing.assert_allclose(statistics.position_profile(profile), [4.5] + [1.5] * 9)


def test_sizes_by_base_add_up_to_the_profile_and_its_interval_is_that_of_the_mean():
    rng = np.random.default_rng(0)
    profile, codes = rng.normal(size=(50, 6)), rng.integers(0, 4, (50, 6))
    profile[:, 5] = -2.0
    found = statistics.by_base(profile, codes)
    assert found[2, 1] == pytest.approx(np.abs(profile[codes[:, 1] == 2, 1]).sum() / 50)
    np.testing.assert_allclose(found.sum(axis=0), statistics.position_profile(profile))
    low, high = statistics.position_intervals(profile)
    assert (low[5], high[5]) == pytest.approx((2, 2))
    one = mean_of(np.abs(profile[:, 3]))
    assert (low[3], high[3]) == pytest.approx((one.low, one.high), abs=0.03)


def test_the_studys_recipe_is_one_correlation_over_elements_positions_and_bases():
    rng = np.random.default_rng(0)
    profile, other = rng.normal(size=(2, 4, 30)).astype(np.float16)  # as precise as maps are kept
    codes = rng.integers(0, 4, (4, 30)).astype(np.uint8)
    several = [(dataclasses.replace(made_by_hand(p), codes=codes), "K562") for p in (profile, other, profile * 4)]
    hot = np.eye(4)[codes]
    expected = np.corrcoef((hot * profile[..., None]).ravel(), (hot * other[..., None]).ravel())[0, 1]
    found = statistics.as_published(several)
    assert found.pairs == 3
    assert (found.lowest, found.highest) == pytest.approx((expected, 1), abs=1e-6)
    assert found.mean == pytest.approx((2 * expected + 1) / 3, abs=1e-6)
    assert statistics.as_published(several[:1]) is None


def test_agreement_ignores_scale_and_offset_and_tells_elements_apart():
    profile = np.random.default_rng(0).normal(size=(4, 300))
    one, scaled = made_by_hand(profile), made_by_hand(profile * 5 + 1)
    matrix = statistics.between([(one, "K562"), (scaled, "K562")], "ig")
    assert matrix[0][1].value == pytest.approx(1, abs=1e-3)
    assert matrix[0][0] is None
    found = {r.recipe: r for r in statistics.recipes([(one, "K562"), (scaled, "K562")])}
    assert found["ISM"].mean.value == pytest.approx(1, abs=1e-3)
    assert found["ISM"].pairs == 1
    assert abs(found["ISM"].by_chance) < 0.15
    # the same maps turned around in half of the elements: nothing is left of the mean, nor of each element's agreement
    turned = made_by_hand(profile * np.array([[1], [-1], [1], [-1]]))
    record = statistics.recipes([(one, "K562"), (turned, "K562")])[0]
    assert record.mean.value == pytest.approx(0, abs=1e-3)
    expected = np.corrcoef(profile.mean(axis=0), (profile[0] - profile[1] + profile[2] - profile[3]) / 4)[0, 1]
    assert record.mean_maps == pytest.approx(expected, abs=1e-2)


def test_a_pooled_correlation_is_hidden_by_another_offset_of_each_element_and_a_mean_per_element_is_not():
    profile = np.random.default_rng(0).normal(size=(4, 300))
    moved = profile + np.array([[-40.0], [40.0], [40.0], [-40.0]])
    assert statistics.agreement(profile, moved).value == pytest.approx(1)
    assert abs(statistics.pooled(profile, moved)) < 0.1


def test_maps_of_different_panels_are_not_compared():
    one = made_by_hand(np.ones((4, 6)))
    other = made_by_hand(np.ones((4, 6)), rows=(5, 6, 7, 8), model="other")
    with pytest.raises(InputError, match="other and by hand are of different elements"):
        statistics.between([(one, "K562"), (other, "K562")], "ig")


def test_the_maps_of_an_ensemble_are_those_of_its_model_and_cost_nothing_more(made_up, save_model, monkeypatch):
    for name, small in (("PER_HALF", 2), ("STEPS", 4), ("SHUFFLES", 1)):
        monkeypatch.setattr(maps, name, small)
    scale = {"standardisation": {o: {"mean": 0.0, "sd": 0.5} for o in lentimpra.CELL_TYPES}}
    save_model("one", metrics=scale)
    save_model("other", "dream_rnn", seed=1, metrics=scale | {"standardisation": {"K562": {"mean": 0.0, "sd": 3.0}}},
               outputs=("K562",))  # fmt: skip
    declared = Ensemble("both", ("one", "other"), ("K562",), "nothing")
    model = checkpoints.build_ensemble(declared)
    model.target_sd.fill_(0.7)  # as a calibration does
    checkpoints.save_ensemble(model, declared)
    checkpoints.save_metrics("both", {"standardisation": {"K562": {"mean": 0.0, "sd": 0.2}}})
    both = checkpoints.load("both")
    expected = maps.compute(both, made_up, maps.choose_panel(made_up.table, made_up.split, 2))
    found = maps.store(both, made_up)
    assert found.outputs == ("K562",) and found.model == "both"
    np.testing.assert_allclose(found.ism.astype(float), expected.ism, atol=0.02)  # of about 3; half precision
    for baseline in maps.BASELINES:
        np.testing.assert_allclose(found.ig[baseline].astype(float), expected.ig[baseline], atol=0.02)
    np.testing.assert_allclose(found.delta, expected.delta, atol=1e-3)
    np.testing.assert_array_equal(found.sd, [0.2])
    monkeypatch.setattr(maps, "compute", None)
    np.testing.assert_array_equal(maps.store(both, made_up).ism, found.ism)
