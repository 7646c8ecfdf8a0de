"""Memory that computing has freed goes back to the system.

The maps of one sequence take hundreds of MB for a second or two. The C library of Linux keeps what is freed for later
use, in an arena of its own for each thread that asks, up to eight a core. A server whose windows come and go fills one
after the other, although nothing in them is in use any more. So there are few arenas here, and once nobody has computed
for a while, what lies free in them is handed back.

Elsewhere than with GNU's C library this does nothing: other libraries hand back by themselves.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.runtime import Runtime

from pages.shared.turns import TURNS, Turns

# threads that share one wait for each other for microseconds; `engine.cli.start` says the same to the whole process
ARENAS = 2
QUIET = 5.0  # s: to take back from the system what was just handed to it costs the next map a tenth of a second
_M_ARENA_MAX = -8  # of malloc.h


def _gnu() -> ctypes.CDLL | None:
    """GNU's C library, if that is what this process runs on."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None


def hand_back() -> None:
    """Give the system all memory that is free now."""
    if library := _gnu():
        library.malloc_trim(0)


class AfterRest:
    """Calls a function once nobody has computed for some seconds."""

    def __init__(self, turns: Turns, act: Callable[[], None], quiet: float = QUIET):
        self._turns, self._act, self._quiet = turns, act, quiet
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        turns.at_rest = self._begin

    def _begin(self) -> None:
        with self._lock:
            if self._timer:
                self._timer.cancel()
            self._timer = threading.Timer(self._quiet, self._end)
            self._timer.daemon = True
            self._timer.start()

    def _end(self) -> None:
        if self._turns.resting:
            self._act()


_begun: list[AfterRest] = []  # one at most, of this server


def few_arenas() -> None:
    """Let the threads of this process share `ARENAS`; to be called before the libraries that take much are loaded."""
    if library := _gnu():
        library.mallopt(_M_ARENA_MAX, ARENAS)


def bound() -> None:
    """Bound what this server keeps without use; once a server, and nowhere else."""
    if not _begun and runtime.exists() and type(runtime.get_instance()) is Runtime:
        few_arenas()
        _begun.append(AfterRest(TURNS, hand_back))
