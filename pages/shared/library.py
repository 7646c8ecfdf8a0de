"""The library with its folds, read once for all pages that look at held-out elements."""

import streamlit as st

from engine.data import library, splits
from engine.data.library import Library

FOLD_WORDS = {splits.TEST_FOLD: "test fold", splits.VALIDATION_FOLD: "validation fold"}


@st.cache_resource(show_spinner="Reading the library …", max_entries=1)
def joint() -> Library:
    return library.joint()


def remark(row: int) -> str:
    """What was measured of an element, and whether the models have seen it."""
    table, split = joint()
    fold = int(split.folds[row])
    measured = ", ".join(f"{o} {table.activity[row, i]:+.2f}" for i, o in enumerate(table.outputs))
    seen = FOLD_WORDS.get(fold, "a training fold: the models have seen it")
    return f"Measured log2 RNA/DNA: {measured}. Fold {fold}, {seen}."
