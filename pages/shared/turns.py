"""Whose turn it is to compute: what is being typed goes first, then what is on screen, then long work on request.

One machine serves all browser windows. Twenty that ask at once would each have a twentieth of it, and a prediction of a
tenth of a second would wait behind everybody's mutagenesis. So all computing takes a turn. A more urgent one never
waits for a less urgent one, which stands aside at its next step; among equally urgent ones those go first whose window
has had the least of the machine. Who left the page leaves the queue.
"""

from __future__ import annotations

import enum
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Look = Callable[[], None]  # raises when nobody waits for the result any more

WAIT = 0.2  # s after which one who waits looks whether the page was left
SLICE = 1.0  # s after which a long step-by-step work lets another window's come in


class Urgency(enum.IntEnum):
    TYPING = 0  # the prediction of what was typed just now
    SCREEN = 1  # maps, motifs and scores of what is on screen
    REQUEST = 2  # what a button started


# how many of one urgency, or of more urgent ones, compute at once: a prediction keeps one core busy, mutagenesis all
AT_ONCE = {Urgency.TYPING: os.cpu_count() or 1, Urgency.SCREEN: 1, Urgency.REQUEST: 1}


@dataclass(eq=False)
class _Work:
    urgency: Urgency
    window: object
    arrival: int
    look: Look | None
    begun: float = field(default=0.0)


class Turns:
    """A queue for computations of many threads; see the top of this file.

    Attributes:
        at_rest: called, by the thread of the last one, whenever nobody computes or waits any more.
    """

    def __init__(self, at_once: dict[Urgency, int] = AT_ONCE, clock: Callable[[], float] = time.monotonic):
        self._at_once, self._clock = at_once, clock
        self._changed = threading.Condition()
        self._active: list[_Work] = []
        self._waiting: list[_Work] = []
        self._had: dict[object, float] = {}  # s of the machine that each window had since the queue was last empty
        self._arrivals = itertools.count()
        self._own = threading.local()
        self.at_rest: Callable[[], None] = lambda: None

    @property
    def resting(self) -> bool:
        """Whether nobody computes or waits."""
        with self._changed:
            return not self._active and not self._waiting

    @contextmanager
    def turn(self, urgency: Urgency, window: object = None, look: Look | None = None) -> Iterator[Look]:
        """Wait for a turn and hold it; gives a function for the steps of the work, which lets others go first.

        What asks for a turn within a turn of its own thread computes within that one.

        Args:
            window: who asks, for fairness among them; by default the thread.
            look: called now and then while this waits; what it raises ends the waiting.
        """
        own = getattr(self._own, "work", None)
        if own is not None:
            yield lambda: self._give_way(own)
            return
        who = threading.get_ident() if window is None else window
        work = _Work(urgency, who, next(self._arrivals), look)
        self._enter(work)
        self._own.work = work
        try:
            yield lambda: self._give_way(work)
        finally:
            self._own.work = None
            self._leave(work)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let go of this thread's turn, if it has one, while it waits for something that others may have to compute."""
        work = getattr(self._own, "work", None)
        if work is None:
            yield
            return
        self._leave(work)
        try:
            yield
        finally:
            self._enter(work)

    def _give_way(self, work: _Work) -> None:
        with self._changed:
            had = self._had.get(work.window, 0.0) + self._clock() - work.begun
            tired = self._clock() - work.begun > SLICE
            others = [w for w in (*self._active, *self._waiting) if w is not work]
            urgent = any(w.urgency < work.urgency for w in others)
            fair = tired and any(
                w.urgency == work.urgency and w.window != work.window and self._had.get(w.window, 0.0) < had
                for w in self._waiting
            )
        if urgent or fair:
            with self.aside():
                pass

    def _enter(self, work: _Work) -> None:
        with self._changed:
            self._waiting.append(work)
        try:
            while True:
                with self._changed:
                    if self._may_begin(work) or (self._changed.wait(WAIT) and self._may_begin(work)):
                        self._waiting.remove(work)
                        self._active.append(work)
                        work.begun = self._clock()
                        return
                if work.look:
                    work.look()
        except BaseException:
            with self._changed:
                self._waiting.remove(work)
                # so that `_leave`, which follows where a turn was held before, finds it
                if getattr(self._own, "work", None) is work:
                    self._active.append(work)
                    work.begun = self._clock()
                self._changed.notify_all()
            raise

    def _may_begin(self, work: _Work) -> bool:
        if sum(w.urgency <= work.urgency for w in self._active) >= self._at_once[work.urgency]:
            return False
        return work is min(self._waiting, key=lambda w: (w.urgency, self._had.get(w.window, 0.0), w.arrival))

    def _leave(self, work: _Work) -> None:
        with self._changed:
            self._active.remove(work)
            self._had[work.window] = self._had.get(work.window, 0.0) + self._clock() - work.begun
            rests = not self._active and not self._waiting
            if rests:
                self._had.clear()
            self._changed.notify_all()
        if rests:
            self.at_rest()


TURNS = Turns()
