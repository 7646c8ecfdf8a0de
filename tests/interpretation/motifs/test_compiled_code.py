"""numba finds a place for compiled code also where neither the installation nor the home can be written."""

import os
from pathlib import Path

import pytest

from engine.interpretation import motifs


@pytest.mark.parametrize(
    ("writable", "expected"),
    [(("memelite",), None), ((".cache",), None), (("mine",), "mine/numba"), ((), "cislens-numba-")],
)
def test_where_compiled_code_goes(writable, expected, monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "mine"))
    monkeypatch.setattr(motifs, "_takes", lambda folder: folder.name in writable)
    motifs.keep_compiled_code()
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    assert (expected is None) == (chosen is None) and (expected or "") in Path(chosen or "").as_posix()


def test_what_takes_a_file_is_tried(tmp_path):
    assert motifs._takes(tmp_path) and not motifs._takes(tmp_path / "none")
