"""`python -m engine variants`: predicted effects of variants."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine import device
from engine.cli.common import Device, bar, content, names, text_writer
from engine.cli.genome_options import Batch, Build, GenomeFile, Models
from engine.data import satmut
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.genome.effects import join, score_variants, wrong_build
from engine.genome.exports import variants_vcf
from engine.genome.genome import Genome
from engine.genome.reference import GenomeReference, PlacedReference, Reference
from engine.genome.variants import ReadVariants, parse_variant, read_vcf
from engine.models.predict import BATCH_SIZE, Run

ALL = "all"


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
            handle.write(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


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
