"""Sessions that are kept: what comes back, to whom, and what is swept."""

import os
import time

import pytest

from engine.editor import kept
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.sequence import Sequence

BROWSER, OTHER = "0" * 36, "1" * 36


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    return tmp_path


def opened(*bases: str) -> Session:
    return Session(Bench(tuple(Document(Sequence(b, b)).substituted(0, "C") for b in bases)), ("joint_legnet",))


def sessions(browser: str, but: str = "") -> list[Session]:
    return [k.session for k in kept.kept(browser, but)]


def age(window: str, seconds: float) -> None:
    for file in kept.folder().glob(f"*/{window}.*"):
        os.utime(file, (time.time() - seconds,) * 2)


def test_each_window_has_its_own_and_the_newest_comes_first():
    kept.keep(BROWSER, "a" * 32, opened("ACGT"))
    age("a" * 32, 60)
    kept.keep(BROWSER, "b" * 32, opened("GGGG", "TTTT"))
    assert sessions(BROWSER) == [opened("GGGG", "TTTT"), opened("ACGT")]
    assert sessions(BROWSER, but="b" * 32) == [opened("ACGT")]
    kept.keep(BROWSER, "a" * 32, opened("AAAA"))
    assert sessions(BROWSER) == [opened("AAAA"), opened("GGGG", "TTTT")]


def test_another_browser_sees_nothing_of_it_and_forgetting_is_for_one():
    kept.keep(BROWSER, "a" * 32, opened("ACGT"))
    kept.keep(OTHER, "b" * 32, opened("GGGG"))
    assert sessions(OTHER) == [opened("GGGG")]
    kept.forget(OTHER)
    assert sessions(OTHER) == [] and sessions(BROWSER) == [opened("ACGT")]


def test_what_a_reload_opened_again_is_kept_once():
    kept.keep(BROWSER, "a" * 32, opened("ACGT"))
    kept.keep(BROWSER, "b" * 32, opened("ACGT"))
    assert sessions(BROWSER, but="b" * 32) == []
    assert sessions(BROWSER) == [opened("ACGT")]


def test_the_old_and_the_many_are_swept(monkeypatch):
    kept.keep(BROWSER, "a" * 32, opened("ACGT"))
    age("a" * 32, (kept.DAYS + 1) * 86_400)
    for i in range(kept.MOST + 3):
        kept.keep(BROWSER, f"{i:032}", opened("A" * (i + 4)))
        age(f"{i:032}", 1000 - i)
    kept.sweep()
    lengths = [len(s.bench.document.bases) for s in sessions(BROWSER)]
    assert lengths == [i + 4 for i in range(kept.MOST + 2, 2, -1)]
    monkeypatch.setattr(kept, "MOST_BYTES", 0)
    kept.sweep()
    assert sessions(BROWSER) == []


def test_what_is_broken_is_left_out_and_the_folder_is_the_owner_s_alone():
    kept.keep(BROWSER, "a" * 32, opened("ACGT"))
    (file,) = kept.folder().glob("*/*.json")
    (file.parent / "b.c.json").write_text("{")
    assert sessions(BROWSER) == [opened("ACGT")]
    assert os.name == "nt" or kept.folder().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", [None, 5, "", "../../etc", "A" * 36, "٣" * 36, "0" * 37])
def test_only_a_token_is_one(text):
    assert not kept.is_token(text) and kept.is_token(BROWSER)
