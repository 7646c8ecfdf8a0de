"""Messages of the sequence editor that no editor sends: taken over as far as they make sense, and never a traceback."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from engine.editor import operations
from engine.editor.document import Document
from engine.sequence import Sequence, check

DOCUMENT = Document(Sequence("mine", "ACGTTGCAAGCATTCGGANA")).substituted(3, "A").spliced(5, 0, "GG").undo()
GIVEN = [
    {"kind": "splice", "start": 3, "removed": 1, "inserted": "G", "description": "d"},
    {"kind": "splice", "start": 0, "removed": 0, "inserted": "ACGT"},
    {"kind": "paste", "start": 4, "removed": None, "text": ">x\nacgu 1\n"},
    {"kind": "paste", "start": 0, "removed": 2, "text": "GATTACA"},
    {"kind": "shuffle", "start": 2, "end": 12},
    {"kind": "undo"}, {"kind": "redo"}, {"kind": "reset"}, {"kind": "reverse_complement"},
]  # fmt: skip
ODD = [None, True, -1, 0, 1, 2.5, 1e30, 10**30, float("nan"), "", "A", "X", "a\nb", "Ⅷ", "\ud800", [], {}, "A" * 4000]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
)


def taken(given: object) -> operations.Outcome:
    """What comes of a message: a document that can be walked, or the old one and a line that says why."""

    def length(document: Document) -> None:
        limits.EDITED.check(len(document.bases), "it")

    out = operations.apply(DOCUMENT, given, 0, length)
    assert out.error is None or (out.ahead and "\n" not in out.error)
    check(out.document.bases)
    assert len(out.document.origins) == len(out.document.bases)
    assert out.document.reset().bases == DOCUMENT.reference.bases
    return out


def changed(rng: random.Random) -> object:
    chosen: list = [{"number": i, **rng.choice(GIVEN)} for i in range(1, rng.randint(2, 6))]
    for _ in range(rng.randint(0, 2)):
        operation = rng.choice(chosen)
        if not isinstance(operation, dict) or not operation:
            continue
        key = rng.choice([*operation, "start", "more"])
        if rng.random() < 0.3:
            operation.pop(key, None)
        else:
            operation[key] = rng.choice([*ODD, 2, 19, 20, 21, "undo", "splice", "dance"])
    if rng.random() < 0.05:
        chosen[rng.randrange(len(chosen))] = rng.choice(ODD)
    return chosen


@pytest.mark.parametrize("seed", range(8))
def test_changed_messages(seed):
    rng = random.Random(seed)
    outcomes = [taken(changed(rng)) for _ in range(300)]
    assert 30 < sum(o.error is None for o in outcomes) < 270


@settings(derandomize=True, deadline=None, database=None, max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_anything_as_a_message(given):
    out = taken(given)
    assert out.document == DOCUMENT
    assert (out.error is None) == (given == [])
