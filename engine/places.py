"""Where the files lie that are no code: the app's script and pages, assets, trained models, results of all of them.

In a checkout they lie beside the engine. A wheel carries them in `engine/_share`, laid out alike (pyproject.toml), so
that an installed copy is complete from any working directory. Trained models are read from and written to one folder:
`CISLENS_MODELS` if that is set, `trained_models/` in a checkout. An installed copy has
`~/.local/share/cislens/trained_models`, into which the models that it ships are copied: results lie beside the weights
they were computed with, and nothing of a user's may lie where the next installation replaces everything. Results that
belong to all models together lie beside that folder, in `shared_results/`, which is shipped and copied alike.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import store
from engine.errors import CheckpointError, InputError

SHARE = Path(__file__).resolve().parent / "_share"  # in an installed copy alone
LAID_OUT = ".shipped.json"  # which version of every shipped file was copied, by sha256
MODELS = "trained_models"
SHARED = "shared_results"


def root() -> Path:
    """The folder that holds `app.py`, `pages/`, `assets/` and the shipped `trained_models/`."""
    return SHARE if SHARE.is_dir() else SHARE.parent.parent


def assets() -> Path:
    """Icon, style, the sequence editor, published figures, examples."""
    return root() / "assets"


def app_script() -> Path:
    """What `streamlit run` is to be given; its folder is the one that `pages` is imported from."""
    return root() / "app.py"


def models() -> Path:
    """The one folder that trained models are read from and written to; it need not exist.

    Raises:
        CheckpointError: the shipped models cannot be copied into the user's folder.
    """
    if named := os.environ.get("CISLENS_MODELS"):
        return Path(named)
    return _own(MODELS)


@contextmanager
def models_in(folder: Path) -> Iterator[None]:
    """Another folder of trained models, for this process and those that it starts.

    Raises:
        InputError: it is no folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder of models; name one that holds a folder for each model")
    before = os.environ.get("CISLENS_MODELS")
    os.environ["CISLENS_MODELS"] = str(folder.absolute())
    try:
        yield
    finally:
        if before is None:
            del os.environ["CISLENS_MODELS"]
        else:
            os.environ["CISLENS_MODELS"] = before


def shared_results() -> Path:
    """The folder of results that belong to all models together, beside that of the models; it need not exist.

    Raises:
        CheckpointError: the shipped results cannot be copied into the user's folder.
    """
    if named := os.environ.get("CISLENS_MODELS"):
        return Path(named).absolute().parent / SHARED
    return _own(SHARED)


def _own(name: str) -> Path:
    """A shipped folder in a checkout, the user's copy of it in an installation."""
    shipped = root() / name
    return laid_out(shipped, Path.home() / ".local" / "share" / "cislens" / name) if SHARE.is_dir() else shipped


@functools.cache
def laid_out(shipped: Path, own: Path) -> Path:
    """`own`, after everything in `shipped` that is new there was copied into it; once a process.

    What the user changed stays as it is, a model as a whole: one whose files are no longer those that were copied has
    been trained or scored anew. Files that the user added stay too; those that are no longer shipped go.

    Raises:
        CheckpointError: `own` cannot be written.
    """
    files = {f.relative_to(shipped).as_posix(): f for f in sorted(shipped.rglob("*")) if f.is_file()}
    # an installation gives every file a new time, so this tells two that carry the same version number apart
    state = hashlib.sha256(repr([(n, *_size_and_time(f)) for n, f in files.items()]).encode()).hexdigest()
    try:
        record = _record(own)
        if record.get("state") != state:
            _copy(files, own, record.get("files", {}), state)
    except OSError as error:
        raise CheckpointError(
            f"the models that come with CisLens cannot be copied to {own} ({error.strerror}); "
            "set CISLENS_MODELS to a folder for trained models that you can write"
        ) from error
    return own


def _copy(files: dict[str, Path], own: Path, before: dict[str, str], state: str) -> None:
    """Bring `own` from what was shipped `before` to `files`, model by model, and write down that it was done.

    Processes that start together may all do it: each file is replaced as a whole, by the same content.
    """
    now = {name: _sha256(file) for name, file in files.items()}
    for model in sorted({name.split("/")[0] for name in now.keys() | before.keys()}):
        names = [n for n in sorted(now.keys() | before.keys()) if n.split("/")[0] == model]
        # equal to what is to be copied: an earlier attempt was interrupted
        if any(_sha256(own / n) not in (None, before.get(n), now.get(n)) for n in names):
            continue
        for name in names:
            target = own / name
            if name not in now:
                target.unlink(missing_ok=True)
            elif _sha256(target) != now[name]:
                with store.replacing(target) as partial:
                    shutil.copyfile(files[name], partial)
    store.write_bytes(own / LAID_OUT, json.dumps({"state": state, "files": now}).encode())


def _record(own: Path) -> dict:
    """What was copied last; empty where nothing was, or where it cannot be read and all is compared anew."""
    try:
        record = json.loads((own / LAID_OUT).read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("files", {}), dict) else {}


def _size_and_time(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _sha256(file: Path) -> str | None:
    """Of a file's content; None where there is no file."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
