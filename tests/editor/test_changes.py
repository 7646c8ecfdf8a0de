"""The net effect of edits: the alignment with the reference and the stretches that differ."""

import numpy as np
import pytest

from engine.editor.changes import Change, changes, columns, edited_to, turned
from engine.editor.document import Document
from engine.errors import InputError
from engine.sequence import Sequence, reverse_complement

#               1         11
REFERENCE = "ACGTTGCAAGCATTCGGA"


@pytest.fixture
def document() -> Document:
    return Document(Sequence("mine", REFERENCE))


def rows(document: Document) -> tuple[str, str]:
    """The two rows of the alignment, '-' for a gap."""
    found = columns(document)
    return "".join(c.ref or "-" for c in found), "".join(c.alt or "-" for c in found)


def test_nothing_changed(document):
    assert changes(document) == ()
    assert rows(document) == (REFERENCE, REFERENCE)
    there_and_back = document.substituted(3, "C").substituted(3, "T")
    assert changes(there_and_back) == ()


def test_each_kind_of_change_is_named_with_its_place(document):
    edited = document.substituted(1, "T").spliced(10, 0, "GGG", "x").spliced(16, 2, "", "x")
    assert changes(edited) == (Change(1, 2, "C", "T"), Change(10, 10, "", "GGG"), Change(13, 15, "TC", ""))
    assert [c.kind for c in changes(edited)] == ["substitution", "insertion", "deletion"]
    assert [c.where for c in changes(edited)] == ["2", "after 10", "14-15"]
    assert rows(edited) == ("ACGTTGCAAG---CATTCGGA", "ATGTTGCAAGGGGCAT--GGA")
    assert changes(document.spliced(0, 0, "GG", "x"))[0].where == "before 1"
    assert changes(document.spliced(18, 0, "T", "x"))[0].where == "after 18"


def test_a_stretch_exchanged_for_a_longer_one_is_one_replacement(document):
    edited = document.spliced(4, 2, "ACCA", "x")
    (change,) = changes(edited)
    assert change == Change(4, 6, "TG", "ACCA") and change.kind == "replacement"


def test_a_base_removed_and_put_back_is_no_change(document):
    edited = document.spliced(4, 1, "", "x").spliced(4, 0, "T", "x").substituted(0, "C")
    assert changes(edited) == (Change(0, 1, "A", "C"),)


def test_positions_lead_back_to_the_sequence_as_it_stands(document):
    edited = document.spliced(5, 0, "CC", "x").spliced(9, 3, "", "x").substituted(2, "A")
    for state in (edited, edited.reverse_complemented(), edited.reverse_complemented().substituted(0, "G")):
        seen = [c for c in columns(state) if c.position is not None]
        spelled = "".join(c.alt for c in seen)
        assert sorted(c.position for c in seen) == list(range(len(state.bases)))
        assert (reverse_complement(spelled) if turned(state) else spelled) == state.bases
        assert "".join(c.ref for c in columns(state)) == REFERENCE


def test_the_other_strand_alone_changes_no_base_and_edits_on_it_are_told_in_the_reference_s_direction(document):
    other = document.reverse_complemented()
    assert turned(other) and changes(other) == ()
    # the first base of the other strand is the complement of the last base of the reference
    assert changes(other.substituted(0, "G")) == (Change(17, 18, "A", "C"),)
    assert not turned(other.reverse_complemented())


# --- sequences that come without their history ------------------------------------------------------


def test_a_sequence_without_history_gets_the_edits_that_were_made(random_bases):
    document = Document(Sequence("mine", random_bases(200, seed=3)))
    made = document.spliced(20, 0, "ACCGT", "x").substituted(60, "A").substituted(61, "A").spliced(120, 7, "", "x")
    found = edited_to(document, made.bases)
    assert found.bases == made.bases
    assert changes(found) == changes(made) and len(changes(found)) >= 3
    assert found.origins == made.origins and len(found.applied) == len(changes(found))


def test_any_two_sequences_are_laid_on_each_other(random_bases):
    rng = np.random.default_rng(0)
    for seed in range(30):
        document = Document(Sequence("mine", random_bases(int(rng.integers(1, 60)), seed=seed)))
        other = random_bases(int(rng.integers(1, 60)), seed=seed + 100)
        found = edited_to(document, other)
        assert found.bases == other
        assert "".join(c.alt for c in columns(found)) == other
    assert edited_to(document, document.bases) is document


def test_the_other_strand_is_taken_as_such(document):
    assert turned(edited_to(document, reverse_complement(REFERENCE)))
    with pytest.raises(InputError, match="'X' at position 3"):
        edited_to(document, "ACX")
