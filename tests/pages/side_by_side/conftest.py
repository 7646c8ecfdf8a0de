"""What the tests of Losses side by side share: a library with a test fold, and the page on a pasted sequence."""

import numpy as np
import pytest
import streamlit as st

from engine.data import lentimpra, splits


@pytest.fixture
def library(monkeypatch):
    """A made-up library with thirty elements in its test fold, four of them not measured in K562."""
    rng = np.random.default_rng(3)
    n = 300
    names = np.array([f"peak{i:03}" for i in range(n)])
    activity = rng.normal(size=(n, 3)).astype(np.float32)
    activity[:40:10, 0] = np.nan
    table = lentimpra.ActivityTable(
        names, rng.integers(0, 4, (n, 200)).astype(np.uint8), activity, lentimpra.CELL_TYPES, names, "made up"
    )
    split = splits.Split((np.arange(n) % 10).astype(np.int8), np.arange(n, dtype=np.int32), "made up")
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: split)
    st.cache_resource.clear()  # the page keeps the library that it read first
    yield table, split
    st.cache_resource.clear()


@pytest.fixture
def pasted(app, study, bases):
    """The page on a pasted sequence."""

    def open_pasted(text: str = bases, **state):
        return app("side_by_side", losses_source="pasted", losses_text=text, **state)

    return open_pasted
