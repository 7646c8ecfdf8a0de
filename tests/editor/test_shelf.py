"""Recent sequences and favourites of a browser."""

import json
import os
import time

import pytest

from engine.editor import shelf
from engine.editor.document import Document
from engine.errors import InputError
from engine.results import Feature
from engine.sequence import Region, Sequence

BROWSER, OTHER = "0" * 36, "1" * 36


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))


def sequence(name: str, bases: str = "ACGTACGT") -> Document:
    return Document(Sequence(name, bases, Region("chr1", 10, 10 + len(bases), "GRCh38")), remark="measured")


def names(browser: str = BROWSER) -> list[tuple[str, bool]]:
    return [(e.document.reference.name, e.favourite) for e in shelf.entries(browser)]


def test_the_last_opened_comes_first_and_each_stands_once():
    for name in ("a", "b", "a"):
        shelf.remember(BROWSER, sequence(name))
    assert names() == [("a", False), ("b", False)] and names(OTHER) == []
    shelf.remember(BROWSER, sequence("a", "ACGT"))  # another sequence of this name
    assert names() == [("a", False), ("a", False), ("b", False)]


def test_a_recent_one_comes_without_its_edits_and_a_favourite_with_them():
    edited = sequence("a").annotated(Feature("site", 1, 4, "-")).substituted(0, "C").named("one")
    shelf.remember(BROWSER, edited)
    back = shelf.entries(BROWSER)[0].document
    assert (back.reference, back.edits, back.features) == (edited.reference, (), edited.features)
    shelf.mark(BROWSER, edited)
    assert shelf.entries(BROWSER)[0].document == edited
    shelf.remember(BROWSER, sequence("b"))
    shelf.remember(BROWSER, sequence("a"))
    assert names() == [("a", True), ("b", False)] and shelf.entries(BROWSER)[0].document == edited
    shelf.unmark(BROWSER, shelf.entries(BROWSER)[0].key)
    assert names() == [("a", False), ("b", False)]


def test_only_so_many_are_kept_and_no_favourite_is_pushed_out(monkeypatch):
    shelf.mark(BROWSER, sequence("kept"))
    for n in range(shelf.RECENT + 3):
        shelf.remember(BROWSER, sequence(str(n)))
    assert len(names()) == shelf.RECENT + 1 and names()[-1] == ("kept", True)
    assert names()[0] == (str(shelf.RECENT + 2), False)
    monkeypatch.setattr(shelf, "FAVOURITES", shelf.limits.Limit(1, "favourites", "take the mark off some"))
    with pytest.raises(InputError, match="take the mark off"):
        shelf.mark(BROWSER, sequence("more"))


def test_a_broken_shelf_is_an_empty_one_and_forgetting_is_for_one():
    shelf.remember(BROWSER, sequence("a"))
    shelf.remember(OTHER, sequence("b"))
    file = shelf._file_of(BROWSER)
    written = json.loads(file.read_text())
    written["entries"][0]["document"]["bases"] = "ACGX"
    file.write_text(json.dumps(written))
    assert names() == [] and names(OTHER) == [("b", False)]
    shelf.remember(BROWSER, sequence("c"))
    assert names() == [("c", False)]
    shelf.forget(BROWSER)
    assert names() == [] and names(OTHER) == [("b", False)]


def test_what_nobody_came_back_to_is_swept():
    shelf.remember(OTHER, sequence("b"))
    os.utime(shelf._file_of(OTHER), (time.time() - (shelf.DAYS + 1) * 86_400,) * 2)
    shelf.remember(BROWSER, sequence("a"))
    assert names(OTHER) == [] and names() == [("a", False)]
