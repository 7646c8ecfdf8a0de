"""Members of an ensemble: the best first, then what helps most, nobody who does not; by rows that decide alone."""

import dataclasses

import numpy as np
import pytest

from engine.data.library import Library
from engine.data.satmut import MATCHED, MATCHED_ELEMENTS
from engine.errors import InputError
from engine.evaluation import cagi5, networks, selection
from engine.evaluation.selection import Part, Step, greedy
from engine.experiments import checkpoints, declared
from engine.experiments.declared import EXPERIMENTS, Target
from engine.models.predict import predict_codes
from engine.statistics import bootstrap, spearman

RNG = np.random.default_rng(0)
MEASURED = RNG.normal(size=300)
ERROR = RNG.normal(size=300)


@pytest.fixture
def challenge(made_up_elements, monkeypatch):
    """The effects that models are said to predict, by model and element, in place of computing them."""
    effects: dict[str, dict[str, np.ndarray]] = {}
    monkeypatch.setattr(cagi5, "stored_effects", lambda c, element: effects[c.name][element.data_set.name])
    return effects


def test_errors_that_cancel_make_an_ensemble_and_noise_does_not_join():
    predicted = {
        "noise": [5 * RNG.normal(size=300)],
        "less": [MEASURED - 0.7 * ERROR],
        "more": [MEASURED + 0.6 * ERROR],
    }
    first, second = greedy(predicted, [Part(MEASURED, 1.0)])
    assert [first.name, second.name] == ["more", "less"]
    together = MEASURED - 0.05 * ERROR  # the mean of both
    assert second.together == pytest.approx(spearman(together, MEASURED))
    assert first == Step("more", first.alone, first.alone) and second.alone < first.alone < second.together
    draws = [bootstrap(spearman, p, MEASURED) for p in (together, MEASURED + 0.6 * ERROR)]
    assert (second.brings.low, second.brings.high) == pytest.approx(
        tuple(np.percentile(draws[0] - draws[1], [2.5, 97.5]))
    )
    assert second.brings.value == pytest.approx(second.together - first.together) and second.brings.n == 300


def test_parts_count_by_their_weight():
    """One candidate is perfect on the part of little weight, the other on the part of much."""
    predicted = {"a": [MEASURED[:100], -MEASURED[100:]], "b": [-MEASURED[:100], MEASURED[100:]]}
    parts = [Part(MEASURED[:100], 0.2), Part(MEASURED[100:], 0.8)]
    assert greedy(predicted, parts, most=1)[0] == Step("b", pytest.approx(0.6), pytest.approx(0.6))


def test_no_candidate_is_told():
    with pytest.raises(InputError, match="no model to choose from"):
        greedy({}, [])


def test_the_validation_fold_alone_decides(made_up, save_model):
    """The prediction of each network is that of a pass over the fold, and the model's is their mean."""
    save_model("one", seed=1)
    save_model("other", "dream_rnn", seed=2)
    library, models = made_up.library, [checkpoints.load(n) for n in ("one", "other")]
    fold = library.split.validation
    expected = {
        m.name: spearman(predict_codes(m.model, library.table.codes[fold])[:, 0], library.table.column("K562")[fold])
        for m in models
    }
    steps = selection.select(models, ("K562",), library)
    assert steps[0].alone == pytest.approx(max(expected.values()), abs=1e-6)
    library.table.activity[library.split.test] = 0  # nobody looks there
    assert selection.select(models, ("K562",), library) == steps


def test_each_network_of_a_model_can_be_a_candidate(made_up, toy_model):
    model = toy_model(members=3)
    experiment = dataclasses.replace(
        EXPERIMENTS["joint_legnet"], model=declared.Architecture("legnet", {"width": 8, "members": 3})
    )
    checkpoints.save("several", model, experiment)
    checkpoint = checkpoints.load("several")
    library = made_up.library
    steps = selection.select([checkpoint], ("K562", "WTC11"), library, each_network=True)
    assert {s.name for s in steps} <= {f"several, network {i}" for i in (1, 2, 3)}
    fold = library.split.validation
    number = int(steps[0].name[-1]) - 1
    own = predict_codes(checkpoint.model.split()[number], library.table.codes[fold])
    scores = [spearman(own[:, c], library.table.column(o)[fold]) for c, o in ((0, "K562"), (2, "WTC11"))]
    assert steps[0].alone == pytest.approx(np.mean(scores), abs=1e-6)


def test_training_variants_decide_where_they_are_asked_and_test_variants_never(made_up, save_model, challenge):
    rng = np.random.default_rng(1)
    for seed, name in enumerate(("one", "other")):
        save_model(name, seed=seed)
        noise = 0.1 + seed
        challenge[name] = {
            n: cagi5.challenges((n,))[n].element.variants["effect"].to_numpy()[:, None]
            + noise * rng.normal(size=(120, 3))
            for n in MATCHED_ELEMENTS
        }
    models = [checkpoints.load(n) for n in challenge]
    first = selection.select(models, ("K562",), made_up.library, on=selection.TRAINING_VARIANTS)[0]
    scores = []
    for n in MATCHED["K562"]:
        element, training = cagi5.challenges((n,))[n]
        scores.append(spearman(challenge["one"][n][training, 0], element.variants["effect"].to_numpy()[training]))
    assert first == Step("one", pytest.approx(np.mean(scores)), pytest.approx(np.mean(scores)))
    for effects in challenge["one"].values():
        effects[20:] *= -1  # of the test
    assert selection.select(models, ("K562",), made_up.library, on=selection.TRAINING_VARIANTS)[0] == first
    with pytest.raises(InputError, match="no element that was assayed for WTC11"):
        selection.select(models, ("WTC11",), made_up.library, on=selection.TRAINING_VARIANTS)


def test_a_model_of_another_table_has_perhaps_seen_the_fold_and_is_no_candidate(made_up, toy_model):
    for name, table in (("ours", "joint"), ("theirs", "large K562")):
        experiment = dataclasses.replace(EXPERIMENTS["dream_rnn"], task=Target(table, ("K562",)))
        experiment = dataclasses.replace(experiment, model=declared.Architecture("dream_rnn", {"width": 16, "pool": 2}))
        checkpoints.save(name, toy_model("dream_rnn", ("K562",)), experiment)
    loaded = [checkpoints.load(n) for n in ("ours", "theirs")]
    assert [c.name for c in selection.eligible(loaded, ("K562",))] == ["ours"]
    assert selection.eligible(loaded, ("HepG2",)) == []


def test_the_networks_of_a_model_say_what_each_says_alone(made_up, made_up_elements, toy_model, monkeypatch, tmp_path):
    model = toy_model(members=3)
    monkeypatch.setattr(cagi5, "element_effects", lambda m, element, **_: predict_codes(m, made_up.table.codes[:120]))
    monkeypatch.setattr(cagi5, "_of_other_data_sets", lambda *_: None)
    checkpoint = checkpoints.Checkpoint("several", model, {"weights_sha256": "w"}, {}, tmp_path)
    of_each = networks.of_networks(checkpoint, made_up.library)
    element = cagi5.challenges(("LDLR",))["LDLR"].element
    for one, single in zip(of_each, model.split(), strict=True):
        expected = predict_codes(single, made_up.table.codes)
        np.testing.assert_allclose(one.held_out, expected[made_up.split.test], atol=1e-4)
        np.testing.assert_allclose(one.effects_of(element), expected[:120], atol=1e-4)
    np.testing.assert_array_equal(
        cagi5.stored_effects(checkpoint, element), np.mean([one.effects_of(element) for one in of_each], axis=0)
    )
    assert len({one.key for one in of_each}) == 3
    monkeypatch.setattr(cagi5, "element_effects", None)  # kept: nothing is asked again
    again = networks.of_networks(checkpoint, Library(*made_up[:2]))
    np.testing.assert_array_equal(again[1].held_out, of_each[1].held_out)
