"""`python -m engine scan | extract`: long sequences, and regions of a genome."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine import device
from engine.cli.common import Device, bar, content, names, read, text_writer
from engine.cli.genome_options import Batch, Build, GenomeFile, Models
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.fasta import write_fasta
from engine.genome.genome import Genome, own_names
from engine.genome.regions import read_bed
from engine.genome.scan import STRIDE, bedgraph, profile_csv, scan
from engine.models.predict import BATCH_SIZE
from engine.sequence import Region, Sequence, parse_region
from engine.text import text_of

Bed = Annotated[str | None, typer.Option("--bed", help="BED file of regions, plain or .gz, or - for standard input")]


def scan_command(
    model: Models,
    fasta: Annotated[str | None, typer.Argument(help="FASTA file (plain or .gz), or - for standard input")] = None,
    genome: GenomeFile = None,
    region: Annotated[list[str] | None, typer.Option(help="region of the genome, as chr1:1-20000")] = None,
    bed: Bed = None,
    build: Build = "",
    stride: Annotated[int, typer.Option(min=1, help="bases between two windows")] = STRIDE,
    out: Annotated[
        str, typer.Option("--out", help="file to write, .csv or .bedgraph; - for CSV on standard output")
    ] = "-",
    device_name: Device = "auto",
    batch_size: Batch = BATCH_SIZE,
) -> None:
    """Activity profile of long sequences: the model's window moved along them."""
    where = device.resolve(device_name)
    loaded = [checkpoints.load(name) for name in names(model)]
    if fasta is not None and genome is None:
        sequences = read(fasta)
    elif genome is not None and fasta is None:
        sequences = _extracted(genome, region or [], bed, build)
    else:
        raise InputError("give either a FASTA file, or --genome with --region or --bed")
    longest = max(c.model.window for c in loaded)
    for s in sequences:
        if len(s) < longest:
            print(f"'{s.name}' left out: {len(s)} bases, fewer than the window of {longest}", file=sys.stderr)
    sequences = [s for s in sequences if len(s) >= longest]
    if not sequences:
        raise InputError(f"no sequence is as long as the window of {longest} bases; 'predict' takes shorter ones")
    profiles = []
    with text_writer(out) as handle:
        for done, sequence in enumerate(sequences, 1):
            for checkpoint in loaded:
                with bar(f"{checkpoint.name} {sequence.name} ({done}/{len(sequences)})") as progress:
                    profiles.append(
                        scan(
                            checkpoint.inference_model,
                            sequence,
                            stride,
                            name=checkpoint.name,
                            batch_size=batch_size,
                            device=where,
                            progress=progress,
                        )
                    )
        is_bedgraph = Path(out).suffix.lower() in (".bedgraph", ".bg", ".bdg")
        handle.write(bedgraph(profiles) if is_bedgraph else profile_csv(profiles))


def extract_command(
    genome: Annotated[str, typer.Option("--genome", help="genome FASTA, plain or bgzip; indexed beside it")],
    regions: Annotated[list[str] | None, typer.Argument(help="regions such as chr1:1-200 (1-based)")] = None,
    bed: Bed = None,
    build: Build = "",
    out: Annotated[str, typer.Option("--out", help="FASTA file to write, or - for standard output")] = "-",
) -> None:
    """Regions of a genome as FASTA."""
    with text_writer(out) as handle:
        handle.write(write_fasta(_extracted(genome, regions or [], bed, build)))


def _extracted(genome: str, regions: list[str], bed: str | None, build: str) -> list[Sequence]:
    """The regions of a genome, each under a name of its own."""
    wanted: list[tuple[Region, str]] = []
    for text in regions:
        region = parse_region(text, build)
        wanted.append((region, region.label))
    if bed is not None:
        raw, what = content(bed)
        wanted += read_bed(text_of(raw, what, "BED"), what, build)
    if not wanted:
        raise InputError("no region was given; write chr1:1-200 or name a BED file with --bed")
    opened = Genome(genome, build)
    own = own_names([name for _, name in wanted])
    return [opened.region(region, name) for (region, _), name in zip(wanted, own, strict=True)]
