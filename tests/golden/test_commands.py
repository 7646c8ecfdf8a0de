"""Every command of `python -m engine` gives what it gave when `commands/` was written (`python -m tests.golden.write`).

Not pinned: what trains or downloads (`train` of something new, `evaluate`, `data fetch`), and `select`, which predicts
the validation fold by every network (minutes).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden import _reach, cases
from tests.golden.compare import difference

GOLDEN = Path(__file__).parent / "commands"
DATA = ("lentimpra_sequences", "lentimpra_activity", "satmut", "cagi5_challenge", "cagi5_references")


def _marked(name: str):
    case = cases.CASES[name]
    marks = [pytest.mark.needs_data(*DATA)] if case.data else []
    return pytest.param(name, marks=[*marks, pytest.mark.slow] if case.slow else marks)


@pytest.mark.parametrize("name", [_marked(name) for name in cases.CASES])
def test_a_command_gives_what_it_gave(name):
    now = cases.told(name, cases.produce(name))
    apart = difference((GOLDEN / f"{name}.txt").read_text(), now)
    assert apart is None, f"{cases.CASES[name].words}: {apart}"


def test_every_command_takes_the_same_arguments_and_options():
    pinned, now = json.loads((GOLDEN / "parameters.json").read_text()), _reach.commands()
    for command, told in pinned.items():
        assert command in now, f"no command '{command}' any more"
        assert now[command]["help"] == told["help"]
        named = {tuple(p["names"]): p for p in now[command]["parameters"]}
        for parameter in told["parameters"]:
            assert named.get(tuple(parameter["names"])) == parameter, f"{command} {parameter['names']}"


def test_every_pinned_call_has_its_file():
    assert {f.stem for f in GOLDEN.glob("*.txt")} == set(cases.CASES)
