"""`python -m engine variants | scan | extract`: variants, long sequences and regions of a genome."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine import device
from engine.cli.common import Device, bar, content, names, read, text_writer
from engine.data import satmut
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.genome.effects import join, score_variants, wrong_build
from engine.genome.exports import variants_vcf
from engine.genome.genome import Genome
from engine.genome.reference import GenomeReference, PlacedReference, Reference
from engine.genome.scan import STRIDE, bedgraph, profile_csv, scan
from engine.genome.variants import ReadVariants, parse_variant, read_bed, read_vcf
from engine.models.predict import BATCH_SIZE, Run
from engine.sequence import Region, Sequence, parse_region, write_fasta
from engine.text import text_of

ALL = "all"
Models = Annotated[str, typer.Option("--model", help="one name, or several with commas")]
GenomeFile = Annotated[str | None, typer.Option("--genome", help="genome FASTA, plain or bgzip; indexed beside it")]
Build = Annotated[str, typer.Option(help="build of the genome or of the elements: " + " or ".join(satmut.BUILDS))]
Bed = Annotated[str | None, typer.Option("--bed", help="BED file of regions, plain or .gz, or - for standard input")]
Batch = Annotated[int, typer.Option(min=1)]


def variants_command(
    given: Annotated[
        list[str], typer.Argument(help="VCF files (.vcf, .vcf.gz, or -) or variants: 'chr1:109817590 G>T', HGVS g.")
    ],
    model: Models,
    genome: GenomeFile = None,
    element: Annotated[
        str | None, typer.Option(help=f"measured elements instead of a genome: names with commas, or '{ALL}'")
    ] = None,
    build: Build = "",
    offsets: Annotated[
        str, typer.Option(help="the variant's distance from the middle of the window, one window each, with commas")
    ] = "0",
    out: Annotated[str, typer.Option("--out", help="file to write, .csv or .vcf; - for CSV on standard output")] = "-",
    device_name: Device = "auto",
    batch_size: Batch = BATCH_SIZE,
) -> None:
    """Predicted effect of variants: ref, alt and alt minus ref for each model and output, one row an allele."""
    where = device.resolve(device_name)
    distances = _offsets(offsets)
    loaded = [checkpoints.load(name) for name in names(model)]
    reference = _reference(genome, element, build)
    variants = []
    for text in given:
        alleles, what = _variants(text, reference)
        variants += alleles.variants
        for line, reason in alleles.skipped:
            print(f"{what}, line {line}, left out: {reason}", file=sys.stderr)
    if not variants:
        raise InputError("no variant to score was given")
    remark = wrong_build(variants, reference)
    if remark:
        print(f"warning: {remark}", file=sys.stderr)
    with text_writer(out) as handle:
        tables = []
        for checkpoint in loaded:
            with bar(f"variants {checkpoint.name}") as progress:
                tables.append(
                    score_variants(
                        checkpoint.inference_model,
                        variants,
                        reference,
                        name=checkpoint.name,
                        offsets=distances,
                        run=Run(batch_size=batch_size, device=where),
                        progress=progress,
                    )
                )
        table = join(tables)
        problems = int((table["problem"] != "").sum())
        if problems:
            print(f"{problems} of {len(table)} variants could not be scored; see the problem named", file=sys.stderr)
        if out.lower().endswith(".vcf"):
            handle.write(variants_vcf(variants, table, reference))
        else:
            table.to_csv(handle, index=False, float_format="%.6g", lineterminator="\n")


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


def _offsets(text: str) -> tuple[int, ...]:
    try:
        return tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError as error:
        raise InputError(f"offsets '{text}' are not whole numbers with commas; write e.g. -30,0,30") from error


def _reference(genome: str | None, element: str | None, build: str) -> Reference:
    if genome is not None and element is None:
        return GenomeReference(Genome(genome, build))
    if element is None or genome is not None:
        raise InputError("give the reference: either --genome FASTA or --element NAME")
    chosen = list(satmut.DATA_SETS) if element == ALL else names(element)
    return PlacedReference([satmut.context(satmut.load(name, build or satmut.BUILDS[0])) for name in chosen])


def _variants(text: str, reference: Reference) -> tuple[ReadVariants, str]:
    """The variants of a file, or the one that is written."""
    if text == "-" or text.lower().endswith((".vcf", ".vcf.gz", ".vcf.bgz")) or Path(text).is_file():
        raw, what = content(text)
        return read_vcf(raw, what), what
    return ReadVariants([parse_variant(text, reference)], []), text


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
    return Genome(genome, build).regions(wanted)
