"""The fixed panel of held-out elements that models are looked into with, and how its results are kept.

What is computed on the panel is heavy and its results are small: JSON files under
`trained_models/<name>/interpretation/` (one model) or `trained_models/interpretation/` (several), each with a key made
of all that they depend on. Pages read them; `python -m engine interpret` writes them. A file with another key is stale
and is never shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.data import lentimpra, splits
from engine.data.lentimpra import ActivityTable
from engine.data.splits import Split
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints

SIZE = 2000
SEED = 0
FOLDER = "interpretation"


class Library(NamedTuple):
    """The joint library and its split."""

    table: ActivityTable
    split: Split


def library() -> Library:
    table = lentimpra.joint()
    return Library(table, splits.joint_split(table))


def rows(of: Library, size: int = SIZE, seed: int = SEED) -> np.ndarray:
    """`(n,)` ascending rows of the table: `size` elements of the test fold drawn by `seed`, or all if there are fewer.

    Every smaller panel of a seed is part of the larger ones.
    """
    return np.sort(np.random.default_rng(seed).permutation(of.split.test)[:size])


def in_test_fold(of: Library, panel: np.ndarray) -> np.ndarray:
    """`(n,)` where the rows of a panel stand in what is stored for the whole test fold."""
    return np.searchsorted(of.split.test, panel)


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
    return checkpoints.models_folder() / FOLDER / f"{what}.json"


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
    stored = checkpoints.read_json(file, mend)
    if stored and stored.get("key") != wanted:
        raise CheckpointError(f"{file} was made with other weights, data or settings; run: {mend}")
    return stored or None


def weights_of(name: str) -> str:
    """The hash of a trained network's weights, without loading it.

    Raises:
        InputError: an unknown name, or an ensemble, which has no features of its own.
    """
    description = checkpoints.read_description(name)
    if description["architecture"] == checkpoints.ENSEMBLE:
        members = ", ".join(description["config"]["members"])
        raise InputError(
            f"'{name}' is an ensemble: it has maps and reliability, but no features of its own; for those look "
            f"into its members: {members}"
        )
    return description["weights_sha256"]


def networks() -> list[str]:
    """The trained models with features of their own: all but ensembles."""
    ensemble = checkpoints.ENSEMBLE
    return [n for n in checkpoints.trained() if checkpoints.read_description(n)["architecture"] != ensemble]
