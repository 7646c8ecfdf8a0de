"""`python -m engine scan | extract`: long sequences, and regions of a genome."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from engine import device
from engine.cli.browser import TRACK_FORMATS, TracksOut, build_of, check, write_tracks
from engine.cli.common import Adapters, Device, LeftOut, bar, content, names, read
from engine.cli.genome_options import Batch, Build, GenomeFile, Models
from engine.cli.outputs import described, output, text_writer
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.fasta import write_fasta
from engine.genome.genome import Genome, own_names
from engine.genome.regions import NamedRegion, read_regions
from engine.genome.scan import LONGEST_STRIDE, STRIDE, genome_tracks, profile_csv, scan
from engine.limits import EXTRACTED, REGIONS
from engine.models.predict import BATCH_SIZE
from engine.sequence import Sequence, parse_region
from engine.text import text_of

Bed = Annotated[
    str | None,
    typer.Option(
        "--bed",
        help="file of regions: BED, narrowPeak, GTF, GFF, interval_list, or lines of chr1:1-200(-); plain or .gz, or - "
        "for standard input",
    ),
]
Summit = Annotated[
    int,
    typer.Option(
        min=0,
        max=1_000_000,
        help="of the regions in --bed, windows of that many bases around the summit (narrowPeak's column 10) instead",
    ),
]


def scan_command(
    model: Models,
    fasta: Annotated[str | None, typer.Argument(help="FASTA file (plain or .gz), or - for standard input")] = None,
    genome: GenomeFile = None,
    region: Annotated[list[str] | None, typer.Option(help="region of the genome, as chr1:1-20000")] = None,
    bed: Bed = None,
    summit: Summit = 0,
    build: Build = "",
    stride: Annotated[int, typer.Option(min=1, max=LONGEST_STRIDE, help="bases between two windows")] = STRIDE,
    out: TracksOut = "-",
    adapters: Adapters = "auto",
    device_name: Device = "auto",
    batch_size: Batch = BATCH_SIZE,
) -> None:
    """Activity profile of long sequences: the model's window moved along them."""
    target = output(out, *TRACK_FORMATS)
    left, opened = LeftOut(), None
    where = device.resolve(device_name)
    loaded = [checkpoints.load(name) for name in names(model)]
    if fasta is not None and genome is None:
        sequences = read(fasta, adapters)
    elif genome is not None and fasta is None:
        wanted = _wanted(region or [], bed, build, summit, left)
        opened = Genome(genome, build)
        sequences = list(_extracted(opened, wanted, left))
    else:
        raise InputError("give either a FASTA file, or --genome with --region or --bed")
    longest = max(c.model.window for c in loaded)
    for s in sequences:
        if len(s) < longest:
            left.add(f"'{s.name}'", f"{len(s)} bases, fewer than the window of {longest}")
    sequences = [s for s in sequences if len(s) >= longest]
    if not sequences:
        raise InputError(f"no sequence is as long as the window of {longest} bases; 'predict' takes shorter ones")
    check(target, build_of(sequences, build))
    profiles = []
    with text_writer(target) if target.format == "csv" else contextlib.nullcontext() as handle:
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
        if handle:
            handle.write(profile_csv(profiles))
        else:
            lengths = opened.contigs if opened else {}
            write_tracks(target, genome_tracks(profiles), build_of(sequences, build), lengths)
    left.finish()


def extract_command(
    genome: Annotated[str, typer.Option("--genome", help="genome FASTA, plain or bgzip; indexed beside it")],
    regions: Annotated[
        list[str] | None, typer.Argument(help="regions such as chr1:1-200 or chr1:1-200(-), 1-based")
    ] = None,
    bed: Bed = None,
    summit: Summit = 0,
    build: Build = "",
    out: Annotated[str, typer.Option("--out", help=described("fasta"))] = "-",
) -> None:
    """Regions of a genome as FASTA, those of the minus strand as their reverse complement."""
    target = output(out, "fasta")
    left = LeftOut()
    wanted = _wanted(regions or [], bed, build, summit, left)
    opened = Genome(genome, build)
    with text_writer(target) as handle:
        for sequence in _extracted(opened, wanted, left):
            handle.write(write_fasta([sequence]))
    left.finish()


def _wanted(texts: list[str], bed: str | None, build: str, summit: int, left: LeftOut) -> list[NamedRegion]:
    """The regions that were typed and those of a file; what is none is left out."""
    wanted = []
    for text in texts:
        try:
            region = parse_region(text, build)
            wanted.append(NamedRegion(region, region.label, f"'{text}'"))
        except InputError as error:
            left.add(f"'{text[:80]}'", str(error))
    if bed is not None:
        raw, what = content(bed)
        read = read_regions(text_of(raw, what, "BED"), what, build, summit)
        wanted += read.regions
        for remark in read.remarks:
            print(remark, file=sys.stderr)
        for where, reason in read.skipped:
            left.add(where, reason)
    if not wanted:
        raise InputError(
            "no region is left to take" if texts else "no region was given; write chr1:1-200 or give a file with --bed"
        )
    REGIONS.check(len(wanted), "the input")
    EXTRACTED.check(sum(len(w.region) for w in wanted), "the input")
    return wanted


def _extracted(genome: Genome, wanted: list[NamedRegion], left: LeftOut) -> Iterator[Sequence]:
    """The regions of a genome, each under a name of its own; one that the genome does not hold is left out.

    Raises:
        InputError: it holds none of them.
    """
    if genome.remark:
        print(genome.remark, file=sys.stderr)
    taken, last = 0, ""
    for named, own in zip(wanted, own_names([w.name for w in wanted]), strict=True):
        try:
            sequence = genome.region(named.region, own)
        except InputError as error:
            last = f"{named.where}: {error}"
            if len(wanted) > 1:
                left.add(named.where, str(error))
            continue
        taken += 1
        yield sequence
    if not taken:
        raise InputError(last if len(wanted) == 1 else f"none of the {len(wanted):,} regions can be taken; {last}")
