"""Who learned from what in design: halves that share nothing, and the scale that goals are written in."""

import numpy as np
import pytest

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.design import splits
from engine.errors import InputError


def toy(folds, activity):
    n = len(folds)
    codes = np.zeros((n, 200), np.uint8)
    names = np.array([f"peak{i}" for i in range(n)])
    table = ActivityTable(names, codes, np.asarray(activity, np.float32), ("K562", "HepG2"), names, "toy")
    return Library(table, Split(np.asarray(folds, np.int8), np.arange(n, dtype=np.int32), "toy"))


def test_the_halves_and_the_two_other_folds_are_all_there_is_and_share_nothing():
    library = toy([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2], np.zeros((11, 2)))
    judged = library.split.rows(*splits.JUDGE_FOLDS)
    parts = [splits.design_rows(library), judged, splits.asked_rows(library)]
    assert [p.tolist() for p in parts] == [[2, 3, 4, 5, 10], [6, 7, 8, 9], [0]]
    every = np.concatenate([*parts, library.split.validation])
    assert sorted(every.tolist()) == list(range(11))


def test_a_goal_is_written_in_the_training_folds_own_scale():
    # of K562 1 and 3 train (mean 2, s.d. 1); of HepG2 4 alone was measured. Test and validation fold count nothing.
    library = toy([0, 1, 2, 6], [[50, 50], [70, 70], [1, 4], [3, np.nan]])
    mean, sd = splits.scale(library, ("K562", "HepG2"))
    assert mean.tolist() == [2, 4]
    assert sd.tolist() == [1, 0]
    with pytest.raises(InputError, match="cell type"):
        splits.scale(library, ("HEK293",))
