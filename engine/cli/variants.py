"""`python -m engine variants`: predicted effects of variants."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from engine import sheets
from engine.cli.common import Device, LeftOut, bar, names, text_file
from engine.cli.genome_options import Batch, Build, GenomeFile, Models, OnRay, run_of
from engine.cli.outputs import described, output, text_writer
from engine.cli.training_options import RayAddress
from engine.data import satmut
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.genome import dbsnp as dbsnp_file
from engine.genome.annotated import annotated_lines
from engine.genome.diagnosis import diagnosis
from engine.genome.exports import EFFECT, variants_vcf
from engine.genome.genome import Genome
from engine.genome.many import effect_tables
from engine.genome.notations.files import is_vcf_file, read_variants_file
from engine.genome.notations.typed import RsNumbers, parse_line, rs_numbers
from engine.genome.reference import GenomeReference, PlacedReference, Reference
from engine.genome.variants import ReadVariants, Skipped, Variant
from engine.models.predict import BATCH_SIZE
from engine.text import TextFile

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
    ray: OnRay = False,
    ray_address: RayAddress = "local",
) -> None:
    """Predicted effect of variants: ref, alt and alt minus ref for each model and output, one row an allele."""
    target = output(out, "csv", "vcf")
    run = run_of(device_name, batch_size, ray)
    distances = _offsets(offsets)
    loaded = {name: checkpoints.load(name).inference_model for name in names(model)}
    reference = _reference(genome, element, build)
    left = LeftOut()
    sources = _sources(given, reference, dbsnp, keeps_records=target.format == "vcf")
    variants = [v for _, read in sources for v in read.variants]
    reasons = [s.reason for _, read in sources for s in read.skipped]
    if not variants and len(reasons) == 1:
        raise InputError(reasons[0])
    _name_skipped(sources, left)
    if not variants:
        raise InputError("no variant that can be scored was given")
    refused = _refused(sources, reference)
    tables = effect_tables(
        loaded,
        variants,
        reference,
        offsets=distances,
        run=run,
        refused=refused,
        ray_address=ray_address if ray else None,
    )
    problems: dict[int, str] = {}
    kept: list[pd.DataFrame] = []  # of a VCF, whose lines are sorted: what stands in it
    done = 0
    with text_writer(target) as handle:
        with bar("variants") as progress:
            for table in tables:
                problems |= {done + i: problem for i, problem in enumerate(table["problem"]) if problem}
                if target.format == "vcf":
                    kept.append(table[[c for c in table.columns if c.endswith(EFFECT) or c == "problem"]])
                else:
                    handle.write(sheets.of_frame(table, "%.6g", header=done == 0))
                done += len(table)
                progress(done, len(variants))
        if kept:
            for text in _as_vcf(sources, pd.concat(kept, ignore_index=True), reference):
                handle.write(text)
    _name_problems(sources, problems, left, set(refused.values()))
    left.finish()


def _as_vcf(sources: list[tuple[str, ReadVariants]], table: pd.DataFrame, reference: Reference) -> Iterable[str]:
    """The text of the one VCF that was given with the effects added; of anything else of the alleles alone."""
    if len(sources) == 1 and sources[0][1].vcf is not None:
        return annotated_lines(sources[0][1].vcf, table)
    if any(read.vcf for _, read in sources):
        print("several inputs: INFO, FORMAT and samples are kept only where one VCF is given alone", file=sys.stderr)
    return [variants_vcf([v for _, read in sources for v in read.variants], table, reference)]


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
    """The variants of those inputs that as a whole do not fit the reference, with what is wrong, which is also said.

    What is left of several inputs has to fit together, too.
    """
    refused: dict[Variant, str] = {}
    typed = [v for _, read in sources if not read.lines for v in read.variants]
    lists = [(what, read.variants) for what, read in sources if read.lines]
    for what, variants in [*lists, ("typed", typed)]:
        found = diagnosis(variants, reference)
        if found.remark:
            print(f"warning: {what}: {found.remark}", file=sys.stderr)
        if found.refused:
            refused |= dict.fromkeys(variants, found.remark)
    if len(sources) > 1:
        rest = [v for v in dict.fromkeys(v for _, read in sources for v in read.variants) if v not in refused]
        found = diagnosis(rest, reference)
        if found.refused:
            refused |= dict.fromkeys(rest, found.remark)
    return refused


def _name_problems(
    sources: list[tuple[str, ReadVariants]], problems: dict[int, str], left: LeftOut, warned: set[str]
) -> None:
    """The alleles that could not be scored, the first few with their line unless all of the list were `warned` of.

    Args:
        problems: by the place of an allele among all.
    """
    starts = list(accumulate((len(read.variants) for _, read in sources), initial=0))
    single = [(place, problem) for place, problem in problems.items() if problem not in warned]
    for place, problem in single[:NAMED]:
        source = bisect_right(starts, place) - 1
        what, read = sources[source]
        left.add(f"{what}, line {read.lines[place - starts[source]]}" if read.lines else f"'{what}'", problem)
    left.n += len(problems) - len(single[:NAMED])
    if problems:
        print(f"{len(problems)} of {starts[-1]} variants could not be scored; see the problem named", file=sys.stderr)


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


def _sources(
    given: list[str], reference: Reference, dbsnp: str | None, *, keeps_records: bool
) -> list[tuple[str, ReadVariants]]:
    """Each file and each typed variant with what it is called; a typed one has no lines."""
    files = [_file(text) for text in given]
    lists = [file if file is None or is_vcf_file(file) else file.text() for file in files]
    wanted = {
        rs
        for text, content in zip(given, lists, strict=True)
        if not isinstance(content, TextFile)
        for rs in rs_numbers(content or text)
    }
    known: RsNumbers | None = None
    if dbsnp is not None:
        with bar(f"looking up {len(wanted)} rs numbers") as progress:
            known = dbsnp_file.look_up(dbsnp, wanted, progress)
    sources = []
    for text, file in zip(given, files, strict=True):
        if file is not None:
            read = read_variants_file(file, reference, known, keeps_records=keeps_records)
            sources.append((file.what, read))
            continue
        try:
            sources.append((text[:80], ReadVariants(parse_line(text, reference, known))))
        except InputError as error:
            sources.append((text[:80], ReadVariants([], [Skipped(0, str(error))])))
    return sources


def _file(text: str) -> TextFile | None:
    """The file that an argument names; None for a variant that was typed."""
    if text != "-" and not text.lower().endswith(FILES) and not _is_file(text):
        return None
    return text_file(text, "variants")


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # longer than a name of a file can be
        return False
