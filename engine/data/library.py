"""A table of measured elements together with its split: what everything that learns or scores is handed."""

from __future__ import annotations

from typing import NamedTuple

from engine.data import lentimpra, splits
from engine.data.lentimpra import ActivityTable
from engine.data.splits import Split


class Library(NamedTuple):
    """The joint library and its split."""

    table: ActivityTable
    split: Split


def joint() -> Library:
    """The joint lentiMPRA library and its homology-aware split; read from the cache after the first time."""
    table = lentimpra.joint()
    return Library(table, splits.joint_split(table))
