"""`python -m engine findings`: what of the rank-order study our models and data confirm."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.cli.common import write_records
from engine.data import library
from engine.replication import table


def findings_command(
    out: Annotated[str | None, typer.Option(help="a CSV file, or - for standard output; else as text")] = None,
) -> None:
    """Findings 1 to 18 of the rank-order study, decided by intervals over our stored results."""
    parts = table.read(library.joint)
    for name, part in parts.items():
        for why in part.left_out:
            print(f"{name}: left out: {why}", file=sys.stderr)
        if not part.found and not part.left_out:
            print(f"{name}: nothing is stored; run: {table.MEND[name]}", file=sys.stderr)
    rows = table.rows([f for part in parts.values() for f in part.found])
    if not rows:
        raise typer.Exit(2)  # each part said why
    if out is not None:
        write_records(out, rows)
        return
    for row in rows:
        print(f"{row['finding']:>11}  {row['statement']}\n{'':13}{row['verdict']}: {_told(row)}")


def _told(row: dict) -> str:
    told = f"{row['value']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}] (n={row['n']:,})"
    if row["other_seed"] is not None:
        told += f", another seed {row['other_seed']:+.3f} [{row['other_seed_low']:+.3f}, {row['other_seed_high']:+.3f}]"
    return told if row["published"] is None else f"{told}, published {row['published']:+.3f}"
