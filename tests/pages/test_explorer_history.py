"""Explorer: the panels of the history and of annotations."""

from __future__ import annotations

import pytest

from engine.editor.document import Document
from engine.errors import InputError
from engine.results import Feature
from engine.sequence import Sequence
from pages.panels.explorer import annotations


@pytest.fixture
def edited(explorer, trained, bases):
    """Two edits, the second of which was undone before another."""
    screen = explorer(bases)
    for position in (3, 7):
        screen.substitute(position, "A" if bases[position] != "A" else "C")
    return screen


def widget(kind, start: str):
    return next(w for w in kind if (w.key or "").startswith(start))


def test_steps_are_gone_to_and_what_was_undone_is_found_again(edited, bases):
    both = edited.document
    widget(edited.at.radio, "history_step").set_value(1).run()
    assert edited.document.cursor == 1 and len(edited.document.edits) == 2
    edited.substitute(9, "A" if bases[9] != "A" else "C")
    assert edited.document.branches[0].edits == both.edits
    assert "unnamed: 2 edits" in edited.words
    widget(edited.at.button, "branch_go-0").click().run()
    assert not edited.failures
    assert edited.document.bases == both.bases
    edited.press("Back to the reference")
    assert edited.document.bases == bases
    edited.press("Redo")
    assert edited.document.cursor == 1


def test_a_state_gets_a_name_and_opens_beside(edited, bases):
    edited.type("history_name", "no GATA1")
    edited.at.button(key="history_keep").click().run()
    assert not edited.failures
    assert [b.name for b in edited.document.branches] == ["no GATA1"]
    assert "**no GATA1**, 2 edits (on screen)" in edited.words
    assert edited.at.text_input(key="history_name").value == ""
    edited.press("Undo")
    named = edited.document.branches[0]
    widget(edited.at.button, "branch_beside-0").click().run()
    opened = edited.at.session_state["bench"].documents
    assert len(opened) == 2 and opened[1].edits == named.edits
    widget(edited.at.button, "branch_remove-0").click().run()
    assert edited.document.branches == ()


def test_a_state_without_a_name_is_refused(edited):
    edited.at.button(key="history_keep").click().run()
    assert any("a state needs a name" in e for e in edited.values("error"))


def test_a_stretch_is_drawn_and_moves_with_edits(explorer, trained, bases):
    screen = explorer(bases, selection=(10, 20))
    screen.type("annotation_name", "SP1 <b>site</b>")
    screen.choose("annotation_strand", "-")
    screen.at.button(key="annotation_draw").click().run()
    assert not screen.failures
    assert screen.document.features == (Feature("SP1 <b>site</b>", 10, 20, "-"),)
    assert screen.editor.shown["annotations"][0]["start"] == 10
    screen.edit({"kind": "splice", "start": 0, "removed": 0, "inserted": "GG"})
    assert (screen.document.features[0].start, screen.editor.shown["annotations"][0]["end"]) == (12, 22)
    screen.at.button(key="annotation_draw").click().run()
    assert any("an annotation needs a name" in e for e in screen.values("error"))


def test_the_table_of_annotations_changes_and_takes_away():
    document = Document(Sequence("mine", "ACGTACGTAC")).spliced(0, 2, "")
    document = document.annotated(Feature("a", 0, 3), Feature("b", 4, 6, "+"), Feature("c", 6, 8))
    changes = {
        "edited_rows": {0: {"name": "z", "from": 2, "colour": "orange"}, 1: {"strand": "-"}},
        "added_rows": [{"name": "new", "from": 1, "to": 8}, {}],
        "deleted_rows": [2],
    }
    changed = annotations.changed(document, changes)
    assert changed.features == (
        Feature("z", 1, 3, "", "#e69f00"), Feature("b", 4, 6, "-"), Feature("new", 0, 8),
    )  # fmt: skip
    with pytest.raises(InputError, match="no stretch"):
        annotations.changed(document, {"edited_rows": {0: {"from": 9}}})


def test_the_edited_sequence_is_compared_with_its_reference_and_with_another(edited, bases, expected):
    edited.at.session_state["compare_open"] = True
    edited.at.run()
    assert not edited.failures
    assert edited.at.selectbox(key="compare_with").options == ["its reference"]
    table = next(t.value for t in edited.at.dataframe if "on screen" in t.value)
    before, after = (expected("joint_legnet", b) for b in (bases, edited.document.bases))
    assert table["difference"].tolist() == pytest.approx((after - before).tolist(), abs=1e-4)
    assert "compare" in edited.figures


def test_an_edit_is_undone_on_another_page_and_a_closed_sequence_comes_back(edited, bases):
    both = edited.document
    edited.open("in_silico")
    edited.at.button(key="page_undo").click().run()
    assert not edited.failures
    assert edited.document.cursor == 1
    edited.at.button(key="page_redo").click().run()
    assert edited.document.bases == both.bases and edited.document.branches == ()
    edited.open("explorer").open_drawer().type("paste_text", bases[::-1])
    edited.at.button(key="open_paste").click().run()
    edited.press("Close")
    assert [d.reference.name for d in edited.at.session_state["bench"].documents] == ["pasted"]
    edited.at.button(key="reopen").click().run()
    assert edited.document.bases == bases[::-1]
