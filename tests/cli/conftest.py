"""What the tests of the command line share: calls in this process and outside, small models, FASTA files."""

from __future__ import annotations

import csv
import dataclasses
import io
import subprocess
import sys
from pathlib import Path

import pytest

from engine import cli
from engine.sequence import Sequence

ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Run:
    """What a call of the command line left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.out)))

    def error(self) -> str:
        """The one line on standard error, after the test that there is no other and that the exit code is 2."""
        assert self.code == 2, self
        assert self.err.startswith("error: ") and self.err.endswith("\n") and self.err.count("\n") == 1, self.err
        return self.err.strip()


@pytest.fixture
def call(monkeypatch, capsys):
    """`python -m engine ...` in this process."""

    def run(*words: object, stdin: bytes = b"") -> Run:
        monkeypatch.setattr(sys, "argv", ["engine", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return Run(end.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def user_call():
    """`python -m engine ...` as a user runs it, in a process of its own."""

    def run(*words: object, stdin: str = "") -> Run:
        command = [sys.executable, "-m", "engine", *map(str, words)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=ROOT, timeout=120)
        return Run(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def trained(models_folder, save_model) -> Path:
    """Two small models in trained_models/: the declared joint_legnet, and 'mine', which nobody declared."""
    outputs = ("K562", "HepG2", "WTC11")
    scale = {o: {"mean": 0.1 * i, "sd": 2.0 + i} for i, o in enumerate(outputs)}
    save_model("joint_legnet", metrics={"standardisation": scale})
    save_model("mine", "dream_rnn", seed=1)
    return models_folder


@pytest.fixture
def fasta(tmp_path, random_bases):
    """A FASTA file of three sequences: as long as the window, longer, and shorter with an N in it."""
    file = tmp_path / "three.fa"
    short = random_bases(60, seed=3)
    file.write_text(
        f">fits\n{random_bases(200, 1)}\n>long\n{random_bases(330, 2)}\n>short\n{short[:30]}N{short[30:]}\n"
    )
    return file


@pytest.fixture
def one(tmp_path, random_bases):
    """A FASTA file of one sequence that is as long as the window, and the sequence."""
    bases = random_bases(200, seed=7)
    file = tmp_path / "one.fa"
    file.write_text(f">promoter of mine\n{bases[:70].lower()}\n{bases[70:]}\n")
    return file, Sequence("promoter", bases)
