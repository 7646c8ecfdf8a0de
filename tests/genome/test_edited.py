"""Which windows hold an edit, and that both sequences are read through the same ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.editor.document import Document
from engine.genome.edited import held
from engine.sequence import Sequence, reverse_complement, windows

TILES = ("tile", "tile")


@pytest.fixture
def long(random_bases) -> Document:
    return Document(Sequence("long", random_bases(600, seed=1)))


def other(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


@pytest.mark.parametrize("at", [0, 49, 50, 317, 599])
def test_a_substitution_is_held_by_the_tiles_that_cover_its_position(long, at):
    found = held(long.substituted(at, other(long.bases[at])), 200, TILES)
    starts = [w.start for w in windows(long.bases, 200, "tile") if w.start <= at < w.start + 200]
    assert found.before == tuple(long.bases[s : s + 200] for s in starts)
    assert found.total == 9 and found.whole
    for s, before, after in zip(starts, found.before, found.after, strict=True):
        assert [i for i in range(200) if before[i] != after[i]] == [at - s]


def test_two_edits_count_together_where_a_window_holds_both_and_one_by_one_where_none_does(long):
    near = long.substituted(300, other(long.bases[300])).substituted(340, other(long.bases[340]))
    found = held(near, 200, TILES)
    assert found.whole and len(found) == 4  # the tiles from 150, 200, 250 and 300
    for before, after in zip(found.before, found.after, strict=True):
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 2
    far = long.substituted(10, other(long.bases[10])).substituted(500, other(long.bases[500]))
    found = held(far, 200, TILES)
    assert not found.whole
    assert len(found) == 1 + 2  # 10 lies in the first tile alone, 500 in those from 350 and 400


def test_windows_of_an_insertion_begin_at_the_same_base_and_drop_what_has_no_room(long):
    found = held(long.spliced(300, 0, "ACGTACG", "x"), 200, TILES)
    for before, after in zip(found.before, found.after, strict=True):
        at = before.find(long.bases[300:320])
        assert before[:at] == after[:at] and after[at : at + 7] == "ACGTACG"
        assert after[at + 7 :] == before[at:193]
    assert len(found) >= 3


def test_after_a_deletion_what_follows_comes_in_and_at_the_end_what_went_before(long):
    edited = long.spliced(300, 5, "", "x")
    found = held(edited, 200, TILES)
    for before, after in zip(found.before, found.after, strict=True):
        assert before in long.bases and after in edited.bases and len(before) == len(after) == 200
        start = long.bases.index(before)
        assert edited.bases.index(after) == start and start <= 300 and start + 200 >= 305
    found = held(long.spliced(595, 5, "", "x"), 200, TILES)
    assert found.before == (long.bases[400:],) and found.after == (long.bases[395:595],)


def test_the_other_strand_is_read_in_the_direction_of_the_reference(long):
    edited = long.spliced(300, 0, "ACGTACG", "x")
    turned = held(edited.reverse_complemented(), 200, TILES)
    assert set(zip(turned.before, turned.after, strict=True)) >= set(
        zip(held(edited, 200, TILES).before, held(edited, 200, TILES).after, strict=True)
    )
    assert all(reverse_complement(after) in edited.reverse_complemented().bases for after in turned.after)


def test_the_centre_may_hold_no_edit(long):
    found = held(long.substituted(10, other(long.bases[10])), 200, ("centre", "centre"))
    assert len(found) == 0 and found.total == 1
    assert len(held(long.substituted(250, other(long.bases[250])), 200, ("centre", "centre"))) == 1


def test_nothing_is_chosen_among_one_window(long, random_bases):
    one = Document(Sequence("one", random_bases(200, seed=2)))
    assert held(one.substituted(3, other(one.bases[3])), 200, TILES) is None
    assert held(one.spliced(3, 1, "", "x"), 200, ("tile", "pad")) is None
    assert held(long, 200, TILES) is None
    assert held(long.substituted(3, other(long.bases[3])), 200, ("whole", "whole")) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_pair_differs_and_each_change_is_held_somewhere(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    length = data.draw(st.integers(21, 90))
    document = Document(Sequence("s", "".join(rng.choice(list("ACGT"), length))))
    for _ in range(data.draw(st.integers(1, 4))):
        n = len(document.bases)
        start = data.draw(st.integers(0, n))
        removed = min(data.draw(st.integers(0, 3)), n - start, n - 21)
        document = document.spliced(start, removed, data.draw(st.text("ACGT", max_size=3)), "x")
    found = held(document, 20, TILES)
    if document.bases == document.reference.bases:
        assert found is None
        return
    assert len(found) > 0
    for before, after in zip(found.before, found.after, strict=True):
        assert len(before) == len(after) == 20
        assert before in document.reference.bases and after in document.bases
