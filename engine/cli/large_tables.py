"""The full large-scale tables on the command line: which models need one, and what is said of it before they train."""

from __future__ import annotations

import sys
from collections.abc import Callable

from engine.cli.common import interval
from engine.data import large_scale
from engine.data.library import Library
from engine.errors import InputError
from engine.experiments import declared
from engine.experiments.declared import EXPERIMENTS
from engine.experiments.description import read_metrics
from engine.experiments.names import trained
from engine.mpra import large_scale as tables


def cell_of(name: str) -> str:
    """The cell type whose full large-scale table a declared model learns from; "" for any other model."""
    return declared.large_cell(EXPERIMENTS[name].task.table) if name in EXPERIMENTS else ""


def file_for(names: list[str], table: str) -> str:
    """The whole path of a downloaded table that is given for the models to train; raises InputError."""
    if len(names) != 1 or not cell_of(names[0]):
        known = ", ".join(name for name in EXPERIMENTS if cell_of(name))
        raise InputError(
            "--table takes your own table with --name and no other names, or the downloaded large-scale table of one "
            f"of {known}"
        )
    return str(large_scale.find(cell_of(names[0]), table).resolve())


def those_here(names: list[str]) -> list[str]:
    """Of declared models those whose table is here; what is left out is said on standard error."""
    missing = [name for name in names if (cell := cell_of(name)) and not large_scale.here(cell)]
    if missing:
        print(
            f"left out: {', '.join(missing)}, whose tables are not here: python -m engine data list says where from",
            file=sys.stderr,
        )
    return [name for name in names if name not in missing]


def announce(names: list[str], joint: Callable[[], Library], file: str | None, again: bool = False) -> None:
    """Read the tables that the models need, before any is trained, and say what of them is learned from.

    Args:
        again: models that are there may be replaced.

    Raises:
        InputError: a file that is not there, or a model that is there and learned from another one.
        DataError: no table, or not the published one.
    """
    for name in names:
        if cell := cell_of(name):
            own = tables.library(cell, joint(), file)
            print(own.in_words(), file=sys.stderr)
            before = read_metrics(name).get("training") if name in trained() and not again else None
            if before and before.get("data_hash") != own.library.table.hash:
                raise InputError(
                    f"model '{name}' learned from another table than {own.file}; use --again to replace it"
                )


def scores_in_words(large: dict) -> list[str]:
    """What a model scores on the test fold of its own table, a line each; `large` is that part of metrics.json."""
    return [
        f"{output:6} test fold of {large['file']}, {way}: "
        + "  ".join(f"{name} {interval(metric)}" for name, metric in metrics.items())
        for way, outputs in large.get("scores", {}).items()
        for output, metrics in outputs.items()
    ]
