"""What waiting threads cost: Integrated Gradients alone and beside other processes, as OpenMP waits by itself (it spins
for some milliseconds) and as `engine/__init__.py` sets it (it sleeps soon).

    python -m benchmarks.busy_machine

Each of the four measurements runs in a process of its own, since OpenMP reads its settings when it is loaded. Beside
busy processes the figures scatter widely from run to run: repeat it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np

from benchmarks.shared import SECONDS, Row, row, table
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.sequence import Sequence

REPEATS = 3
# what OpenMP of GNU does by itself: some milliseconds of spinning; `engine/__init__.py` sets less
DEFAULT = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "300000"}
BUSY = "while True: pass"


def measure() -> float:
    """Seconds of the middle one of some maps of a random sequence of 200 bases, in this process."""
    model = checkpoints.load(DEFAULT_MODEL).inference_model
    sequence = Sequence("random", "".join(np.random.default_rng(0).choice(list("ACGT"), 200)))
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        integrated_gradients(model, sequence, IGSettings(steps=10), outputs=("K562",))
        taken.append(time.perf_counter() - start)
    return sorted(taken)[REPEATS // 2]


def run(settings: dict[str, str], beside: int) -> float:
    """The measurement under settings of OpenMP, with `beside` other processes that compute without end."""
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(beside)]
    try:
        environment = os.environ | {"OMP_NUM_THREADS": str(os.cpu_count())} | settings
        command = [sys.executable, "-m", "benchmarks.busy_machine", "--measure"]
        return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    finally:
        for other in others:
            other.kill()


def rows(quick: bool) -> list[Row]:
    """One measurement in quick, else three, of each way in turn."""
    cores = os.cpu_count() or 1
    made = []
    for beside in (0, cores):
        pairs = np.array([[run({}, beside), run(DEFAULT, beside)] for _ in range(1 if quick else 3)])
        task = f"IG on {cores} threads beside {beside} busy processes"
        made.append(row(task, "OpenMP's own waiting", *pairs.T, unit=SECONDS))
    return made


def main() -> None:
    if "--measure" in sys.argv:
        print(measure())
        return
    print(table(rows(quick=False)))


if __name__ == "__main__":
    main()
