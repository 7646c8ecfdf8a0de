"""What a server keeps in memory without using it: with the bounds of `pages.shared.freed` against without.

    python -m benchmarks.server_memory

In rounds as of browser windows that come and go, new threads draw maps of new sequences while others stand by. Each way
runs in a process of its own, since what the C library keeps cannot be taken back whole. The figures are the resident
memory after the last round; the rounds' processor time tells what the bounds cost.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import numpy as np
import torch

from benchmarks.shared import CPU_SECONDS, MEGABYTES, Row, resident, table
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.sequence import BASES, Sequence
from pages.shared import freed

NAME, BESIDE = DEFAULT_MODEL, 3
PLAIN = "the C library left alone"


def measure(bounded: bool, rounds: int) -> None:
    """Prints the resident memory after the first and the last round, and the processor time of all."""
    if bounded:
        freed.few_arenas()
    torch.set_num_threads(2)
    model = checkpoints.load(NAME).inference_model

    def maps(seed: int) -> None:
        bases = "".join(np.random.default_rng(seed).choice(list(BASES), 60))
        integrated_gradients(model, Sequence("long", bases * 3), IGSettings(steps=16), outputs=model.outputs[:1])
        ism(model, Sequence("short", bases))

    begun, after = time.process_time(), []
    for number in range(rounds):
        closed = threading.Event()
        standing_by = [threading.Thread(target=_stand_by, args=(closed,)) for _ in range(BESIDE)]
        at_work = [threading.Thread(target=maps, args=(2 * number + i,)) for i in range(2)]
        for thread in (*standing_by, *at_work):
            thread.start()
        for thread in at_work:
            thread.join()
        closed.set()
        for thread in standing_by:
            thread.join()
        if bounded:
            freed.hand_back()
        after.append(resident())
    print(after[0], after[-1], time.process_time() - begun)


def _stand_by(closed: threading.Event) -> None:
    kept = torch.zeros(10)  # so that this thread has its arena
    closed.wait()
    del kept


def rows(quick: bool) -> list[Row]:
    """Memory after some rounds, and what handing it back cost."""
    rounds = 3 if quick else 8
    figures = {}
    for which in ("plain", "bounded"):
        command = [sys.executable, "-m", "benchmarks.server_memory", which, str(rounds)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        figures[which] = tuple(map(float, printed.split()))
    (first, ours, cost), (before, theirs, free) = figures["bounded"], figures["plain"]
    what, note = f"of a server after maps in {rounds} rounds", f"{first:.0f} and {before:.0f} MB after the first round"
    return [
        Row(f"memory {what}", PLAIN, ours, theirs, MEGABYTES, theirs / ours, note),
        Row(f"processor time {what}", PLAIN, cost, free, CPU_SECONDS, free / cost, "one run each"),
    ]


def main() -> None:
    if len(sys.argv) > 1:
        measure(sys.argv[1] == "bounded", int(sys.argv[2]))
        return
    print(table(rows(quick=False)))


if __name__ == "__main__":
    main()
