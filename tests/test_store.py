"""Files that are whole or not there: what is written, what is remembered, and what a broken one says."""

import hashlib
import json
import threading

import numpy as np
import pytest

from engine import store
from engine.errors import CheckpointError


def test_a_file_is_replaced_only_when_it_is_whole_and_nothing_is_left_beside_it(tmp_path):
    file = tmp_path / "new" / "a.json"
    store.write_json(file, {"ä": 1})
    checksum = hashlib.sha256(json.dumps({"ä": 1}, separators=(",", ":")).encode()).hexdigest()
    assert file.read_text(encoding="utf-8") == f'{{\n "ä": 1,\n "sha256": "{checksum}"\n}}\n'
    with pytest.raises(OSError, match="disk full"), store.replacing(file) as partial:
        partial.write_text("half")
        raise OSError("disk full")
    assert store.load_json(file) == {"ä": 1} and list(file.parent.iterdir()) == [file]


def test_two_writers_of_one_file_do_not_share_a_partial_one(tmp_path):
    names = []

    def write():
        with store.replacing(tmp_path / "a.npz") as partial:
            names.append(partial)
            partial.touch()

    with store.replacing(tmp_path / "a.npz") as own:
        other = threading.Thread(target=write)
        other.start()
        other.join()
        own.touch()
    assert names != [own] and not list(tmp_path.glob("*.partial")) and own.suffix == ".partial"
    assert [f.name for f in tmp_path.iterdir()] == ["a.npz"]


def test_what_is_remembered_is_computed_once_for_its_marks(tmp_path):
    file, calls = tmp_path / "a.npz", []

    def compute():
        calls.append(1)
        return {"values": np.arange(3) + len(calls)}

    def values(**marks):
        return store.remembered(file, ("values",), compute, **marks)["values"].tolist()

    assert values(key="one") == values(key="one") == [1, 2, 3]
    assert values(key="two") == [2, 3, 4]
    assert str(store.load_arrays(file)["key"]) == "two" and len(calls) == 2
    assert store.load_arrays(file, "values", key="one") is None
    assert store.load_arrays(file, "values", other="two") is None


@pytest.mark.parametrize("content", [b"", b"no arrays", b"PK\x03\x04"])
def test_a_broken_cache_is_made_anew_and_a_broken_result_names_its_command(content, tmp_path):
    file = tmp_path / "a.npz"
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a.npz is broken; run: python -m engine evaluate toy$"):
        store.remembered(file, ("values",), dict, mend="python -m engine evaluate toy", key="one")
    kept = store.remembered(file, ("values",), lambda: {"values": np.zeros(2)}, key="one")
    assert store.read_arrays(file, "", "values", key="one").keys() == kept.keys() == {"values", "key"}
    assert store.read_arrays(file, "", "values", key="other") is None


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_broken_json_is_nothing_to_a_cache_and_an_error_to_a_result(content, tmp_path):
    file = tmp_path / "a.json"
    assert store.load_json(file) is None and store.read_json(file, "") == {}
    file.write_text(content)
    assert store.load_json(file) is None
    with pytest.raises(CheckpointError, match=r"a.json is broken; delete it and run: python -m engine compare$"):
        store.read_json(file, "python -m engine compare")


def test_a_digest_is_that_of_the_content():
    assert store.digest("a") == store.digest(b"a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert store.digest("a", 12) == "ca978112ca1b"
