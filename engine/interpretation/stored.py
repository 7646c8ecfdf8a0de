"""Results of interpretation on disk: `trained_models/<name>/interpretation/<what>.npz` or `.json`, small.

Each carries the key of what made it (weights, data, settings). A file whose key is another one is out of date: it is
computed anew by `python -m engine interpret NAME --what ...`, never when a page is opened.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from engine import places, store
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint

FOLDER = checkpoints.INTERPRETATION
T = TypeVar("T")


class Place(NamedTuple):
    """A model as far as its results need one: where they lie, and which weights they must be of."""

    name: str
    folder: Path
    weights_hash: str


def place(name: str) -> Place:
    """Of a trained model, without loading it. Raises InputError, CheckpointError."""
    weights = checkpoints.read_description(name)["weights_sha256"]
    return Place(name, checkpoints.models_folder() / name, weights)


def file_of(checkpoint: Checkpoint | Place, name: str) -> Path:
    """Where a result of a model is kept."""
    return checkpoint.folder / FOLDER / name


def key_of(checkpoint: Checkpoint, table: ActivityTable, split: Split, settings: object) -> str:
    """What a result was made of: weights, data, split and settings."""
    return f"{checkpoint.weights_hash} {table.hash} {split.hash} {settings}"


def read_arrays(file: Path, what: str | None = None) -> dict[str, np.ndarray] | None:
    """The arrays of a file, its `key` among them; None where there is no file.

    Args:
        what: the analysis of `python -m engine interpret` that makes it, by default that of the file's name.

    Raises:
        CheckpointError: the file is broken; says how to mend it.
    """
    return store.read_arrays(file, _command(file, what or file.stem), "key")


def whole(read: Callable[[], T]) -> T | None:
    """What a reader gives; None where its file is broken, for those who make it anew."""
    try:
        return read()
    except CheckpointError:
        return None


def write_arrays(file: Path, key: str, **arrays: np.ndarray) -> None:
    """Arrays with their key."""
    store.save_arrays(file, key=np.array(key), **arrays)


def read_json(file: Path) -> dict:
    """The content of a JSON result, its `key` among it; empty where there is no file. Raises CheckpointError."""
    return store.read_json(file, _command(file, file.stem))


def write_json(file: Path, key: str, content: dict) -> None:
    """A JSON result with its key."""
    store.write_json(file, {"key": key, **content})


def _command(file: Path, what: str) -> str:
    """What makes a result anew; those of a model's replicates and members are made by its `seeds`."""
    model = file.parent.parent
    if model.parent.name in (checkpoints.REPLICATES, checkpoints.MEMBERS):
        model, what = model.parent.parent, "seeds"
    return f"python -m engine interpret {model.name} --what {what}"


def key(weights: str | Iterable[str], of: Library, settings: dict) -> str:
    """Names everything that a result depends on: weights (of one model or several), data, split and settings."""
    parts = [weights] if isinstance(weights, str) else list(weights)
    content = json.dumps([parts, of.table.hash, of.split.hash, settings], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def model_file(name: str, what: str) -> Path:
    """Where the result `what` of one model is kept."""
    return checkpoints.models_folder() / name / FOLDER / f"{what}.json"


def shared_file(what: str) -> Path:
    """Where the result `what` of all models together is kept."""
    return places.shared_results() / f"{what}.json"


def is_current(file: Path, wanted: str) -> bool:
    """True if there is a whole result with this key."""
    try:
        return json.loads(file.read_text())["key"] == wanted
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read(file: Path, wanted: str, mend: str) -> dict | None:
    """A stored result, None if there is none.

    Raises:
        CheckpointError: it is broken, or stale: made from other weights, other data or with other settings than those
            that `wanted` names. The message gives `mend`, the command that makes it anew.
    """
    stored = store.read_json(file, mend)
    if stored and stored.get("key") != wanted:
        raise CheckpointError(f"{file} was made with other weights, data or settings; run: {mend}")
    return stored or None
