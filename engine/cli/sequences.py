"""`python -m engine predict | ism | ig`: what a model says of the user's sequences, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated

import numpy as np
import typer

from engine import device, sheets
from engine.cli.browser import TRACK_FORMATS, TracksOut, build_of, check, write_tracks
from engine.cli.common import Adapters, Device, Input, Model, Out, Policy, bar, names, number, read, stream, writer
from engine.cli.genome_options import Batch, Build
from engine.cli.outputs import Output, output, text_writer
from engine.evaluation.intervals import columns, fitted
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import BASELINES, IGSettings, integrated_gradients, ism
from engine.models.predict import BATCH_SIZE, predict
from engine.report.track_files import TRACK_COLUMNS, genome_tracks, track_rows
from engine.results import Prediction, Progress, Track
from engine.sequence import WINDOW_POLICIES, Sequence, any_known, check_policy, default_policy


def predict_command(
    fasta: Input,
    model: Annotated[str, typer.Option("--model", help="one name, or several with commas")],
    out: Out = "-",
    window: Policy = None,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
    batch_size: Batch = BATCH_SIZE,
    intervals: Annotated[bool, typer.Option(help="how sure the model is, and where a measurement is expected")] = False,
) -> None:
    """Predicted log2(RNA/DNA): one row a sequence, one column `<model>.<output>` each.

    With `--intervals` columns follow for each: `.spread` (how far the networks behind it differ) and `.noise` (of the
    measurement) where the model says so, then the ends of the intervals in which 50%, 80% and 95% of measurements are
    expected (`.from80`, `.to80`); a sequence of several windows has none.
    """
    where = device.resolve(device_name)
    loaded = [checkpoints.load(name) for name in names(model)]
    for checkpoint in loaded if intervals else ():
        fitted(checkpoint)  # a model without intervals ends the command before the work
    windows = {checkpoint.model.window for checkpoint in loaded}
    used: set[str] = set()

    def accept(sequence: Sequence) -> None:
        for length in windows:
            policy = window or default_policy(len(sequence), length)
            check_policy(len(sequence), length, policy, sequence.name)
            used.update([policy] if len(sequence) != length else [])

    records = stream(fasta, adapters, accept)
    with writer(out) as write, bar("predict") as progress:
        for policy in sorted(used):
            print(f"window policy '{policy}': {WINDOW_POLICIES[policy]}", file=sys.stderr)
        done = 0
        for sequences in records.batches():
            n = len(sequences)
            tables = [
                predict(
                    checkpoint.inference_model,
                    sequences,
                    name=checkpoint.name,
                    policy=window,
                    batch_size=batch_size,
                    device=where,
                    progress=partial(_within, progress, done * len(loaded) + i * n, n, records.n * len(loaded)),
                )
                for i, checkpoint in enumerate(loaded)
            ]
            said = [_columns(c, table, sequences, intervals) for c, table in zip(loaded, tables, strict=True)]
            if done == 0:
                write([("name", *(column for of_model in said for column in of_model))])
            values = np.stack([values for of_model in said for values in of_model.values()], axis=1)
            write((s.name, *map(number, row)) for s, row in zip(sequences, values, strict=True))
            done += n


def _within(progress: Progress, before: int, n: int, total: int, windows: int, of: int) -> None:
    """Progress in sequences, of `n` of which some of their windows are done."""
    progress(before + n * windows // of, total)


def _columns(
    checkpoint: Checkpoint, table: Prediction, sequences: list[Sequence], intervals: bool
) -> dict[str, np.ndarray]:
    """What a model says of each sequence, `(n,)` by column."""
    predicted = {f"{table.model}.{output}": table.values[:, i] for i, output in enumerate(table.outputs)}
    if not intervals:
        return predicted
    one_window = np.array([len(s) <= checkpoint.model.window for s in sequences])
    return predicted | columns(checkpoint, table, one_window)


def ism_command(
    fasta: Input,
    model: Model,
    out: TracksOut = "-",
    build: Build = "",
    window: Policy = None,
    standardised: Annotated[bool, typer.Option(help="in standard deviations of the validation predictions")] = False,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """In-silico mutagenesis: the effect of every substitution (alt minus ref).

    For genome browsers (bedGraph, bigWig, a track hub), a base has minus the mean effect of its three substitutions.
    """
    target = output(out, *TRACK_FORMATS)
    checkpoint, settings = _explained(model, standardised, device_name)

    def one(sequence: Sequence, progress: Progress) -> Track:
        return ism(checkpoint.inference_model, sequence, policy=window, progress=progress, **settings)

    _write_tracks(read(fasta, adapters), one, target, build)


def ig_command(
    fasta: Input,
    model: Model,
    out: TracksOut = "-",
    build: Build = "",
    window: Policy = None,
    baseline: Annotated[str, typer.Option(help="; ".join(f"{k}: {v}" for k, v in BASELINES.items()))] = "uniform",
    steps: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="along each path (as many as it takes to add up to 1%)")
    ] = None,
    simplex: Annotated[bool, typer.Option(help="subtract the mean gradient over the four bases")] = False,
    standardised: Annotated[bool, typer.Option(help="in standard deviations of the validation predictions")] = False,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """Integrated Gradients: each base's contribution; the convergence delta goes to standard error.

    For genome browsers as bedGraph, bigWig or a track hub.
    """
    target = output(out, *TRACK_FORMATS)
    checkpoint, settings = _explained(model, standardised, device_name)
    how = IGSettings(baseline, steps, correct_simplex=simplex, policy=window)

    def one(sequence: Sequence, progress: Progress) -> Track:
        track = integrated_gradients(checkpoint.inference_model, sequence, how, progress=progress, **settings)
        if any_known(sequence.bases):
            steps_of = track.checks["steps"]
            deltas = ", ".join(
                f"{o} {d:.2g} ({steps_of[o]} steps)" for o, d in track.checks["convergence_delta"].items()
            )
            print(f"{sequence.name}: convergence delta {deltas}", file=sys.stderr)
        return track

    _write_tracks(read(fasta, adapters), one, target, build)


def _explained(model: str, standardised: bool, device_name: str) -> tuple[Checkpoint, dict]:
    """The model to explain, and the settings that every kind of track takes."""
    where = device.resolve(device_name)
    checkpoint = checkpoints.load(model)
    scale = checkpoint.standardisation()[1] if standardised else None
    return checkpoint, {"name": model, "scale": scale, "device": where}


def _write_tracks(
    sequences: list[Sequence], one: Callable[[Sequence, Progress], Track], target: Output, build: str
) -> None:
    """The map of each sequence as `one` computes it, in the format that was asked for."""

    def maps() -> Iterator[tuple[Track, Sequence]]:
        for done, sequence in enumerate(sequences):
            with bar(f"{sequence.name} ({done + 1}/{len(sequences)})") as progress:
                yield one(sequence, progress), sequence

    if target.format != "csv":
        check(target, build_of(sequences, build))
        write_tracks(target, genome_tracks(list(maps())), build_of(sequences, build))
        return
    with text_writer(target) as handle:
        table = sheets.Writer(handle)
        for done, (track, sequence) in enumerate(maps()):
            if done == 0:
                table.writerow((*TRACK_COLUMNS, *track.outputs))
            places = len(TRACK_COLUMNS)
            table.writerows((*row[:places], *map(number, row[places:])) for row in track_rows(track, sequence))
