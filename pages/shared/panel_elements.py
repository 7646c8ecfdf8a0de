"""Elements of the panel that maps are kept of, chosen by their names in the library.

Maps are shipped without the library. Where it is not on this computer, elements go by their numbers.
"""

from typing import NamedTuple

import numpy as np
import streamlit as st

from engine.data import sources
from engine.data.lentimpra import ActivityTable
from engine.errors import CisLensError
from engine.interpretation.attribution.maps import PANEL_CELLS, Maps
from engine.sequence import Sequence, decode
from pages.shared import downloads, library


class Chosen(NamedTuple):
    """An element: its place in the panel, counted from 0, its sequence, and what is known about it."""

    number: int
    sequence: Sequence
    remark: str


def choose(maps: Maps, key: str) -> Chosen:
    """A picker of the panel's elements."""
    table = _library(maps)

    def label(i: int) -> str:
        kind = f"{'high' if maps.high[i] else 'low'} activity"
        if table is None:
            return f"{i + 1}: {kind}, row {maps.rows[i]}"
        # one label whatever cell type the page shows: a picker whose labels change forgets what was chosen
        measured = ", ".join(f"{c} {table.column(c)[maps.rows[i]]:+.2f}" for c in PANEL_CELLS)
        return f"{i + 1}: {table.names[maps.rows[i]]} ({kind}: {measured})"

    number = st.selectbox("Element of the panel", range(len(maps.rows)), key=key, format_func=label)
    row = int(maps.rows[number])
    if table is None:
        return Chosen(number, Sequence(f"held-out element {row}", decode(maps.codes[number])), "")
    measured = ", ".join(f"{o} {v:+.2f}" for o, v in zip(table.outputs, table.activity[row], strict=True))
    return Chosen(number, table.sequence(row), f"{table.classes[row]}; measured {measured} log2 RNA/DNA")


def _library(maps: Maps) -> ActivityTable | None:
    """The library if it is there, whole, and has the panel's bases in the panel's rows."""
    if not sources.available(*downloads.LENTIMPRA_FILES):
        return None
    try:
        table = library.joint().table
    except CisLensError:  # names are an extra: the maps need no library
        return None
    same = maps.rows.max() < len(table) and np.array_equal(table.codes[maps.rows], maps.codes)
    return table if same else None
