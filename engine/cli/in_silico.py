"""`python -m engine epistasis | shuffle-scan | knock-out | knock-in | embed | walk`: experiments on sequences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from engine import device
from engine.cli.common import (
    LARGEST_SEED,
    LONGEST,
    MOTIF,
    Adapters,
    Device,
    Input,
    Model,
    Out,
    Policy,
    bar,
    names,
    number,
    read,
    stretch_of,
    writer,
)
from engine.cli.outputs import described, output, text_writer
from engine.cli.own_motifs import OwnMotifs, own_matrices
from engine.data.jaspar import Matrix
from engine.data.motifs import Site
from engine.design import kept
from engine.design.optimisers import walk as walks
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.fasta import write_fasta
from engine.interpretation.in_silico import block_shuffle as blocks
from engine.interpretation.in_silico import epistasis as doubles
from engine.interpretation.in_silico import global_importance as backgrounds
from engine.interpretation.in_silico import knock, windowed
from engine.results import Progress, Walk
from engine.sequence import Sequence

Stretch = Annotated[str, typer.Option("--stretch", help="first and last position, 1-based: 80-100")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=LARGEST_SEED, help="of the shuffles")]
Shuffles = Annotated[int, typer.Option("--shuffles", min=1, max=10_000)]
Table = tuple[tuple[str, ...], Iterable[tuple]]  # names of the columns, rows


def epistasis_command(
    fasta: Input,
    model: Model,
    stretch: Stretch,
    out: Out = "-",
    window: Policy = None,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """Double mutants of a stretch: the effect of both substitutions minus the sum of each alone."""
    start, end = stretch_of(stretch)
    checkpoint, settings = _model(model, window, device_name)

    def one(sequence: Sequence, progress: Progress) -> Table:
        needed = doubles.predictions_needed(checkpoint.model, sequence, start, end, window)
        print(f"{sequence.name}: {needed:,} predictions", file=sys.stderr)
        result = doubles.epistasis(checkpoint.inference_model, sequence, start, end, progress=progress, **settings)
        rows = ((o, *row) for o in result.outputs for row in doubles.rows(result, o))
        return ("output", *doubles.COLUMNS), rows

    _write(read(fasta, adapters), one, out)


def shuffle_scan_command(
    fasta: Input,
    model: Model,
    out: Out = "-",
    width: Annotated[int, typer.Option(min=1, max=LONGEST, help="of a block, in bases")] = 10,
    stride: Annotated[int, typer.Option(min=1, max=LONGEST, help="from one block to the next, in bases")] = 5,
    shuffles: Shuffles = 20,
    seed: Seed = 0,
    window: Policy = None,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """Each block replaced by dinucleotide-preserving shuffles of itself: mean and s.d. of the change."""
    checkpoint, settings = _model(model, window, device_name)

    def one(sequence: Sequence, progress: Progress) -> Table:
        result = blocks.block_shuffle(
            checkpoint.inference_model,
            sequence,
            width=width,
            stride=stride,
            shuffles=windowed.Shuffles(shuffles, seed),
            progress=progress,
            **settings,
        )
        return blocks.columns(result), blocks.rows(result)

    _write(read(fasta, adapters), one, out)


def knock_out_command(
    fasta: Input,
    model: Model,
    stretch: Stretch,
    out: Out = "-",
    replacement: Annotated[
        str | None, typer.Option(help="bases to write there, as many as the stretch has; shuffles by default")
    ] = None,
    shuffles: Shuffles = 20,
    seed: Seed = 0,
    window: Policy = None,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """A stretch replaced by shuffles of itself or by given bases: the change by replacement."""
    start, end = stretch_of(stretch)
    checkpoint, settings = _model(model, window, device_name)

    def one(sequence: Sequence, progress: Progress) -> Table:
        result = knock.knock_out(
            checkpoint.inference_model,
            sequence,
            start,
            end,
            replacement=windowed.Shuffles(shuffles, seed) if replacement is None else replacement,
            progress=progress,
            **settings,
        )
        effects = zip(result.outputs, result.mean, result.sd, strict=True)
        changes = ", ".join(f"{o} {m:+.3g} (s.d. {s:.2g})" for o, m, s in effects)
        print(f"{sequence.name}: mean change {changes}", file=sys.stderr)
        return (*knock.OUT_COLUMNS, *result.outputs), knock.knock_out_rows(result)

    _write(read(fasta, adapters), one, out)


def knock_in_command(
    fasta: Input,
    model: Model,
    motif: Annotated[str, typer.Option("--motif", help=MOTIF)],
    own: OwnMotifs = None,
    out: Out = "-",
    stride: Annotated[int, typer.Option(min=1, max=LONGEST, help="from one position to the next, in bases")] = 1,
    window: Policy = None,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """A motif written at each of several positions, on both strands: the change by position."""
    matrices = own_matrices(own)
    checkpoint, settings = _model(model, window, device_name)
    site = _site(motif, matrices)

    def one(sequence: Sequence, progress: Progress) -> Table:
        model = checkpoint.inference_model
        result = knock.knock_in(model, sequence, site, stride=stride, progress=progress, **settings)
        return (*knock.IN_COLUMNS, *result.outputs), knock.knock_in_rows(result)

    _write(read(fasta, adapters), one, out)


def embed_command(
    fasta: Input,
    model: Model,
    motif: Annotated[str, typer.Option("--motif", help=f"{MOTIF}; several with commas")],
    own: OwnMotifs = None,
    out: Out = "-",
    position: Annotated[
        int | None, typer.Option(min=1, max=LONGEST, help="first base of the motif, 1-based; the middle by default")
    ] = None,
    kind: Annotated[
        str, typer.Option("--backgrounds", help="; ".join(f"{k}: {v}" for k, v in backgrounds.BACKGROUNDS.items()))
    ] = "shuffles",
    count: Annotated[int, typer.Option(min=2, max=100_000, help="how many backgrounds")] = 100,
    seed: Seed = 0,
    window: Policy = None,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """Global importance of motifs: mean change over many backgrounds, with its 95% interval."""
    matrices = own_matrices(own)
    checkpoint, settings = _model(model, window, device_name)

    def one(sequence: Sequence, progress: Progress) -> Table:
        result = backgrounds.global_importance(
            checkpoint.inference_model,
            sequence,
            [_site(name, matrices) for name in names(motif)],
            start=None if position is None else position - 1,
            backgrounds=backgrounds.Backgrounds(kind, count, seed),
            progress=progress,
            **settings,
        )
        return backgrounds.COLUMNS, backgrounds.rows(result)

    _write(read(fasta, adapters), one, out)


def walk_command(
    fasta: Input,
    model: Model,
    objective: Annotated[str, typer.Option(help="an output, or the difference of two: K562 or K562-HepG2")],
    direction: Annotated[str, typer.Option(help=" | ".join(walks.DIRECTIONS))] = "up",
    edits: Annotated[int, typer.Option(min=1, max=1_000, help="substitutions to make")] = 5,
    beam: Annotated[int, typer.Option(min=1, max=1_000, help="sequences kept after each step; 1 is greedy")] = 1,
    protect: Annotated[str, typer.Option(help="stretches that stay as they are: 80-100,120-130")] = "",
    out: Annotated[
        str, typer.Option("--out", help=f"{described('csv', 'fasta')}; CSV of all steps, FASTA of the last")
    ] = "-",
    window: Policy = None,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """The substitutions that raise or lower an output most: a greedy or beam search."""
    target = output(out, "csv", "fasta")
    checkpoint, settings = _model(model, window, device_name)
    goal = _objective(objective, direction, checkpoint.model.outputs)
    scaled = goal.minus and checkpoint.metrics.get("standardisation")
    scale = checkpoint.standardisation()[1] if scaled else None
    protected = kept.read(protect)
    ends: list[Sequence] = []

    def one(sequence: Sequence, progress: Progress) -> Table:
        result = walks.walk(
            checkpoint.inference_model,
            sequence,
            goal,
            walks.Search(edits=edits, beam=beam, protected=protected, scale=scale),
            progress=progress,
            **settings,
        )
        print(f"{sequence.name}: {_summary(result)}", file=sys.stderr)
        ends.append(Sequence(f"{sequence.name}_walk", result.sequences[-1]))
        return walks.columns(result), walks.rows(result)

    sequences = read(fasta, adapters)
    if target.format == "csv":
        _write(sequences, one, out)
        return
    with text_writer(target) as handle:
        for done, sequence in enumerate(sequences):
            with bar(f"{sequence.name} ({done + 1}/{len(sequences)})") as progress:
                one(sequence, progress)
        handle.write(write_fasta(ends))


def _model(name: str, window: str | None, device_name: str) -> tuple[Checkpoint, dict]:
    """The model, and what every experiment takes."""
    where = device.resolve(device_name)
    return checkpoints.load(name), {"name": name, "run": windowed.WindowedRun(policy=window, device=where)}


def _site(motif: str, own: dict[str, Matrix] | None) -> Site:
    """What is written for a motif, under the name that it was asked for by."""
    name, bases = knock.motif_bases(motif, own)
    return Site(name, bases, (bases,))


def _objective(text: str, direction: str, outputs: tuple[str, ...]) -> walks.Objective:
    """An output, or two of them with a minus in between; an output's own name may hold one. Raises InputError."""
    output, minus = text, None
    if text not in outputs and "-" in text:
        splits = [(text[:i], text[i + 1 :]) for i, c in enumerate(text) if c == "-"]
        output, minus = next((s for s in splits if set(s) <= set(outputs)), splits[0])
    goal = walks.Objective(output, direction, minus)
    goal.check(outputs)
    return goal


def _summary(result: Walk) -> str:
    """The edits and what they did, on one line."""
    made = ", ".join(f"{p + 1} {a}>{b}" for p, a, b in result.edits)
    ends = zip(result.outputs, result.values[0], result.values[-1], strict=True)
    return f"{made}; " + ", ".join(f"{o} {a:.3g} to {b:.3g}" for o, a, b in ends)


def _write(
    sequences: list[Sequence],
    one: Callable[[Sequence, Progress], Table],
    out: str,
) -> None:
    """The rows of all sequences as one table, which begins with the sequence's name."""
    with writer(out) as write:
        for done, sequence in enumerate(sequences):
            with bar(f"{sequence.name} ({done + 1}/{len(sequences)})") as progress:
                columns, rows = one(sequence, progress)
            if done == 0:
                write([("name", *columns)])
            write((sequence.name, *(number(v) if isinstance(v, float) else v for v in row)) for row in rows)
