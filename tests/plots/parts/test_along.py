"""What goes along with the bases of an edited sequence: hand-computed places, effects and means."""

import numpy as np
import pytest

from engine.editor.document import Document
from engine.plots.parts import along
from engine.results import Agreement, MotifHit, MotifSite
from engine.sequence import Sequence, gc_content, reverse_complement

BASES = "ACGTTGCAAC" * 6


def site(start: int, end: int, name: str = "GATA1", strand: str = "+", status: str = "kept") -> MotifSite:
    return MotifSite(name, (MotifHit(name, "MA0035.5", start, end, strand, 12.34, 1e-5, 0.0123),), status)


def test_a_lost_site_lies_where_its_bases_are_now():
    document = Document(Sequence("s", BASES)).spliced(10, 0, "TTTT", "a stretch")
    length = len(document.bases)
    assert along.placed(site(30, 38), document.origins, length)[:3] == (34, 42, "+")  # moved by four
    assert along.placed(site(7, 13), document.origins, length)[:3] == (7, 17, "+")  # torn apart by four


def test_a_lost_site_without_any_base_left_has_no_place():
    bases = "ACGTTGCAAC" * 2 + "T" * 20 + "GGCATTGCAA" * 2
    document = Document(Sequence("s", bases)).with_bases(bases[:20] + bases[40:], "deleted")
    where = [
        along.placed(site(*ends), document.origins, len(document.bases)) for ends in ((22, 30), (25, 33), (36, 44))
    ]
    assert where[:2] == [None, None] and where[2][:2] == (20, 24)


def test_a_lost_site_of_a_sequence_that_was_turned_points_the_other_way():
    document = Document(Sequence("s", BASES)).reverse_complemented()
    assert along.turned(document.origins)
    assert along.placed(site(2, 9), document.origins, 60)[:3] == (51, 58, "-")


@pytest.fixture
def effects() -> np.ndarray:
    """Position 0 with three measured substitutions, position 5 with one, nothing elsewhere."""
    values = np.full((60, 4), np.nan)
    values[0, 1:] = [0.5, -2.0, 3.0]
    values[5, 2] = -0.25
    return values


def test_measured_effects_go_with_their_bases(effects):
    document = Document(Sequence("s", BASES)).spliced(3, 0, "GG", "two")
    cells = along.moved(effects, document.origins, len(document.bases))
    np.testing.assert_array_equal(cells[0], effects[0])
    np.testing.assert_array_equal(cells[7], effects[5])
    assert np.isnan(np.delete(cells, [0, 7], axis=0)).all()


def test_measured_effects_turn_with_the_sequence(effects):
    document = Document(Sequence("s", BASES)).reverse_complemented()
    assert document.bases == reverse_complement(BASES)
    cells = along.moved(effects, document.origins, 60)
    # A>C 0.5, A>G -2, A>T 3 read on the other strand T>G, T>C, T>A
    np.testing.assert_array_equal(cells[59], [3.0, -2.0, 0.5, np.nan])
    np.testing.assert_array_equal(cells[54], [np.nan, -0.25, np.nan, np.nan])


def test_agreement_is_told_by_base_with_its_sign_turned():
    mean, sd = np.array([[0, 2, 3, 4.0], [1, 0, 1, 1]]), np.array([[7, 1, 1, 4.0], [3, 9, 3, 3]])
    same = np.array([[0, 1, 1, 1.0], [1, 0, 0.5, 0]])
    losses, spread, agreed = along.over_substitutions(Agreement(("a", "b"), mean, sd, same, "AC"))
    np.testing.assert_allclose(losses, [-3, -1])
    np.testing.assert_allclose(spread, [2, 3])
    np.testing.assert_allclose(agreed, [1, 0.5])


@pytest.mark.parametrize("width", [5, 6, 21, 999])
def test_gc_content_is_that_of_the_window_around_each_position(width):
    left = min(width, 2 * len(BASES) - 1)
    for i, share in enumerate(along.gc_share(BASES, width)):
        start = i - left + 1 + (left - 1) // 2
        assert share == pytest.approx(gc_content(BASES[max(0, start) : start + left]))


def test_gc_content_is_not_known_among_unknown_bases():
    np.testing.assert_allclose(along.gc_share("GGNNNNNAA", 3), [1, 1, 1, np.nan, np.nan, np.nan, 0, 0, 0])


def test_a_site_is_told_with_its_members_and_who_else_matches_there():
    assert along.in_words(site(2, 9)) == "GATA1"
    own = [MotifHit(f"KLF{i}", "MA0039.5", 2, 9, "+", 12.0, 1e-5, 0.01) for i in range(8)]
    told = along.in_words(MotifSite("SP1/KLF", tuple(own), "gained", ("AP-2", "EGR")))
    assert told == "SP1/KLF, gained: KLF0, KLF1, KLF2, KLF3, KLF4, KLF5 and 2 more; also AP-2, EGR"
