"""What pages remember: computed once for all sessions, and nobody's key press waits for somebody else's long work."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engine.experiments import checkpoints
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.interpretation.in_silico.epistasis import epistasis
from engine.models.predict import predict
from engine.sequence import Sequence
from pages.shared import memory as memories
from pages.shared import work

LONG = 60.0  # s; nothing here takes as long, unless a lock is held


class Stopped(BaseException):
    """What Streamlit raises in a page that is left."""


@pytest.fixture(autouse=True)
def memory(monkeypatch) -> memories.Memory:
    """Nothing is remembered yet."""
    empty = memories.Memory()
    monkeypatch.setattr(work, "MEMORY", empty)
    return empty


@pytest.fixture
def sessions():
    with ThreadPoolExecutor(4) as threads:
        yield threads


class Held:
    """A progress callback that stands still at its first call until it is let go."""

    def __init__(self) -> None:
        self.begun, self.free = threading.Event(), threading.Event()

    def __call__(self, done: int, total: int) -> None:
        self.begun.set()
        assert self.free.wait(LONG)


def test_a_prediction_comes_while_another_session_computes_double_mutants_on_the_same_model(trained, bases, sessions):
    checkpoint, sequence, held = checkpoints.load("joint_legnet"), Sequence("s", bases), Held()

    def long_work():
        compute = lambda: epistasis(checkpoint.inference_model, sequence, 90, 96, progress=held)  # noqa: E731
        return work.remembered("double mutants", compute, held)

    one = sessions.submit(long_work)
    assert held.begun.wait(LONG)
    try:
        other = sessions.submit(work.prediction, checkpoint, sequence, "pad")
        np.testing.assert_allclose(other.result(LONG).values, predict(checkpoint.model, [sequence]).values, atol=1e-5)
        assert sessions.submit(work.ism_track, checkpoint, sequence, "pad", False).result(LONG).bases == bases
        assert not one.done()
    finally:
        held.free.set()
    assert one.result(LONG) is not None


def test_what_two_sessions_ask_at_once_is_computed_once(sessions, memory):
    calls, begun, free = [], threading.Event(), threading.Event()

    def compute():
        calls.append(threading.get_ident())
        begun.set()
        assert free.wait(LONG)
        return object()

    first = sessions.submit(memory.get, "key", compute)
    assert begun.wait(LONG)
    waited = threading.Event()
    second = sessions.submit(memory.get, "key", compute, lambda done, total: waited.set())
    assert waited.wait(LONG)  # the page of one who waits can be left
    free.set()
    assert first.result(LONG) is second.result(LONG) and len(calls) == 1


def test_when_one_gives_up_the_next_who_waits_computes(sessions, memory):
    begun, free = threading.Event(), threading.Event()

    def stopped():
        begun.set()
        assert free.wait(LONG)
        raise Stopped

    first = sessions.submit(memory.get, "key", stopped)
    assert begun.wait(LONG)
    second = sessions.submit(memory.get, "key", lambda: "result")
    free.set()
    assert second.result(LONG) == "result" and isinstance(first.exception(LONG), Stopped)
    assert memory.get("key", stopped) == "result"


def test_who_waits_can_leave_and_nothing_is_left_behind(sessions, memory):
    begun, free = threading.Event(), threading.Event()

    def compute():
        begun.set()
        assert free.wait(LONG)
        return 1

    def leave(done: int, total: int) -> None:
        raise Stopped

    first = sessions.submit(memory.get, "key", compute)
    assert begun.wait(LONG)
    assert isinstance(sessions.submit(memory.get, "key", compute, leave).exception(LONG), Stopped)
    free.set()
    assert first.result(LONG) == 1 and not memory._running


def test_the_oldest_results_are_forgotten_first():
    memory, calls = memories.Memory(kept=2), []

    def get(key: str) -> str:
        return memory.get(key, lambda: calls.append(key) or key)

    for key in "abacab":
        assert get(key) == key
    assert calls == ["a", "b", "c", "b"]


def test_a_model_that_several_sessions_ask_at_once_says_what_it_says_alone(trained, random_bases, sessions):
    sequences = [Sequence(f"s{i}", random_bases(200, seed=i)) for i in range(3)]
    for name in ("joint_legnet", "mine"):
        model = checkpoints.load(name).inference_model

        def ask(sequence: Sequence, model=model) -> list[np.ndarray]:
            return [
                predict(model, [sequence]).values,
                ism(model, sequence).values,
                integrated_gradients(model, sequence, IGSettings(steps=8), outputs=("K562",)).values,
            ]

        alone = [ask(s) for s in sequences]
        together = [session.result(LONG) for session in [sessions.submit(ask, s) for s in sequences]]
        for a, b in zip(alone, together, strict=True):
            for x, y in zip(a, b, strict=True):
                np.testing.assert_allclose(x, y, atol=1e-5)


def test_results_are_forgotten_beyond_so_many_bytes():
    memory, calls = memories.Memory(most=3000), []

    def get(key: str, n: int) -> np.ndarray:
        return memory.get(key, lambda: calls.append(key) or np.zeros(n, np.uint8))

    for key, n in (
        ("a", 1000),
        ("b", 1500),
        ("a", 1000),
        ("c", 1000),
        ("a", 1000),
        ("b", 1500),
        ("big", 4000),
        ("big", 4000),
    ):
        assert len(get(key, n)) == n
    assert calls == ["a", "b", "c", "b", "big", "big"]
    assert memories.size_of((np.zeros(10), {"k": [np.zeros(5)]})) >= 120


def test_a_result_that_grows_counts_as_what_it_takes_now_and_the_one_in_use_stays():
    """As a model, whose form for predicting is made when it is first asked."""
    memory, calls = memories.Memory(most=3000, growing=len), []

    def get(key: str, n: int = 1000) -> bytearray:
        return memory.get(key, lambda: calls.append(key) or bytearray(n))

    grown = get("a")
    get("b")
    grown.extend(bytes(1500))
    assert memory.bytes == 2000 and len(get("b")) == 1000  # not "a", the older, which takes 2,500 by now
    assert memory.bytes == 1000 and not memory.holds("a")
    assert len(get("large", 9000)) == len(get("large")) == 9000 and memory.bytes == 9000
    get("b")
    assert calls == ["a", "b", "large", "b"] and memory.bytes == 1000
    memory.forget(lambda key: key == "b")
    assert memory.bytes == 0


def test_a_button_keeps_its_newest_results_by_number_and_bytes(monkeypatch):
    monkeypatch.setattr(work, "KEPT", 3)
    monkeypatch.setattr(work, "KEPT_BYTES", 250)
    small, large = np.zeros(100, np.uint8), np.zeros(900, np.uint8)
    assert list(work._newest({1: small, 2: small, 3: small})) == [2, 3]  # 100 bytes each
    assert list(work._newest({1: small, 2: large})) == [2]
    assert list(work._newest(dict.fromkeys(range(9), np.zeros(1, np.uint8)))) == [6, 7, 8]
