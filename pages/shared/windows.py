"""How a model reads a sequence that is not as long as its window."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from engine.sequence import SHORTEST_WHOLE, WINDOW_POLICIES

# the default for each of several sequences, of which one is longer than the window and another shorter
FITTING = "fitting"


def choose(
    length: int, window: int, key: str, readers: str = "the model reads", others: Iterable[int] = ()
) -> str | None:
    """The window policy for a sequence, or for several of which this one is named; None where there is no choice."""
    lengths = {length, *others}
    if lengths == {window}:
        return None
    longer, shorter = min(lengths) >= window, max(lengths) <= window
    options = ["tile", "centre"] if longer else ["pad"] if shorter else [FITTING]
    if min(lengths) >= SHORTEST_WHOLE:
        options.append("whole")
    return st.selectbox(
        f"Window policy: {readers} {window} bp, this sequence has {length}",
        options,
        key=f"{key}-{options[0]}",
        persist_state="session",
        format_func=lambda p: f"{p}: {WINDOW_POLICIES.get(p, 'pad what is shorter, tile what is longer')}",
    )
