"""A model of the user's own becomes one of the models folder, by a name like all others."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from engine import store
from engine.errors import InputError
from engine.experiments import checkpoints, commits, declared, own
from engine.experiments.checkpoints import Checkpoint


def add(source: str, name: str = "", again: bool = False) -> Checkpoint:
    """Add a model to the models folder, after it was built and tried.

    Its code and weights are copied; those of an entry point stay in the installed package.

    Args:
        source: a folder with `model.py` and `weights.safetensors`, or the name of an entry point (`own.GROUP`).
        name: the model's; by default that of the folder or of the entry point.
        again: take the place of a model of one's own, whose results go.

    Raises:
        InputError: neither a folder nor an entry point, a name that cannot be had.
        CheckpointError: code or weights do not give a model that can be asked.
    """
    folder = Path(source).expanduser()
    points = own.entry_points()
    if (folder / commits.SCRIPT).is_file():
        name, build = name or folder.resolve().name, partial(own.from_folder, folder)
    elif source in points:
        name, build = name or source, partial(own.from_entry_point, source)
    else:
        offered = f"; packages offer {', '.join(sorted(points))}" if points else ""
        raise InputError(
            f"'{source}' is neither a folder with {commits.SCRIPT} nor an entry point of '{own.GROUP}'{offered}"
        )
    target = _place(name, again)
    added = build()
    model = added.model
    description = {
        "format": checkpoints.FORMAT,
        "experiment": {"model": {"name": own.ARCHITECTURE, "options": {}}, "loss": "not known", "curriculum": None},
        "architecture": own.ARCHITECTURE,
        "config": added.config,
        "outputs": list(model.outputs),
        "units": "log2(RNA/DNA)",
        "window": model.window,
        "parameters": sum(p.numel() for p in model.parameters()),
        "weights_sha256": added.identity,
    }
    own.remember(added.identity)
    with commits.changing(target, commits.PARTS) as staged:
        for file, content in added.files.items():
            store.write_bytes(staged / file, content)
        store.write_json(staged / checkpoints.DESCRIPTION, description)
    return checkpoints.load(name)


def _place(name: str, again: bool) -> Path:
    """The folder of a model that may be added; raises InputError for a name that cannot be had."""
    if not checkpoints.is_name(name):
        raise InputError(
            f"'{name[:100]}' is no name of a model (letters, digits, '_', '-' and '.'); give one with --name"
        )
    if name in declared.names() or checkpoints.system_of(name):
        raise InputError(f"'{name}' is a model of CisLens; give another name with --name")
    target = checkpoints.folder_of(name)
    if not target.exists():
        return target
    commits.finish(target)
    described = store.load_json(target / checkpoints.DESCRIPTION) or {}
    if described.get("architecture") != own.ARCHITECTURE and any(target.iterdir()):
        raise InputError(f"there is a trained model named '{name}'; give another name with --name")
    if not again:
        raise InputError(f"there is a model of your own named '{name}'; --again puts this one in its place")
    return target
