"""Motif families of designs beside nature's, counted by hand."""

import numpy as np
import pytest

from engine.design.metrics.motifs import Content
from engine.design.motif_content import apart
from engine.errors import InputError

FAMILIES = ("GATA", "HNF1", "NRF1", "SP1/KLF")


def counted(*rows: list[int], families: tuple[str, ...] = FAMILIES) -> Content:
    return Content(families, np.array(rows), ())


def test_those_that_differ_most_come_first_and_absent_ones_not_at_all():
    designed = counted([3, 0, 0, 1], [1, 0, 0, 1], [2, 0, 0, 1])
    natural = counted([0, 1, 0, 1], [0, 0, 0, 1], [0, 2, 0, 1], [0, 1, 0, 1])
    found = apart(designed, natural, 10)
    assert [f.name for f in found] == ["GATA", "HNF1", "SP1/KLF"]
    assert (found[0].designed.value, found[0].designed.n, found[0].natural.value) == (2, 3, 0)
    assert (found[1].natural.value, found[1].natural.n) == (1, 4)
    assert 1 <= found[0].designed.low < 2 < found[0].designed.high <= 3
    assert [f.name for f in apart(designed, natural, 1)] == ["GATA"]


def test_other_families_are_not_compared():
    with pytest.raises(InputError, match="different families"):
        apart(counted([1, 1, 1, 1]), counted([1], families=("GATA",)), 3)
