"""Results of interpretation on disk: `trained_models/<name>/interpretation/<what>.npz` or `.json`, small.

Each carries the key of what made it (weights, data, settings). A file whose key is another one is out of date: it is
computed anew by `python -m engine interpret NAME --what ...`, never when a page is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine import checkpoints
from engine.checkpoints import Checkpoint
from engine.data import sources
from engine.data.lentimpra import ActivityTable
from engine.data.splits import Split

FOLDER = "interpretation"


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


def read_arrays(file: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a file, its `key` among them; None where there is no file."""
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as z:
        return {name: z[name] for name in z.files}


def write_arrays(file: Path, key: str, **arrays: np.ndarray) -> None:
    """Arrays with their key."""
    sources.save_arrays(file, key=np.array(key), **arrays)


def read_json(file: Path) -> dict:
    """The content of a JSON result, its `key` among it; empty where there is no file."""
    return checkpoints.read_json(file, f"python -m engine interpret {file.parent.parent.name} --what {file.stem}")


def write_json(file: Path, key: str, content: dict) -> None:
    """A JSON result with its key."""
    checkpoints.write_json(file, {"key": key, **content})
