"""Options of every command that trains, and how the commands of wings carry their runs out."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine import device
from engine.cli.common import bar, finite
from engine.data import library
from engine.errors import CisLensError
from engine.training import runs, workers
from engine.training.workers import Report, Run

Epochs = Annotated[int | None, typer.Option(min=1, max=100_000)]
BudgetMinutes = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        max=1_000_000,
        callback=finite,
        help="for all runs together; each ends a full learning-rate cycle in its share",
    ),
]
Precision = Annotated[str, typer.Option(help=" | ".join(device.PRECISIONS))]
Again = Annotated[bool, typer.Option(help="train even if there are weights already")]
Jobs = Annotated[int, typer.Option(min=1, max=1_000, help="runs side by side on this machine")]
OnRay = Annotated[bool, typer.Option("--ray", help="run on a Ray cluster, one run a task")]
RayAddress = Annotated[str, typer.Option(help="the cluster's address, or local")]


def carry_out(
    plan: list[Run],
    settings: runs.Settings,
    kind: runs.Kind,
    report: Report,
    jobs: int,
    ray_address: str | None,
) -> None:
    """Train the runs of a wing; ends the command with code 130 where it is stopped, with 2 where a run failed."""
    try:
        with bar("score") as progress:
            results = workers.run_all(
                plan,
                settings,
                report,
                library.joint,
                jobs=jobs,
                ray_address=ray_address,
                progress=progress,
                kind=kind,
            )
    except KeyboardInterrupt:
        kept = any(seed is not None and runs.state_file(name, seed).is_file() for name, seed in plan)
        where = "the last whole epoch is kept, the same command goes on there" if kept else "no epoch was finished"
        print(f"stopped; {where}", file=sys.stderr)
        raise typer.Exit(130) from None
    if any(isinstance(outcome, CisLensError) for _, outcome in results):
        raise typer.Exit(2)  # each error was reported when it came up
