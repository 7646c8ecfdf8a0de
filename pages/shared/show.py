"""Words and settings that figures and tables of all pages share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from engine.genome import ucsc
from engine.sequence import Region
from engine.statistics import in_words

ACTIVITY_HELP = (
    "Activity is log2 of RNA over DNA barcode counts in the reporter assay: 0 means as much RNA as DNA, "
    "+1 twice as much, −1 half."
)

UNKNOWN = "–"  # in a table, in place of a number that nobody knows


def image_config(name: str, kind: str) -> dict:
    """Plotly settings: the camera button saves the figure as `kind` ('svg' or 'png')."""
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtonsToRemove": ["lasso2d", "select2d"],
        "toImageButtonOptions": {"format": kind, "filename": name, "scale": 2 if kind == "png" else 1},
    }


def interval(metric: dict) -> str:
    """A metric with its 95% interval; the sample size stands once, beside the table or figure."""
    return in_words(metric["value"], metric["low"], metric["high"])


def pick_row(table: pd.DataFrame, key: str, columns: Mapping[str, Any]) -> int | None:
    """A table of which one row can be selected: its place from 0, or None.

    Args:
        key: another one for another table, so that what was selected in the last one is forgotten.
        columns: Streamlit's settings of columns, by name.
    """
    picked = st.dataframe(
        table,
        hide_index=True,
        placeholder=UNKNOWN,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        column_config=dict(columns),
    )
    rows = [row for row in picked.selection.rows if row < len(table)]
    return rows[0] if rows else None


def open_in_ucsc(region: Region | None, around: int = 0) -> None:
    """A link that shows a stretch of a genome in the UCSC Genome Browser; nothing where its place is not known."""
    address = ucsc.address(region, around)
    if address:
        st.link_button(
            "Open in UCSC",
            address,
            icon=":material/open_in_new:",
            help="Shows this stretch in the UCSC Genome Browser, in a new tab. UCSC learns the position, nothing else.",
        )
