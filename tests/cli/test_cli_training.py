"""The command line: scores on CAGI5, evaluation and training, stopping and going on."""

import functools
import json

import numpy as np
import pytest
import torch

from engine import store
from engine.data import sources
from engine.evaluation import cagi5, comparison
from engine.experiments import checkpoints, declared
from engine.experiments.declared import ENSEMBLES, Ensemble
from engine.models.predict import predict_codes
from engine.training import activity, loop, runs, workers

OUTPUTS = ("K562", "HepG2", "WTC11")
CHECKED_PATH = sources.path


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_cagi5_scores_the_named_element(call, trained, monkeypatch):
    monkeypatch.setattr(cagi5, "evaluate", functools.partial(cagi5.evaluate, resamples=40))
    run = call("cagi5", "--model", "joint_legnet", "--element", "HBB", "--json")
    assert run.code == 0
    result = json.loads(run.out)
    assert list(result["elements"]) == ["HBB"]
    entry = result["elements"]["HBB"]
    assert entry["cells"] == "HEL 92.1.7"
    for output in OUTPUTS:
        scores = {subset: entry["spearman"][output][subset]["all"] for subset in ("test", "training", "all")}
        assert scores["test"]["n"] + scores["training"]["n"] == scores["all"]["n"] == 3 * 187
        assert all(-1 <= s["low"] <= s["value"] <= s["high"] <= 1 for s in scores.values())
    # HBB alone is not all elements matched to K562, so there is no mean
    assert result["matched_mean"] == {}
    text = call("cagi5", "--model", "joint_legnet", "--element", "HBB").out
    test = entry["spearman"]["HepG2"]["test"]["all"]
    assert f"HepG2  test, all {test['value']:.3f} [{test['low']:.3f}, {test['high']:.3f}] (n={test['n']})" in text


def test_cagi5_of_an_unknown_element_lists_the_known_ones(call, trained):
    error = call("cagi5", "--model", "joint_legnet", "--element", "HBA").error()
    assert "'HBA'" in error and "HBB" in error and "TERT-HEK293T" in error


TRAIN = ("train", "joint_legnet", "--width", 4, "--device", "cpu", "--precision", "fp32")


def test_train_keeps_weights_and_everything_that_was_measured(call, made_up, models_folder):
    table, split, cagi5_scores = made_up
    run = call(*TRAIN)
    assert run.code == 0
    assert checkpoints.load("joint_legnet").description["config"]["width"] == 4
    metrics = json.loads((models_folder / "joint_legnet" / "metrics.json").read_text())
    facts = metrics["training"]
    assert facts["seed"] == 5 and facts["device"].startswith("CPU") and facts["precision"] == "float32"
    assert facts["seconds"] > 0 and facts["epochs"] == 2 and facts["stopped"] == "finished"
    assert facts["rows"] == {"training": 320, "validation": 40, "test": 40}
    assert metrics["data_hash"] == facts["data_hash"] == table.hash
    assert metrics["split_hash"] == facts["split_hash"] == split.hash
    assert "30-mer" in facts["split"]
    for output in OUTPUTS:
        score = metrics["held_out"][output]["spearman"]
        measured = ~np.isnan(table.column(output)[split.test])
        assert score["n"] == measured.sum()
        assert -1 <= score["low"] <= score["value"] <= score["high"] <= 1
        assert metrics["standardisation"][output]["sd"] > 0
    assert metrics["held_out"]["HepG2"]["spearman"]["n"] == 36  # four of the test rows were not measured
    assert metrics["cagi5"] == cagi5_scores
    assert str(models_folder / "joint_legnet") in run.out
    assert not list(store.cache_folder().rglob("*.state"))


def test_train_takes_seed_and_epochs_from_the_command_line(call, made_up):
    assert call(*TRAIN, "--seed", 9, "--epochs", 1).code == 0
    facts = checkpoints.read_metrics("joint_legnet")["training"]
    assert (facts["seed"], facts["epochs"]) == (9, 1)


def files_of(folder) -> dict:
    return {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_what_is_done_is_skipped(call, made_up, models_folder, monkeypatch):
    assert call(*TRAIN, "--epochs", 1).code == 0
    files = files_of(models_folder)
    monkeypatch.setattr(runs, "train", lambda *_, **__: pytest.fail("trained again"))
    run = call(*TRAIN, "--epochs", 1)
    assert run.code == 0
    assert "joint_legnet seed 5: done before; use --again" in run.out
    assert files_of(models_folder) == files


@pytest.mark.parametrize(
    ("option", "value", "named"), [("--width", 8, "width: 4, not 8"), ("--epochs", 3, "epochs: 1")]
)
def test_train_refuses_to_replace_a_model_of_other_settings_without_again(
    call, made_up, models_folder, option, value, named
):
    assert call(*TRAIN, "--epochs", 1).code == 0
    files = files_of(models_folder)
    error = call(*TRAIN, "--epochs", 1, option, value).error()
    assert "'joint_legnet'" in error and named in error and "--again" in error
    assert files_of(models_folder) == files
    assert call(*TRAIN, "--epochs", 1, option, value, "--again").code == 0
    assert files_of(models_folder) != files


def test_of_several_seeds_the_best_on_the_validation_fold_is_kept(call, made_up, monkeypatch):
    monkeypatch.setattr(comparison, "compare", lambda *_, **__: {"differences": []})
    run = call(*TRAIN, "--seeds", "5, 6,7", "--epochs", 1)
    assert run.code == 0
    seeds = checkpoints.read_seeds("joint_legnet")
    scores = {seed: m["training"]["validation_spearman_mean"] for seed, m in seeds.items()}
    assert set(scores) == {5, 6, 7}
    best = max(scores, key=scores.get)
    assert checkpoints.read_metrics("joint_legnet") == seeds[best]
    assert checkpoints.load("joint_legnet").weights_hash == seeds[best]["weights_sha256"]


def test_the_summary_has_a_line_for_every_run_and_output(call, made_up, monkeypatch):
    monkeypatch.setattr(comparison, "compare", lambda *_, **__: {"differences": []})
    assert call(*TRAIN, "--epochs", 1).code == 0
    run = call(*TRAIN, "--seeds", "5,6", "--epochs", 1)
    head, *rows = run.out[run.out.index("\nmodel  ") :].strip().splitlines()
    assert head.split() == [
        "model",
        "seed",
        "output",
        "valid.",
        "test",
        "CAGI5",
        "high",
        "epochs",
        "min",
        "seq/s",
        "status",
    ]
    for seed, status in ((5, "done before"), (6, "trained")):
        metrics = checkpoints.read_seeds("joint_legnet")[seed]
        for output in OUTPUTS:
            row = next(r for r in rows if r.split()[:3] == ["joint_legnet", str(seed), output])
            assert row.endswith("  " + status)
            assert f"{metrics['training']['validation_spearman'][output]:.3f}" in row
            assert f"{metrics['held_out'][output]['spearman']['value']:.3f}" in row
            assert row.count("0.712") == (2 if output == "K562" else 0)  # no element was matched to the others
    assert rows[6].startswith("2 runs, ")


def test_an_error_in_one_run_does_not_stop_the_others_and_ends_with_exit_code_2(call, made_up, models_folder):
    state = runs.state_file("joint_legnet", 5)
    state.parent.mkdir(parents=True)
    torch.save({"identity": "another run"}, state)
    run = call(*TRAIN, "--epochs", 1, "--seeds", "5,6")
    assert run.code == 2
    errors = [line for line in run.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and "joint_legnet seed 5" in errors[0] and "delete it" in errors[0]
    assert list(checkpoints.read_seeds("joint_legnet")) == [6]


def test_a_training_that_runs_already_is_told_with_exit_code_2(call, made_up):
    with loop.alone(runs.state_file("joint_legnet", 5), "it"):
        run = call(*TRAIN, "--epochs", 1, "--seeds", "5")
    assert run.code == 2 and "seed 5 is being trained by another process; wait for it or stop it" in run.err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), ("--all",)),
        (("joint_legnet", "--all"), ("--all",)),
        (("joint_legnet", "--seeds", "1,two"), ("--seeds", "'1,two'")),
        (("joint_legnet", "--seeds", ","), ("--seeds", "','")),
    ],
)
def test_what_is_to_be_trained_must_be_said_clearly(call, made_up, monkeypatch, words, named):
    monkeypatch.setattr(runs, "train", lambda *_, **__: pytest.fail("trained"))
    error = call("train", *words).error()
    assert all(word in error for word in named)


def test_all_trains_everything_that_is_declared_in_the_order_of_need(call, made_up, monkeypatch):
    planned = []
    monkeypatch.setattr(workers, "run_all", lambda plan, *_, **__: planned.extend(plan) or [])
    monkeypatch.setitem(ENSEMBLES, "both", Ensemble("both", ("joint_legnet",), ("K562",), "nothing"))
    assert call("train", "--all").code == 0
    # large-scale tables are a user's own download, and none lies here
    every = [e for e in declared.EXPERIMENTS.values() if e not in declared.LARGE_SCALE]
    networks, students = ([(e.name, e.seeds[0]) for e in every if bool(e.distillation) == is_one] for is_one in (0, 1))
    assert planned == networks + [(name, None) for name in ENSEMBLES] + students
    assert students and ("both", None) in planned


def interrupt_after(monkeypatch, epochs: int) -> None:
    """Ctrl-C during the epoch that follows `epochs` whole ones."""
    score, calls = activity.validation_spearman, []

    def stop(*arguments):
        calls.append(1)
        if len(calls) > epochs:
            raise KeyboardInterrupt
        return score(*arguments)

    monkeypatch.setattr(activity, "validation_spearman", stop)


def test_ctrl_c_keeps_the_state_and_the_same_command_goes_on(call, made_up, models_folder, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        run = call(*TRAIN)
    assert run.code == 130 and "Traceback" not in run.err
    state = store.cache_folder() / "training" / "joint_legnet-5.state"
    assert state.is_file() and str(state) in run.err
    assert not models_folder.exists()
    assert call(*TRAIN).code == 0
    resumed = checkpoints.load("joint_legnet")
    assert [h["epoch"] for h in resumed.metrics["training"]["history"]] == [1, 2]
    assert not state.exists()
    # and it ends where a run ends that nobody stopped
    assert call(*TRAIN, "--again").code == 0
    assert checkpoints.load("joint_legnet").weights_hash == resumed.weights_hash


def test_ctrl_c_in_the_first_epoch_does_not_claim_to_have_kept_anything(call, made_up, models_folder, monkeypatch):
    interrupt_after(monkeypatch, 0)
    run = call(*TRAIN)
    assert run.code == 130
    assert "nothing is kept" in run.err
    assert not list(store.cache_folder().rglob("*.state"))


def test_a_state_of_another_run_is_refused(call, made_up, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        assert call(*TRAIN).code == 130
    error = call(*TRAIN, "--epochs", 3).error()
    assert "joint_legnet-5.state" in error and "delete it" in error


@pytest.mark.parametrize("missing", ["lentimpra_sequences", "lentimpra_activity", "satmut", "cagi5_references"])
def test_train_fails_before_the_training_when_data_are_missing(call, made_up, monkeypatch, tmp_path, missing):
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "path", lambda name: CHECKED_PATH(name) if name == missing else tmp_path)
    monkeypatch.setattr(runs, "train", lambda *_, **__: pytest.fail("trained without data to score with"))
    assert f"'{missing}'" in call(*TRAIN).error()


def test_evaluate_scores_anew_and_keeps_what_is_known_of_the_training(call, made_up, save_model):
    table, split, _ = made_up
    save_model("mine", metrics={"training": {"seed": 3, "seconds": 12.5}})
    run = call("evaluate", "mine")
    assert run.code == 0
    metrics = checkpoints.read_metrics("mine")
    assert metrics["training"] == {"seed": 3, "seconds": 12.5}
    assert (metrics["data_hash"], metrics["split_hash"]) == (table.hash, split.hash)
    assert metrics["weights_sha256"] == checkpoints.load("mine").weights_hash
    value = metrics["held_out"]["WTC11"]["spearman"]["value"]
    assert f"WTC11  held-out spearman {value:.3f}" in run.out
    assert "0.712 [0.699, 0.726] (n=5,698)" in run.out


def test_evaluate_can_calibrate_first(call, made_up, save_model):
    table, split, _ = made_up
    save_model("mine", metrics={"training": {"seed": 3}})
    before = checkpoints.load("mine")
    assert call("evaluate", "mine", "--calibrate").code == 0
    after = checkpoints.load("mine")
    assert after.weights_hash != before.weights_hash
    assert after.metrics["weights_sha256"] == after.weights_hash
    assert after.metrics["training"] == {"seed": 3}
    scores = (predict_codes(c.model, table.codes[split.validation])[:, 0] for c in (before, after))
    measured = table.column("K562")[split.validation]
    slope, intercept = np.polyfit(next(scores), measured, 1)
    found = after.metrics["calibration"]["K562"]
    assert (found["slope"], found["intercept"]) == pytest.approx((slope, intercept), rel=1e-3)
    # an anti-correlated output is left as it is
    assert found["applied"] == (slope > 0)
    assert np.polyfit(next(scores), measured, 1) == pytest.approx([1, 0] if slope > 0 else [slope, intercept], abs=1e-3)


def test_compare_prints_the_differences_to_the_baseline(call, made_up, monkeypatch):
    record = {
        "model": "R1",
        "output": "K562",
        "baseline": "B1",
        "value": -0.0214,
        "low": -0.03,
        "high": -0.012,
        "n": 99,
    }
    record |= {"verdict": "worse", "again": None}
    records = [record | {"measure": m} for m in ("held_out spearman", "held_out kendall")]
    seen = []

    def compare(table, split, progress, conclude):
        seen.append((table, split))
        return {"differences": records}

    monkeypatch.setattr(comparison, "compare", compare)
    run = call("compare")
    assert run.code == 0
    assert seen == [made_up[:2]]
    rows = run.out.splitlines()[1:]
    assert len(rows) == 1  # of the many measures the table shows those of the study
    assert rows[0].split() == ["R1", "K562", "held_out", "spearman", "-0.021", "[-0.030,", "-0.012]", "(n=99)", "worse"]


def test_compare_with_any_other_model(call, made_up, monkeypatch):
    record = {"model": "mine", "output": "K562", "measure": "held_out pearson", "verdict": "better"}
    record |= {"value": 0.1, "low": 0.05, "high": 0.15, "n": 9}
    record["again"] = {"value": -0.2, "low": -0.3, "high": -0.1, "n": 9, "verdict": "worse"}
    asked = []
    monkeypatch.setattr(comparison, "compare_to", lambda *given: asked.append(given[:4]) or [record])
    run = call("compare", "mine", "other", "--to", "that")
    assert run.code == 0 and asked == [("that", ["mine", "other"], *made_up[:2])]
    assert "difference to that" in run.out.splitlines()[0] and run.out.endswith(
        "0.100 [0.050, 0.150] (n=9)  better; another seed -0.200 [-0.300, -0.100] (n=9) worse\n"
    )


@pytest.mark.parametrize("arguments", [("mine",), ("--to", "that")])
def test_compare_asks_for_both_sides(call, made_up, arguments):
    assert "by --to" in call("compare", *arguments).error()


# --- ensembles --------------------------------------------------------------------------------------


@pytest.fixture
def ensemble(made_up, save_model, monkeypatch):
    """A declared ensemble of two trained models, of which one has more outputs."""
    monkeypatch.setitem(ENSEMBLES, "both", Ensemble("both", ("wide", "narrow"), ("K562",), "nothing"))
    save_model("wide", seed=1)
    save_model("narrow", "dream_rnn", seed=2, outputs=("K562",))


def test_train_builds_calibrates_and_scores_an_ensemble(call, made_up, ensemble, models_folder):
    table, split, cagi5_scores = made_up
    run = call("train", "both")
    assert run.code == 0
    assert f"both: built, kept in {models_folder / 'both'}" in run.out
    built, members = checkpoints.load("both"), [checkpoints.load(n) for n in ("wide", "narrow")]
    assert not list((models_folder / "both").rglob("*.safetensors"))
    metrics = built.metrics
    assert metrics["weights_sha256"] == built.weights_hash
    assert metrics["cagi5"] == cagi5_scores
    assert metrics["held_out"]["K562"]["spearman"]["n"] == len(split.test)
    mean = np.mean([predict_codes(m.model, table.codes)[:, 0] for m in members], axis=0)
    fitted = metrics["calibration"]["K562"]
    slope, intercept = np.polyfit(mean[split.validation], table.column("K562")[split.validation], 1)
    assert (fitted["slope"], fitted["intercept"]) == pytest.approx((slope, intercept), rel=1e-3)
    expected = slope * mean + intercept if fitted["applied"] else mean
    np.testing.assert_allclose(predict_codes(built.model, table.codes)[:, 0], expected, atol=1e-3)
    assert "both: done before" in call("train", "both").out


def test_an_ensemble_whose_member_was_trained_anew_is_built_anew(call, ensemble, save_model):
    assert call("train", "both").code == 0
    before = checkpoints.read_description("both")["weights_sha256"]
    save_model("wide", seed=9)
    assert "both: built" in call("train", "both").out
    assert checkpoints.load("both").weights_hash != before


def test_an_ensemble_cannot_be_calibrated_by_evaluate(call, ensemble):
    assert call("train", "both").code == 0
    assert "train both --again" in call("evaluate", "both", "--calibrate").error()


def test_an_ensemble_without_a_member_names_the_command_that_trains_it(call, made_up, monkeypatch):
    monkeypatch.setitem(ENSEMBLES, "both", Ensemble("both", ("joint_legnet", "dream_rnn"), ("K562",), "nothing"))
    assert "python -m engine train joint_legnet" in call("train", "both").error()


@pytest.mark.parametrize("command", ["evaluate", "train"])
def test_a_model_that_nobody_declared_is_named(call, made_up, command):
    error = call(command, "joint_legnot").error()
    assert "'joint_legnot'" in error
