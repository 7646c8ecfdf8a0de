"""Session entries: reached by a typed key alone, and no two pages share one by accident."""

from __future__ import annotations

import ast
import collections
from pathlib import Path

import pytest

from pages.shared import state

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
STATE = ROOT / "pages" / "shared" / "state.py"


def calls(file: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("file", [f for f in FILES if f != STATE], ids=lambda f: str(f.relative_to(ROOT)))
def test_the_session_state_is_reached_by_a_key_alone(file):
    names = [n.attr for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Attribute)]
    assert "session_state" not in names


def test_every_key_is_declared_once():
    declared = collections.Counter()
    for file in FILES:
        for call in calls(file):
            if ast.unparse(call.func) in ("Key", "state.Key") and isinstance(call.args[0], ast.Constant):
                declared[call.args[0].value] += 1
    assert declared["bench"] == 1
    assert [name for name, n in declared.items() if n > 1] == []


def test_no_two_files_have_a_widget_of_the_same_key():
    places = collections.defaultdict(set)
    for file in FILES:
        for call in calls(file):
            for word in call.keywords:
                if word.arg == "key" and isinstance(word.value, ast.Constant):
                    places[word.value.value].add(str(file.relative_to(ROOT)))
    assert {key: files for key, files in places.items() if len(files) > 1} == {}


def test_an_entry_holds_what_was_put_and_its_default_before_and_after(monkeypatch):
    monkeypatch.setattr(state.st, "session_state", {})
    key = state.Key("mine", 3)
    assert key.get() == 3 and not key.is_set
    key.count()
    assert key.is_set and key.pop() == 4 and key.get() == 3
    key.put(7)
    key.clear()
    key.clear()
    assert not key.is_set and key.setdefault(5) == 5 == key.get()
