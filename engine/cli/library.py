"""`python -m engine library`: a user's own MPRA table, barcode counts or variant effect map beside predictions."""

from __future__ import annotations

import math
import sys
from typing import Annotated

import typer

from engine import device
from engine.cli import outputs
from engine.cli.common import Adapters, Device, LeftOut, Policy, bar, names, writer
from engine.cli.genome_options import Batch
from engine.cli.own_tables import (
    Activity,
    Assignment,
    Decimal,
    Design,
    MinBarcodes,
    NameColumn,
    SequenceColumn,
    TableFiles,
    Target,
    Unit,
    kin,
    read,
)
from engine.experiments import checkpoints
from engine.models.predict import BATCH_SIZE, Run
from engine.mpra.columns import Choices
from engine.mpra.comparison import MEAN, Comparison, Score, apart, compare, largest, seen_by
from engine.mpra.exports import rows, seen_in_words, without_output
from engine.mpra.library import MeasuredLibrary
from engine.mpra.predicting import predicted
from engine.statistics import Metric, in_words

DISAGREEMENTS = 5  # rows shown

Table = Annotated[
    str, typer.Argument(help="CSV, TSV, semicolons or Excel, plain or .gz, or - for standard input; see the README")
]


def library_command(
    table: Table,
    model: Annotated[str, typer.Option("--model", help="one name, or several with commas")],
    design: Design = None,
    assignment: Assignment = None,
    target: Target = None,
    sequence_column: SequenceColumn = "",
    name_column: NameColumn = "",
    activity: Activity = None,
    unit: Unit = "",
    decimal: Decimal = "",
    min_barcodes: MinBarcodes = 10,
    adapters: Adapters = "auto",
    output: Annotated[str, typer.Option("--output", help="hold everything against this output of the models")] = "",
    window: Policy = None,
    out: Annotated[
        str | None, typer.Option("--out", help="all rows with predictions; " + outputs.described("csv"))
    ] = None,
    device_name: Device = "auto",
    batch_size: Batch = BATCH_SIZE,
) -> None:
    """Your own MPRA table, barcode counts or MaveDB variants beside predictions: scores and disagreements.

    The summary goes to standard output, or to standard error where the rows are written there.
    """
    where = device.resolve(device_name)
    choices = Choices(
        sequence=sequence_column,
        name=name_column,
        activity=tuple(activity or ()),
        unit=unit,
        decimal=decimal,
        min_barcodes=min_barcodes,
        adapters=adapters,
    )
    loaded = [checkpoints.load(name) for name in names(model)]
    if out is not None:
        outputs.output(out, "csv")  # an unknown ending is refused before the work
    left_out = LeftOut()
    library = read(TableFiles(table, design, assignment, target), choices, left_out)
    stream = sys.stderr if out == "-" else sys.stdout
    known = kin()
    predictions = []
    for checkpoint in loaded:
        with bar(f"{library.what}: {checkpoint.name}") as progress:
            seen = seen_by(checkpoint, library, known)
            run = Run(batch_size=batch_size, device=where)
            predictions.append(predicted(checkpoint, library, policy=window, run=run, seen=seen, progress=progress))
    with bar("score") as progress:
        comparison = compare(library, predictions, output, progress)
    for one in predictions:
        for row, reason in one.problems:
            left_out.add(f"{library.what}, line {library.lines[row]}", f"{one.model}: {reason}")
    if out is not None:
        with writer(out) as write:
            write(rows(comparison))
    print_summary(comparison, stream)
    left_out.finish()


def print_summary(comparison: Comparison, stream) -> None:
    """What was read, what the models have seen of it, every score with n and interval, the largest disagreements."""
    library = comparison.library
    kind = "sequences" if library.target is None else f"variants of {library.target.name}"
    print(f"{library.what}: {len(library):,} {kind}", file=stream)
    for one in comparison.predictions:
        print(f"{one.model}: {seen_in_words(one.seen)}", file=stream)
    if several := without_output(comparison):
        print(f"No output is called {', '.join(several)}: held against each; choose one with --output.", file=stream)
    print(f"\n{'predicted by':34} {'measured':14} {'rows':9} {'Spearman':34} {'Pearson':24} RMSE", file=stream)
    for score in comparison.scores:
        print(_line(score, library), file=stream)
    for model, output, label in comparison.pairs:
        one = comparison.of(model)
        distance = apart(library, one, output, label)
        chosen = largest(distance, DISAGREEMENTS)
        if not len(chosen):
            continue
        print(f"\n{model} {output}, {library.title(label)}: farthest apart, in standard deviations", file=stream)
        for i in chosen:
            measured, value = library.measured[i, library.labels.index(label)], one.column(output)[i]
            print(
                f"  {distance[i]:+.1f}  line {library.lines[i]} {library.names[i]}: "
                f"measured {measured:.3f}, predicted {value:.3f}",
                file=stream,
            )


def _line(score: Score, library: MeasuredLibrary) -> str:
    who = f"{score.model} {score.output}".strip()
    rank = "-" if score.model == MEAN else _metric(score.spearman, n=True)
    linear = "-" if score.model == MEAN else _metric(score.pearson)
    n = f" (n={score.rmse.n:,})" if score.model == MEAN else ""
    error = "-" if math.isnan(score.rmse.value) else _metric(score.rmse) + n
    return f"{who:34} {library.title(score.label):14} {score.rows:9} {rank:34} {linear:24} {error}"


def _metric(metric: Metric, n: bool = False) -> str:
    if math.isnan(metric.value):
        return f"not defined (n={metric.n:,})"
    return in_words(metric.value, metric.low, metric.high, metric.n if n else None)
