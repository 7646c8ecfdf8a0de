"""The options that commands on variants and regions share."""

from __future__ import annotations

from typing import Annotated

import typer

from engine import builds, device
from engine.models.predict import Run

Models = Annotated[str, typer.Option("--model", help="one name, or several with commas")]
GenomeFile = Annotated[str | None, typer.Option("--genome", help="genome FASTA, plain or bgzip; indexed beside it")]
Build = Annotated[
    str,
    typer.Option(
        callback=builds.build_named,
        help="build of the genome or of the elements: GRCh37 (hg19) or GRCh38 (hg38); others for a genome alone",
    ),
]
Batch = Annotated[int, typer.Option(min=1, max=1_000_000)]
OnRay = Annotated[bool, typer.Option("--ray", help="compute on a Ray cluster, whose workers share the windows out")]


def run_of(device_name: str, batch_size: int, ray: bool) -> Run:
    """How models are run; 'auto' on Ray is what the workers have. Raises InputError for an unknown device."""
    where = None if ray and device_name == "auto" else device.resolve(device_name)
    return Run(batch_size=batch_size, device=where)
