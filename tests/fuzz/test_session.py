"""Session files and links that somebody made up or changed: opened as they say, or refused with one line."""

from __future__ import annotations

import base64
import json
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.editor import session
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.errors import CisLensError
from engine.sequence import Region, Sequence

STEADY = settings(derandomize=True, deadline=None, database=None, max_examples=150)
BASES = "ACGTTGCAAGCATTCGGANA"
ODD = [None, True, -1, 0, 1, 2.5, 1e30, 10**30, float("nan"), "", "A", "a\nb", "Ⅷ", "\ud800", [], {}, [[]], "x" * 5000]

JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts)
)


def edit(start: int, removed: int, inserted: str, turned: bool = False) -> dict:
    return {"description": "", "start": start, "removed": removed, "inserted": inserted, "turned": turned}


def written() -> dict:
    """A session with everything that one can hold, as JSON gives it."""
    placed = Document(Sequence("one", BASES, Region("chr1", 5, 25, "hg38", "-"), "typed"), remark="known")
    edited = placed.substituted(2, "A").spliced(5, 3, "TTTTT", "mine").reverse_complemented().undo()
    bench = Bench((edited, Document(Sequence("two", "ACGT"))), 1)
    return json.loads(session.to_json(Session(bench, ("a", "b"), ("K562",), "tile", (1, 3))))


def places(value: object, way: tuple = ()) -> list[tuple]:
    """The ways to every part of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(w for key, part in inner for w in places(part, (*way, key)))]


def changed(rng: random.Random) -> object:
    """The session with up to three of its parts taken away, doubled or exchanged."""
    root = {"root": written()}
    for _ in range(rng.randint(1, 3)):
        way = rng.choice(places(root)[2:] or [("root",)])
        inner = root
        for key in way[:-1]:
            inner = inner[key]
        kind = rng.randrange(4)
        if kind == 0 and len(way) > 1:
            del inner[way[-1]]
        elif kind == 1:
            inner[way[-1]] = rng.choice(ODD)
        elif kind == 2 and isinstance(inner, list):
            inner.insert(way[-1], inner[way[-1]])
        else:
            inner[way[-1]] = rng.choice([-1, 0, 1, 3, 19, 20, 21, "ACGT", "acgt", "X", True, False])
    return root["root"]


def believed(text: str | bytes, read=session.from_json) -> Session | None:
    """The session of a text, which then is one that can be walked, saved and opened again; None if it is refused."""
    try:
        opened = read(text)
    except CisLensError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000
        return None
    for document in opened.bench.documents:
        state = document.reset()
        for _ in document.edits:
            state = state.redo()
            assert len(state.origins) == len(state.bases) > 0
            assert state.undo().redo() == state
            assert all(0 <= i < len(state.bases) for i in state.changed_positions())
    assert session.from_json(session.to_json(opened)) == opened
    return opened


@pytest.mark.parametrize("seed", range(8))
def test_a_session_with_changed_parts(seed):
    rng = random.Random(seed)
    opened = [believed(json.dumps(changed(rng))) for _ in range(120)]
    assert any(opened) and not all(opened)


@pytest.mark.parametrize("seed", range(4))
def test_a_session_with_changed_letters(seed):
    rng, text = random.Random(seed), json.dumps(written()).encode()
    for _ in range(120):
        at = rng.randrange(len(text))
        believed(text[:at] + bytes(rng.choices(range(256), k=rng.randint(0, 2))) + text[at + rng.randint(0, 2) :])


@pytest.mark.parametrize("seed", range(4))
def test_a_link_of_a_changed_session_and_one_with_changed_letters(seed):
    rng = random.Random(seed)
    for _ in range(80):
        packed = zlib.compress(json.dumps(changed(rng)).encode())
        link = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        believed(link, session.from_link)
        at = rng.randrange(len(link))
        believed(link[:at] + rng.choice(["", "A", "-", "é", " ", "="]) + link[at + 1 :], session.from_link)


@STEADY
@given(st.one_of(st.text(), st.text(alphabet="abcXYZ019-_=")))
def test_any_text_as_a_link(text):
    believed(text, session.from_link)


@STEADY
@given(st.binary() | JSON)
def test_anything_as_a_session_file(content):
    believed(content if isinstance(content, bytes) else json.dumps(content))


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"bases": "A" * 3001}, "3000"),
        (
            {"bases": "ACGT", "edits": [edit(0, 0, "A")] * 10_001},
            "10000",
        ),
        (
            {"bases": "A" * 2999, "edits": [edit(0, 0, "A")] * 3},
            "edit 2 of 'x': the sequence after it has 3,001 bases",
        ),
        ({"bases": "ACGT", "name": "a\tb"}, "tab"),
        ({"bases": "ACGT", "region": {"chrom": "chr1\n2", "start": 0, "end": 4}}, "chrom"),
        ({"bases": "ACGT", "region": {"chrom": "chr1", "start": 0, "end": 5}}, "5"),
        (
            {"bases": "AACC", "edits": [edit(0, 2, "", True)]},
            "turn",
        ),
        (
            {
                "bases": "AACC",
                "edits": [edit(0, 1, "G", True)],
            },
            "turn",
        ),
        ({"bases": "AC", "edits": [edit(0, 2, "")]}, "no base"),
    ],
)
def test_what_a_session_may_not_hold_is_named(document, named):
    text = json.dumps({"format": 1, "documents": [{"name": "x"} | document]})
    with pytest.raises(CisLensError, match=named):
        session.from_json(text)
    link = base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")
    with pytest.raises(CisLensError, match=named):
        session.from_link(link)


def test_the_largest_sequence_with_the_most_edits_opens_and_no_copy_of_it_is_made():
    """10,000 states of 3,000 bases would take 30 MB as text alone; as differences they are a few bytes each."""
    edits = [edit(i % 3000, 1, "CA"[i // 3000 % 2]) for i in range(10_000)]
    text = json.dumps({"format": 1, "documents": [{"name": "x", "bases": "A" * 3000, "edits": edits}]})
    document = session.from_json(text).bench.document
    assert len(document.edits) == 10_000
    assert sum(len(e.removed) + len(e.inserted) for e in document.edits) == 20_000
    assert document.undo().redo().bases == document.bases and document.reset().bases == "A" * 3000
