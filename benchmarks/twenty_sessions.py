"""How long people wait who use one machine at once: with turns (`pages.shared.turns`) against without, in one run.

    python -m benchmarks.twenty_sessions [--model NAME] [--windows 20] [--edits 3]

Every window changes a base of a sequence of its own, waits for the prediction, has Integrated Gradients and mutagenesis
drawn, and changes the next base. Both ways compute the same, with the functions of the pages; they are run in turn.
A wait is the time from asking for a result to having it. With turns the predictions should wait for little more than
themselves, and the maps no longer in the median than without, since they are computed one after the other.
"""

import argparse
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch

from benchmarks.shared import SECONDS, Row, row, table
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import DEFAULT_MODEL
from engine.sequence import BASES, Sequence
from pages.shared import work
from pages.shared.memory import Memory
from pages.shared.turns import Turns

NAME = DEFAULT_MODEL


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


def rows(quick: bool) -> list[Row]:
    """What windows wait for that compute at once, with turns and without."""
    return compared_waits(NAME, windows=5 if quick else 20, edits=1 if quick else 3)


def compared_waits(name: str, windows: int, edits: int) -> list[Row]:
    """Seconds waited for predictions and for maps, over all windows and edits."""
    torch.set_num_threads(os.cpu_count() or 1)
    checkpoint = checkpoints.load(name)
    waits(checkpoint, 1, 1)  # what is loaded and compiled at first use
    waited = {}
    for which, turns in (("without turns", Anybody()), ("with turns", Turns())):
        work.TURNS = turns
        waited[which] = waits(checkpoint, windows, edits)
    made = []
    for what in ("prediction", "maps"):
        ours, theirs = waited["with turns"][what], waited["without turns"][what]
        note = f"95% quantile {np.quantile(ours, 0.95):.2f} s, without {np.quantile(theirs, 0.95):.2f} s"
        made.append(row(f"wait of {windows} windows for the {what}", "no turns", ours, theirs, unit=SECONDS, note=note))
    return [replace(line, least=None) for line in made]  # the least waits are those of whoever came first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=NAME)
    parser.add_argument("--windows", type=int, default=20)
    parser.add_argument("--edits", type=int, default=3)
    chosen = parser.parse_args()
    print(table(compared_waits(chosen.model, chosen.windows, chosen.edits)))


if __name__ == "__main__":
    main()
