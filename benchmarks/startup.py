"""How long a start takes: the import of the engine, the list of commands, and commands on one sequence.

    python -m benchmarks.startup

Every run is a process of its own with one thread, and each command and the library that it is held against are run in
turn. What is counted is processor time: a busy machine changes that least.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.shared import Row, row, table
from engine.experiments.declared import DEFAULT_MODEL
from engine.fasta import read_fasta, write_fasta

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "assets/examples.fa"
NAME = DEFAULT_MODEL
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def tasks(fasta: Path) -> dict[str, tuple[list[str], str, list[str]]]:
    """What is timed, and what of Python it is held against, by name: each as words for Python."""
    given = [str(fasta), "--model", NAME, "--device", "cpu"]
    return {
        "import engine": (["-c", "import engine"], "import numpy", ["-c", "import numpy"]),
        "the list of commands": (["-m", "engine", "--help"], "import numpy", ["-c", "import numpy"]),
        f"predict, 1 sequence, {NAME}": (["-m", "engine", "predict", *given], "import torch", ["-c", "import torch"]),
        f"ism, 1 sequence, {NAME}": (["-m", "engine", "ism", *given], "import torch", ["-c", "import torch"]),
    }


def seconds(words: list[str]) -> float:
    """Processor time of one process from its start to its end."""
    before = os.times()
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed: {done.stderr}")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def rows(quick: bool) -> list[Row]:
    """Each command beside the import of a library that it needs; below 1 it takes longer than that alone."""
    with tempfile.TemporaryDirectory() as folder:
        fasta = Path(folder) / "one.fa"
        fasta.write_text(write_fasta(read_fasta(EXAMPLES.read_text())[:1]))
        made = []
        for task, (command, library, bare) in tasks(fasta).items():
            # the first round fills the caches of the disk
            rounds = [[seconds(command), seconds(bare)] for _ in range(3 if quick else 8)][1:]
            made.append(row(f"start: {task}", library, *np.array(rounds).T))
    return made


def main() -> None:
    print(table(rows(quick=False)))


if __name__ == "__main__":
    main()
