"""Networks that differ in the seed alone: members, replicates, and what their agreement says of losses."""

import dataclasses

import numpy as np
import pytest
import torch

from engine import store
from engine.data.library import Library
from engine.errors import CheckpointError, InputError
from engine.evaluation import cagi5, held_out, strata
from engine.experiments import checkpoints
from engine.experiments import declared as experiments
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import seeds
from engine.models.predict import one_hot
from engine.statistics import every_two
from engine.training import runs
from tests.interpretation.attribution.test_maps import made_by_hand

CAGI5 = {"elements": {}, "matched_mean": {}}


@pytest.fixture
def of(made_up, monkeypatch):
    monkeypatch.setattr(cagi5, "evaluate", lambda *_, **__: CAGI5)
    monkeypatch.setattr(strata, "effect_strata", lambda *_: {})
    for name, small in (("PER_HALF", 2), ("STEPS", 4), ("SHUFFLES", 1)):
        monkeypatch.setattr(maps, name, small)
    return Library(made_up.table, made_up.split)


@pytest.fixture
def row(of, toy_model, toy_options, models_folder):
    """A small B1_baseline_mse that says it was trained with the first of its seeds."""
    declared = experiments.EXPERIMENTS["B1_baseline_mse"]
    small = dataclasses.replace(
        declared,
        model=dataclasses.replace(declared.model, options=toy_options["dream_rnn"]),
        optimizer=dataclasses.replace(declared.optimizer, epochs=1),
    )
    model = toy_model("dream_rnn", ("K562",))
    checkpoints.save("B1_baseline_mse", model, small)
    scale = held_out.standardisation(model, of)
    training = {"seed": 42, "data_hash": of.table.hash, "split_hash": of.split.hash}
    checkpoints.save_metrics("B1_baseline_mse", {"training": training, "standardisation": scale})
    return checkpoints.load("B1_baseline_mse")


@pytest.fixture
def three(of, toy_model, toy_options, models_folder):
    """A joint_legnet of three small members."""
    options = toy_options["legnet"] | {"members": 3}
    declared = experiments.get("joint_legnet")
    model = toy_model("legnet", members=3)
    described = dataclasses.replace(declared, model=dataclasses.replace(declared.model, options=options))
    checkpoints.save("joint_legnet", model, described)
    checkpoints.save_metrics("joint_legnet", {"standardisation": held_out.standardisation(model, of)})
    return checkpoints.load("joint_legnet")


def test_members_on_their_own_say_what_they_say_together(toy_model, random_bases):
    model = toy_model("legnet", members=3)
    x = one_hot(torch.randint(0, 4, (5, 200), dtype=torch.uint8))
    singles = model.split()
    torch.testing.assert_close(torch.stack([s(x) for s in singles]), model.member_activities(x))
    torch.testing.assert_close(torch.stack([s(x) for s in singles]).mean(0), model(x))
    assert len(model.members) == 3  # the whole is as it was
    assert [len(s.split()) for s in singles] == [1, 1, 1]


def test_the_maps_of_a_network_are_the_mean_of_its_members_maps(three, of):
    assert seeds.read(three) == []
    assert seeds.compute(three, of)
    assert not seeds.compute(three, of)
    family = seeds.read(three)
    own = maps.compute(three, of, maps.choose_panel(of.table, of.split, 2))
    np.testing.assert_allclose(np.mean([m.ism.astype(float) for m in family], axis=0), own.ism, atol=2e-3)
    for baseline in maps.BASELINES:
        mean = np.mean([m.ig[baseline].astype(float) for m in family], axis=0)
        np.testing.assert_allclose(mean, own.ig[baseline], atol=2e-3)
    assert not np.allclose(family[0].ism, family[1].ism, atol=0.01)


def test_a_single_network_is_trained_once_more_with_the_next_seed(row, of):
    assert seeds.siblings(row) == () and seeds.places(row) == () and seeds.read(row) == []
    assert seeds.compute(row, of)
    first, second = seeds.siblings(row)
    assert first is row
    assert second.metrics["training"]["seed"] == 123
    own = row.description["experiment"]
    assert all(own[part] == value for part, value in second.metrics["training"]["recipe"].items())
    assert second.weights_hash != row.weights_hash
    assert second.metrics["cagi5"] == CAGI5 and second.metrics["held_out"]["K562"]["spearman"]["n"] > 0
    assert second.metrics["calibration"] and (second.folder / checkpoints.HELD_OUT).is_file()
    assert second.folder == row.folder / "replicates" / "123"
    assert [m.model for m in seeds.read(row)] == ["B1_baseline_mse"] * 2
    assert not seeds.compute(row, of)
    # weights and metrics of the model itself are as they were
    assert checkpoints.load("B1_baseline_mse").weights_hash == row.weights_hash


def test_a_replicate_without_scores_on_variants_gets_them(row, of):
    seeds.compute(row, of)
    whole = seeds.replicate(row).metrics
    checkpoints.save_metrics(row.name, {k: v for k, v in whole.items() if k != "cagi5"}, seeds.replicate(row).folder)
    assert seeds.compute(row, of) and seeds.replicate(row).metrics == whole
    assert not seeds.compute(row, of)


def test_siblings_stand_in_the_order_of_their_seeds_whichever_is_the_model(row, of):
    seeds.compute(row, of)
    before = [place.weights_hash for place in seeds.places(row)]
    checkpoints.promote(row.name, 42, 123)
    now = checkpoints.load(row.name)
    assert now.weights_hash == before[1]
    assert [sibling.weights_hash for sibling in seeds.siblings(now)] == before
    assert [place.weights_hash for place in seeds.places(now)] == before
    assert len(seeds.read(now)) == 2  # each network's maps went with it


def test_a_replicate_of_another_recipe_is_none(row, of):
    seeds.compute(row, of)
    assert seeds.replicate(row) is not None
    stored = row.description["experiment"]
    other = row.description | {"experiment": stored | {"optimizer": stored["optimizer"] | {"epochs": 7}}}
    store.write_json(row.folder / checkpoints.DESCRIPTION, other)
    assert seeds.replicate(checkpoints.load("B1_baseline_mse")) is None


@pytest.mark.parametrize("part, value", [("seed", 123), ("data_hash", "other data"), ("split_hash", "another split")])
def test_the_same_seed_or_other_data_make_no_replicate(row, of, part, value):
    seeds.compute(row, of)
    training = row.metrics["training"] | {part: value}
    checkpoints.save_metrics("B1_baseline_mse", row.metrics | {"training": training})
    again = checkpoints.load("B1_baseline_mse")
    assert seeds.replicate(again) is None and seeds.siblings(again) == () and seeds.read(again) == []


def test_a_model_whose_training_is_not_recorded_has_no_replicate(row, of):
    with pytest.raises(CheckpointError, match="not recorded how 'B1_baseline_mse' was trained"):
        runs.replicate(dataclasses.replace(row, metrics={}), of)


def test_a_replicate_that_was_stopped_goes_on_with_its_epoch(row, of, monkeypatch):
    """The state of a stopped training is what the next call starts from."""
    states = []
    real = runs.train

    def watched(experiment, library, settings, **kwargs):
        states.append(settings.state_file.is_file())
        run = real(experiment, library, settings, **kwargs)
        if len(states) == 1:
            raise KeyboardInterrupt
        return run

    monkeypatch.setattr(runs, "train", watched)
    with pytest.raises(KeyboardInterrupt):
        seeds.compute(row, of)
    assert seeds.replicate(row) is None
    seeds.compute(row, of)
    assert states == [False, True]


def test_a_replicate_that_another_process_trains_is_left_to_it(row, of, monkeypatch):
    tried = []
    real = runs.train

    def meanwhile(*args, **kwargs):
        with pytest.raises(InputError, match="model 'B1_baseline_mse' with seed 123 is being trained by another"):
            seeds.compute(row, of)
        tried.append(kwargs["seed"])
        return real(*args, **kwargs)

    monkeypatch.setattr(runs, "train", meanwhile)
    assert seeds.compute(row, of) and tried == [123]
    assert not seeds.compute(row, of)


def test_agreement_is_the_mean_over_every_two():
    rising, falling = np.array([[1.0, 2.0, 3.0]]), np.array([[3.0, 2.0, 1.0]])
    np.testing.assert_allclose(every_two([rising, rising, falling]), [(1 - 1 - 1) / 3])


def test_losses_that_differ_no_more_than_seeds_have_no_difference():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(4, 300))

    def noisy():
        return made_by_hand(base + rng.normal(size=base.shape))

    records = seeds.against_models([[noisy(), noisy()], [noisy(), noisy()]], "K562")
    for r in records:
        assert r.seeds.value == pytest.approx(0.5, abs=0.1)
        assert r.difference.value == pytest.approx(0, abs=0.08)


def test_losses_that_look_elsewhere_are_told_from_seeds():
    rng = np.random.default_rng(0)
    one, other = (made_by_hand(rng.normal(size=(4, 300))) for _ in range(2))
    for r in seeds.against_models([[one, one], [other, other]], "K562"):
        assert r.seeds.value == pytest.approx(1)
        assert [m.value for m in r.by_model] == pytest.approx([1, 1])
        assert r.p == pytest.approx(1 / 2)  # the two networks of a seed are dealt out in two ways
        assert r.models.value == pytest.approx(0, abs=0.1)
        assert r.difference.low > 0.8


def test_models_that_share_a_seed_are_not_held_against_seeds():
    """What a seed does to all models alike is neither agreement of losses nor disagreement of seeds."""
    rng = np.random.default_rng(0)
    of_seed = [3 * rng.normal(size=(4, 400)) for _ in range(2)]
    families = [[made_by_hand(s + rng.normal(size=s.shape)) for s in of_seed] for _ in range(2)]
    for r in seeds.against_models(families, "K562"):
        assert r.models.value == pytest.approx(0, abs=0.1)  # of the same seed it would be 0.9
        assert r.difference.value == pytest.approx(0, abs=0.1)


def test_networks_that_differ_each_in_its_own_way_are_no_proof_of_losses():
    """The interval over elements may leave 0 out by which networks these happen to be; dealing them out anew tells."""
    told = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        base = rng.normal(size=(4, 300))
        tastes = [rng.normal(size=(1, 300)) for _ in range(8)]  # of each network, the same for all elements
        networks = [made_by_hand(base + t) for t in tastes]
        record = seeds.against_models([networks[i : i + 2] for i in (0, 2, 4, 6)], "K562")[0]
        told.append((record.difference, record.p))
    assert sum(d.low > 0 or d.high < 0 for d, _ in told) > 20
    assert sum(p <= 0.05 for _, p in told) <= 7  # 3 are expected, more than 7 come about once in fifty times


def test_families_of_different_panels_are_not_compared():
    one, other = made_by_hand(np.eye(4)), made_by_hand(np.eye(4), rows=(1, 2, 3, 9))
    with pytest.raises(InputError, match="different elements"):
        seeds.against_models([[one, one], [other, other]], "K562")


def test_siblings_maps_of_other_settings_are_not_said_to_be_there(three, of, monkeypatch):
    assert seeds.compute(three, of)
    monkeypatch.setattr(maps, "STEPS", 5)
    assert seeds.compute(three, of)
    file = stored.file_of(seeds.places(three)[1], maps.FILE)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"members.2.* is broken; run: .*interpret joint_legnet --what seeds"):
        seeds.read(three)
    assert seeds.compute(three, of) and len(seeds.read(three)) == 3


def test_a_student_agrees_more_where_its_networks_differ_less():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(40, 50))

    def family(noise: float, count: int) -> list[maps.Maps]:
        profiles = [shared + rng.normal(0, noise, shared.shape) for _ in range(count)]
        return [made_by_hand(p, rows=tuple(range(40))) for p in profiles]

    student, ordinary = family(0.5, 2), family(1.0, 3)
    # two noisy copies correlate with 1 / (1 + the noise's variance): 0.8 and 0.5
    for alike in seeds.more_alike(student, ordinary, "K562"):
        assert (alike.one.value, alike.other.value) == pytest.approx((0.8, 0.5), abs=0.03)
        assert alike.difference.value == pytest.approx(alike.one.value - alike.other.value)
        assert alike.difference.low > 0.2 and alike.difference.n == 40
    with pytest.raises(InputError, match="different elements"):
        seeds.more_alike(student, [made_by_hand(shared, rows=tuple(range(1, 41)))] * 2, "K562")
