"""What computing has freed goes back to the system once nobody computes any more."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pages.shared import freed
from pages.shared.turns import Turns, Urgency

ROOT = Path(__file__).resolve().parents[2]
LONG = 60.0  # s
# eight threads take 40 MB each and free all but the last block
CODE = """
import threading
from pages.shared import freed
freed.few_arenas()
together = threading.Barrier(8)

def work():
    libc = freed._gnu()
    libc.malloc.restype, libc.free.argtypes = freed.ctypes.c_void_p, [freed.ctypes.c_void_p]
    together.wait()
    blocks = [libc.malloc(100_000) for _ in range(400)]
    for block in blocks:
        freed.ctypes.memset(block, 1, 100_000)
    together.wait()
    for block in blocks[:-1]:  # the last one stays, so that its arena cannot shrink from its end
        libc.free(block)

def resident():
    return int(open("/proc/self/statm", encoding="ascii").read().split()[1]) * 4096 / 1e6

freed._gnu().malloc.restype = freed.ctypes.c_void_p
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
before = resident()
freed.hand_back()
print(before, resident())
"""
gnu = pytest.mark.skipif(freed._gnu() is None, reason="other C libraries hand back by themselves")


@gnu
def test_what_is_free_between_what_is_in_use_goes_back_to_the_system():
    run = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True)
    before, after = map(float, run.stdout.split())
    assert before - after > 200, run.stderr  # of the 320 MB that were taken and freed


def test_the_end_of_work_is_told_once_nobody_computes_or_waits():
    turns, told = Turns({u: 1 for u in Urgency}), []
    turns.at_rest = lambda: told.append(turns.resting)
    with turns.turn(Urgency.SCREEN), turns.turn(Urgency.TYPING):
        assert not turns.resting
    assert told == [True]


def test_it_acts_once_after_a_while_and_not_while_somebody_computes():
    turns, acted = Turns({u: 1 for u in Urgency}), threading.Event()
    freed.AfterRest(turns, acted.set, quiet=0.01)
    with turns.turn(Urgency.SCREEN):
        pass
    assert acted.wait(LONG)
    acted.clear()
    rest = freed.AfterRest(turns, acted.set, quiet=LONG)
    for _ in range(2):
        with turns.turn(Urgency.SCREEN):
            pass
    first = rest._timer
    with turns.turn(Urgency.SCREEN):
        rest._end()  # as a timer that ran out just now
    assert not acted.is_set() and first.finished.is_set()  # the one before was taken back
    rest._timer.cancel()


def test_nothing_is_bound_outside_of_a_server():
    freed.bound()
    assert not freed._begun
