"""`python -m engine interpret-tables`: what `interpret` stored, as CSV files for other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import names as split_names
from engine.cli.common import write_records
from engine.data import library
from engine.errors import CheckpointError, InputError, unknown
from engine.interpretation import stored, tables
from engine.interpretation.analyses import RETRAINING
from engine.replication import table

TABLES = tables.TABLES | {"findings": table.TABLE}


def interpret_tables_command(
    folder: Annotated[str, typer.Argument(help="folder for the files, or - for one table on standard output")],
    what: Annotated[str, typer.Option("--what", help="with commas: " + ", ".join(TABLES))] = ",".join(TABLES),
) -> None:
    """What `interpret` stored of all networks, as long tables: one row a number with its interval.

    What is stale or broken is left out and told, with the command that mends it.
    """
    wanted = chosen(what, TABLES)
    check_place(folder, wanted)
    joint = library.joint()

    def mend(one: str) -> str:
        model = ["MODEL"] if set(TABLES[one].what) & set(RETRAINING) else []  # of all models it would take hours
        return stored.command(",".join(TABLES[one].what), *model)

    write_tables(folder, wanted, lambda one: tables.read(TABLES[one], joint), mend)


def chosen(what: str, there: Iterable[str]) -> list[str]:
    """Names of tables with commas; raises InputError for an unknown one."""
    wanted = split_names(what)
    for one in wanted:
        if one not in there:
            raise unknown("table", one, there)
    return wanted


def check_place(folder: str, wanted: list[str]) -> None:
    """Make the folder for some tables, if it is not there. Raises InputError for one that cannot be made, and for
    several tables on standard output."""
    if folder == "-" and len(wanted) > 1:
        raise InputError("standard output takes one table; name it by --what, or give a folder")
    if folder != "-":
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be made a folder ({error.strerror})") from error


def write_tables(
    folder: str,
    wanted: list[str],
    read: Callable[[str], tuple[list[dict], list[str]]],
    mend: Callable[[str], str],
) -> None:
    """Write tables into a folder, or one to standard output; what is left out goes to standard error.

    Args:
        read: gives the rows of a table, and of each result that had to be left out why.
        mend: the command that makes what a table is read from.
    """
    for one in wanted:
        rows, stale = read(one)
        if folder == "-" and stale and not rows:
            raise CheckpointError("; ".join(stale))
        for why in stale:
            print(f"{one}: left out: {why}", file=sys.stderr)
        file = "-" if folder == "-" else str(Path(folder) / f"{one}.csv")
        if not rows:
            old = f"; {file} is of an earlier call and no longer holds: delete it" if Path(file).is_file() else ""
            why = "no rows are left" if stale else f"nothing is stored; run: {mend(one)}"
            print(f"{one}: {why}{old}", file=sys.stderr)
            continue
        write_records(file, rows)
        print(f"{one}: {len(rows):,} rows", file=sys.stderr)
