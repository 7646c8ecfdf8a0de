"""`python -m engine interpret`: heavy looks into trained models, computed once and kept for the pages."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine import checkpoints
from engine.cli.common import app, bar
from engine.cli.common import names as split_names
from engine.errors import unknown
from engine.interpretation import panel, works

USUAL = [w for w in works.WHAT if w not in works.RETRAINING]


@app.command("interpret")
def interpret_command(
    names: Annotated[list[str] | None, typer.Argument(help="trained models; all by default")] = None,
    what: Annotated[str, typer.Option("--what", help=f"with commas: {', '.join(works.WHAT)}")] = ",".join(USUAL),
) -> None:
    """Look into models on a fixed panel of held-out elements; what is there for these weights is left as it is.

    What compares models takes all trained ones, whichever are named. `seeds` trains each named model once more with
    another seed, `labels` twice on a few elements: they are done when they are asked for.
    """
    wanted = split_names(what)
    for one in wanted:
        if one not in works.WHAT:
            raise unknown("analysis", one, works.WHAT)
    chosen = list(dict.fromkeys(names or checkpoints.trained()))
    networks = panel.networks()
    for name in names or ():
        if name not in networks and not set(wanted) <= {*works.OF_ENSEMBLES, *works.TOGETHER}:
            panel.weights_of(name)  # an unknown name, or features of an ensemble: ends the command before the work
    of = panel.library()
    for name in chosen:
        checkpoint = None
        for one in (w for w in wanted if w in (works.MODEL if name in networks else works.OF_ENSEMBLES)):
            checkpoint = checkpoint or checkpoints.load(name)
            with bar(f"{name}: {one}") as progress:
                done = works.MODEL[one](checkpoint, of, progress)
            print(f"{name}: {one} {'computed' if done else 'was there'}", file=sys.stderr)
    for one in (w for w in wanted if w in works.TOGETHER):
        with bar(one) as progress:
            done = works.TOGETHER[one]([checkpoints.load(n) for n in networks], of, progress)
        print(f"{one}: {'computed' if done else 'was there'}", file=sys.stderr)
