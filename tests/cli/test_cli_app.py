"""`python -m engine app`: what is started, from where."""

import os
import sys
from pathlib import Path

import pytest

from engine import places


@pytest.fixture
def started(monkeypatch):
    """What took the place of this process, as (program, words); empty if nothing did."""
    calls = []
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(os, "execv", lambda program, words: calls.append((program, words)))
    return calls


def test_the_app_is_started_by_this_python_from_any_folder(call, started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("app").code == 0
    [(program, words)] = started
    assert program == words[0] == sys.executable
    assert words[1:5] == ["-P", "-m", "streamlit", "run"]
    assert Path(words[5]).is_absolute()
    assert Path(words[5]) == places.app_script()
    assert words[6:] == []


def test_options_of_streamlit_are_passed_on_as_they_are(call, started):
    assert call("app", "--server.port", 8600, "--server.headless=true", "--", "mine").code == 0
    assert started[0][1][6:] == ["--server.port", "8600", "--server.headless=true", "mine"]


def test_its_threads_share_what_they_free_unless_the_user_said_otherwise(call, started):
    for own in (None, "9"):
        os.environ.pop("MALLOC_ARENA_MAX", None)
        os.environ |= {"MALLOC_ARENA_MAX": own} if own else {}
        assert call("app").code == 0
        assert os.environ["MALLOC_ARENA_MAX"] == (own or "2")


def test_help_is_the_commands_own(call, started):
    run = call("app", "--help")
    assert run.code == 0
    assert "streamlit run" in run.out
    assert not started
