"""What models are called, and where each lies: a name in the models folder, and never a path."""

from __future__ import annotations

import re
from pathlib import Path

from engine import places
from engine.errors import InputError
from engine.experiments import declared
from engine.experiments.commits import DESCRIPTION

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
# Systems whose models are kept beside those of activity, under names that begin with the system's and a dot; those of
# the second kind make sequences and predict no activity, so that they are never offered where one is asked for.
PREDICTING = ("disentangle",)
GENERATING = ("design",)
WITH_PREFIX = PREDICTING + GENERATING


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


def system_of(name: str) -> str:
    """The system that a model belongs to by its name: '' for those that learn activity, and a user's own."""
    system, dot, _ = name.partition(".")
    return system if dot and system in WITH_PREFIX else ""


def trained(system: str = "") -> list[str]:
    """Names of the models of a system that can be loaded, by default of those that learn activity: the declared ones
    first in their order, then the user's own."""
    folder = models_folder()
    on_disk = {d.name for d in folder.iterdir() if is_name(d.name)} if folder.is_dir() else set()
    on_disk = {n for n in on_disk if system_of(n) == system and (folder / n / DESCRIPTION).is_file()}
    return [n for n in declared.names() if n in on_disk] + sorted(on_disk - set(declared.names()))


def of_every_system() -> list[str]:
    """Names of all models that can be loaded and predict activity, those that learn nothing else first."""
    return [name for system in ("", *PREDICTING) for name in trained(system)]
