"""What a session remembers between two runs of a page: every entry by name, with what it holds.

A `Key` is the only way to the session state. Those of several pages stand here; one that a single page uses stands
beside its widget.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from engine.editor.document import Document
from engine.editor.session import Bench

Value = TypeVar("Value")


@dataclass(frozen=True)
class Key(Generic[Value]):
    """One entry of the session state, which may be that of a widget with `key=key.name`.

    Attributes:
        missing: what it holds before anything was put there; of a widget what it shows is decided by its `default`.
    """

    name: str
    missing: Value

    @property
    def is_set(self) -> bool:
        return self.name in st.session_state

    def get(self) -> Value:
        return st.session_state.get(self.name, self.missing)

    def put(self, value: Value) -> None:
        st.session_state[self.name] = value

    def setdefault(self, value: Value) -> Value:
        """What it holds, which is `value` from now on if it held nothing."""
        return st.session_state.setdefault(self.name, value)

    def pop(self) -> Value:
        """What it holds, which is then forgotten."""
        return st.session_state.pop(self.name, self.missing)

    def clear(self) -> None:
        """For callbacks of widgets."""
        st.session_state.pop(self.name, None)

    def count(self: Key[int]) -> None:
        """One more."""
        self.put(self.get() + 1)


# --- the sequences that are open --------------------------------------------------------------------

BENCH: Key[Bench] = Key("bench", Bench())
CLOSED: Key[tuple[Document, ...]] = Key("closed", ())  # sequences that were closed, the last one last
VERSION: Key[int] = Key("version", 0)  # of the bench; the editor's messages say which they are for
EDITION: Key[int] = Key("edition", 0)  # counts every change, also those that the editor shows already
OPERATIONS_DONE: Key[int] = Key("operations_done", 0)  # of the editor, in this version
EDITOR_AT: Key[int | None] = Key("editor_at", None)  # where the editor's cursor goes next
EDITOR_ERROR: Key[str | None] = Key("editor_error", None)
EDITOR_NOTES: Key[tuple[str, ...]] = Key("editor_notes", ())
SHOWN_BASES: Key[str | None] = Key("shown_bases", None)  # those whose tracks are on screen

# --- chosen in the Explorer, and by links, session files and other pages -----------------------------

MODELS: Key[Several[str]] = Key("models", ())
OUTPUTS: Key[Several[str]] = Key("outputs", ())
PALETTE: Key[str] = Key("palette", "standard")
TRACK_MODEL: Key[str | None] = Key("track_model", None)
TRACK_OUTPUT: Key[str | None] = Key("track_output", None)
POLICY_IN_USE: Key[str | None] = Key("policy_in_use", None)  # None where there is no choice
TRACKS: Key[Several[str]] = Key("tracks_shown", ())  # names of `engine.plots.instrument.ROWS`
DRAWER: Key[bool] = Key("open_drawer", False)  # whether the drawer to open sequences is open
DRAWER_DONE: Key[bool] = Key("open_drawer_done", False)  # something was opened: the drawer closes
BASELINE: Key[str] = Key("baseline", "uniform")  # of Integrated Gradients
STANDARDISED: Key[bool] = Key("standardised", False)
SIMPLEX: Key[bool] = Key("simplex", False)
LARGEST_Q: Key[float] = Key("motif_q", 0.05)
SELECTION: Key[tuple[int, int] | None] = Key("selection", None)  # in the editor: 0-based, half-open
VIEW: Key[tuple[int, int] | None] = Key("view", None)  # first and last position in sight, from 1; None: all
MEASURED_SET: Key[str | None] = Key("measured_set", None)  # the saturation data set whose values are drawn
IMAGE_KIND: Key[str] = Key("image_kind", "svg")  # that the camera above a figure saves


def policy(kind: str) -> Key[str | None]:
    """The window policy of the Explorer, of sequences that are to be tiled ('tile'), padded ('pad') or both."""
    return Key(f"policy-{kind}", None)


LOSSES_SECTION: Key[str] = Key("losses_section", "This sequence")  # of Losses side by side

# --- sessions and links -----------------------------------------------------------------------------

SESSION_UPLOAD: Key[Any] = Key("session_upload", None)
SESSION_OPENED: Key[bool] = Key("session_opened", False)
SESSION_ERROR: Key[str | None] = Key("session_error", None)
SESSION_NOTE: Key[str] = Key("session_note", "")

# --- ways between pages -----------------------------------------------------------------------------

INSIDE_APP: Key[bool] = Key("inside_app", False)
WANTED_PAGE: Key[tuple[str, dict[str, str]] | None] = Key("wanted_page", None)
RELIABILITY_MODEL: Key[str | None] = Key("reliability_model", None)
RELIABILITY_OUTPUT: Key[str | None] = Key("reliability_output", None)
RELIABILITY_SOURCE: Key[str | None] = Key("reliability_source", None)
RELIABILITY_ELEMENT: Key[int] = Key("reliability_element", 0)
