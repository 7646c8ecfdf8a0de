"""A link and a session file bring back all that was chosen in the Explorer, and no choice that it does not take."""

import pytest

from engine.editor import session
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.sequence import Sequence
from pages.shared import sessions, state

CHOSEN = {
    state.TRACKS: ["ism", "motifs"],
    state.TRACK_MODEL: "joint_legnet",
    state.TRACK_OUTPUT: "HepG2",
    state.BASELINE: "zero",
    state.STANDARDISED: True,
    state.SIMPLEX: False,
    state.LARGEST_Q: 0.2,
    state.PALETTE: "colour-blind safe",
}


@pytest.fixture
def fresh(monkeypatch):
    """A function that begins a new session."""

    def begin():
        monkeypatch.setattr(state.st, "session_state", {})

    begin()
    return begin


@pytest.mark.parametrize("way", [(session.to_link, session.from_link), (session.to_json, session.from_json)])
def test_what_was_chosen_comes_back(fresh, way):
    state.BENCH.put(Bench((Document(Sequence("s", "ACGT" * 50)),)))
    for key, value in CHOSEN.items():
        key.put(value)
    write, read = way
    text = write(sessions.on_screen())
    fresh()
    sessions.restore(read(text), beside=False)
    assert {key: key.get() for key in CHOSEN} == CHOSEN
    assert state.SESSION_NOTE.get() == ""


def test_what_the_explorer_does_not_take_is_left_out_and_named(fresh):
    opened = Session(
        Bench((Document(Sequence("s", "ACGT")),)),
        choices=(("colours", "plaid"), ("q-value", "7"), ("standardised", "yes"), ("of another version", "1")),
    )
    sessions.restore(opened, beside=False)
    assert state.STANDARDISED.get() is True
    assert not state.PALETTE.is_set and not state.LARGEST_Q.is_set
    note = state.SESSION_NOTE.get()
    assert "colours" in note and "plaid" in note and "q-value" in note
