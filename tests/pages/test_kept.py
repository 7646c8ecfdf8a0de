"""What is open is kept on this computer, offered on the next visit, and no old state is left in the address."""

import base64
import json
import zlib

import pytest

from engine.editor import kept as files
from engine.editor import session
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.sequence import Sequence
from pages.shared import sessions as open_sessions


def sessions(known):
    return [k.session for k in files.kept(known)]


def other(base: str) -> str:
    return "A" if base != "A" else "C"


def test_what_is_open_is_kept_and_comes_back_in_a_new_window(known, app, explorer, trained, bases):
    screen = explorer(bases).substitute(3, other(bases[3]))
    assert [s.bench.document.bases for s in sessions(known)] == [screen.document.bases]
    assert sessions(known)[0].bench.document.applied == screen.document.applied
    again = app("home")
    assert any(b.label == "Open what you had" for b in again.at.button)
    again.button("Open what you had").click().run()
    assert not again.failures
    assert again.at.session_state["bench"] == screen.at.session_state["bench"]


def test_it_is_not_offered_once_it_is_open_or_was_declined(known, app, explorer, trained, bases):
    screen = explorer(bases)
    assert not any(b.label == "Open what you had" for b in screen.at.run().button)
    again = app("explorer")
    again.button("Not now").click().run()
    assert not any(b.label == "Open what you had" for b in again.at.button)
    assert len(sessions(known)) == 1
    third = app("explorer")
    third.button("Forget it").click().run()
    assert not third.failures and sessions(known) == []


def test_two_windows_keep_what_each_has(known, explorer, trained, bases):
    explorer(bases)
    explorer(bases[::-1])
    assert {s.bench.document.bases for s in sessions(known)} == {bases, bases[::-1]}


def test_a_browser_that_tells_nothing_has_nothing_kept(explorer, trained, bases, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    assert not explorer(bases).failures
    assert not files.folder().exists()


def test_a_folder_that_cannot_be_written_is_named(known, explorer, trained, bases, tmp_path, monkeypatch):
    (tmp_path / "sessions").write_text("in the way")
    screen = explorer(bases)
    assert not screen.failures
    assert any("cannot be kept" in w and "save the session" in w for w in screen.values("warning"))


def test_an_address_that_cannot_hold_the_edits_holds_nothing_and_the_screen_says_so(
    known, explorer, trained, bases, monkeypatch
):
    screen = explorer(bases)
    assert "s" in screen.at.query_params
    monkeypatch.setattr(open_sessions, "LONGEST_LINK", 10)
    screen.substitute(3, other(bases[3]))
    assert "s" not in screen.at.query_params
    assert any("does not hold" in w and "kept on this computer" in w for w in screen.values("warning"))
    monkeypatch.undo()


def link(**changes) -> str:
    written = json.loads(session.to_json(Session(Bench((Document(Sequence("x", "ACGT" * 50)),)))))
    packed = zlib.compress(json.dumps(written | changes).encode())
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": "centre"}, {"policy": "whole"}, {"policy": "tile"}, {"policy": "fitting"},
        {"outputs": ["nothing", "K562"]}, {"outputs": ["nothing"]}, {"models": ["nobody"]}, {"view": [5, 900]},
        {"view": [0, 1]}, {"view": [-5, 3]}, {"models": ["mine", "mine"]}, {"outputs": ["K562", "K562"]},
    ],
)  # fmt: skip
def test_choices_of_a_link_that_do_not_fit_are_left_out(app, trained, changes):
    screen = app("explorer", link={"s": link(**changes)})
    assert not screen.failures
    assert screen.document.bases == "ACGT" * 50


@pytest.mark.parametrize(("changes", "named"), [({"policy": "squeeze"}, "squeeze"), ({"active": 3}, "sequence 4 of 1")])
def test_a_link_that_is_not_right_changes_nothing_and_says_so(app, trained, changes, named):
    screen = app("explorer", link={"s": link(**changes)})
    assert not screen.failures
    assert any(named in e and "Nothing that was open is lost" in e for e in screen.values("error"))
    assert screen.at.session_state["bench"] == Bench() if "bench" in screen.at.session_state else True
