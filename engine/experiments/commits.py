"""A model changes as one thing: whoever reads it has the old one or the new one, whenever a writer was stopped.

What is to change is put together in a folder beside, with a list of what takes the place of what. That folder gets the
name `.next` by one rename, which is the moment of the change. What is in it is then moved into place; if that breaks
off, the next one who reads or writes the model does the rest. A lock by the model's name lets one writer at a time; who
only reads takes none, and reads again where a writer came between.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from engine import store
from engine.errors import CheckpointError, CisLensError

T = TypeVar("T")
WEIGHTS, DESCRIPTION, METRICS = "weights.safetensors", "experiment.json", "metrics.json"
EFFECTS = "effects"  # folder of predicted effects of measured elements
HELD_OUT = "held_out.npz"  # predictions for the test fold
INTERPRETATION = "interpretation"  # folder of what was computed of a network
REPLICATES = "replicates"  # folder of the networks of the same recipe and other seeds
MEMBERS = "members"  # folder of what was computed of each network of a model of several
SCRIPT = "model.py"  # of a model of the user's own
# all that belongs to one network
PARTS = (SCRIPT, WEIGHTS, METRICS, HELD_OUT, EFFECTS, INTERPRETATION, MEMBERS, DESCRIPTION)
NEXT, LIST = ".next", "changes.json"
_SEED = re.compile(r"-?[0-9]{1,18}")
_TRIES = 5  # to read without a lock, before one is taken


def model_of(folder: Path) -> Path:
    """The model's folder that a folder belongs to: that of a replicate or member is part of it."""
    return folder.parent.parent if folder.parent.name in (REPLICATES, MEMBERS) else folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """No other thread or process changes the model in a folder. A thread may take it again within it."""
    model = model_of(folder)
    file = model.parent / ".locks" / f"{model.name}.lock"
    store.make_folder(file.parent)
    with FileLock(file, is_singleton=True):
        yield


@contextmanager
def changing(folder: Path, gone: Iterable[str] = ()) -> Iterator[Path]:
    """An empty folder, whose content takes its place in a model's folder at the end, all at once, or not at all.

    Args:
        folder: of the model; it is made if there is none.
        gone: parts that go, by their path in the folder, where nothing takes their place.
    """
    with locked(folder):
        finish(folder)
        store.make_folder(folder)
        store.sweep(folder)
        staged = store.beside(folder / NEXT)
        store.make_folder(staged)
        try:
            yield staged
            placed = _parts(staged)
            changes = {"placed": placed, "gone": sorted({part for part in gone if part not in placed})}
            for path in (*staged.rglob("*"), staged):
                store.settle(path)
            store.write_json(staged / LIST, changes)
            store.rename(staged, folder / NEXT)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        finish(folder)


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """An empty folder beside a model's, in which another is made and scored; it goes at the end."""
    store.make_folder(folder.parent)
    store.sweep(folder.parent)
    scratch = store.beside(folder)
    store.make_folder(scratch)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _parts(folder: Path) -> list[str]:
    """What there is in a folder to be moved as a whole, by its path; what says that a model is there comes last."""
    own = [part for part in PARTS if (folder / part).exists()]
    replicates = folder / REPLICATES
    seeds = sorted(f"{REPLICATES}/{f.name}" for f in replicates.iterdir()) if replicates.is_dir() else []
    return seeds + own


def finish(folder: Path) -> None:
    """Do the rest of a change that was broken off in the model that a folder belongs to.

    Raises:
        CheckpointError: it cannot be done; says what stands in its way.
    """
    model = model_of(folder)
    if not (model / NEXT).is_dir():
        return
    try:
        with locked(model):
            _move(model)
    except OSError as error:
        raise CheckpointError(
            f"a change of the model in {model} was broken off and cannot be finished ({error.strerror}); "
            "let its folder be written to, and try again"
        ) from error


def _move(model: Path) -> None:
    """What is done already is passed over, so that this may be broken off and begun again at any point."""
    staged = model / NEXT
    if not (staged / LIST).is_file():  # all was moved, or another one did it while this one waited for the lock
        shutil.rmtree(staged, ignore_errors=True)
        return
    changes = store.load_json(staged / LIST)
    if changes is None or not all(_is_part(p) for kind in ("placed", "gone") for p in changes.get(kind, [None])):
        raise CheckpointError(
            f"{staged / LIST} is broken: delete {staged} and run: python -m engine train {model.name}"
        )
    for part in changes["gone"]:
        _remove(model / part)
    for part in changes["placed"]:
        if (staged / part).exists():
            if (staged / part).is_dir():
                _remove(model / part)
            store.make_folder((model / part).parent)
            store.rename(staged / part, model / part)
    (staged / LIST).unlink()
    shutil.rmtree(staged, ignore_errors=True)


def _is_part(path: object) -> bool:
    folder, _, seed = str(path).rpartition("/")
    return path in PARTS if not folder else folder == REPLICATES and bool(_SEED.fullmatch(seed))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def seeds(folder: Path) -> dict[int, Path]:
    """The replicates that lie in a model's folder, by seed in order; what is named otherwise is no replicate."""
    lying = (folder / REPLICATES).iterdir() if (folder / REPLICATES).is_dir() else ()
    return dict(sorted((int(f.name), f) for f in lying if _SEED.fullmatch(f.name)))


def copy_network(folder: Path, target: Path) -> None:
    """Copy everything that belongs to one network."""
    store.make_folder(target)
    for part in PARTS:
        if (folder / part).is_dir():
            shutil.copytree(folder / part, target / part)
        elif (folder / part).is_file():
            shutil.copyfile(folder / part, target / part)


def consistent(folder: Path, read: Callable[[], T]) -> T:
    """What `read` gives of a model in a folder, all of the same model, whoever changes it meanwhile."""
    for _ in range(_TRIES):
        finish(folder)
        before = stamp(folder)
        try:
            result = read()
        except (CisLensError, OSError):
            if before == stamp(folder):
                raise
        else:
            if before == stamp(folder):
                return result
    with locked(folder):
        finish(folder)
        return read()


def stamp(folder: Path) -> tuple[tuple[int, ...] | None, ...]:
    """Of the network in a folder; another one after every change: each file that is replaced is another file."""
    stamps: list[tuple[int, ...] | None] = [(1,) if (model_of(folder) / NEXT).is_dir() else None]
    for part in (DESCRIPTION, WEIGHTS, METRICS):
        try:
            state = (folder / part).stat()
            stamps.append((state.st_ino, state.st_mtime_ns, state.st_size))
        except OSError:
            stamps.append(None)
    return tuple(stamps)
