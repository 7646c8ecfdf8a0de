"""TODO."""

from __future__ import annotations

from typing import NamedTuple

from engine.data import lentimpra, splits
from engine.data.lentimpra import ActivityTable
from engine.data.splits import Split


class Library(NamedTuple):
    """The joint library and its split."""

    table: ActivityTable
    split: Split


def library() -> Library:
    table = lentimpra.joint()
    return Library(table, splits.joint_split(table))
