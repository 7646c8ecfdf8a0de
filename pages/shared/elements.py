"""Held-out elements in a list, each of which opens in the Explorer at one click."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from engine.data.library import Library
from pages.shared import bench, downloads, show, state


def measured(joint: Library, row: int) -> str:
    """What was measured of an element, in words; a cell type without a measurement is left out."""
    known = {o: float(joint.table.column(o)[row]) for o in joint.table.outputs}
    values = ", ".join(f"{o} {v:+.2f}" for o, v in known.items() if not math.isnan(v))
    return f"measured {values} log2 RNA/DNA" if values else "not measured"


def open_in_explorer(joint: Library, row: int, models: Sequence[str] = (), output: str | None = None) -> None:
    """Go to the Explorer with an element; if models are named, it asks these, and shows the tracks of one output."""
    bench.open_sequence(joint.table.sequence(row), f"{joint.table.classes[row]}; {measured(joint, row)}")
    if models:
        state.MODELS.put(list(models))
    if output:
        state.OUTPUTS.put([output])
        state.TRACK_OUTPUT.put(output)
    st.switch_page("pages/explorer.py")


def listed(
    table: pd.DataFrame,
    rows: np.ndarray,
    joint: Library,
    key: str,
    models: Sequence[str] = (),
    output: str | None = None,
) -> None:
    """A table of elements. The row that is selected opens in the Explorer.

    Args:
        table: a line an element; numbers are shown with two digits.
        rows: `(lines,)` of the elements in the library's table.
    """
    two_digits = {c: st.column_config.NumberColumn(format="%.2f") for c in table.columns if table[c].dtype.kind == "f"}
    picked = show.pick_row(table, f"{key}-{state.VERSION.get()}", two_digits)
    st.caption("Select a row to open the element in the Explorer. Activities are log2 RNA/DNA.")
    downloads.table("Elements (CSV)", table, "cislens-elements.csv")
    if picked is not None:
        open_in_explorer(joint, int(rows[picked]), models, output)
