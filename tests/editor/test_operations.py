"""The sequence editor's operations, applied to a document."""

import pytest

from engine.editor import operations
from engine.editor.document import Document
from engine.errors import InputError
from engine.sequence import Sequence, reverse_complement

REFERENCE = "ACGTACGTACGT"


@pytest.fixture
def document():
    return Document(Sequence("mine", REFERENCE))


def apply(document, *given, done=0, check=lambda d: None):
    numbered = [{"number": i, **o} for i, o in enumerate(given, 1)]
    return operations.apply(document, numbered, done, check)


def splice(start, removed, inserted):
    return {"kind": "splice", "start": start, "removed": removed, "inserted": inserted}


def test_typing_undo_and_redo_follow_each_other(document):
    out = apply(document, splice(0, 1, "T"), splice(3, 0, "GG"), {"kind": "undo"}, splice(11, 1, ""), {"kind": "undo"})
    assert out.document.bases == "TCGTACGTACGT"
    assert [e.bases for e in out.document.edits] == ["TCGTACGTACGT", "TCGTACGTACG"]
    assert (out.done, out.ahead, out.error) == (5, False, None)
    assert apply(out.document, {"kind": "reset"}).document.bases == REFERENCE


def test_what_was_taken_over_is_not_done_again(document):
    once = apply(document, splice(0, 1, "T"), splice(0, 0, "G"))
    again = apply(once.document, splice(0, 1, "T"), splice(0, 0, "G"), splice(0, 0, "C"), done=once.done)
    assert again.document.bases == "CGTCGTACGTACGT"
    assert again.done == 3


def test_pasted_text_is_cleaned_and_lies_over_what_is_there(document):
    out = apply(document, {"kind": "paste", "start": 2, "removed": None, "text": ">x\r\n1 tt u\r\n"})
    assert out.document.bases == "ACTTTCGTACGT"
    assert out.ahead and out.at == 5
    assert len(out.notes) >= 3
    past_the_end = apply(document, {"kind": "paste", "start": 10, "removed": None, "text": "AAAA"})
    assert past_the_end.document.bases == REFERENCE[:10] + "AAAA"
    inserted = apply(document, {"kind": "paste", "start": 0, "removed": 0, "text": "AAAA"})
    assert inserted.document.bases == "AAAA" + REFERENCE
    selected = apply(document, {"kind": "paste", "start": 0, "removed": 12, "text": "GATTACA"})
    assert selected.document.bases == "GATTACA"


def test_bad_text_is_named_and_nothing_after_it_is_tried(document):
    bad = {"kind": "paste", "start": 0, "removed": 0, "text": "ACJT"}
    out = apply(document, splice(0, 1, "T"), bad, splice(0, 1, "G"))
    assert out.document.bases == "T" + REFERENCE[1:]
    assert "'J' at position 3" in out.error
    assert out.ahead and out.done == 3


def test_what_must_not_come_about_is_refused(document):
    def short(d):
        if len(d.bases) > 12:
            raise InputError("too long")

    out = apply(document, splice(0, 0, "A"), check=short)
    assert (out.document, out.error, out.ahead) == (document, "too long", True)


def test_the_other_strand_and_a_shuffle_are_shown_anew(document):
    out = apply(document, splice(0, 1, "T"), {"kind": "reverse_complement"})
    assert out.document.bases == reverse_complement("T" + REFERENCE[1:]) and out.ahead
    shuffled = apply(document, {"kind": "shuffle", "start": 2, "end": 10})
    assert sorted(shuffled.document.bases[2:10]) == sorted(REFERENCE[2:10])
    assert shuffled.document.bases[:2] + shuffled.document.bases[10:] == REFERENCE[:2] + REFERENCE[10:]


def test_an_operation_that_is_not_one_is_named(document):
    out = apply(document, {"kind": "dance"})
    assert "dance" in out.error and out.document is document
    with pytest.raises(InputError, match="lacks 'inserted'"):
        apply(document, {"kind": "splice", "start": 0, "removed": 1})
