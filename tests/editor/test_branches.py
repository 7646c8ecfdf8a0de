"""Histories that branch: what is undone is kept, states are named, and each is found again as it was."""

from __future__ import annotations

import pytest

from engine import limits
from engine.editor import branches
from engine.editor.document import Document
from engine.errors import InputError
from engine.sequence import Sequence


@pytest.fixture
def document() -> Document:
    return Document(Sequence("mine", "ACGTTGCAAC"))


def labels(document: Document) -> list[str]:
    return [b.label for b in document.branches]


def test_typing_on_after_an_undo_keeps_what_was_undone(document):
    first = document.substituted(0, "C").substituted(1, "A").substituted(2, "A")
    other = first.undo().undo().substituted(9, "G")
    assert other.bases == "CCGTTGCAAG" and labels(other) == ["unnamed: 3 edits, the last 3 G>A"]
    back = other.gone_to(0)
    assert (back.bases, back.edits) == (first.bases, first.edits)
    assert [b.edits for b in back.branches] == [other.edits]
    assert back.gone_to(0).bases == other.bases


def test_undo_and_redo_alone_make_no_branch(document):
    edited = document.substituted(0, "C").substituted(1, "A")
    assert edited.undo().undo().redo().branches == () == edited.reset().branches


def test_a_named_state_stays_where_it_was_named(document):
    edited = document.substituted(0, "C").named("one base").substituted(1, "A")
    back = edited.gone_to(0)
    assert back.bases == "CCGTTGCAAC" and back.redo() == edited.redo()
    assert labels(back) == ["one base"]
    other = back.substituted(2, "A")
    assert labels(other) == ["one base", "unnamed: 2 edits, the last 2 C>A"]
    assert labels(other.gone_to(0)) == labels(other)
    assert labels(other.without_branch(1)) == ["one base"]
    moved = other.named("one base")
    assert moved.gone_to(labels(moved).index("one base")).bases == other.bases


def test_a_longer_branch_takes_the_place_of_its_beginning(document):
    edited = document.substituted(0, "C").undo().substituted(1, "A")
    longer = edited.gone_to(0).substituted(2, "A").undo().undo().substituted(3, "A")
    assert [len(b.edits) for b in longer.branches] == [1, 2]
    assert all(b.edits for b in longer.branches)


def test_any_step_of_the_history_can_be_gone_to(document):
    states = [document]
    for position in range(5):
        states.append(states[-1].substituted(position, "A" if states[-1].bases[position] != "A" else "T"))
    for n, state in enumerate(states):
        assert states[-1].at(n).bases == state.bases
    with pytest.raises(InputError, match="step 6"):
        states[-1].at(6)


def test_the_oldest_unnamed_are_forgotten_and_no_named_one(document):
    here = document.substituted(0, "C").named("mine")
    for n in range(branches.UNNAMED + 5):
        here = here.at(1).spliced(5, 0, "A" * (n + 1))
    unnamed = [b for b in here.branches if not b.name]
    assert len(unnamed) == branches.UNNAMED and "mine" in labels(here)
    assert unnamed[-1].edits[-1].inserted == "A" * (branches.UNNAMED + 4)


def test_what_is_no_name_or_no_branch_is_refused(document):
    for name, said in (("  ", "needs a name"), ("a\tb", "control")):
        with pytest.raises(InputError, match=said):
            document.named(name)
    with pytest.raises(InputError, match="no branch 1"):
        document.gone_to(0)
    for n in range(limits.BRANCHES.most):
        document = document.named(str(n))
    with pytest.raises(InputError, match="named states"):
        document.named("one more")
