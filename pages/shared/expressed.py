"""The choice to show only motifs of factors that a cell type makes."""

from __future__ import annotations

import streamlit as st

from engine.data import expression
from engine.data.jaspar import Matrix
from pages.shared import downloads
from pages.shared.plain import plain
from pages.shared.state import Key

ALL = ""
CELL: Key[str] = Key("motifs_expressed", ALL)
_WORDS = {ALL: "all factors", "K562": "factors expressed in K562", "HepG2": "factors seen in HepG2"}


def choose(matrices: dict[str, Matrix]) -> str:
    """The cell type whose factors alone are shown, '' for all; what that rests on is said below.

    Args:
        matrices: those that are looked for.
    """
    CELL.setdefault(ALL)
    cell = st.selectbox(
        "Motifs of",
        [ALL, *expression.FILES],
        key=CELL.name,
        persist_state="session",
        format_func=lambda c: _WORDS.get(c, c),
        help="Leaves out motifs of factors that a cell type is not known to make. Of a pair of factors (A::B) both "
        "have to be there. Motifs of your own always stay. For WTC11 no public table is at hand.",
    )
    if not cell or not downloads.offer_download(expression.FILES[cell], f"Knowing the factors of {cell}"):
        return ALL
    st.caption(f"{plain(expression.of(cell).in_words(matrices))}.")
    return cell
