"""`python -m engine findings`: what of the rank-order study our models and data confirm."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.cli.common import write_records
from engine.data import library
from engine.replication import table
from engine.statistics import in_words


def findings_command(
    out: Annotated[str | None, typer.Option(help="a CSV file, or - for standard output; else as text")] = None,
) -> None:
    """Findings 1 to 26 of the rank-order study, decided by intervals over our stored results."""
    parts = table.read(library.joint)
    for name, part in parts.items():
        for why in part.left_out:
            print(f"{name}: left out: {why}", file=sys.stderr)
        if not part.findings and not part.left_out:
            print(f"{name}: nothing is stored; run: {table.MEND[name]}", file=sys.stderr)
    rows = table.rows([f for part in parts.values() for f in part.findings])
    if not rows:
        raise typer.Exit(2)  # each part said why
    if out is not None:
        write_records(out, rows)
        return
    for row in rows:
        print(f"{row['finding']:>11}  {row['statement']}\n{'':13}{row['verdict']}: {_in_words(row)}")


def _in_words(row: dict) -> str:
    words = in_words(row["value"], row["low"], row["high"], row["n"], signed=True)
    if row["other_seed"] is not None:
        words += ", another seed " + in_words(
            row["other_seed"], row["other_seed_low"], row["other_seed_high"], signed=True
        )
    return words if row["published"] is None else f"{words}, published {row['published']:+.3f}"
