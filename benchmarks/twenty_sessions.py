"""How long people wait who use one machine at once: with turns (`pages.shared.turns`) against without, in one run.

    python -m benchmarks.twenty_sessions [--model joint_legnet] [--windows 20] [--edits 3]

Every window changes a base of a sequence of its own, waits for the prediction, has Integrated Gradients and mutagenesis
drawn, and changes the next base. Both ways compute the same, with the functions of the pages; they are run in turn.
A wait is the time from asking for a result to having it. With turns the predictions should wait for little more than
themselves, and the maps no longer in the median than without, since they are computed one after the other.
"""

import argparse
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.sequence import BASES, Sequence
from pages.shared import work
from pages.shared.memory import Memory
from pages.shared.turns import Turns


class Anybody(Turns):
    """No turns: everybody computes at once."""

    @contextmanager
    def turn(self, urgency, window=None, look=None) -> Iterator:
        yield lambda: None


def waits(checkpoint: Checkpoint, windows: int, edits: int) -> dict[str, list[float]]:
    """Seconds that each result was waited for, over all windows."""
    work.MEMORY = Memory()
    waited: dict[str, list[float]] = {"prediction": [], "maps": []}
    together = threading.Barrier(windows)

    def window(number: int) -> None:
        rng = np.random.default_rng(number)
        bases = "".join(rng.choice(list(BASES), 200))
        together.wait()
        for edit in range(edits):
            bases = bases[:edit] + BASES[(BASES.index(bases[edit]) + 1) % 4] + bases[edit + 1 :]
            sequence = Sequence("edited", bases)
            begun = time.perf_counter()
            work.prediction(checkpoint, sequence, "pad")
            predicted = time.perf_counter()
            work.ig_track(checkpoint, sequence, "pad", checkpoint.model.outputs[0], False, "uniform", False)
            work.ism_track(checkpoint, sequence, "pad", False)
            waited["prediction"].append(predicted - begun)
            waited["maps"].append(time.perf_counter() - predicted)

    with ThreadPoolExecutor(windows) as pool:
        list(pool.map(window, range(windows)))
    return waited


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="joint_legnet")
    parser.add_argument("--windows", type=int, default=20)
    parser.add_argument("--edits", type=int, default=3)
    chosen = parser.parse_args()
    checkpoint = checkpoints.load(chosen.model)
    waits(checkpoint, 1, 1)  # what is loaded and compiled at first use
    results = {}
    for name, turns in (("without turns", Anybody()), ("with turns", Turns())):
        work.TURNS = turns
        begun = time.perf_counter()
        results[name] = waits(checkpoint, chosen.windows, chosen.edits)
        print(f"{name}: {time.perf_counter() - begun:.1f} s in all")
        for what, seconds in results[name].items():
            low, middle, high = np.quantile(seconds, [0.05, 0.5, 0.95])
            print(f"  {what}: median {middle:.2f} s, 5% {low:.2f} s, 95% {high:.2f} s")
    for what in ("prediction", "maps"):
        without, with_turns = (np.median(results[name][what]) for name in ("without turns", "with turns"))
        print(f"median wait for {what}, without : with turns = {without / with_turns:.2f}")


if __name__ == "__main__":
    main()
