"""Two sequences on one axis: every number stands in the column of its base."""

import numpy as np
import pytest

from engine.plots import compare
from engine.results import Track
from engine.sequence import reverse_complement


def track(bases: str, seed: int = 0) -> Track:
    values = np.random.default_rng(seed).normal(size=(1, len(bases), 4)).astype(np.float32)
    values[0, range(len(bases)), ["ACGT".index(b) for b in bases]] = 0
    return Track("ism", "m", ("K562",), bases, values, np.zeros(1, np.float32))


def test_numbers_stand_in_the_columns_of_their_bases():
    one = compare.Side("a", track("ACGT"), (0, 1, None, 2, 3))
    assert one.bases == "AC-GT"
    values = one.values("K562")
    assert np.isnan(values[2]).all()
    assert np.array_equal(values[[0, 1, 3, 4]], one.track.values[0])
    assert [one.place(c) for c in (0, 2, 3)] == ["1", "no base", "3"]
    assert compare.Side("a", track("ACGT"), (3,), first_position=1001, step=-1).place(0) == "998"


def test_a_flipped_sequence_shows_the_other_strand():
    bases = "ACGGT"
    here = track(bases)
    turned = Track(
        "ism", "m", ("K562",), reverse_complement(bases), here.values[:, ::-1, ::-1], np.zeros(1, np.float32)
    )
    side = compare.Side("b", turned, (4, 3, 2, 1, 0), flipped=True)
    assert side.bases == bases
    assert np.array_equal(side.values("K562"), here.values[0])
    assert np.allclose(side.losses("K562"), here.per_position("K562"))


def test_both_maps_have_one_scale_and_what_differs_is_marked():
    first = compare.Side("one <b>", track("ACGTA"), (0, 1, 2, 3, 4))
    second = compare.Side("two", track("ACTT", 1), (0, 1, 2, None, 3))
    figure = compare.figure(first, second, "K562")
    maps = [t for t in figure.data if t.type == "heatmap"]
    limit = max(np.nanmax(np.abs(s.values("K562"))) for s in (first, second))
    assert [(m.zmin, m.zmax) for m in maps] == [(pytest.approx(-limit), pytest.approx(limit))] * 2
    (bars,) = [t for t in figure.data if t.type == "bar"]
    expected = second.losses("K562") - first.losses("K562")
    assert np.allclose(np.array(bars.y, float), expected, equal_nan=True) and np.isnan(expected[3])
    marked = {(s.x0, s.x1) for s in figure.layout.shapes}
    assert marked == {(2.5, 5.5)}
    assert "<b>" not in figure.layout.title.text
