"""Sessions and links of the Explorer."""

import json

import pytest

from engine.editor import session
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.sequence import Region, Sequence


@pytest.fixture
def edited(bases) -> Document:
    placed = Sequence("promoter", bases, Region("chr19", 1000, 1200, "GRCh38"), "GRCh38")
    document = Document(placed, remark="measured").substituted(7, "A" if bases[7] != "A" else "C")
    return document.spliced(50, 0, "GG", "two")


@pytest.fixture
def linked(app, edited):
    """The Explorer opened by a link."""

    def open_link(models=("mine",), **changes):
        link = session.to_link(Session(Bench((edited,)), models, ("K562",), "whole", (20, 90)))
        return app("explorer", link={"s": link} | changes)

    return open_link


def test_a_link_opens_the_edited_sequence_with_its_choices(linked, trained, edited):
    screen = linked()
    assert not screen.failures
    assert (screen.document.bases, screen.document.remark) == (edited.bases, "measured")
    assert set(screen.table.index) == {("mine", "K562")}
    assert screen.at.selectbox(key="policy-tile").value == "whole"
    assert screen.editor.shown["view"] == [20, 90]
    assert screen.edit({"kind": "undo"}, {"kind": "undo"}).document.bases == edited.reference.bases


def test_the_address_follows_the_edits(explorer, trained, bases):
    screen = explorer(bases).substitute(3, "A" if bases[3] != "A" else "C")
    link = screen.at.query_params["s"]
    link = link if isinstance(link, str) else link[0]
    assert session.from_link(link).bench.document.bases == screen.document.bases
    screen.at.run()
    assert len(screen.at.session_state["bench"].documents) == 1  # it does not open what it wrote itself


def test_a_model_that_is_not_there_is_left_out_and_named(linked, trained):
    screen = linked(models=("mine", "elsewhere"))
    assert not screen.failures
    assert any("elsewhere" in w for w in screen.values("warning"))
    assert set(screen.table.index) == {("mine", "K562")}


def test_a_broken_link_is_named(linked, trained):
    screen = linked(s="broken")
    assert not screen.failures
    assert any("link" in e for e in screen.values("error"))
    assert any("No sequence is open" in i for i in screen.values("info"))
    screen.at.run()  # as when the browser tells that it can keep sessions, a moment later
    assert any("link" in e for e in screen.values("error"))


def test_a_session_file_brings_all_sequences_back(explorer, trained, bases, edited, downloads):
    screen = explorer(bases).substitute(0, "A" if bases[0] != "A" else "C")
    saved = session.from_json(downloads["Save session (JSON)"])
    assert saved.bench.document.bases == screen.document.bases
    two = Session(Bench((edited, saved.bench.document), 1), ("joint_legnet",))
    upload = screen.at.file_uploader(key="session_upload")
    upload.set_value(("s.json", session.to_json(two).encode(), "application/json")).run()
    assert not screen.failures
    bench = screen.at.session_state["bench"]
    assert bench.documents == two.bench.documents and bench.active == 1


def test_a_broken_session_file_is_named_and_nothing_is_lost(explorer, trained, bases):
    screen = explorer(bases)
    upload = screen.at.file_uploader(key="session_upload")
    upload.set_value(("s.json", json.dumps({"format": 1, "documents": []}).encode(), "application/json")).run()
    assert not screen.failures
    assert any("s.json" in e and "documents" in e for e in screen.values("error"))
    assert screen.document.bases == bases
