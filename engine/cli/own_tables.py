"""A user's own MPRA table as commands take it: the options that say how it is read, and the files beside it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from engine.cli.common import LeftOut, content
from engine.data import library as joint_library
from engine.errors import CisLensError
from engine.mpra.columns import UNITS, Choices
from engine.mpra.library import MeasuredLibrary
from engine.mpra.overlap import Kin
from engine.mpra.reading import Beside, read_assignment, read_design, read_library, read_target

Design = Annotated[str | None, typer.Option("--design", help="FASTA of the elements that the table names")]
Assignment = Annotated[str | None, typer.Option("--assignment", help="barcode and name of its element, tab-separated")]
Target = Annotated[str | None, typer.Option("--target", help="FASTA of the sequence whose variants MaveDB scored")]
SequenceColumn = Annotated[str, typer.Option("--sequence-column", help="column of the tested sequences")]
NameColumn = Annotated[str, typer.Option("--name-column", help="column of the elements' names")]
Activity = Annotated[
    list[str] | None,
    typer.Option("--activity", help="column of activity, COLUMN or K562=COLUMN; several times for more, or replicates"),
]
Unit = Annotated[str, typer.Option("--unit", help="; ".join(f"{k}: {v}" for k, v in UNITS.items()))]
Decimal = Annotated[str, typer.Option("--decimal", help="what stands before the decimals: . or ,")]
MinBarcodes = Annotated[
    int, typer.Option("--min-barcodes", min=1, max=1_000_000, help="leave out elements with fewer barcodes")
]


@dataclass(frozen=True)
class TableFiles:
    """The paths of a table and of what stands beside it; '-' is standard input."""

    table: str
    design: str | None = None
    assignment: str | None = None
    target: str | None = None


def read(files: TableFiles, choices: Choices, left_out: LeftOut) -> MeasuredLibrary:
    """The library of a file; how it was read is said on standard error, what could not be used goes to `left_out`."""
    beside = Beside(
        design=read_design(*content(files.design)) if files.design else {},
        assignment=read_assignment(*content(files.assignment)) if files.assignment else {},
        target=read_target(*content(files.target)) if files.target else None,
    )
    data, what = content(files.table)
    library = read_library(data, what, choices, beside)
    for column, meaning in library.meanings:
        if meaning != "not used":
            print(f"column '{column}': {meaning}", file=sys.stderr)
    for note in library.notes:
        print(note, file=sys.stderr)
    for row in library.left_out:
        if row.counts:
            left_out.add(f"{what}, line {row.line}", row.reason)
    return library


def kin() -> Kin | None:
    """What the models learned from; None, with a remark, where the joint library is not there."""
    try:
        return Kin(joint_library.joint())
    except CisLensError as error:
        print(f"what the models have seen is not known: {error}", file=sys.stderr)
        return None
