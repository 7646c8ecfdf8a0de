"""`python -m engine variants`: predicted effects of variants."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from engine import device, sheets
from engine.cli.common import Device, LeftOut, bar, content, names
from engine.cli.genome_options import Batch, Build, GenomeFile, Models
from engine.cli.outputs import described, output, text_writer
from engine.data import satmut
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.genome import dbsnp as dbsnp_file
from engine.genome.annotated import annotated_vcf
from engine.genome.diagnosis import diagnosis
from engine.genome.effects import join, score_variants
from engine.genome.exports import variants_vcf
from engine.genome.genome import Genome
from engine.genome.notations.files import read_variants
from engine.genome.notations.typed import RsNumbers, parse_line, rs_numbers
from engine.genome.notations.vcf import is_vcf
from engine.genome.reference import GenomeReference, PlacedReference, Reference
from engine.genome.variants import ReadVariants, Skipped, Variant
from engine.models.predict import BATCH_SIZE, Run
from engine.text import text_of

ALL = "all"
FILES = (".vcf", ".gz", ".bgz", ".txt", ".tsv", ".csv", ".tab", ".list")  # what is taken for a file, there or not
NAMED = 20  # alleles that could not be scored, or that name no bases, which are named one by one


def variants_command(
    given: Annotated[
        list[str],
        typer.Argument(
            help="VCF, a table with a header, a list of one variant a line (plain or .gz, or - for standard input), or "
            "variants: 'chr1:109817590 G>T', HGVS g., SPDI, GTEx and gnomAD ids"
        ),
    ],
    model: Models,
    genome: GenomeFile = None,
    element: Annotated[
        str | None, typer.Option(help=f"measured elements instead of a genome: names with commas, or '{ALL}'")
    ] = None,
    build: Build = "",
    dbsnp: Annotated[str | None, typer.Option(help="VCF of dbSNP, in which rs numbers are looked up")] = None,
    offsets: Annotated[
        str, typer.Option(help="the variant's distance from the middle of the window, one window each, with commas")
    ] = "0",
    out: Annotated[str, typer.Option("--out", help=described("csv", "vcf"))] = "-",
    device_name: Device = "auto",
    batch_size: Batch = BATCH_SIZE,
) -> None:
    """Predicted effect of variants: ref, alt and alt minus ref for each model and output, one row an allele."""
    target = output(out, "csv", "vcf")
    where = device.resolve(device_name)
    distances = _offsets(offsets)
    loaded = [checkpoints.load(name) for name in names(model)]
    reference = _reference(genome, element, build)
    left = LeftOut()
    sources = _sources(given, reference, dbsnp)
    variants = [v for _, read in sources for v in read.variants]
    reasons = [s.reason for _, read in sources for s in read.skipped]
    if not variants and len(reasons) == 1:
        raise InputError(reasons[0])
    _name_skipped(sources, left)
    if not variants:
        raise InputError("no variant that can be scored was given")
    refused = _refused(sources, reference)
    with text_writer(target) as handle:
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
                        done=dict(refused),
                        progress=progress,
                    )
                )
        table = join(tables)
        if target.format == "vcf":
            handle.write(_as_vcf(sources, table, reference))
        else:
            handle.write(sheets.of_frame(table, "%.6g"))
    _name_problems(sources, table, left, set(refused.values()))
    left.finish()


def _as_vcf(sources: list[tuple[str, ReadVariants]], table: pd.DataFrame, reference: Reference) -> str:
    """The one VCF that was given with the effects added; of anything else the alleles alone."""
    if len(sources) == 1 and sources[0][1].vcf is not None:
        return annotated_vcf(sources[0][1].vcf, table)
    if any(read.vcf for _, read in sources):
        print("several inputs: INFO, FORMAT and samples are kept only where one VCF is given alone", file=sys.stderr)
    return variants_vcf([v for _, read in sources for v in read.variants], table, reference)


def _name_skipped(sources: list[tuple[str, ReadVariants]], left: LeftOut) -> None:
    """Everything that is no variant, with its line; of what names no bases by its format, the first few."""
    for what, read in sources:
        for remark in read.remarks:
            print(f"warning: {remark}", file=sys.stderr)
        baseless = 0
        for skipped in read.skipped:
            baseless += not skipped.counts
            if skipped.counts or baseless <= NAMED:
                left.add(
                    f"{what}, line {skipped.line}" if skipped.line else f"'{what}'", skipped.reason, skipped.counts
                )
        if baseless > NAMED:
            print(f"{what}: {baseless - NAMED:,} more alleles that name no bases left out", file=sys.stderr)


def _refused(sources: list[tuple[str, ReadVariants]], reference: Reference) -> dict[Variant, str]:
    """The variants of those inputs that as a whole do not fit the reference, with what is wrong, which is also said."""
    refused: dict[Variant, str] = {}
    typed = [v for _, read in sources if not read.lines for v in read.variants]
    lists = [(what, read.variants) for what, read in sources if read.lines]
    for what, variants in [*lists, ("typed", typed)]:
        found = diagnosis(variants, reference)
        if found.remark:
            print(f"warning: {what}: {found.remark}", file=sys.stderr)
        if found.refused:
            refused |= dict.fromkeys(variants, found.remark)
    return refused


def _name_problems(
    sources: list[tuple[str, ReadVariants]], table: pd.DataFrame, left: LeftOut, warned: set[str]
) -> None:
    """The alleles that could not be scored, the first few with their line unless all of the list were `warned` of."""
    rows = [
        (f"{what}, line {read.lines[i]}" if read.lines else f"'{what}'")
        for what, read in sources
        for i in range(len(read.variants))
    ]
    bad = [(where, problem) for where, problem in zip(rows, table["problem"], strict=True) if problem]
    single = [(where, problem) for where, problem in bad if problem not in warned]
    for where, problem in single[:NAMED]:
        left.add(where, problem)
    left.n += len(bad) - len(single[:NAMED])
    if bad:
        print(f"{len(bad)} of {len(table)} variants could not be scored; see the problem named", file=sys.stderr)


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


def _sources(given: list[str], reference: Reference, dbsnp: str | None) -> list[tuple[str, ReadVariants]]:
    """Each file and each typed variant with what it is called; a typed one has no lines."""
    texts = [
        (what, text_of(raw, what, "variants")) if raw is not None else (what, None) for what, raw in map(_raw, given)
    ]
    wanted = {rs for what, text in texts if text is None or not is_vcf(text) for rs in rs_numbers(text or what)}
    known: RsNumbers | None = None
    if dbsnp is not None:
        with bar(f"looking up {len(wanted)} rs numbers") as progress:
            known = dbsnp_file.look_up(dbsnp, wanted, progress)
    sources = []
    for what, text in texts:
        if text is not None:
            sources.append((what, read_variants(text, what, reference, known)))
            continue
        try:
            sources.append((what[:80], ReadVariants(parse_line(what, reference, known))))
        except InputError as error:
            sources.append((what[:80], ReadVariants([], [Skipped(0, str(error))])))
    return sources


def _raw(text: str) -> tuple[str, bytes | None]:
    """What an argument is called, and its bytes if it is a file."""
    if text != "-" and not text.lower().endswith(FILES) and not _is_file(text):
        return text, None
    raw, what = content(text)
    return what, raw


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # longer than a name of a file can be
        return False
