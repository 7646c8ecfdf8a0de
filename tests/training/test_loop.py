"""The training loop: it learns, goes on where it was stopped, and never looks at the test fold."""

import copy
import itertools
import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from engine import models
from engine.data.library import Library
from engine.errors import CheckpointError, InputError
from engine.evaluation.calibration import calibrate
from engine.experiments import checkpoints
from engine.experiments.declared import EXPERIMENTS, Architecture, Optimizer, Target
from engine.models.predict import predict_codes
from engine.training import activity, loop
from engine.training.activity import validation_spearman


def scores(history: list[dict]) -> list[dict]:
    """History without the time that it took."""
    return [{k: v for k, v in h.items() if k != "seconds"} for h in history]


# --- learning ---------------------------------------------------------------------------------------


def test_a_toy_model_learns_a_planted_motif(experiment, run, table, split):
    trained = run(experiment(epochs=8, ema=0.9), table, split)
    assert len(trained.history) == 8
    assert trained.stopped == "finished"
    assert trained.history[-1]["training_loss"] < 0.6 * trained.history[0]["training_loss"]
    assert not trained.model.training
    predicted = predict_codes(trained.model, table.codes[split.validation])
    reached = [spearmanr(predicted[:, i], table.activity[split.validation, i]).statistic for i in range(3)]
    assert min(reached) > 0.5
    best = max(trained.history, key=lambda h: h["validation_spearman_mean"])
    assert list(best["validation_spearman"].values()) == pytest.approx(reached, abs=1e-3)
    # the test fold, which was not looked at, is learnt as well, and on the scale of the activities
    unseen, measured = predict_codes(trained.model, table.codes[split.test]), table.activity[split.test]
    assert (((unseen - measured) ** 2).mean(axis=0) < 0.7 * measured.var(axis=0)).all()


def test_the_training_folds_mean_and_deviation_are_the_models_scale(experiment, run, table, split):
    trained = run(experiment(epochs=1), table, split)
    activity = table.activity[split.train]
    np.testing.assert_allclose(trained.model.target_mean, activity.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(trained.model.target_sd, activity.std(axis=0), rtol=1e-5)


def test_outputs_may_be_a_choice_in_any_order(experiment, run, table, split):
    declared = replace(experiment(epochs=1), task=Target(outputs=("WTC11", "K562")))
    trained = run(declared, table, split)
    assert trained.model.outputs == ("WTC11", "K562")
    np.testing.assert_allclose(
        trained.model.target_mean, table.activity[split.train][:, [2, 0]].mean(axis=0), rtol=1e-5
    )
    assert list(trained.history[0]["validation_spearman"]) == ["WTC11", "K562"]


def test_a_seed_gives_the_same_run_and_another_seed_another(experiment, run, same_weights, table, split):
    first, again, other = (run(experiment(epochs=1, ema=0.9), table, split, seed=s) for s in (42, None, 1))
    assert (first.seed, again.seed, other.seed) == (42, 42, 1)
    assert scores(first.history) == scores(again.history)
    assert same_weights(first, again)
    assert not same_weights(first, other)


def test_a_run_in_bfloat16_learns_too(experiment, run, table, split):
    trained = run(experiment(epochs=3), table, split, precision="bf16")
    assert trained.precision == "bfloat16"
    assert np.isfinite([h["training_loss"] for h in trained.history]).all()
    assert trained.history[-1]["training_loss"] < trained.history[0]["training_loss"]
    assert {p.dtype for p in trained.model.parameters()} == {torch.float32}


def test_the_history_counts_what_was_seen(experiment, run, table, split):
    trained = run(experiment(epochs=2, batch_size=50), table, split)
    assert [h["epoch"] for h in trained.history] == [1, 2]
    assert [h["samples"] for h in trained.history] == [450, 450]  # 480 rows, whole batches only
    assert trained.device.startswith("CPU")
    assert trained.precision == "float32"
    json.dumps(trained.history)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_declared_experiment_trains_is_calibrated_and_saved(run, name, table, split, models_folder):
    """Small and short, with its own loss, model, curriculum and optimiser: a loss that does not fit its model fails."""
    declared = EXPERIMENTS[name]
    width = 8 if declared.model.name == "legnet" else 16
    declared = replace(
        declared,
        model=replace(declared.model, options=declared.model.options | {"width": width}),
        optimizer=replace(declared.optimizer, epochs=2, batch_size=32),
    )
    if declared.distillation:
        teacher = replace(declared, model=Architecture("legnet", {"width": 8, "members": 2}), distillation=None)
        model = models.build("legnet", teacher.task.outputs, teacher.model.options).eval()
        checkpoints.save(declared.distillation.teacher, model, teacher)
    trained = run(declared, table, split)
    assert np.isfinite([h["training_loss"] for h in trained.history]).all()
    fits = calibrate(trained.model, Library(table, split))
    predicted = predict_codes(trained.model, table.codes[split.validation])
    assert predicted.shape == (60, len(declared.task.outputs))
    assert np.isfinite(predicted).all() and predicted.std(axis=0).min() > 0
    for i, output in enumerate(declared.task.outputs):
        if fits[output].applied:  # in log2(RNA/DNA)
            measured = table.column(output)[split.validation]
            assert predicted[:, i].mean() == pytest.approx(measured.mean(), abs=1e-3)
    checkpoints.save(name, trained.model, declared)
    loaded = checkpoints.load(name).model
    np.testing.assert_allclose(
        predict_codes(loaded, table.codes[split.validation]), predicted, atol=0.02 + 0.02 * np.abs(predicted).max()
    )


# --- what is not touched ----------------------------------------------------------------------------


def test_the_test_fold_is_never_touched(experiment, run, same_weights, table, split):
    """A run on a table whose test fold is garbage is the same run."""
    codes, activity = table.codes.copy(), table.activity.copy()
    codes[split.test] = 4
    activity[split.test] = np.array([np.nan, np.inf, -np.inf], np.float32)
    clean, corrupted = (run(experiment(), t, split) for t in (table, replace(table, codes=codes, activity=activity)))
    assert scores(clean.history) == scores(corrupted.history)
    assert same_weights(clean, corrupted)


def test_the_validation_fold_chooses_the_epoch_and_trains_nothing(experiment, run, same_weights, table, split):
    activity = table.activity.copy()
    activity[split.validation] = activity[split.validation][::-1] + 100
    clean, moved = (run(experiment(epochs=1), t, split) for t in (table, replace(table, activity=activity)))
    assert clean.history[0]["training_loss"] == moved.history[0]["training_loss"]
    assert clean.history[0]["validation_spearman"] != moved.history[0]["validation_spearman"]
    assert same_weights(clean, moved)


@pytest.mark.parametrize("model", ["legnet", "dream_rnn"])
def test_values_that_were_not_measured_do_not_spread(experiment, run, model, table, split):
    activity = table.activity.copy()
    rng = np.random.default_rng(0)
    activity[rng.random(activity.shape) < 0.2] = np.nan
    activity[split.train[:5]] = np.nan
    trained = run(experiment(model, ema=0.9), replace(table, activity=activity), split)
    assert np.isfinite([h["training_loss"] for h in trained.history]).all()
    assert all(torch.isfinite(v).all() for v in trained.model.state_dict().values())
    np.testing.assert_allclose(trained.model.target_mean, np.nanmean(activity[split.train], axis=0), rtol=1e-5)
    assert np.isfinite(predict_codes(trained.model, table.codes[:10])).all()


# --- stopping and going on --------------------------------------------------------------------------


class Interrupted(Exception):
    pass


@pytest.mark.parametrize(
    ("model", "ema", "curriculum"),
    [
        ("legnet", 0.9, None),
        ("legnet", 0.0, None),
        ("two members", 0.9, None),
        ("dream_rnn", 0.9, None),
        ("legnet", 0.9, "stepped"),
        ("adversarial", 0.9, "linear"),
    ],
)
def test_a_run_that_was_interrupted_goes_on_to_the_same_end(
    experiment, run, same_weights, model, ema, curriculum, table, split, tmp_path, monkeypatch
):
    declared = replace(experiment(model, epochs=3, ema=ema), curriculum=curriculum)
    straight = run(declared, table, split)

    state = tmp_path / "state.pt"
    validate, calls = validation_spearman, itertools.count()

    def interrupt(predicted, measured):
        if next(calls) == 1:
            raise Interrupted  # towards the end of the second epoch: its work is lost, the first is kept
        return validate(predicted, measured)

    with monkeypatch.context() as patched:
        patched.setattr(activity, "validation_spearman", interrupt)
        with pytest.raises(Interrupted):
            run(declared, table, split, state_file=state)
    torch.manual_seed(12345)  # a new process starts with other random numbers
    resumed = run(declared, table, split, state_file=state)
    assert scores(resumed.history) == scores(straight.history)
    assert same_weights(resumed, straight)


def test_a_finished_run_is_not_trained_again(experiment, run, same_weights, table, split, tmp_path, monkeypatch):
    state = tmp_path / "folder" / "state.pt"
    finished = run(experiment(), table, split, state_file=state)
    monkeypatch.setattr(activity, "augmented", lambda *a: pytest.fail("trained again"))
    again = run(experiment(), table, split, state_file=state)
    assert again.history == finished.history
    assert same_weights(again, finished)
    assert [f.name for f in state.parent.iterdir()] == ["state.pt"]


def test_the_state_outlives_what_changes_no_number(experiment, run, same_weights, table, split, tmp_path, monkeypatch):
    """A new name, source or list of seeds."""
    state = tmp_path / "state.pt"
    first = run(experiment(epochs=1), table, split, seed=3, state_file=state)
    monkeypatch.setattr(activity, "augmented", lambda *a: pytest.fail("trained again"))
    renamed = replace(experiment(epochs=1), name="other", source="elsewhere", seeds=(3, 4))
    assert same_weights(run(renamed, table, split, seed=3, state_file=state), first)


@pytest.mark.parametrize("other", ["seed", "settings", "model", "loss", "curriculum", "data", "split"])
def test_the_state_of_another_run_is_refused(experiment, run, other, table, split, tmp_path):
    state = tmp_path / "state.pt"
    run(experiment(epochs=1), table, split, state_file=state)
    before = state.read_bytes()
    declared, options = experiment(epochs=1), {}
    match other:
        case "seed":
            options = {"seed": 7}
        case "settings":
            declared = experiment(epochs=1, peak_lr=0.02)
        case "model":
            declared = replace(declared, model=Architecture("legnet", {"width": 8}))
        case "loss":
            declared = replace(declared, loss="ranknet")
        case "curriculum":
            declared = replace(declared, curriculum="linear")
        case "data":
            table = replace(table, hash="another")
        case "split":
            split = replace(split, hash="another")
    with pytest.raises(InputError, match=r"state\.pt belongs to a run with other settings or data; delete it"):
        run(declared, table, split, state_file=state, **options)
    assert state.read_bytes() == before


def _flipped(whole: bytes) -> bytes:
    """One bit of a weight, which torch would restore without a word."""
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 64]) + whole[middle + 1 :]


@pytest.mark.parametrize(
    "kept", [lambda whole: whole[: len(whole) // 2], lambda _: b"", lambda _: b"no state", _flipped]
)
def test_a_broken_state_is_named(experiment, run, kept, table, split, tmp_path):
    state = tmp_path / "state.pt"
    run(experiment(epochs=1), table, split, state_file=state)
    state.write_bytes(kept(state.read_bytes()))
    with pytest.raises(CheckpointError, match=r"state\.pt is broken .*; delete it and run the same"):
        run(experiment(epochs=1), table, split, state_file=state)


HOLD = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_training_is_alone_until_the_other_process_ends_even_if_it_is_killed(tmp_path):
    file = tmp_path / "new" / "toy.state"
    with loop.alone(file, "toy"):
        (lock,) = file.parent.iterdir()
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(InputError, match=r"^toy is being trained by another process; wait for it or stop it$"),
            loop.alone(file, "toy"),
        ):
            pytest.fail("both at once")
        with loop.alone(tmp_path / "new" / "other.state", "another training"):
            pass
        other.kill()
        other.wait()
    with loop.alone(file, "toy"):
        assert lock.is_file()  # what a killed process leaves is no obstacle


def test_a_training_that_fails_leaves_the_place_to_the_next(tmp_path):
    with pytest.raises(KeyboardInterrupt), loop.alone(tmp_path / "toy.state", "toy"):
        raise KeyboardInterrupt
    with loop.alone(tmp_path / "toy.state", "toy"):
        pass


def test_without_improvement_a_run_stops_early_with_its_best_weights(experiment, run, table, split, monkeypatch):
    falling, seen = iter([0.1, 0.9, 0.8, 0.7, 0.6]), []

    def validate(predicted, measured):
        seen.append(predicted)
        return [next(falling)] * 3

    monkeypatch.setattr(activity, "validation_spearman", validate)
    trained = run(experiment(epochs=9, patience=2), table, split)
    assert trained.stopped == "early stopping"
    assert [h["validation_spearman_mean"] for h in trained.history] == pytest.approx([0.1, 0.9, 0.8, 0.7])
    of_the_best = predict_codes(trained.model, table.codes[split.validation], batch_size=512)
    np.testing.assert_allclose(of_the_best, seen[1], atol=1e-6)
    assert np.abs(of_the_best - seen[3]).max() > 1e-4


def test_a_budget_ends_the_run_with_a_full_cycle_and_a_usable_model(experiment, run, table, split, monkeypatch):
    """On a clock that moves on by one second each time it is read."""
    clock = itertools.count()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    one_cycle, seen = loop.one_cycle, []

    def watched(progress, warmup):
        seen.append(progress)  # once for each group of parameters
        return one_cycle(progress, warmup)

    monkeypatch.setattr(loop, "one_cycle", watched)
    trained = run(experiment(epochs=1000), table, split, budget_minutes=0.5)
    assert trained.stopped == "budget"
    assert 1 <= len(trained.history) < 1000
    assert trained.seconds >= 30
    assert sum(h["samples"] for h in trained.history) == 48 * len(set(seen))
    assert seen == sorted(seen)
    assert seen[0] < 0.1
    assert 0.9 < seen[-1] < 1
    assert np.isfinite(predict_codes(trained.model, table.codes[:3])).all()


def test_a_budget_of_seconds_ends_a_long_run(experiment, run, table, split):
    trained = run(experiment(epochs=100_000), table, split, budget_minutes=1 / 60)
    assert trained.stopped == "budget"
    assert np.isfinite(predict_codes(trained.model, table.codes[:3])).all()


def test_a_budget_counts_the_time_before_an_interruption(experiment, run, table, split, tmp_path, monkeypatch):
    state = tmp_path / "state.pt"
    clock = itertools.count()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    first = run(experiment(epochs=1000), table, split, budget_minutes=0.5, state_file=state)
    again = run(experiment(epochs=1000), table, split, budget_minutes=0.5, state_file=state)
    assert again.stopped == "budget"
    assert sum(h["samples"] for h in again.history) == sum(h["samples"] for h in first.history)


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        ({"loss": "huber"}, {}, "unknown loss 'huber'"),
        ({"model": Architecture("resnet")}, {}, "unknown model 'resnet'"),
        ({"task": Target(outputs=("HEK293T",))}, {}, "unknown cell type 'HEK293T'"),
        ({}, {"device": "tpu"}, "unknown device 'tpu'"),
        ({}, {"precision": "fp8"}, "unknown precision 'fp8'"),
    ],
)
def test_what_cannot_be_trained_is_an_error_that_says_why(experiment, run, change, options, reason, table, split):
    with pytest.raises(InputError, match=reason):
        run(replace(experiment(), **change), table, split, **options)


# --- learning rate, optimiser, averages -------------------------------------------------------------


def test_one_cycle_starts_low_peaks_after_the_warmup_and_ends_near_zero():
    assert loop.one_cycle(0, 0.3) == pytest.approx(1 / 25)
    assert loop.one_cycle(0.15, 0.3) == pytest.approx((1 + 1 / 25) / 2)
    assert loop.one_cycle(0.3, 0.3) == pytest.approx(1)
    assert loop.one_cycle(0.65, 0.3) == pytest.approx((1 + 1e-4) / 2)
    assert loop.one_cycle(1, 0.3) == pytest.approx(1e-4)
    assert loop.one_cycle(1.2, 0.3) == pytest.approx(1e-4)
    rate = [loop.one_cycle(p, 0.3) for p in np.linspace(0, 1, 1001)]
    assert np.all(np.diff(rate[:301]) > 0)
    assert np.all(np.diff(rate[300:]) < 0)
    assert np.abs(np.diff(rate)).max() < 0.01  # no jump


def test_only_weights_are_decayed(toy_model):
    model = toy_model()
    optimizer = loop.make_optimizer(model, Optimizer(weight_decay=0.1), torch.device("cpu"))
    decay = {id(p): g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    assert len(decay) == len(list(model.parameters()))
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            assert decay[id(module.weight)] == 0.1
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert (decay[id(module.weight)], decay[id(module.bias)]) == (0, 0)
        if isinstance(module, nn.Linear):
            assert decay[id(module.bias)] == 0


@pytest.mark.parametrize(
    ("decay", "step", "kept"), [(0.998, 0, 0.1), (0.998, 90, 0.91), (0.998, 10**6, 0.998), (0.05, 0, 0.05)]
)
def test_the_average_moves_by_one_minus_the_decay_early_steps_more(decay, step, kept):
    model, average = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    model.load_state_dict(
        {k: torch.tensor(v) for k, v in {"weight": [3.0], "bias": [-1.0], "running_mean": [2.0]}.items()}
        | {"running_var": torch.tensor([5.0]), "num_batches_tracked": torch.tensor(7)}
    )
    before = copy.deepcopy(model.state_dict())
    loop.update_average(average, model, decay, step)  # the average starts at weight 1, bias 0, mean 0, var 1
    new = 1 - kept
    assert average.weight.item() == pytest.approx(kept + 3 * new)
    assert average.bias.item() == pytest.approx(-new)
    assert average.running_mean.item() == pytest.approx(2 * new)
    assert average.running_var.item() == pytest.approx(kept + 5 * new)
    assert average.num_batches_tracked.item() == 7
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_validation_spearman_leaves_out_what_was_not_measured():
    rng = np.random.default_rng(0)
    predicted, measured = rng.normal(size=(30, 2)), rng.normal(size=(30, 2))
    measured[::3, 0] = np.nan
    known = ~np.isnan(measured[:, 0])
    expected = [
        spearmanr(predicted[known, 0], measured[known, 0]).statistic,
        spearmanr(predicted[:, 1], measured[:, 1]).statistic,
    ]
    assert validation_spearman(predicted, measured) == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:An input array is constant")
def test_validation_spearman_of_a_constant_prediction_is_zero():
    assert validation_spearman(np.ones((5, 1)), np.arange(5.0)[:, None]) == [0.0]
