"""How long a start takes: the import of the engine, the list of commands, and commands on one sequence.

    python -m benchmarks.startup [--repeats 7] [--name joint_legnet]

Every run is a process of its own, and the tasks are run in turn, so that a busy machine slows all of them. The first
round is not counted: it fills the caches of the disk. What tells machines apart least is the ratio to the import of
numpy, which everything here needs or could do without.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from engine.fasta import read_fasta, write_fasta

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "assets/examples.fa"


def tasks(name: str, fasta: Path) -> dict[str, list[str]]:
    """What is timed: words for Python."""
    given = [str(fasta), "--model", name, "--device", "cpu"]
    return {
        "import numpy": ["-c", "import numpy"],
        "import engine": ["-c", "import engine"],
        "--help": ["-m", "engine", "--help"],
        "predict --help": ["-m", "engine", "predict", "--help"],
        "predict": ["-m", "engine", "predict", *given],
        "ism": ["-m", "engine", "ism", *given],
    }


def seconds(words: list[str]) -> float:
    """Wall time of one process from its start to its end."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed: {done.stderr}")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--name", default="joint_legnet")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fasta = Path(folder) / "one.fa"
        fasta.write_text(write_fasta(read_fasta(EXAMPLES.read_text())[:1]))
        timed = tasks(arguments.name, fasta)
        rounds = [[seconds(words) for words in timed.values()] for _ in range(arguments.repeats + 1)][1:]
    bare = np.median([seconds(["-c", "pass"]) for _ in range(arguments.repeats)])
    print(f"{arguments.repeats} repeats, {os.cpu_count()} cores; Python alone takes {bare:.3f} s")
    print(f"{'':16} {'median s':>9} {'least s':>9} {'x import numpy':>15}")
    runs = np.array(rounds)  # (repeats, tasks)
    for task, median, least in zip(timed, np.median(runs, axis=0), runs.min(axis=0), strict=True):
        print(f"{task:16} {median:9.3f} {least:9.3f} {median / np.median(runs[:, 0]):15.1f}")


if __name__ == "__main__":
    main()
