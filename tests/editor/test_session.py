"""What is open, as a value and as text."""

import base64
import json
import zlib

import pytest

from engine import limits
from engine.data import motif_files
from engine.editor import session
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.errors import InputError
from engine.sequence import Region, Sequence


@pytest.fixture
def edited(random_bases):
    reference = Sequence("LDLR", random_bases(200), Region("chr19", 11_089_288, 11_089_488, "GRCh38"), "GRCh38")
    document = Document(reference, remark="measured 1.2")
    document = document.substituted(3, "A" if reference.bases[3] != "A" else "C").spliced(50, 0, "GATTACA", "mine")
    return document.reverse_complemented().shuffled(20, 60, seed=1).spliced(0, 5, "").undo()


@pytest.fixture
def opened(edited):
    bench = Bench().opened(Document(Sequence("plain", "ACGT" * 20))).opened(edited)
    return Session(bench, ("joint_legnet", "dream_rnn"), ("K562",), "tile", (10, 60))


# --- the bench --------------------------------------------------------------------------------------


def test_sequences_open_beside_each_other_and_close(opened, edited):
    bench = opened.bench
    assert (bench.active, bench.document) == (1, edited)
    assert bench.labels == ("plain", "LDLR *")
    first = bench.shown(0)
    assert first.document.reference.name == "plain"
    assert first.shown(7) == first
    assert first.closed(0).documents == (edited,) and first.closed(0).document is edited
    assert bench.closed(1).document.reference.name == "plain"
    assert bench.closed(0).document is edited
    assert Bench((edited,)).closed(0).document is None


def test_an_unedited_sequence_is_not_opened_twice(edited):
    plain = Document(edited.reference)
    bench = Bench().opened(edited).opened(plain).opened(plain)
    assert len(bench.documents) == 2 and bench.active == 1
    assert bench.labels == ("LDLR (1) *", "LDLR (2)")


def test_too_many_open_sequences_are_refused(edited):
    bench = Bench((edited,) * limits.OPEN.most)
    with pytest.raises(InputError, match="close one"):
        bench.opened(edited)


def test_the_first_document_needs_nothing_to_replace(edited):
    assert Bench().replaced(edited).document is edited


# --- JSON -------------------------------------------------------------------------------------------


def test_a_session_comes_back_as_it_was(opened):
    assert session.from_json(session.to_json(opened)) == opened
    assert session.from_json(session.to_json(opened).encode()) == opened


def test_an_empty_session_cannot_be_saved():
    with pytest.raises(InputError, match="no sequence is open"):
        session.to_json(Session(Bench()))


def change(text, **changes):
    return json.dumps(json.loads(text) | changes)


def test_what_is_wrong_in_a_file_is_named(opened):
    text = session.to_json(opened)
    written = json.loads(text)
    for broken, named in [
        ("{", "not a CisLens session"),
        ("[]", "not a CisLens session"),
        (change(text, format=9), "format 9"),
        (change(text, active=5), "sequence 6 of 2"),
        (change(text, documents=[]), "documents"),
        (change(text, surprise=1), "surprise"),
        (change(text, documents=[{"name": "x", "bases": "ACGX"}]), "'X' at position 4"),
        (change(text, documents=[{"name": "x", "bases": "ACGT", "cursor": 1}]), "edit 1 of 0"),
        (change(text, documents=[written["documents"][0] | {"bases": 5}]), "documents.0.bases"),
    ]:
        with pytest.raises(InputError, match=named):
            session.from_json(broken)
    edit = {"description": "d", "start": 99, "removed": 1, "inserted": "A"}
    with pytest.raises(InputError, match="edit 1 of 'x'"):
        session.from_json(change(text, documents=[{"name": "x", "bases": "ACGT", "edits": [edit]}]))


# --- links ------------------------------------------------------------------------------------------


def test_a_link_holds_the_sequence_on_screen_with_the_edits_in_force(opened, edited):
    link = session.to_link(opened)
    assert link.isascii() and all(c.isalnum() or c in "-_" for c in link)
    back = session.from_link(link)
    assert len(back.bench.documents) == 1
    document = back.bench.document
    assert (document.bases, document.applied, document.reference) == (edited.bases, edited.applied, edited.reference)
    assert document.applied == document.edits
    assert (back.models, back.outputs, back.policy, back.view) == (
        opened.models, opened.outputs, opened.policy, opened.view,
    )  # fmt: skip


def test_a_link_that_was_cut_or_made_up_is_refused(opened):
    link = session.to_link(opened)
    for broken in (link[:-9], "hello", "", "é" * 20, base64.urlsafe_b64encode(zlib.compress(b"{}")).decode()):
        with pytest.raises(InputError, match="link"):
            session.from_link(broken)


def test_a_link_that_unfolds_without_end_is_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode()
    with pytest.raises(InputError, match="link"):
        session.from_link(bomb)


# --- motifs of the user's own -----------------------------------------------------------------------

OWN = (
    ">M1 FIRST\n9 0 0 9 9 0\n0 0 0 0 0 9\n0 9 0 0 0 1\n0 0 9 0 0 0\n"
    ">M2\n9 9 9 9 9 9\n0 0 0 0 0 0\n0 0 0 0 0 0\n1 1 1 1 1 1\n"
)


def test_a_session_file_holds_the_users_own_motifs_and_a_link_does_not():
    own = tuple(motif_files.read(OWN.encode(), "mine.pfm").matrices.values())
    opened = Session(Bench((Document(Sequence("s", "ACGTACGT")),)), motifs=own)
    back = session.from_json(session.to_json(opened))
    assert [(m.id, m.name, m.source) for m in back.motifs] == [("M1", "FIRST", "mine.pfm"), ("M2", "M2", "mine.pfm")]
    for ours, theirs in zip(back.motifs, own, strict=True):
        assert (ours.probabilities == theirs.probabilities).all()
    assert session.from_link(session.to_link(opened)).motifs == ()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([[0.5, 0.5, 0.5, 0.5]], "columns that are no probabilities"),
        ([[1.0, 0.0, 0.0, 0.0]], "columns that are no probabilities"),
        ([], "columns"),
        ([[0.25, 0.25, 0.25]], "columns"),
        ([[0.25, 0.25, 0.25, 0.25]] * 101, "columns"),
    ],
)
def test_motifs_of_a_session_are_checked(columns, message):
    written = json.loads(session.to_json(Session(Bench((Document(Sequence("s", "ACGTACGT")),)))))
    written["motifs"] = [{"id": "M1", "name": "x", "columns": columns}]
    with pytest.raises(InputError, match=message):
        session.from_json(json.dumps(written))
