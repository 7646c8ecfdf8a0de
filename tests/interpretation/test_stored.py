"""Results on disk: what is read back, and what a broken file says."""

import numpy as np
import pytest

from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.interpretation import stored


@pytest.fixture
def file(tmp_path):
    """The arrays of a model 'mine'."""
    found = tmp_path / "mine" / stored.FOLDER / "maps.npz"
    stored.write_arrays(found, "key", values=np.arange(5000.0))
    return found


def test_arrays_are_read_back_with_their_key(file):
    found = stored.read_arrays(file)
    assert str(found.pop("key")) == "key" and list(found) == ["values"]
    np.testing.assert_array_equal(found["values"], np.arange(5000))
    assert stored.read_arrays(file.with_name("other.npz")) is None


def _no_key(file) -> None:
    np.savez(file, values=np.arange(3))


def _half(file) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flipped(file) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(255 - b for b in content[middle : middle + 200])
    file.write_bytes(content)


@pytest.mark.parametrize(
    "harm", [_half, _flipped, _no_key, lambda file: file.write_bytes(b""), lambda file: file.write_text("no arrays")]
)
def test_a_broken_file_is_named_with_the_command_that_mends_it(file, harm):
    harm(file)
    with pytest.raises(CheckpointError, match=r"mine.*maps.npz is broken; run: .*interpret mine --what maps$"):
        stored.read_arrays(file)
    with pytest.raises(CheckpointError, match=r"interpret mine --what reliability$"):
        stored.read_arrays(file, "reliability")
    assert stored.whole(lambda: stored.read_arrays(file)) is None


def test_a_result_is_read_for_what_it_was_made_of(models_folder):
    own, shared = stored.model_file("mine", "umap"), stored.shared_file("cka")
    assert stored.read(own, key="k") is None
    stored.write_json(own, "k", {"weights": "w", "settings": {"folds": [1, 2]}, "x": 1})
    assert stored.read(own, key="k")["x"] == 1 and stored.is_current(own, "k")
    assert stored.read(own, weights="w", settings={"folds": (1, 2)})["x"] == 1
    with pytest.raises(CheckpointError, match=r"other weights, data or settings; run: .*interpret mine --what umap$"):
        stored.read(own, key="another")
    for other in ({"weights": "v", "settings": {"folds": [1, 2]}}, {"weights": "w", "settings": {"folds": [1, 3]}}):
        with pytest.raises(CheckpointError, match=r"other weights or settings; run: .*interpret mine --what umap$"):
            stored.read(own, **other)
    assert stored.mends(shared) == "python -m engine interpret --what cka" and not stored.is_current(shared, "k")
    assert stored.mends(own.parent.parent / checkpoints.REPLICATES / "7" / stored.FOLDER / "maps.npz").endswith(
        "mine --what seeds"
    )
