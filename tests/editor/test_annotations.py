"""Features on an edited sequence: where edits of every kind leave them, and that no step of the history loses one."""

from __future__ import annotations

import random

import pytest

from engine import limits
from engine.editor import session
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.errors import InputError
from engine.results import Feature
from engine.sequence import Sequence, reverse_complement

REFERENCE = "AACCGGTTACGTACGTTGCA"


@pytest.fixture
def document() -> Document:
    return Document(Sequence("mine", REFERENCE))


def spans(document: Document) -> list[tuple[str, int, int, str]]:
    return [(f.name, f.start, f.end, f.strand) for f in document.features]


@pytest.mark.parametrize(
    ("start", "removed", "inserted", "expected"),
    [
        (0, 0, "GG", (10, 16)),  # before it
        (8, 0, "GG", (10, 16)),  # just before it: not its own
        (10, 0, "GG", (8, 16)),  # within it
        (14, 0, "GG", (8, 14)),  # just behind it
        (2, 3, "", (5, 11)),
        (6, 4, "", (6, 10)),  # over its beginning
        (12, 5, "", (8, 12)),  # over its end
        (12, 2, "GGGGG", (8, 12)),  # its end for another: what came is not its own
        (8, 2, "G", (9, 13)),
        (9, 2, "GG", (8, 14)),  # as many for as many keep their places
        (9, 3, "G", (8, 12)),
        (7, 8, "", None),
        (8, 6, "GGG", None),
    ],
)
def test_a_feature_moves_with_the_edits(document, start, removed, inserted, expected):
    edited = document.annotated(Feature("site", 8, 14, "+")).spliced(start, removed, inserted)
    assert spans(edited) == ([("site", *expected, "+")] if expected else [])
    assert spans(edited.undo()) == [("site", 8, 14, "+")]
    assert spans(edited.undo().redo()) == spans(edited)


def test_turning_the_sequence_turns_what_is_drawn_on_it(document):
    turned = document.annotated(Feature("site", 2, 7, "+"), Feature("other", 0, 3)).reverse_complemented()
    assert spans(turned) == [("site", 13, 18, "-"), ("other", 17, 20, "")]
    assert turned.bases[13:18] == reverse_complement(REFERENCE[2:7])
    assert spans(turned.reverse_complemented()) == [("site", 2, 7, "+"), ("other", 0, 3, "")]


def test_what_is_drawn_on_inserted_bases_goes_and_comes_with_them(document):
    inserted = document.spliced(5, 0, "GATTACA")
    edited = inserted.annotated(Feature("mine", 5, 12)).substituted(0, "C")
    assert spans(edited.reset()) == []
    assert spans(edited.undo().undo().redo().redo()) == [("mine", 5, 12, "")]
    branch = edited.undo().undo().substituted(19, "C")
    assert spans(branch) == []
    assert spans(branch.gone_to(0)) == [("mine", 5, 12, "")]


def test_a_feature_keeps_its_bases_through_any_history(document):
    """Against the place of each base in the reference: what is left of a feature's own bases lies within it, and beside
    them no more than was inserted."""
    rng = random.Random(0)
    for _ in range(200):
        first, last = sorted(rng.sample(range(len(REFERENCE) + 1), 2))
        here = document.annotated(Feature("site", first, last))
        for _ in range(4):
            start = rng.randrange(len(here.bases))
            removed = rng.randrange(min(5, len(here.bases) - start))
            here = here.spliced(start, removed, "".join(rng.choices("ACGT", k=rng.choice([0, 0, 2, removed]))))
            if rng.random() < 0.2:
                here = here.reverse_complemented()
        own = {i for i, origin in enumerate(here.origins) if origin is not None and first <= origin < last}
        within = {i for f in here.features for i in range(f.start, f.end)}
        assert own <= within
        assert all(here.origins[i] is None for i in within - own)


def test_one_is_changed_and_taken_away_by_its_number(document):
    document = document.annotated(Feature("a", 0, 3), Feature("b", 5, 9))
    document = document.with_annotation(0, Feature("c", 1, 4, "-", "#d55e00", "promoter"))
    assert spans(document) == [("c", 1, 4, "-"), ("b", 5, 9, "")]
    assert spans(document.without_annotation(0)) == [("b", 5, 9, "")]
    with pytest.raises(InputError, match="no annotation 3"):
        document.without_annotation(2)


@pytest.mark.parametrize(
    ("feature", "named"),
    [
        (Feature("", 0, 3), "needs a name"),
        (Feature("a\nb", 0, 3), "control characters"),
        (Feature("a", 3, 3), "no stretch"),
        (Feature("a", 0, 21), "1-21"),
        (Feature("a", 0, 3, "x"), "strand"),
        (Feature("a", 0, 3, "", "red"), "colour"),
        (Feature("a", 0, 3, "", "#0072b2", "<script>"), "kind"),
    ],
)
def test_what_cannot_be_drawn_is_refused(document, feature, named):
    with pytest.raises(InputError, match=named):
        document.annotated(feature)


def test_too_many_are_refused(document):
    with pytest.raises(InputError, match="annotations"):
        document.annotated(*[Feature("a", 0, 3)] * (limits.ANNOTATIONS.most + 1))


# --- as text ----------------------------------------------------------------------------------------


@pytest.fixture
def branched(document) -> Document:
    """Drawn on the reference, on inserted bases, and on bases that only a branch holds."""
    document = document.annotated(Feature("home", 2, 6, "+")).substituted(0, "C").named("start")
    document = document.spliced(5, 0, "GATTACA").annotated(Feature("own", 6, 10, "-", "#d55e00", "promoter"))
    document = document.undo().spliced(9, 0, "CCCC").annotated(Feature("else", 9, 13))
    return document.substituted(1, "T").undo()


def test_a_file_holds_annotations_and_branches(branched):
    opened = Session(Bench((branched, Document(Sequence("plain", "ACGT")))))
    back = session.from_json(session.to_json(opened))
    assert back == opened
    assert [b.label for b in branched.branches] == ["start", "unnamed: 2 edits, the last 7 inserted at 6"]


def test_a_link_holds_what_lies_on_the_sequence_on_screen(branched):
    back = session.from_link(session.to_link(Session(Bench((branched,))))).bench.document
    assert spans(back) == spans(branched) == [("home", 2, 6, "+"), ("else", 9, 13, "")]
    assert back.branches == () and back.bases == branched.bases


def test_a_file_whose_annotations_or_branches_cannot_be_is_refused(branched):
    text = session.to_json(Session(Bench((branched,))))
    for given, changed, named in [
        ('"end": 6', '"end": 99', "3-99"),
        ('"shared": 1', '"shared": 7', "leaves after edit 7 of 3"),
        ('"after": 2', '"after": 9', "history that is not in it"),
        ('"#d55e00"', '"url(x)"', "colour"),
    ]:
        assert given in text
        with pytest.raises(InputError, match=named):
            session.from_json(text.replace(given, changed))
