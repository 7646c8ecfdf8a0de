"""Starting: which packages each way in loads, and that the table of commands says what the commands say."""

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.main import get_group

from engine import device
from engine.cli import COMMANDS, PANELS, app, common

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(f.stem for f in (ROOT / "engine/cli").glob("*.py") if f.stem not in ("__init__", "common"))
# packages that take long to import
SLOW = {
    *("numpy", "torch", "pandas", "scipy", "sklearn", "numba", "umap", "pyarrow", "h5py"),
    *("matplotlib", "plotly", "streamlit", "captum", "memelite", "tangermeme", "pyjaspar", "Bio", "pyfaidx"),
}


def loaded(*words: object, code: str = "import runpy; runpy.run_module('engine', run_name='__main__')") -> set[str]:
    """The packages of `SLOW` that a fresh process has loaded when `code` ends, started with `words`."""
    told = f"import sys, json\ntry:\n    {code}\nfinally:\n    print(json.dumps([*sys.modules]), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", told, *map(str, words)], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])} & SLOW


def test_import_engine_loads_nothing_slow():
    assert loaded(code="import engine") == set()


def test_the_list_of_commands_loads_nothing_slow():
    assert loaded("--help") == set()
    assert loaded("data", "--help") <= {"numpy"}


def test_predictions_and_maps_load_torch_alone(trained, one):
    for command in ("predict", "ism", "ig"):
        assert loaded(command, one[0], "--model", "joint_legnet", "--device", "cpu") == {"numpy", "torch"}


def test_motifs_are_named_without_torch(tmp_path, one):
    assert loaded("motifs", "--help") <= {"numpy"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name):
    row = COMMANDS[name]
    held = getattr(importlib.import_module(row.module), row.name)
    if isinstance(held, typer.Typer):
        assert get_group(held).help == row.help
        return
    first, *rest = inspect.getdoc(held).splitlines()
    assert first == row.help and not (rest and rest[0])


def test_every_command_stands_in_the_table():
    held = set()
    for stem in MODULES:
        module = importlib.import_module(f"engine.cli.{stem}")
        apps = {n for n, v in vars(module).items() if isinstance(v, typer.Typer)}
        own = {n for n, v in vars(module).items() if inspect.isfunction(v) and v.__module__ == module.__name__}
        held |= {(module.__name__, n) for n in apps or own if n in apps or n.endswith("_command")}
    assert held == {(row.module, row.name) for row in COMMANDS.values()}


def test_the_help_shows_every_command_under_its_panel(call):
    run = call("--help")
    assert run.code == 0
    places = [run.out.index(f" {panel} ─") for panel in PANELS]
    assert places == sorted(places)
    for panel, rows in PANELS.items():
        below = run.out[run.out.index(f" {panel} ─") :]
        box = below[: below.index("╰")]
        assert all(f"│ {name} " in box for name in rows)


def test_every_command_has_its_own_help(call):
    for name in COMMANDS:
        run = call(name, "--help")
        assert run.code == 0 and f"engine {name} " in " ".join(run.out.split()), name


@pytest.mark.parametrize(("word", "near"), [("predikt", "'predict'"), ("motif", "'motifs'")])
def test_an_unknown_command_names_those_like_it(call, word, near):
    run = call(word)
    assert run.code == 2 and f"No such command '{word}'" in run.err and near in run.err and not run.out


def test_no_command_at_all_shows_the_list(call):
    run = call()
    assert run.code == 2 and all(name in run.out + run.err for name in app.commands)


def test_the_devices_of_the_help_are_those_of_the_engine():
    (option,) = common.Device.__metadata__
    assert option.help == " | ".join(device.DEVICES)
