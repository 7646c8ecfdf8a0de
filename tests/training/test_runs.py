"""Runs: what is planned, what counts as done, which seed's weights are kept."""

import dataclasses
import json
import shutil

import pytest

from engine import store
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.experiments import declared as experiments
from engine.experiments.declared import ENSEMBLES, EXPERIMENTS, Ensemble
from engine.models.predict import predict_codes
from engine.training import activity, loop, runs
from engine.training.runs import Outcome, Settings

ONE_EPOCH = Settings(epochs=1, device="cpu", precision="fp32", show_progress=False)
OUTPUTS = ("K562", "HepG2", "WTC11")


@pytest.fixture
def both(monkeypatch) -> Ensemble:
    """A declared ensemble of two declared models."""
    declaration = Ensemble("both", ("joint_legnet", "dream_rnn"), ("HepG2", "K562"), "nothing")
    monkeypatch.setitem(ENSEMBLES, "both", declaration)
    return declaration


# --- the plan ---------------------------------------------------------------------------------------


def test_a_plan_has_each_experiments_first_seed_unless_seeds_are_named():
    assert runs.plan(["dream_rnn", "R3_ranknet"], None) == [("dream_rnn", 42), ("R3_ranknet", 42)]
    assert runs.plan(["dream_rnn", "R3_ranknet"], [3, 1]) == [
        ("dream_rnn", 3),
        ("dream_rnn", 1),
        ("R3_ranknet", 3),
        ("R3_ranknet", 1),
    ]


def test_a_plan_has_ensembles_last_and_once_for_all_seeds(both):
    assert runs.plan(["both", "dream_rnn", "both"], [3, 1]) == [("dream_rnn", 3), ("dream_rnn", 1), ("both", None)]


def test_a_plan_with_an_unknown_name_lists_the_known_ones(both):
    with pytest.raises(InputError, match=r"unknown model 'R9'; known: joint_legnet, .*, both"):
        runs.plan(["dream_rnn", "R9"], None)


def test_settings_vary_an_experiment_and_nothing_else():
    experiment = EXPERIMENTS["dream_rnn"]
    assert Settings().vary(experiment) == experiment
    varied = Settings(width=16, epochs=3).vary(experiment)
    assert varied.model.options == experiment.model.options | {"width": 16}
    assert varied.optimizer == dataclasses.replace(experiment.optimizer, epochs=3)
    assert dataclasses.replace(varied, model=experiment.model, optimizer=experiment.optimizer) == experiment


# --- what is done -----------------------------------------------------------------------------------


@pytest.fixture
def kept(made_up):
    """joint_legnet, one epoch, seed 5, trained, scored and kept; its metrics."""
    outcome = runs.run("joint_legnet", 5, ONE_EPOCH, made_up.library)
    assert outcome.status == "trained"
    assert runs.adopt(outcome)
    return checkpoints.read_metrics("joint_legnet")


def test_a_run_is_done_under_the_same_settings_and_seed(kept, made_up, monkeypatch):
    monkeypatch.setattr(runs, "train", lambda *_, **__: pytest.fail("trained again"))
    assert runs.run("joint_legnet", 5, ONE_EPOCH, made_up.library) == Outcome("joint_legnet", 5, "done before", kept)
    assert runs.done("joint_legnet", 6, ONE_EPOCH) == {}
    assert runs.done("dream_rnn", 42, ONE_EPOCH) == {}
    assert runs.done("joint_legnet", 5, dataclasses.replace(ONE_EPOCH, again=True)) == {}


def test_a_seed_whose_weights_were_not_kept_is_done_too(kept):
    folder = checkpoints.replicate_folder("joint_legnet", 6)
    shutil.copytree(checkpoints.models_folder() / "joint_legnet", folder)
    metrics = kept | {"training": kept["training"] | {"seed": 6}}
    checkpoints.save_metrics("joint_legnet", metrics, folder)
    assert runs.done("joint_legnet", 6, ONE_EPOCH) == metrics
    assert runs.done("joint_legnet", 7, ONE_EPOCH) == {}


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"width": 4}, r"\(model options width: 8, not 4\)"), ({"epochs": 3}, r"\(optimizer epochs: 1, not 3\)")],
)
def test_a_model_of_other_settings_is_refused_with_what_differs(kept, made_up, changes, named):
    for seed in (5, 6):
        with pytest.raises(InputError, match=f"'joint_legnet' was trained with other settings {named}; use --again"):
            runs.run("joint_legnet", seed, dataclasses.replace(ONE_EPOCH, **changes), made_up.library)


def rewrite(file, change) -> None:
    content = store.load_json(file)
    change(content)
    store.write_json(file, content)


def test_the_first_models_count_as_well_though_their_files_say_less(kept, models_folder):
    folder = models_folder / "joint_legnet"
    rewrite(folder / "experiment.json", lambda d: d["experiment"].pop("loss_options"))
    rewrite(folder / "metrics.json", lambda d: d["training"].pop("recipe"))
    assert runs.done("joint_legnet", 5, ONE_EPOCH)["weights_sha256"] == kept["weights_sha256"]
    with pytest.raises(InputError, match="width: 8, not 4"):
        runs.done("joint_legnet", 5, dataclasses.replace(ONE_EPOCH, width=4))


def test_differences_are_told_in_words():
    old = {"loss": "mse", "model": {"name": "a", "options": {"width": 8, "pool": 2}}, "task": ["K562"]}
    new = {
        "loss": "ranknet",
        "model": {"name": "a", "options": {"width": 16}},
        "task": ["K562"],
        "curriculum": "linear",
    }
    assert runs.differences(old, new) == (
        "loss: mse, not ranknet, model options width: 8, not 16, pool: 2, not None, curriculum: None, not linear"
    )
    assert runs.differences(new, new) == ""


# --- training and keeping ---------------------------------------------------------------------------


def test_a_trained_seed_lies_apart_until_it_is_adopted(made_up, models_folder):
    outcome = runs.run("joint_legnet", 5, ONE_EPOCH, made_up.library)
    folder = runs.seed_folder("joint_legnet", 5)
    assert checkpoints.trained() == []
    assert checkpoints.load("joint_legnet", folder).metrics == json.loads(json.dumps(outcome.metrics))
    assert runs.state_file("joint_legnet", 5).is_file()
    assert runs.adopt(outcome)
    loaded = checkpoints.load("joint_legnet")
    assert loaded.weights_hash == outcome.metrics["weights_sha256"]
    assert loaded.description["experiment"]["optimizer"]["epochs"] == 1
    assert (models_folder / "joint_legnet" / checkpoints.HELD_OUT).is_file()
    assert checkpoints.read_seeds("joint_legnet") == {5: loaded.metrics}
    assert not runs.state_file("joint_legnet", 5).exists() and not folder.exists()


def test_a_run_that_another_process_is_at_is_refused(made_up, monkeypatch):
    with loop.alone(runs.state_file("joint_legnet", 5), "it"), monkeypatch.context() as patched:
        patched.setattr(runs, "train", lambda *_, **__: pytest.fail("trained beside the other"))
        with pytest.raises(InputError, match="'joint_legnet' with seed 5 is being trained by another process; wait"):
            runs.run("joint_legnet", 5, ONE_EPOCH, made_up.library)
    assert runs.run("joint_legnet", 5, ONE_EPOCH, made_up.library).status == "trained"


def test_the_other_process_is_kept_out_until_the_run_is_scored(made_up, monkeypatch):
    def score(*_):
        with pytest.raises(InputError, match="another process"):
            runs.run("joint_legnet", 5, ONE_EPOCH, made_up.library)
        return {}

    monkeypatch.setattr(runs.scorecard, "score", score)
    runs.run("joint_legnet", 5, ONE_EPOCH, made_up.library)


def test_a_stopped_run_goes_on_where_it_was(made_up, monkeypatch):
    validate, calls = activity.validation_spearman, []

    def interrupt(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return validate(*arguments)

    monkeypatch.setattr(activity, "validation_spearman", interrupt)
    settings = dataclasses.replace(ONE_EPOCH, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        runs.run("joint_legnet", 5, settings, made_up.library)
    runs.run("joint_legnet", 5, settings, made_up.library)
    assert len(calls) == 3  # the first epoch was not done again


@pytest.fixture
def trained_seed(models_folder, toy_model, toy_options, tmp_path, monkeypatch):
    """A factory of outcomes of joint_legnet as a run leaves them, each seed with its own weights."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    declared = EXPERIMENTS["joint_legnet"]
    declared = dataclasses.replace(declared, model=dataclasses.replace(declared.model, options=toy_options["legnet"]))

    def make(seed: int, *validation: float) -> Outcome:
        folder = checkpoints.save(
            "joint_legnet", toy_model(seed=seed), declared, runs.seed_folder("joint_legnet", seed)
        )
        history = [{"validation_spearman_mean": v} for v in validation]
        metrics = {"training": {"seed": seed, "history": history, "validation_spearman_mean": max(validation)}}
        checkpoints.save_metrics("joint_legnet", metrics, folder)
        return Outcome("joint_legnet", seed, "trained", metrics)

    return make


def weights_of(seed: int) -> str:
    """Of a seed that is not adopted yet."""
    return checkpoints.read_description("joint_legnet", runs.seed_folder("joint_legnet", seed))["weights_sha256"]


def kept_as_replicates() -> dict[int, str]:
    """The weights of the replicates by seed, each of which can be loaded."""
    folders = checkpoints.replicates("joint_legnet")
    return {seed: checkpoints.load("joint_legnet", folder).weights_hash for seed, folder in folders.items()}


def test_the_best_seed_is_the_model_and_each_other_one_is_kept_whole(trained_seed):
    outcomes = [trained_seed(5, 0.2, 0.5), trained_seed(6, 0.7, 0.6), trained_seed(7, 0.6, 0.6)]
    hashes = {seed: weights_of(seed) for seed in (5, 6, 7)}
    (runs.seed_folder("joint_legnet", 5) / checkpoints.HELD_OUT).write_bytes(b"of 5")
    assert [runs.adopt(o) for o in outcomes] == [True, True, False]
    assert checkpoints.load("joint_legnet").weights_hash == hashes.pop(6)
    assert checkpoints.read_metrics("joint_legnet") == outcomes[1].metrics
    assert checkpoints.read_seeds("joint_legnet") == {o.seed: o.metrics for o in outcomes}
    assert kept_as_replicates() == hashes
    assert (checkpoints.replicate_folder("joint_legnet", 5) / checkpoints.HELD_OUT).read_bytes() == b"of 5"
    assert not (checkpoints.models_folder() / "joint_legnet" / checkpoints.HELD_OUT).exists()


def test_what_was_computed_of_a_network_changes_places_with_it(trained_seed):
    model = checkpoints.models_folder() / "joint_legnet"
    runs.adopt(trained_seed(5, 0.2))
    for seed, folder in ((5, model), (6, runs.seed_folder("joint_legnet", 6))):
        (folder / "interpretation").mkdir(parents=True)
        (folder / "interpretation" / "maps.npz").write_text(f"of {seed}")
    runs.adopt(trained_seed(6, 0.7))
    assert (model / "interpretation" / "maps.npz").read_text() == "of 6"
    assert (model / "replicates" / "5" / "interpretation" / "maps.npz").read_text() == "of 5"
    assert [f.name for f in (model / "replicates").iterdir()] == ["5"]


def test_a_replicate_that_is_better_than_the_model_takes_its_place_when_a_seed_is_kept(trained_seed):
    """One that was trained for its maps stays a replicate until then."""
    runs.adopt(trained_seed(5, 0.5))
    better, other = trained_seed(6, 0.8), trained_seed(7, 0.6)
    hashes = {seed: weights_of(seed) for seed in (6, 7)}
    checkpoints.keep_replicate("joint_legnet", 6, runs.seed_folder("joint_legnet", 6))
    assert not runs.adopt(other)
    assert checkpoints.read_metrics("joint_legnet") == better.metrics
    assert checkpoints.load("joint_legnet").weights_hash == hashes[6]
    assert list(kept_as_replicates()) == [5, 7]


def test_fresh_forgets_the_seeds_of_earlier_commands(trained_seed):
    for outcome in (trained_seed(5, 0.8), trained_seed(6, 0.9)):
        runs.adopt(outcome)
    again = [trained_seed(7, 0.3), trained_seed(8, 0.2)]
    hashes = {seed: weights_of(seed) for seed in (7, 8)}
    assert [runs.adopt(again[0], fresh=True), runs.adopt(again[1])] == [True, False]
    assert checkpoints.load("joint_legnet").weights_hash == hashes[7]
    assert checkpoints.read_seeds("joint_legnet") == {o.seed: o.metrics for o in again}
    assert kept_as_replicates() == {8: hashes[8]}


def test_a_model_of_which_no_seed_is_recorded_makes_room(trained_seed):
    runs.adopt(trained_seed(5, 0.8))
    checkpoints.save_metrics("joint_legnet", {})
    assert runs.adopt(trained_seed(6, 0.7))
    assert kept_as_replicates() == {}


def test_an_outcome_of_a_run_that_was_done_before_changes_nothing(trained_seed):
    runs.adopt(trained_seed(5, 0.5))
    before = checkpoints.load("joint_legnet").weights_hash
    done = Outcome("joint_legnet", 6, "done before", trained_seed(6, 0.9).metrics)
    assert not runs.adopt(done)
    assert list(checkpoints.read_seeds("joint_legnet")) == [5]
    assert checkpoints.load("joint_legnet").weights_hash == before


# --- ensembles --------------------------------------------------------------------------------------


def test_an_ensemble_is_built_calibrated_and_scored(made_up, both, save_model):
    save_model("joint_legnet", seed=1)
    save_model("dream_rnn", "dream_rnn", seed=2)
    outcome = runs.run("both", None, Settings(), made_up.library)
    assert (outcome.status, outcome.seed) == ("built", None)
    assert runs.adopt(outcome)
    loaded = checkpoints.load("both")
    assert loaded.model.outputs == both.outputs
    assert loaded.metrics == json.loads(json.dumps(outcome.metrics))
    assert set(outcome.metrics["calibration"]) == set(both.outputs)
    assert loaded.standardisation()[1] == pytest.approx(
        predict_codes(loaded.model, made_up.table.codes[made_up.split.validation]).std(axis=0), rel=1e-4
    )
    assert runs.run("both", None, Settings(), made_up.library).status == "done before"


def test_an_ensemble_is_not_done_once_a_member_has_other_weights(made_up, both, save_model):
    save_model("joint_legnet", seed=1)
    save_model("dream_rnn", "dream_rnn", seed=2)
    runs.run("both", None, Settings(), made_up.library)
    save_model("dream_rnn", "dream_rnn", seed=3)
    assert runs.run("both", None, Settings(), made_up.library).status == "built"
    assert runs.run("both", None, Settings(), made_up.library).status == "done before"


def test_an_ensemble_with_an_untrained_member_names_it(made_up, both, save_model):
    save_model("joint_legnet")
    with pytest.raises(CheckpointError, match="'dream_rnn' is not trained yet; run: python -m engine train dream_rnn"):
        runs.run("both", None, Settings(), made_up.library)


def test_the_first_seeds_of_all_declared_models_can_be_planned():
    plan = runs.plan(experiments.names(), None)
    assert sorted(name for name, _ in plan) == sorted(experiments.names())
    stages = [runs.stage(run) for run in plan]
    assert stages == sorted(stages) and set(stages) == set(runs.STAGES)
    # what needs another comes after it
    places = {name: place for place, (name, _) in enumerate(plan)}
    for student in experiments.STUDENTS:
        assert places[student.distillation.teacher] < places[student.name]
