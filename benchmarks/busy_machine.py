"""What waiting threads cost: in-silico mutagenesis alone and beside a second process, spinning against sleeping.

    python -m benchmarks.busy_machine

Each of the four measurements runs in processes of its own, since OpenMP reads its settings when it is loaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np

from engine import checkpoints
from engine.interpretation.attribution import ism
from engine.sequence import Sequence

REPEATS = 3
BUSY = "while True: pass"


def measure() -> float:
    """Seconds of the quickest of some mutageneses of a random sequence of 100 bases, in this process."""
    model = checkpoints.load("joint_legnet").inference_model
    sequence = Sequence("random", "".join(np.random.default_rng(0).choice(list("ACGT"), 100)))
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        ism(model, sequence, policy="whole")
        taken.append(time.perf_counter() - start)
    return min(taken)


def run(policy: str, beside: int) -> float:
    """The measurement under a wait policy, with `beside` other processes that compute without end."""
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(beside)]
    try:
        environment = os.environ | {"OMP_WAIT_POLICY": policy, "OMP_NUM_THREADS": str(os.cpu_count())}
        command = [sys.executable, "-m", "benchmarks.busy_machine", "--measure"]
        return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    finally:
        for other in others:
            other.kill()


def main() -> None:
    if "--measure" in sys.argv:
        print(measure())
        return
    cores = os.cpu_count() or 1
    for beside in (0, cores):
        spinning, sleeping = run("ACTIVE", beside), run("PASSIVE", beside)
        print(
            f"{cores} cores, {beside} busy processes beside: spinning {spinning:.2f} s, sleeping {sleeping:.2f} s, "
            f"ratio {spinning / sleeping:.2f}"
        )


if __name__ == "__main__":
    main()
