"""The held-out fold: every metric of every output on its rows and no others; the scorecard that is kept."""

import functools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.satmut import MATCHED_ELEMENTS
from engine.data.splits import Split
from engine.evaluation import cagi5, scorecard, strata
from engine.evaluation import held_out as module
from engine.evaluation.calibration import Fit
from engine.evaluation.held_out import evaluate, standardisation, stored_predictions
from engine.experiments import checkpoints
from engine.experiments.declared import Architecture, Ensemble, Experiment, Optimizer, Target
from engine.experiments.trained import TrainedModel
from engine.models.predict import predict_codes
from engine.statistics import METRICS, Metric, measure
from engine.training import runs

ROWS = 300
FIRST = {"epoch": 1, "validation_spearman": {"K562": 0.5}, "validation_spearman_mean": 0.5}  # of a run of one epoch


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    """The intervals are tested with the metrics; here they need not be smooth."""
    monkeypatch.setattr(module, "measure", functools.partial(measure, resamples=30))


@pytest.fixture
def split():
    return Split((np.arange(ROWS) % 10).astype(np.int8), np.arange(ROWS, dtype=np.int32), "split hash")


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (ROWS, 200)).astype(np.uint8)
    activity = rng.normal(size=(ROWS, 3)).astype(np.float32)
    names = np.array([f"e{i}" for i in range(ROWS)])
    return ActivityTable(names, codes, activity, ("WTC11", "K562", "HepG2"), names, "data hash")


def scores_of(model, table, split, predictions=None, progress=None) -> dict[str, Metric]:
    """What `evaluate` gives of a model that lies nowhere, by name."""
    checkpoint = checkpoints.Checkpoint("toy", model, {}, {}, Path("nowhere"))
    return dict(evaluate(checkpoint, Library(table, split), predictions, progress))


def test_only_the_test_fold_is_scored_against_the_column_of_each_output(toy_model, table, split):
    """The test fold holds the model's own predictions, each in the column of its cell type; the rest is noise."""
    model = toy_model()
    own = predict_codes(model, table.codes[split.test])
    for output, values in zip(model.outputs, own.T, strict=True):
        table.activity[split.test, table.outputs.index(output)] = values
    table.activity[split.test[:4], table.outputs.index("HepG2")] = np.nan
    scores = scores_of(model, table, split)
    assert list(scores) == [f"{output}/{metric}" for output in ("K562", "HepG2", "WTC11") for metric in METRICS]
    for name, metric in scores.items():
        assert metric.value == pytest.approx(1), name
        assert metric.n == (26 if name.startswith("HepG2") else 30)


def test_a_model_that_knows_nothing_scores_nothing(toy_model, table, split):
    score = scores_of(toy_model(), table, split)["K562/spearman"]
    assert abs(score.value) < 0.5
    assert score.low < 0 < score.high


def test_the_common_scale_is_that_of_the_predictions_on_the_validation_fold(toy_model, table, split):
    model = toy_model()
    scale = standardisation(model, Library(table, split))
    values = predict_codes(model, table.codes[split.validation])
    for i, output in enumerate(model.outputs):
        assert scale[output]["mean"] == pytest.approx(values[:, i].mean(), abs=1e-5)
        assert scale[output]["sd"] == pytest.approx(values[:, i].std(), rel=1e-4)
    json.dumps(scale)


def test_progress_reaches_the_size_of_the_test_fold(toy_model, table, split):
    seen = []
    scores_of(toy_model(), table, split, progress=lambda *p: seen.append(p))
    assert seen[-1] == (30, 30)


def test_a_scorecard_is_kept_with_the_weights_and_gives_the_scale(
    toy_model, toy_options, table, split, models_folder, monkeypatch
):
    declared = Experiment("toy", Target(), Architecture("legnet", toy_options["legnet"]), "mse", Optimizer())
    checkpoints.save("toy", toy_model(), declared)
    shipped, seen = [], []

    def evaluate(model, *, elements, effects_of, progress):
        for done, name in enumerate(elements):
            effects_of(name)
            progress(done + 1, len(elements))
        return {"elements": {name: {} for name in elements}}

    monkeypatch.setattr(cagi5, "evaluate", evaluate)
    monkeypatch.setattr(strata, "effect_strata", lambda outputs, effects_of: {"outputs": list(outputs)})
    monkeypatch.setattr(cagi5, "stored_effects", lambda checkpoint, element, ship: shipped.append((element, ship)))
    library = Library(table, split)
    fits = {"K562": Fit(2.0, 1.0, True)}
    run = TrainedModel(toy_model(), [FIRST], 1, "a CPU", "float32", 2.0, 3.0, "finished")
    facts = runs.training_facts(run, declared.recipe(), library)
    metrics = scorecard.score(checkpoints.load("toy"), library, facts, fits, progress=lambda *p: seen.append(p))
    kept = checkpoints.load("toy")
    assert kept.metrics == json.loads(json.dumps(metrics))
    assert metrics["weights_sha256"] == kept.weights_hash
    assert (metrics["data_hash"], metrics["split_hash"], metrics["training"]) == (
        "data hash",
        "split hash",
        facts.as_dict(),
    )
    matched = set(MATCHED_ELEMENTS)
    assert set(metrics["cagi5"]["elements"]) == matched
    assert set(shipped) == {(n, True) for n in matched}  # kept beside the weights
    assert (models_folder / "toy" / checkpoints.HELD_OUT).is_file()
    assert metrics["effect_strata"] == {"outputs": ["K562", "HepG2", "WTC11"]}
    assert metrics["calibration"] == {"K562": {"slope": 2.0, "intercept": 1.0, "applied": True}}
    expected = standardisation(kept.model, library)
    assert kept.standardisation()[1].tolist() == [expected[o]["sd"] for o in kept.model.outputs]
    assert seen == [(i, 2 + len(matched)) for i in range(1, 3 + len(matched))]
    # scored again without the run at hand, it keeps what is known of the training
    again = scorecard.score(kept, library)
    assert (again["training"], again["calibration"]) == (kept.metrics["training"], kept.metrics["calibration"])


# --- predictions that are kept ----------------------------------------------------------------------


@pytest.fixture
def saved(toy_model, toy_options, models_folder):
    """A factory of saved toy models."""

    def save(seed: int = 0) -> checkpoints.Checkpoint:
        declared = Experiment("toy", Target(), Architecture("legnet", toy_options["legnet"]), "mse", Optimizer())
        checkpoints.save("toy", toy_model(seed=seed), declared)
        return checkpoints.load("toy")

    return save


def test_predictions_for_the_test_fold_are_computed_once(saved, table, split, monkeypatch):
    checkpoint = saved()
    first = stored_predictions(checkpoint, table, split)
    assert np.array_equal(first, predict_codes(checkpoint.model, table.codes[split.test]))
    monkeypatch.setattr(module, "predict_codes", lambda *_, **__: pytest.fail("computed again"))
    assert np.array_equal(stored_predictions(checkpoints.load("toy"), table, split), first)


@pytest.mark.parametrize("changed", ["weights", "data", "split"])
def test_predictions_are_computed_again_when_what_they_came_from_changes(changed, saved, table, split, models_folder):
    old = stored_predictions(saved(), table, split)
    file = models_folder / "toy" / checkpoints.HELD_OUT
    kept = file.read_bytes()
    checkpoint = saved(seed=1 if changed == "weights" else 0)
    file.write_bytes(kept)  # what a later command finds there
    if changed == "data":
        table = replace(table, codes=table.codes[::-1], hash="other data")
    if changed == "split":
        split = replace(split, folds=(split.folds + 1) % 10, hash="other split")
    new = stored_predictions(checkpoint, table, split)
    assert np.array_equal(new, predict_codes(checkpoint.model, table.codes[split.test]))
    assert not np.array_equal(new, old)
    assert np.array_equal(stored_predictions(checkpoint, table, split), new)


def test_an_ensembles_predictions_come_from_its_members_stored_ones(save_model, table, split, monkeypatch):
    save_model("one", seed=1, outputs=("WTC11", "K562"))
    save_model("two", "dream_rnn", seed=2, outputs=("K562",))
    declaration = Ensemble("both", ("one", "two"), ("K562",), "nothing")
    model = checkpoints.build_ensemble(declaration)
    model.target_mean.fill_(-0.7)
    model.target_sd.fill_(2.5)
    checkpoints.save_ensemble(model, declaration)
    expected = predict_codes(model, table.codes[split.test])
    for name in ("one", "two"):
        stored_predictions(checkpoints.load(name), table, split)
    monkeypatch.setattr(module, "predict_codes", lambda *_, **__: pytest.fail("computed again"))
    np.testing.assert_allclose(stored_predictions(checkpoints.load("both"), table, split), expected, atol=1e-5)


def test_known_predictions_are_scored_without_computing_them_again(toy_model, table, split, monkeypatch):
    model = toy_model()
    expected = scores_of(model, table, split)
    predictions = predict_codes(model, table.codes[split.test])
    monkeypatch.setattr(module, "predict_codes", lambda *_, **__: pytest.fail("computed again"))
    assert scores_of(model, table, split, predictions) == expected
