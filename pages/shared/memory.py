"""What is kept in memory for all sessions: each thing computed once, and bounded in number and bytes."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np

from engine.results import Progress
from pages.shared.leaving import page_left
from pages.shared.turns import TURNS, Turns

Result = TypeVar("Result")

WAIT = 0.2  # s after which one who waits for another's result looks whether the page was left
MOST_BYTES = 500_000_000  # of remembered results; a map of 3,000 bases takes some 100 KB


class Memory:
    """Results of all sessions by what they depend on: the last `kept` of them, and no more than `most` bytes.

    Who asks for what somebody else is computing waits for that one result; other results are not in their way. If the
    other one gives up (a Stop button, a closed page, an error), the next of those who wait computes.
    """

    def __init__(
        self,
        kept: int = 400,
        most: int = MOST_BYTES,
        turns: Turns = TURNS,
        growing: Callable[[Any], int] | None = None,
    ):
        """
        Args:
            turns: the queue in which what is remembered is computed.
            growing: gives the bytes of a result that takes more as it is used. It is measured whenever a result is
                asked for, and the last one stays however large it is, since it is in use.
        """
        self._kept, self._most, self._turns, self._growing = kept, most, turns, growing
        self._results: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()  # each with its bytes
        self._running: dict[Hashable, _Turn] = {}
        self._lock = threading.Lock()  # of the two tables, never held while anything is computed

    @property
    def bytes(self) -> int:
        """What all results take together."""
        with self._lock:
            return self._total()

    def get(self, key: Hashable, compute: Callable[[], Result], progress: Progress | None = None) -> Result:
        """`compute()`, or what it gave for this key before.

        Args:
            progress: called with (0, 1) now and then while somebody else computes it, so that a page can be left.
        """
        with self._lock:
            if key in self._results:
                return self._known(key)
            turn = self._running.setdefault(key, _Turn())
            turn.askers += 1
        try:
            if not turn.lock.acquire(blocking=False):
                with self._turns.aside():  # who computes it may need the turn that this one has
                    while not turn.lock.acquire(timeout=WAIT):
                        page_left()
                        if progress:
                            progress(0, 1)
            try:
                return self._computed(key, compute)
            finally:
                turn.lock.release()
        finally:
            with self._lock:
                turn.askers -= 1
                if not turn.askers:
                    del self._running[key]

    def holds(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._results

    def forget(self, unwanted: Callable[[Hashable], bool]) -> None:
        """Let go of the results of some keys."""
        with self._lock:
            for key in [k for k in self._results if unwanted(k)]:
                del self._results[key]

    def _computed(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        with self._lock:
            if key in self._results:  # by the one who was waited for
                return self._known(key)
        result = compute()
        with self._lock:
            self._results[key] = result, 0 if self._growing else size_of(result)
            return self._known(key)

    def _known(self, key: Hashable) -> Any:
        """The result of a key, now the newest; the oldest beyond the bounds go. The lock is held."""
        self._results.move_to_end(key)
        result = self._results[key][0]
        if self._growing:
            self._results |= {k: (kept, self._growing(kept)) for k, (kept, _) in self._results.items()}
        while len(self._results) > self._kept or self._total() > self._most:
            if self._growing and len(self._results) == 1:
                break
            self._results.popitem(last=False)
        return result

    def _total(self) -> int:
        return sum(size for _, size in self._results.values())


def size_of(value: object) -> int:
    """About how many bytes a result takes."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return 64 + sum(size_of(getattr(value, f.name)) for f in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return 64 + sum(size_of(k) + size_of(v) for k, v in value.items())
    if isinstance(value, tuple | list | set | frozenset):
        return 64 + sum(map(size_of, value))
    return sys.getsizeof(value)


class _Turn:
    """Whose turn it is to compute one result, and how many ask for it."""

    def __init__(self) -> None:
        self.lock, self.askers = threading.Lock(), 0
