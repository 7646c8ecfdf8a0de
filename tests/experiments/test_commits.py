"""A model changes as one thing: a kill at any operation, two writers, and readers meanwhile."""

import dataclasses
import os
import shutil
import threading

import numpy as np
import pytest

from engine.errors import CheckpointError
from engine.experiments import checkpoints, commits
from engine.experiments.declared import EXPERIMENTS, Ensemble
from engine.training import runs
from engine.training.runs import Outcome
from tests import interrupted

pytestmark = interrupted.unix
NAME = "joint_legnet"


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Flushing is a point to be killed at, and not waited for: what a process leaves is there without it."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def network(models_folder, toy_model, toy_options, tmp_path, monkeypatch):
    """A factory of trained seeds that wait to be adopted, each with scores and results of its own."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    architecture = dataclasses.replace(EXPERIMENTS[NAME].model, options=toy_options["legnet"])
    experiment = dataclasses.replace(EXPERIMENTS[NAME], model=architecture)

    def make(seed: int, validation: float) -> Outcome:
        folder = runs.seed_folder(NAME, seed)
        checkpoints.save(NAME, toy_model(seed=seed), experiment, folder)
        weights = checkpoints.read_description(NAME, folder)["weights_sha256"]
        metrics = {
            "weights_sha256": weights,
            "training": {"seed": seed, "history": [{"validation_spearman_mean": validation}]},
        }
        checkpoints.save_metrics(NAME, metrics, folder)
        (folder / checkpoints.EFFECTS).mkdir()
        (folder / checkpoints.EFFECTS / "F9.npz").write_text(f"of {seed}")
        return Outcome(NAME, seed, "trained", metrics)

    return make


def state(folder) -> tuple:
    """What a new process has of the model and of its replicates, each with the scores and results beside it."""
    own = checkpoints.load(NAME)
    beside = checkpoints.replicates(NAME)
    whole = {s: (checkpoints.load(NAME, f).weights_hash, _results(f)) for s, f in beside.items()}
    assert own.metrics["weights_sha256"] == own.weights_hash
    assert not (folder / NAME / commits.NEXT).exists()
    return own.weights_hash, own.metrics, _results(own.folder), whole


def _results(folder) -> list[str]:
    return sorted(f"{f.name}: {f.read_text()}" for f in (folder / checkpoints.EFFECTS).glob("*"))


def all_or_nothing(action, folder) -> None:
    """Killed anywhere, `action` leaves what was before or what it leaves at its end; some kills leave each."""
    before = state(folder)
    states = []
    for point in interrupted.kills(action, folder):
        states.append((point, state(folder)))
    after = states[-1][1]  # it ran to its end
    assert after != before
    for point, left in states:
        assert left in (before, after), point
    assert sum(left == before for _, left in states) > 5 and sum(left == after for _, left in states) > 5


def test_a_better_seed_is_adopted_whole_or_not_at_all(network, models_folder):
    runs.adopt(network(5, 0.5))
    better = network(6, 0.7)
    all_or_nothing(lambda: runs.adopt(better), models_folder)


def test_a_promoted_replicate_is_promoted_whole_or_not_at_all(network, models_folder):
    runs.adopt(network(5, 0.5))
    runs.adopt(network(6, 0.4))
    all_or_nothing(lambda: checkpoints.promote(NAME, 5, 6), models_folder)


def test_a_model_is_calibrated_with_its_scores_or_not_at_all(network, models_folder):
    runs.adopt(network(5, 0.5))

    def calibrate():
        checkpoint, model = checkpoints.load(NAME), checkpoints.load(NAME).model
        model.target_mean += 1
        with checkpoints.renewed(checkpoint, model) as renewed:
            checkpoints.save_metrics(NAME, renewed.metrics | {"held_out": {}}, renewed.folder)

    all_or_nothing(calibrate, models_folder)


def test_an_ensemble_is_built_anew_with_its_scores_or_not_at_all(save_model, models_folder):
    save_model("a", seed=1)
    save_model("b", seed=2)
    declaration = Ensemble("both", ("a", "b"), ("K562",), "nothing")

    def build(mean: float) -> None:
        model = checkpoints.build_ensemble(declaration)
        model.target_mean += mean
        with commits.aside(models_folder / "both") as scratch:
            checkpoints.save_ensemble(model, declaration, scratch)
            weights = checkpoints.read_description("both", scratch)["weights_sha256"]
            checkpoints.save_metrics("both", {"weights_sha256": weights, "held_out": {}}, scratch)
            checkpoints.replace("both", scratch)

    build(0)
    before, states = checkpoints.load("both"), []
    for point in interrupted.kills(lambda: build(1), models_folder):
        loaded = checkpoints.load("both")
        assert loaded.metrics["weights_sha256"] == loaded.weights_hash, point
        states.append(loaded.weights_hash)
    assert set(states) == {before.weights_hash, states[-1]} and states[-1] != before.weights_hash


def test_a_run_that_was_killed_while_it_was_adopted_is_adopted_by_the_next(network, models_folder):
    """Whatever is advised next finds a model that loads, or makes it anew: 'done before' is said of nothing else."""
    settings = runs.Settings()
    runs.adopt(network(5, 0.5))
    for part in (checkpoints.WEIGHTS, checkpoints.DESCRIPTION):
        kept = (models_folder / NAME / part).read_bytes()
        (models_folder / NAME / part).write_bytes(kept[:50])
        assert runs._metrics_of_whole(NAME) == {}
        if part == checkpoints.DESCRIPTION:
            assert runs.done(NAME, 5, settings) == {}
        assert runs.adopt(network(6, 0.1))  # a model that does not load makes room
        assert checkpoints.load(NAME).metrics["training"]["seed"] == 6
        runs.adopt(network(5, 0.5), fresh=True)


def test_two_seeds_that_are_adopted_at_once_are_both_kept_and_the_better_is_the_model(network, models_folder):
    for attempt in range(3):
        outcomes = [network(5, 0.5), network(6, 0.7), network(7, 0.6)]
        threads = [threading.Thread(target=runs.adopt, args=(outcome,)) for outcome in outcomes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        weights, _, _, replicates = state(models_folder)
        assert weights == outcomes[1].metrics["weights_sha256"], attempt
        assert {s: w for s, (w, _) in replicates.items()} == {
            o.seed: o.metrics["weights_sha256"] for o in outcomes if o.seed != 6
        }
        shutil.rmtree(models_folder / NAME)


def test_who_reads_while_a_model_changes_has_the_one_or_the_other(network, models_folder):
    runs.adopt(network(5, 0.5))
    runs.adopt(network(6, 0.4))
    errors, seen, stop = [], set(), threading.Event()

    def read():
        while not stop.is_set():
            try:
                loaded = checkpoints.load(NAME)
                assert loaded.metrics["weights_sha256"] == loaded.weights_hash
                seen.add(loaded.metrics["training"]["seed"])
            except BaseException as error:
                errors.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for own, other in [(5, 6), (6, 5)] * 6:
        checkpoints.promote(NAME, own, other)
    stop.set()
    for reader in readers:
        reader.join()
    assert not errors and seen and seen <= {5, 6}


def test_a_change_that_cannot_be_read_is_named(network, models_folder):
    runs.adopt(network(5, 0.5))
    staged = models_folder / NAME / commits.NEXT
    for content in ('{"placed": ["../x"], "gone": []}', "{"):
        staged.mkdir()
        (staged / commits.LIST).write_text(content)
        with pytest.raises(CheckpointError, match=r"changes.json is broken: delete .*\.next and run: .* train joint"):
            checkpoints.load(NAME)
        shutil.rmtree(staged)
    assert len(np.unique([checkpoints.load(NAME).weights_hash])) == 1


def test_what_is_named_like_no_seed_is_no_replicate(network, models_folder):
    runs.adopt(network(5, 0.5))
    runs.adopt(network(6, 0.4))
    replicates = models_folder / NAME / checkpoints.REPLICATES
    for name in ("6 (copy)", "old", "²", "1e30", "0x7"):
        shutil.copytree(replicates / "6", replicates / name)
    (replicates / "notes.txt").write_text("mine")
    assert list(checkpoints.replicates(NAME)) == [6] and list(checkpoints.read_seeds(NAME)) == [5, 6]
    runs.adopt(network(7, 0.9))
    assert list(checkpoints.read_seeds(NAME)) == [5, 6, 7] and (replicates / "old").is_dir()
