"""Every claim of speed in one table: each row is a ratio against a named alternative in the same run.

    python -m benchmarks [--only NAME ...] [--quick] [--json OUT.json]

The two sides of a row are measured in turn, on one thread; shown are the medians, and the ratio by the least times too.
Every benchmark runs in a process of its own. One that fails is named below the table with the reason, and the command
then ends with 1. Needs what the tests need (`requirements-test.txt`). What looks at the app in a browser has nothing of
the same run to stand beside: `python -m benchmarks.pages`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import torch

from benchmarks import (
    busy_machine,
    dream_rnn_speed,
    gradients,
    legnet_layout,
    live_editing,
    mutagenesis,
    server_memory,
    soak,
    startup,
    streaming,
    training_throughput,
    twenty_sessions,
)
from benchmarks.shared import Row, machine, table
from engine import store

BENCHMARKS: dict[str, Callable[[bool], list[Row]]] = {
    "editing": live_editing.rows,
    "mutagenesis": mutagenesis.rows,
    "gradients": gradients.rows,
    "training": training_throughput.rows,
    "streaming": streaming.rows,
    "training_legnet": legnet_layout.rows,
    "training_dream_rnn": dream_rnn_speed.rows,
    "startup": startup.rows,
    "busy_machine": busy_machine.rows,
    "twenty_sessions": twenty_sessions.rows,
    "server_memory": server_memory.rows,
    "soak": soak.rows,
}


def measured(compute: Callable[[bool], list[Row]], quick: bool) -> list[Row]:
    """The rows of one benchmark, in a new process with one thread: what ran before changes nothing."""
    with ProcessPoolExecutor(1, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        return pool.submit(compute, quick).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(BENCHMARKS), default=list(BENCHMARKS), metavar="NAME",
                        help=f"of {', '.join(BENCHMARKS)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer repeats, smaller tasks")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="the rows and the machine as JSON too")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    on, rows, missing = machine(), [], {}
    print(", ".join(f"{what} {value}" for what, value in on.items()))
    for name in chosen.only:
        begun = time.monotonic()
        try:
            rows += measured(BENCHMARKS[name], chosen.quick)
        except Exception as error:  # whatever one benchmark lacks, the others are measured
            missing[name] = f"{type(error).__name__}: {error}"
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(rows))
    for name, why in missing.items():
        print(f"not measured: {name}: {why}")
    if chosen.json:
        store.write_json(chosen.json, {"machine": on, "rows": [asdict(row) for row in rows], "not measured": missing})
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
