"""What models are called, and where each lies: a name in the models folder, and never a path."""

from __future__ import annotations

import re
from pathlib import Path

from engine import places
from engine.errors import InputError
from engine.experiments import declared
from engine.experiments.commits import DESCRIPTION

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def models_folder() -> Path:
    """The one folder of trained models (`engine.places`)."""
    return places.models()


def is_name(name: str) -> bool:
    """Whether a model may be called so: a name and no path, on any system."""
    return bool(_NAME.fullmatch(name))


def folder_of(name: str) -> Path:
    """Where a model of that name is kept; raises InputError for what is no name."""
    if not is_name(name):
        raise InputError(
            f"'{name[:100]}' is no name of a model (letters, digits, '_', '-' and '.'); models in another folder than "
            "that of CisLens are named by --model-folder FOLDER --model NAME"
        )
    return models_folder() / name


def trained() -> list[str]:
    """Names of the models that can be loaded, the declared ones first in their order, then the user's own."""
    folder = models_folder()
    on_disk = {d.name for d in folder.iterdir() if is_name(d.name)} if folder.is_dir() else set()
    on_disk = {name for name in on_disk if (folder / name / DESCRIPTION).is_file()}
    return [n for n in declared.names() if n in on_disk] + sorted(on_disk - set(declared.names()))
