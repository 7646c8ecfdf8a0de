"""The command line: `python -m engine SUBCOMMAND`.

Tables go to `--out` (or standard output with `-`), progress and remarks to standard error. What the user can
mend ends with one line and exit code 2.
"""

from __future__ import annotations

import sys

# importing a module adds its commands to the app
from engine.cli import (  # noqa: F401
    check,
    data,
    findings,
    in_silico,
    interpret,
    interpret_tables,
    models,
    motif_effects,
    motifs,
    report,
    sequences,
    start,
    training,
    variants,
)
from engine.cli.common import app
from engine.errors import CisLensError

app.add_typer(data.app, name="data")


def main() -> None:
    """Run the command line; a CisLensError becomes one line on standard error and exit code 2."""
    try:
        app()
    except CisLensError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
