"""Fuzz: stored results and training states, changed at random: refused in one line, or as they were."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch

from engine import integrity, store
from engine.errors import CheckpointError
from engine.experiments.declared import EXPERIMENTS
from engine.limits import UNPACKED
from engine.training.loop import _RunState
from tests.fuzz.test_checkpoints import mutated

ARRAYS = {"key": np.array("made of"), "values": np.arange(60, dtype=np.float32).reshape(6, 10), "n": np.array(3)}


def test_changed_json_is_refused_or_as_it_was(tmp_path):
    rng, file = random.Random(0), tmp_path / "a.json"
    content = {"key": "ä", "values": [1.5, -0.0, 1e-300, None, True, "x" * 20], "inside": {"b": [[1], []], "a": 2}}
    store.write_json(file, content)
    whole = file.read_bytes()
    for _ in range(2000):
        file.write_bytes(mutated(whole, rng))
        try:
            assert store.read_json(file, "python -m engine interpret toy") == content
        except CheckpointError as error:
            assert "run: python -m engine interpret toy" in str(error)


def test_a_checksum_is_of_the_content_and_not_of_the_layout(tmp_path):
    file = tmp_path / "a.json"
    store.write_json(file, {"a": [1, 2], "b": {1: "x"}})
    loaded = json.loads(file.read_bytes())
    file.write_bytes(json.dumps(loaded, indent=4).replace("\n", "\r\n").encode())
    assert store.load_json(file) == {"a": [1, 2], "b": {"1": "x"}}
    for other in ({"a": [2, 1]}, {"a": [1, 2.0]}, {"b": {"1": "x"}, "a": [1, 2]}, {"sha256": None}):
        ordered = other | {k: v for k, v in loaded.items() if k not in other}
        file.write_text(json.dumps(ordered))
        assert store.load_json(file) is None, other


def test_changed_arrays_are_refused_or_as_they_were(tmp_path):
    rng, file = random.Random(0), tmp_path / "a.npz"
    store.write_arrays(file, **ARRAYS)
    whole = file.read_bytes()
    for _ in range(1500):
        file.write_bytes(mutated(whole, rng))
        try:
            arrays = store.read_arrays(file, "python -m engine interpret toy", "values", "n", key="made of")
        except CheckpointError as error:
            assert "is broken; run: python -m engine interpret toy" in str(error)
        else:
            assert arrays is not None and all(np.array_equal(arrays[name], a) for name, a in ARRAYS.items())


def _archive(header: bytes, data: bytes, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        archive.writestr("values.npy", header + data)
    return buffer.getvalue()


def _header(text: str) -> bytes:
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "content",
    [
        _archive(_header("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000,), }"), b""),
        _archive(_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"), b"x" * 8),
        _archive(_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"), b"x" * 8),
        _archive(_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), b"x" * 8),
        _archive(_header("{'descr': '|V0', 'fortran_order': False, 'shape': (9,), }"), b""),
        _archive(_header("((((" * 25), b""),
        _archive(_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"), b"x" * 8, zipfile.ZIP_BZIP2),
        _archive(_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"), b"x" * 8, zipfile.ZIP_LZMA),
    ],
)
def test_an_archive_that_numpy_did_not_write_is_refused(content, tmp_path):
    file = tmp_path / "a.npz"
    file.write_bytes(content)
    arrays = integrity.arrays_of(file)
    assert arrays is None or arrays["values"].nbytes == 0


def test_gigabytes_out_of_little_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    """A bound that is small enough to be gone beyond in a moment."""
    monkeypatch.setattr(integrity, "UNPACKED", dataclasses.replace(UNPACKED, most=50_000_000))
    file = tmp_path / "a.npz"
    np.savez_compressed(file, a=np.zeros(30_000_000, np.uint8), b=np.zeros(30_000_000, np.uint8))
    assert file.stat().st_size < 100_000
    tracemalloc.start()
    assert integrity.arrays_of(file) is None
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_changed_training_state_is_refused_or_restores_the_same(tmp_path, toy_model):
    rng, file, model = random.Random(0), tmp_path / "a.state", toy_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=EXPERIMENTS["joint_legnet"].optimizer.peak_lr)
    _RunState(file, "mine").write(model, model, optimizer, [], dict(model.state_dict()), 1.0)
    whole = file.read_bytes()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    for i in range(300):
        content = mutated(whole, rng)
        if content == whole:
            continue
        file.write_bytes(content)
        with pytest.raises(CheckpointError, match="delete it and run the same command to start afresh"):
            _RunState(file, "mine").restore(model, model, optimizer, torch.device("cpu"))
        assert i or all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    file.write_bytes(whole)
    assert _RunState(file, "mine").restore(model, model, optimizer, torch.device("cpu"))[2] == 1.0
