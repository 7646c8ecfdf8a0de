"""`python -m engine findings`: what of the rank-order study our models and data confirm."""

from __future__ import annotations

import csv
import sys
from typing import Annotated

import typer

from engine.cli.common import app, text_writer
from engine.interpretation import panel, study_findings


@app.command("findings")
def findings_command(
    out: Annotated[str | None, typer.Option(help="a CSV file, or - for standard output; else as text")] = None,
) -> None:
    """Findings 1 to 18 of the rank-order study, each decided by one interval over our stored results."""
    parts = study_findings.read(panel.library())
    for name, part in parts.items():
        for why in part.left_out:
            print(f"{name}: left out: {why}", file=sys.stderr)
        if not part.found and not part.left_out:
            print(f"{name}: nothing is stored; run: {study_findings.MEND[name]}", file=sys.stderr)
    rows = study_findings.rows([f for part in parts.values() for f in part.found])
    if not rows:
        raise typer.Exit(2)  # each part said why
    if out is not None:
        with text_writer(out) as handle:
            writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return
    for row in rows:
        said = "" if row["published"] is None else f", published {row['published']:+.3f}"
        ours = f"{row['value']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}] (n={row['n']:,})"
        print(f"{row['finding']:>11}  {row['statement']}\n{'':13}{row['verdict']}: {ours}{said}")
