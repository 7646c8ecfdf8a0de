"""All that the golden tests know of the code's own layout: a move or a renamed page is followed here and nowhere else.

Golden data name things by the words of this file: a shipped file by the address it had when it was pinned, a page by
the name it had in the menu's first form.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engine import cli
from engine.data import library as libraries
from engine.data import satmut
from engine.data.satmut import MATCHED_ELEMENTS
from engine.evaluation import comparison
from engine.evaluation.cagi5 import stored_effects
from engine.evaluation.held_out import stored_predictions
from engine.experiments import checkpoints
from engine.experiments.declared import EXPERIMENTS

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app.py"
SHIPPED, SHARED = ROOT / "trained_models", ROOT / "shared_results"

PAGES = {
    "home": "pages/home.py",
    "explorer": "pages/explorer.py",
    "in_silico": "pages/in_silico.py",
    "variants": "pages/variants.py",
    "scan": "pages/scan.py",
    "saturation": "pages/saturation.py",
    "benchmark": "pages/benchmark.py",
    "losses": "pages/side_by_side.py",
    "representations": "pages/representations.py",
    "published_findings": "pages/published_findings.py",
    "attributions": "pages/attributions.py",
    "motifs": "pages/motifs.py",
    "reliability": "pages/reliability.py",
}
# the state in which a page finds a sequence that was opened before: the key in the session, and what stands there
LINK = "s"


# Folders that were called otherwise when results were pinned: the pattern of an address then, and the path now.
MOVED = (
    (r"^(comparison\.json|interpretation/)", lambda m: f"../shared_results/{m[1].removeprefix('interpretation/')}"),
    (r"^([^/]+)/seeds/member-(\d+)/", r"\1/members/\2/"),
    (r"^([^/]+)/seeds/(\d+)/", r"\1/replicates/\2/"),
)


def shipped(address: str) -> Path:
    """Where the shipped file lies now that lay at `address`, below `trained_models/`, when it was pinned."""
    for pattern, now in MOVED:
        address = re.sub(pattern, now, address)
    return Path(os.path.normpath(SHIPPED / address))


def addresses() -> dict[str, Path]:
    """Every shipped result (JSON and npz) by the address that it is pinned under."""
    files = [f for folder in (SHIPPED, SHARED) for f in folder.rglob("*") if f.suffix in (".json", ".npz")]
    pinned = {_address(f): f for f in files}
    assert all(shipped(address) == file for address, file in pinned.items())
    return dict(sorted(pinned.items()))


def _address(file: Path) -> str:
    if SHARED in file.parents:
        return file.name if file.name == "comparison.json" else f"interpretation/{file.name}"
    path = file.relative_to(SHIPPED).as_posix()
    return re.sub(r"^([^/]+)/members/", r"\1/seeds/member-", path).replace("/replicates/", "/seeds/")


def copy_of_shipped(folder: Path) -> dict[str, str]:
    """Copy everything shipped below `folder`; returns the variables of the environment under which the code reads it
    there, so that nothing shipped can be written to."""
    for part in (SHIPPED, SHARED):
        shutil.copytree(part, folder / part.name)
    return {"CISLENS_MODELS": str(folder / SHIPPED.name)}


def shipped_copy(folder: Path, address: str) -> Path:
    """Where `copy_of_shipped(folder)` has the file of an address."""
    return folder / shipped(address).relative_to(ROOT)


# --- the command line -------------------------------------------------------------------------------


class Run(NamedTuple):
    """What a call of the command line left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


def call(*words: str, stdin: bytes = b"") -> Run:
    """`python -m engine ...` in this process, with standard input of bytes."""
    before = sys.argv, sys.stdin
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        sys.argv, sys.stdin = ["engine", *words], io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.argv, sys.stdin = before
    return Run(code, out.getvalue(), err.getvalue())


def commands() -> dict[str, dict]:
    """Every command: its help, and its arguments and options (names, default, whether it is required, help)."""
    found: dict[str, dict] = {}

    def walk(command, path: tuple[str, ...]) -> None:
        if not hasattr(command, "list_commands"):
            told = {"help": command.help, "parameters": [_parameter(p) for p in command.params]}
            found[" ".join(path)] = told
            return
        for name in command.list_commands(None):
            walk(command.get_command(None, name), (*path, name))

    for name in cli.COMMANDS:
        walk(cli.load(name), (name,))
    return dict(sorted(found.items()))


def _parameter(parameter) -> dict:
    default = parameter.default if isinstance(parameter.default, str | int | float | bool | None) else "..."
    return {
        "names": sorted([*parameter.opts, *parameter.secondary_opts]),
        "required": parameter.required,
        "default": default,
        "several": bool(getattr(parameter, "multiple", False)) or parameter.nargs != 1,
        "help": getattr(parameter, "help", None),
    }


# --- the cache --------------------------------------------------------------------------------------


@contextlib.contextmanager
def asked_of_cache(seen: set[str], stop: Callable[[str], bool] = lambda name: False):
    """Note which npz files of the cache are looked for; `Stopped` as soon as one is that `stop` is true of."""
    cache = Path(os.environ["CISLENS_CACHE"])
    real_open, real_stat = builtins.open, os.stat

    def note(file: object) -> None:
        if not isinstance(file, str | os.PathLike):
            return
        path = Path(os.fspath(file))
        if path.suffix == ".npz" and "partial" not in path.name and path.is_absolute() and cache in path.parents:
            name = path.relative_to(cache).as_posix()
            seen.add(name)
            if stop(name):
                raise Stopped(name)

    def opened(file, *more, **options):
        note(file)
        return real_open(file, *more, **options)

    def stat(path, *more, **options):
        note(path)
        return real_stat(path, *more, **options)

    builtins.open, os.stat = opened, stat
    try:
        yield
    finally:
        builtins.open, os.stat = real_open, real_stat


class Stopped(BaseException):
    """What was waited for was looked for; no code under test catches this."""


# --- keys and stores --------------------------------------------------------------------------------

MATCHED = MATCHED_ELEMENTS


def stale_in_comparison() -> list[str]:
    """Models that the stored comparison of all no longer holds for."""
    return comparison.stale(comparison.read())


def read_what_is_stored(library) -> int:
    """Read held-out predictions and effects of every model and of its networks of other seeds; returns how many files
    were read. A stale one makes the code predict."""
    count = 0
    for name in checkpoints.trained():
        for folder in (None, *checkpoints.replicates(name).values()):
            checkpoint = checkpoints.load(name, folder)
            stored_predictions(checkpoint, library.table, library.split)
            for element in MATCHED:
                stored_effects(checkpoint, satmut.load_cagi5(element)[0])
            count += 1 + len(MATCHED)
    return count


def library():
    """The joint library and its split."""
    return libraries.joint()


def recipes() -> dict[str, str]:
    """How every declared experiment is trained, as it enters the keys of what is kept of its training."""
    return {name: repr(experiment.recipe()) for name, experiment in EXPERIMENTS.items()}


def measured_bases(element: str) -> str:
    """The bases of an element of saturation mutagenesis, GRCh37."""
    return satmut.load(element, "GRCh37").reference("N").bases


def places() -> list[tuple[str, str]]:
    """Folders of this machine that messages may name, and the words that stand for them."""
    folders = [
        (os.environ.get("CISLENS_DATA"), "<data>"), (os.environ.get("CISLENS_CACHE"), "<cache>"),
        (os.environ.get("CISLENS_MODELS"), "<models>"), (str(SHIPPED), "<models>"), (str(ROOT), "<root>"),
    ]  # fmt: skip
    return [(folder, word) for folder, word in folders if folder]


WIDGETS: dict[str, str] = {}  # key of a widget when it was pinned: its key now, where that is another


def widget(key: str) -> str:
    """The key, or its beginning, that a widget has now."""
    return WIDGETS.get(key, key)
