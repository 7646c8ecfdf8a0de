"""The sequence editor's operations, applied to a document."""

import dataclasses

import pytest

from engine import limits
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
    assert out.document.redo().bases == "TCGTACGTACG" and out.document.undo().bases == REFERENCE
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


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kind": "dance"}, "kind"),
        ({"kind": "splice", "start": 0, "removed": 1}, "inserted"),
        ({"kind": "splice", "start": -1, "removed": 1, "inserted": "A"}, "start"),
        ({"kind": "splice", "start": 0.5, "removed": 1, "inserted": "A"}, "start"),
        ({"kind": "splice", "start": True, "removed": 1, "inserted": "A"}, "start"),
        ({"kind": "splice", "start": 0, "removed": 1, "inserted": "A" * 3001}, "inserted"),
        ({"kind": "splice", "start": 0, "removed": 1, "inserted": "A", "description": "a\nb"}, "description"),
        ({"kind": "paste", "start": 0, "text": "A"}, "removed"),
        ({"kind": "undo", "number": "1"}, "number"),
        ({"kind": "undo", "more": 1}, "more"),
        ("undo", "(1: "),
        (None, "(1: "),
    ],
)
def test_a_message_that_holds_anything_else_changes_nothing_and_says_so(document, wrong, named):
    given = [{"number": 1, **splice(0, 1, "T")}, {"number": 2} | wrong if isinstance(wrong, dict) else wrong]
    out = operations.apply(document, given, 0, lambda d: None)
    assert (out.document, out.ahead) == (document, True)
    assert named in out.error


@pytest.mark.parametrize("given", [None, {}, 5, "list", [[]], float("nan")])
def test_what_is_no_list_of_operations_is_named(document, given):
    assert "not understood" in operations.apply(document, given, 0, lambda d: None).error


def test_what_reaches_past_the_document_is_refused_by_the_document(document):
    for wrong in (splice(12, 1, "A"), splice(0, 12, ""), {"kind": "shuffle", "start": 5, "end": 13}):
        out = apply(document, wrong)
        assert out.document is document and out.error
    assert apply(document, {"kind": "paste", "start": 13, "removed": None, "text": "A"}).error


def test_thousands_of_edits_are_taken_and_walked_and_one_more_than_the_most_is_refused(document, monkeypatch):
    monkeypatch.setattr(limits, "EDITS", dataclasses.replace(limits.EDITS, most=5000))
    typed = [splice(i % 12, 1, "ACGT"[(i // 12 + i) % 4]) for i in range(4999)] + [splice(0, 0, "A")]
    out = apply(document, *typed)
    most = len(out.document.edits)
    undone = apply(out.document, *[{"kind": "undo"}] * most)
    assert undone.document.bases == REFERENCE
    assert apply(undone.document, *[{"kind": "redo"}] * most).document.bases == out.document.bases
    full = apply(out.document, *[splice(0, 1, "CG"[i % 2]) for i in range(5001 - most)])
    assert "5,001 edits" in full.error and len(full.document.edits) == 5000
