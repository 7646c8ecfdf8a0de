"""Options of every command that trains."""

from __future__ import annotations

from typing import Annotated

import typer

from engine import device
from engine.cli.common import finite

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
