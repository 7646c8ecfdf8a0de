"""Whose turn it is: told by who has begun and who has not, never by how long something took."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pages.shared import work
from pages.shared.memory import Memory
from pages.shared.turns import Turns, Urgency

LONG = 60.0  # s; nothing here takes as long, unless somebody waits for ever


class Left(BaseException):
    """What Streamlit raises in a page that is left."""


class Job:
    """A computation in steps: it says when it has begun, and goes on by one step whenever it is let."""

    def __init__(self, turns: Turns, pool: ThreadPoolExecutor, urgency: Urgency, window: str, log: list[str]):
        self.begun, self.free, self.steps = threading.Event(), threading.Semaphore(0), 0
        self.window, self.log, self.left = window, log, threading.Event()
        self.future: Future = pool.submit(self._run, turns, urgency)

    def _run(self, turns: Turns, urgency: Urgency) -> None:
        with turns.turn(urgency, self.window, self._look) as give_way:
            self.log.append(self.window)
            self.begun.set()
            while True:
                assert self.free.acquire(timeout=LONG)
                self.steps += 1
                if self.steps > 9:
                    return
                give_way()
                self.log.append(f"{self.window} goes on")

    def _look(self) -> None:
        if self.left.is_set():
            raise Left

    def step(self, n: int = 1) -> None:
        self.free.release(n)

    def finish(self) -> None:
        self.step(20)
        self.future.result(LONG)


@pytest.fixture
def clock():
    """Seconds that pass as the test says."""

    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    return Clock()


@pytest.fixture
def start(clock):
    """A factory of jobs on one queue that lets two type at once; `start.turns` is the queue."""
    turns = Turns({Urgency.TYPING: 2, Urgency.SCREEN: 1, Urgency.REQUEST: 1}, clock)
    log: list[str] = []
    with ThreadPoolExecutor(12) as pool:

        def make(urgency: Urgency, window: str, begins: bool = True) -> Job:
            waiting = len(turns._waiting)
            job = Job(turns, pool, urgency, window, log)
            if begins:
                assert job.begun.wait(LONG)
            else:
                eventually(lambda: len(turns._waiting) > waiting)
                assert not job.begun.is_set()
            return job

        make.turns, make.log = turns, log
        yield make


def eventually(condition) -> None:
    pause = threading.Event()
    for _ in range(6000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come about")


def test_typing_waits_for_no_map_and_a_map_for_no_request(start):
    request = start(Urgency.REQUEST, "request")
    tracks = start(Urgency.SCREEN, "tracks")
    typing = start(Urgency.TYPING, "typing")
    for job in (typing, tracks, request):
        job.finish()


def test_what_is_less_urgent_stands_aside_at_its_next_step_and_goes_on_afterwards(start):
    request = start(Urgency.REQUEST, "request")
    typing = start(Urgency.TYPING, "typing")
    request.step()
    eventually(lambda: start.turns._waiting)  # the request let go of its turn
    assert "request goes on" not in start.log
    tracks = start(Urgency.SCREEN, "tracks", begins=False)
    typing.finish()
    assert start.log[:2] == ["request", "typing"]
    eventually(lambda: "tracks" in start.log)
    assert "request goes on" not in start.log  # the tracks came in between
    tracks.finish()
    request.finish()


def test_of_equally_urgent_ones_the_window_that_had_least_goes_first(start, clock):
    other, first = start(Urgency.REQUEST, "other"), start(Urgency.SCREEN, "a")
    clock.now = 5.0
    first.finish()
    running = start(Urgency.SCREEN, "b")
    greedy = start(Urgency.SCREEN, "a", begins=False)
    modest = start(Urgency.SCREEN, "c", begins=False)
    running.finish()
    assert modest.begun.wait(LONG) and not greedy.begun.is_set()
    modest.finish()
    greedy.finish()
    other.finish()


def test_a_long_work_lets_in_another_window_after_its_slice(start, clock):
    long = start(Urgency.REQUEST, "long")
    short = start(Urgency.REQUEST, "short", begins=False)
    long.step()
    eventually(lambda: "long goes on" in start.log)  # its slice is not over
    assert not short.begun.is_set()
    clock.now = 2.0
    long.step()
    assert short.begun.wait(LONG)
    short.finish()
    long.finish()


def test_who_left_the_page_leaves_the_queue(start):
    running = start(Urgency.SCREEN, "a")
    gone, next_one = start(Urgency.SCREEN, "b", begins=False), start(Urgency.SCREEN, "c", begins=False)
    gone.left.set()
    assert isinstance(gone.future.exception(LONG), Left)
    running.finish()
    assert next_one.begun.wait(LONG)
    next_one.finish()
    assert not start.turns._active and not start.turns._waiting and not start.turns._had


def test_who_leaves_while_standing_aside_leaves_nothing_behind(start):
    request, typing = start(Urgency.REQUEST, "request"), start(Urgency.TYPING, "typing")
    request.left.set()
    request.step()
    assert isinstance(request.future.exception(LONG), Left)
    typing.finish()
    assert not start.turns._active and not start.turns._waiting


def test_a_turn_within_a_turn_is_the_same_turn():
    turns = Turns({u: 1 for u in Urgency})
    with turns.turn(Urgency.REQUEST), turns.turn(Urgency.TYPING) as give_way:
        give_way()
        assert len(turns._active) == 1


def test_two_who_need_the_same_result_within_their_turns_do_not_wait_for_each_other_for_ever(monkeypatch):
    turns = Turns({u: 1 for u in Urgency})
    memory = Memory(turns=turns)
    monkeypatch.setattr(work, "TURNS", turns)
    begun, asked = threading.Event(), threading.Event()

    def first() -> object:
        with turns.turn(Urgency.REQUEST, "first") as give_way:

            def compute() -> str:
                begun.set()
                assert asked.wait(LONG)
                with turns.aside():  # as when something more urgent came: now the second has the turn
                    pass
                give_way()
                return "result"

            return memory.get("key", compute)

    def second() -> object:
        assert begun.wait(LONG)
        asked.set()
        with turns.turn(Urgency.REQUEST, "second"):
            return memory.get("key", lambda: "computed twice")

    with ThreadPoolExecutor(2) as pool:
        assert [f.result(LONG) for f in (pool.submit(first), pool.submit(second))] == ["result", "result"]


def test_twenty_windows_each_get_their_numbers(monkeypatch):
    turns = Turns({u: 1 for u in Urgency})
    monkeypatch.setattr(work, "TURNS", turns)
    memory, together = Memory(turns=turns), threading.Barrier(20)

    def window(i: int) -> list[int]:
        together.wait(LONG)
        compute = lambda step, n: [step(k, 5) for k in range(5)] and n  # noqa: E731
        return [
            memory.get((u, i % 7), work.in_turn(u, lambda step, n=i % 7: compute(step, n)))
            for u in (Urgency.TYPING, Urgency.SCREEN, Urgency.REQUEST)
        ]

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(window, range(20))) == [[i % 7] * 3 for i in range(20)]
    assert not turns._active and not turns._waiting
