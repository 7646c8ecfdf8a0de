"""Many runs: one by one, in processes, on Ray; an error stops its own run alone, and the budget is shared out."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine import store
from engine.data import library, satmut, sources
from engine.data.lentimpra import CELL_TYPES
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.experiments.declared import ENSEMBLES, Ensemble
from engine.training import runs, workers
from engine.training.runs import Outcome, Settings

ROOT = Path(__file__).resolve().parents[2]
B1, H1 = "B1_baseline_mse", "H1_HepG2_baseline_mse"
SETTINGS = Settings(width=8, epochs=1, device="cpu", precision="fp32", show_progress=False)


def no_library() -> None:
    """Of runs that do nothing, or that fetch their own library in another process."""


# --- what every way of running shares ---------------------------------------------------------------


@pytest.fixture
def done(monkeypatch, models_folder):
    """Runs that do nothing: what was run under which settings, in order; those of dream_rnn fail."""
    record = []

    def run(name, seed, settings, library, progress=None, kind=None):
        record.append((name, seed, settings))
        if name == "dream_rnn":
            raise InputError("no such luck")
        return Outcome(name, seed, "trained" if seed else "built", {})

    monkeypatch.setattr(runs, "run", run)
    monkeypatch.setattr(runs, "adopt", lambda outcome, fresh: None)
    return record


def test_an_error_in_one_run_does_not_stop_the_others(done):
    plan, reported = [(B1, 1), ("dream_rnn", 1), (H1, 1)], []
    results = workers.run_all(plan, SETTINGS, lambda *r: reported.append(r), no_library)
    assert results == reported
    assert [run for run, _ in results] == plan
    assert [type(outcome) for _, outcome in results] == [Outcome, InputError, Outcome]
    assert str(results[1][1]) == "no such luck"


def test_an_error_that_the_user_cannot_mend_is_not_hidden(done, monkeypatch):
    monkeypatch.setattr(runs, "run", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        workers.run_all([(B1, 1)], SETTINGS, print, no_library)


def test_ensembles_are_built_after_everything_that_they_may_need(done, monkeypatch):
    monkeypatch.setitem(ENSEMBLES, "both", Ensemble("both", (B1, H1), ("K562",), "nothing"))
    workers.run_all([("both", None), (B1, 1), (H1, 1)], SETTINGS, lambda *_: None, no_library)
    assert [name for name, _, _ in done] == [B1, H1, "both"]


def test_what_is_done_or_refused_is_known_before_anything_is_run(done, monkeypatch):
    def known(name, seed, settings, kind=None):
        if seed == 3:
            raise InputError("trained with other settings")
        return {"of seed": 2} if seed == 2 else {}

    monkeypatch.setattr(runs, "done", known)
    results = dict(workers.run_all([(B1, 1), (B1, 2), (B1, 3)], SETTINGS, lambda *_: None, no_library))
    assert [(name, seed) for name, seed, _ in done] == [(B1, 1)]
    assert results[B1, 2] == Outcome(B1, 2, "done before", {"of seed": 2})
    assert "other settings" in str(results[B1, 3])


def test_again_forgets_the_earlier_seeds_of_each_model_once(done, monkeypatch):
    adopted = []
    monkeypatch.setattr(runs, "adopt", lambda outcome, fresh: adopted.append((outcome.name, outcome.seed, fresh)))
    plan = [(B1, 1), (B1, 2), (H1, 1)]
    workers.run_all(plan, Settings(again=True), lambda *_: None, no_library)
    assert adopted == [(B1, 1, True), (B1, 2, False), (H1, 1, True)]
    adopted.clear()
    workers.run_all(plan, Settings(), lambda *_: None, no_library)
    assert [fresh for _, _, fresh in adopted] == [False] * 3


def test_fewer_than_one_job_is_an_error(done):
    with pytest.raises(InputError, match="at least one job"):
        workers.run_all([(B1, 1)], SETTINGS, print, no_library, jobs=0)


def test_ray_that_is_not_installed_is_an_error_with_the_command_that_installs_it(done, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)  # its import then fails as that of a package that is not there
    with pytest.raises(InputError, match=r"pip install -r requirements-ray\.txt"):
        workers.run_all([(B1, 1)], SETTINGS, print, no_library, ray_address="local")
    assert (ROOT / "requirements-ray.txt").read_text().startswith("ray==")
    assert not done


# --- budget -----------------------------------------------------------------------------------------


def test_one_by_one_each_run_gets_its_share_of_what_is_left(done, monkeypatch):
    """On a clock by which each run takes five minutes, whatever its share."""
    clock = itertools.count(0, 300)
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    workers.run_all([(B1, 1), (B1, 2), (B1, 3)], Settings(budget_minutes=35), lambda *_: None, no_library)
    assert [s.budget_minutes for _, _, s in done] == pytest.approx([30 / 3, 25 / 2, 20])


def test_a_spent_budget_leaves_a_little_to_the_last_runs(done, monkeypatch):
    clock = itertools.count(0, 6000)
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    workers.run_all([(B1, 1), (B1, 2)], Settings(budget_minutes=35), lambda *_: None, no_library)
    assert all(0 < s.budget_minutes < 1 for _, _, s in done)


@pytest.mark.parametrize(
    ("jobs", "count", "share"), [(2, 4, 30), (2, 3, 30), (4, 4, 60), (8, 4, 60), (2, 1, 60), (3, 7, 20)]
)
def test_side_by_side_the_budget_is_shared_by_the_runs_of_one_worker(jobs, count, share, monkeypatch, models_folder):
    shared = []

    class Pool:
        """Takes the runs and does none."""

        def __init__(self, *_, **__): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def submit(self, function, run, settings, kind):
            shared.append(settings)
            return run

    monkeypatch.setattr(workers, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(workers, "as_completed", lambda futures: [])
    plan = [(B1, seed) for seed in range(1, count + 1)]
    workers.run_all(plan, Settings(budget_minutes=60), print, no_library, jobs=jobs)
    assert [s.budget_minutes for s in shared] == [share] * count
    assert not any(s.show_progress for s in shared)
    shared.clear()
    workers.run_all(plan, Settings(), print, no_library, jobs=jobs)
    assert [s.budget_minutes for s in shared] == [None] * count


# --- in processes and on Ray ------------------------------------------------------------------------

needs_variants = pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity", "satmut", "cagi5_references")


def small_cache(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """A cache and a folder of models for this process and those that it starts.

    The cache holds, in place of the joint library, 300 made-up elements, and of the measured variants those at 40
    positions of each CAGI5 element, so that a run is short from its training to its scores.
    """
    whole = satmut._table()
    patch.setenv("CISLENS_CACHE", str(folder / "cache"))
    patch.setenv("CISLENS_MODELS", str(folder / "models"))
    rng = np.random.default_rng(0)
    names = np.array([f"peak{i}" for i in range(300)])
    joint = ("lentimpra_sequences", "lentimpra_activity")
    store.write_arrays(
        sources.processed("lentimpra_joint", *joint),
        names=names,
        codes=rng.integers(0, 4, (300, 200)).astype(np.uint8),
        activity=rng.normal(size=(300, 3)).astype(np.float32),
        outputs=np.array(CELL_TYPES),
        hash=np.array("made up"),
    )
    folds, groups = (np.arange(300) % 10).astype(np.int8), np.arange(300, dtype=np.int32)
    store.write_arrays(
        sources.processed("lentimpra_joint_split", *joint),
        folds=folds,
        groups=groups,
        hash=np.array("by row"),
        data_hash=np.array("made up"),
    )
    kept = np.zeros(len(whole), dtype=bool)
    for element in satmut.CAGI5.values():
        first = element.training[1][0]
        near = whole["pos"].between(first - 12, first + 27)
        kept |= ((whole["data_set"] == element.data_set) & (whole["build"] == "GRCh37") & near).to_numpy()
    few = whole[kept].assign(p=0.0)  # all of high confidence
    text = ("chrom", "ref", "alt", "data_set", "build")
    arrays = {c: few[c].to_numpy(str if c in text else None) for c in satmut._COLUMNS}
    store.write_arrays(sources.processed("satmut", "satmut"), **arrays)


@pytest.fixture(scope="module")
def patch():
    """The environment and the number of threads are put back after the last of these tests."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        yield patch
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def alone(patch, tmp_path_factory) -> str:
    """The weights' hash of B1, seed 1, trained in this process."""
    small_cache(tmp_path_factory.mktemp("alone"), patch)
    ((_, outcome),) = workers.run_all([(B1, 1)], SETTINGS, lambda *_: None, library.joint)
    assert outcome.status == "trained"
    return outcome.metrics["weights_sha256"]


def spoil(name: str, seed: int) -> None:
    """Leave the state of another run where this one looks for its own."""
    runs.state_file(name, seed).parent.mkdir(parents=True, exist_ok=True)
    torch.save({"identity": "another run"}, runs.state_file(name, seed))


def check(results: dict, alone: str) -> None:
    """Of B1 seed 1, H1 seed 1 and B1 seed 2, the last one's state was spoiled."""
    assert set(results) == {(B1, 1), (H1, 1), (B1, 2)}
    assert results[B1, 1].metrics["weights_sha256"] == alone
    assert isinstance(results[B1, 2], CheckpointError) and "delete it" in str(results[B1, 2])
    assert checkpoints.trained() == [B1, H1]
    for name in (B1, H1):
        loaded = checkpoints.load(name)
        assert loaded.metrics["weights_sha256"] == loaded.weights_hash
        assert loaded.metrics["cagi5"]["matched_mean"][loaded.model.outputs[0]]["test"]["all"]["n"] > 0
        assert list(checkpoints.read_seeds(name)) == [1]
        assert len(list((loaded.folder / checkpoints.EFFECTS).iterdir())) == 7
        assert not runs.state_file(name, 1).exists()


@needs_variants
def test_runs_in_processes_are_the_same_runs(alone, patch, tmp_path):
    small_cache(tmp_path, patch)
    spoil(B1, 2)
    reported = []
    results = workers.run_all([(B1, 1), (B1, 2), (H1, 1)], SETTINGS, lambda *r: reported.append(r), no_library, jobs=2)
    assert results == reported
    check(dict(results), alone)
    again = workers.run_all([(B1, 1), (H1, 1)], SETTINGS, lambda *_: None, no_library, jobs=2)
    assert [outcome.status for _, outcome in again] == ["done before"] * 2


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Does it become true within so many seconds?"""
    for _ in range(int(10 * seconds)):
        if true():
            return True
        time.sleep(0.1)
    return False


def alive(group: int) -> bool:
    """Is there still a process of the group?"""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@needs_variants
def test_ctrl_c_ends_all_processes_and_keeps_their_states(patch, tmp_path):
    small_cache(tmp_path, patch)
    words = ["train", B1, "--seeds", "1,2,3,4", "--width", "8", "--epochs", "100000", "--jobs", "2", "--device", "cpu"]
    with subprocess.Popen(
        [sys.executable, "-m", "engine", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell that runs the tests in the background has SIGINT ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            states = [runs.state_file(B1, seed) for seed in (1, 2)]
            assert within(120, lambda: all(f.is_file() for f in states))
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert all(str(f) in errors for f in states)
    assert within(30, lambda: not alive(process.pid))
    assert not runs.state_file(B1, 3).exists()  # nor did the next run begin


@pytest.mark.slow
@needs_variants
def test_runs_on_ray_are_the_same_runs(alone, patch, tmp_path):
    pytest.importorskip("ray", reason="pip install -r requirements-ray.txt")
    small_cache(tmp_path, patch)
    spoil(B1, 2)
    results = workers.run_all([(B1, 1), (B1, 2), (H1, 1)], SETTINGS, lambda *_: None, no_library, ray_address="local")
    check(dict(results), alone)


def test_a_cluster_that_is_none_is_an_error(models_folder):
    pytest.importorskip("ray", reason="pip install -r requirements-ray.txt")
    with pytest.raises(InputError, match="no Ray cluster can be used at 'nowhere'"):
        workers.run_all([(B1, 1)], SETTINGS, print, no_library, ray_address="nowhere")
