"""`python -m engine scan | extract`: long sequences, and regions of a genome."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from engine import sheets
from engine.cli.browser import TRACK_FORMATS, TracksOut, build_of, check, write_tracks
from engine.cli.common import Adapters, Device, LeftOut, bar, content, names, read
from engine.cli.genome_options import Batch, Build, GenomeFile, Models, OnRay, run_of
from engine.cli.outputs import described, output, text_writer
from engine.cli.training_options import RayAddress
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.fasta import write_fasta
from engine.genome.genome import Genome, own_names
from engine.genome.many import profile_parts
from engine.genome.regions import NamedRegion, read_regions
from engine.genome.scan import (
    LONGEST_STRIDE,
    STRIDE,
    csv_columns,
    csv_rows,
    genome_tracks,
    joined,
    window_count,
)
from engine.limits import EXTRACTED, REGIONS
from engine.models.predict import BATCH_SIZE
from engine.results import Profile
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
    ray: OnRay = False,
    ray_address: RayAddress = "local",
) -> None:
    """Activity profile of long sequences: the model's window moved along them."""
    target = output(out, *TRACK_FORMATS)
    left, opened = LeftOut(), None
    run = run_of(device_name, batch_size, ray)
    loaded = {name: checkpoints.load(name).inference_model for name in names(model)}
    windows = {network.window for network in loaded.values()}
    if target.format == "csv" and len(windows) > 1:
        raise InputError(
            f"the models read windows of {' and '.join(map(str, sorted(windows)))} bases, so that their rows are not "
            "the same; scan with one after the other, or write tracks (--out name.bedgraph)"
        )
    if fasta is not None and genome is None:
        sequences = read(fasta, adapters)
    elif genome is not None and fasta is None:
        wanted = _wanted(region or [], bed, build, summit, left)
        opened = Genome(genome, build)
        sequences = list(_extracted(opened, wanted, left))
    else:
        raise InputError("give either a FASTA file, or --genome with --region or --bed")
    longest = max(windows)
    for s in sequences:
        if len(s) < longest:
            left.add(f"'{s.name}'", f"{len(s)} bases, fewer than the window of {longest}")
    sequences = [s for s in sequences if len(s) >= longest]
    if not sequences:
        raise InputError(f"no sequence is as long as the window of {longest} bases; 'predict' takes shorter ones")
    check(target, build_of(sequences, build))
    parts = profile_parts(loaded, sequences, stride, run=run, ray_address=ray_address if ray else None)
    total = sum(window_count(len(s), network.window, stride) for s in sequences for network in loaded.values())
    if target.format == "csv":
        with text_writer(target) as handle:
            table, begun = sheets.Writer(handle), False
            for group in _followed(parts, total):
                table.writerows([] if begun else [csv_columns(group)])
                table.writerows(csv_rows(group))
                begun = True
    else:
        held: dict[tuple[str, str], list[Profile]] = {}
        for part in (part for group in _followed(parts, total) for part in group):
            held.setdefault((part.name, part.model), []).append(part)
        lengths = opened.contigs if opened else {}
        profiles = [joined(held_parts) for held_parts in held.values()]
        write_tracks(target, genome_tracks(profiles), build_of(sequences, build), lengths)
    left.finish()


def _followed(parts: Iterator[list[Profile]], total: int) -> Iterator[list[Profile]]:
    """The parts as they come, with a bar of the windows done."""
    done = 0
    with bar("scan") as progress:
        for group in parts:
            done += sum(len(part.starts) for part in group)
            progress(done, total)
            yield group


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
