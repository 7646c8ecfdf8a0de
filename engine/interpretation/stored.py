"""Where results of interpretation lie, what each was made of, and the command that makes it anew.

`trained_models/<name>/interpretation/<what>.json` or `.npz` of one model, `shared_results/` of several
together; small. Each carries the key of what made it (weights, data, settings). A file whose key is another one is
stale: it is never shown, and computed anew by `python -m engine interpret NAME --what ...`, not when a page is opened.
Files are written and read by `engine.store`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from engine import places, store
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint

FOLDER = checkpoints.INTERPRETATION
T = TypeVar("T")
C = TypeVar("C")


# --- where --------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """A model as far as its results need one: where they lie, and which weights they must be of."""

    name: str
    folder: Path
    weights_hash: str


def place(name: str) -> Place:
    """Of a trained model, without loading it. Raises InputError, CheckpointError."""
    weights = checkpoints.read_description(name)["weights_sha256"]
    return Place(name, checkpoints.models_folder() / name, weights)


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


def file_of(owner: Checkpoint | Place, name: str) -> Path:
    """Where a result of a model, or of a network beside it (another seed, a member), is kept."""
    return owner.folder / FOLDER / name


def model_file(name: str, what: str) -> Path:
    """Where the result `what` of one model is kept."""
    return checkpoints.models_folder() / name / FOLDER / f"{what}.json"


def shared_file(what: str) -> Path:
    """Where the result `what` of all models together is kept."""
    return places.shared_results() / f"{what}.json"


def command(what: str, *names: str) -> str:
    """What computes analyses (`what`, with commas) of some models, or of all."""
    return " ".join(["python -m engine interpret", *names, "--what", what])


def mends(file: Path, what: str | None = None) -> str:
    """The command that makes a result anew; those of a model's replicates and members are made by its `seeds`.

    Args:
        what: the analysis that makes it, by default that of the file's name.
    """
    owner, what = file.parent.parent, what or file.stem
    if file.parent == places.shared_results():
        return command(what)
    if owner.parent.name in (checkpoints.REPLICATES, checkpoints.MEMBERS):
        owner, what = owner.parent.parent, "seeds"
    return command(what, owner.name)


# --- what it was made of ------------------------------------------------------------------------------


def key_of(checkpoint: Checkpoint, table: ActivityTable, split: Split, settings: object) -> str:
    """What a result was made of, in the clear: weights first, by which they are told from those of other weights."""
    return f"{checkpoint.weights_hash} {table.hash} {split.hash} {settings}"


def key(weights: str | Iterable[str], library: Library, settings: dict) -> str:
    """Names everything that a result depends on: weights (of one model or several), data, split and settings."""
    parts = [weights] if isinstance(weights, str) else list(weights)
    return store.digest(json.dumps([parts, library.table.hash, library.split.hash, settings], sort_keys=True))


def made_of(weights: str, library: Library, settings: dict) -> dict:
    """What a result carries so that `read` can tell, without the data, whether it is current."""
    return {"weights": weights, "data": library.table.hash, "split": library.split.hash, "settings": settings}


def as_json(settings: dict) -> dict:
    """Settings as they come back from a file."""
    return json.loads(json.dumps(settings))


def is_current(file: Path, key: str) -> bool:
    """True if there is a whole result with this key."""
    return (store.load_json(file) or {}).get("key") == key


# --- results in JSON ----------------------------------------------------------------------------------


def write_json(file: Path, key: str, content: dict) -> None:
    """A result with its key."""
    store.write_json(file, {"key": key, **content})


def read_json(file: Path) -> dict:
    """A result whatever it was made of, its `key` in it; empty where there is no file.

    Raises:
        CheckpointError: it is broken; says how to mend it.
    """
    return store.read_json(file, mends(file))


def read(
    file: Path, *, key: str | None = None, weights: str | None = None, settings: dict | None = None
) -> dict | None:
    """A result that was made of what is given; None if there is none.

    Args:
        key: of `key`.
        weights, settings: as `made_of` has them. They do not tell the data: a page shows what is shipped without it.

    Raises:
        CheckpointError: it is broken, or stale: made of something else. Says how to mend it.
    """
    content = read_json(file)
    if not content:
        return None
    wanted = {"key": key, "weights": weights, "settings": None if settings is None else as_json(settings)}
    if any(content.get(name) != value for name, value in wanted.items() if value is not None):
        other = "weights or settings" if key is None else "weights, data or settings"
        raise CheckpointError(f"{file} was made with other {other}; run: {mends(file)}")
    return content


def parsed(file: Path, content: C, build: Callable[[C], T]) -> T:
    """What `build` makes of the content of a file that is whole.

    Raises:
        CheckpointError: the content has another shape than this version writes; says how to mend it.
    """
    try:
        return build(content)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CheckpointError(f"{file} is not as this version of CisLens writes it; run: {mends(file)}") from error


# --- results in arrays --------------------------------------------------------------------------------


def write_arrays(file: Path, key: str, **arrays: np.ndarray) -> None:
    """Arrays with their key."""
    store.write_arrays(file, key=np.array(key), **arrays)


def read_arrays(file: Path, what: str | None = None) -> dict[str, np.ndarray] | None:
    """The arrays of a file, its `key` among them; None where there is no file.

    Args:
        what: the analysis of `python -m engine interpret` that makes it, by default that of the file's name.

    Raises:
        CheckpointError: the file is broken; says how to mend it.
    """
    return store.read_arrays(file, mends(file, what), "key")


def whole(read: Callable[[], T]) -> T | None:
    """What a reader gives; None where its file is broken, for those who make it anew."""
    try:
        return read()
    except CheckpointError:
        return None
