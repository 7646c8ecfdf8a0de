"""`python -m engine check`: how far the maps of a model on given sequences can be trusted."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
import typer

from engine.cli.common import LONGEST, Adapters, Input, Model, Out, bar, names, read, writer
from engine.errors import InputError, unknown
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL
from engine.interpretation.reliability import checks, store
from engine.interpretation.reliability.examine import examine
from engine.sequence import Sequence


def check_command(
    fasta: Input,
    model: Model = DEFAULT_MODEL,
    outputs: Annotated[str, typer.Option(help="outputs, with commas; all that have a scale if empty")] = "",
    start: Annotated[
        int | None,
        typer.Option("--start", min=1, max=LONGEST, help="first base of the window of a longer sequence; its middle"),
    ] = None,
    out: Out = "-",
    adapters: Adapters = "auto",
) -> None:
    """Can the maps be trusted? Every check of a sequence's map beside the same check of held-out elements.

    One row a check; the verdict of each map goes to standard error. The scale comes from
    'interpret MODEL --what reliability'.
    """
    checkpoint = checkpoints.load(model)
    known = store.read(checkpoint)
    scaled = [o for o, part in known.get("outputs", {}).items() if "checks" in part]
    wanted = names(outputs) if outputs else scaled or list(checkpoint.model.outputs[:1])
    for output in wanted:
        if output not in checkpoint.model.outputs:
            raise unknown(f"output of '{model}'", output, checkpoint.model.outputs)
    scales = {output: store.calibration(checkpoint, output, known) for output in wanted}
    trained = set(checkpoints.trained())
    others = {n: checkpoints.load(n) for scale in scales.values() for n in scale.companions if n in trained}
    cut = [_window(checkpoint.model, sequence, start) for sequence in read(fasta, adapters)]
    verdicts = []
    with writer(out) as write:
        write([["sequence", "first", "output", "check", "value", "percentile", "median", "passed"]])
        for sequence, first in cut:
            for output, scale in scales.items():
                with bar(f"{sequence.name} {output}") as progress:
                    examined = examine(checkpoint, output, sequence, scale, others=others, progress=progress)
                passed, percentile = examined.verdict.passed, examined.verdict.percentiles
                write(
                    [sequence.name, first, output, check, examined.values[check], percentile[check],
                     float(np.nanmedian(scale.values[check])), "yes" if check in passed else "no"]
                    for check in percentile
                )  # fmt: skip
                verdicts.append(f"{sequence.name} {output}: {examined.verdict.sentence}")
    print("\n".join(verdicts), file=sys.stderr)


def _window(model, sequence: Sequence, start: int | None) -> tuple[Sequence, int]:
    """The window that is checked, and its first base, counted from 1."""
    spare = len(sequence) - model.window
    if start is not None and start - 1 > max(0, spare):
        raise InputError(
            f"'{sequence.name}' has {len(sequence)} bases; its last window of {model.window} starts at "
            f"{max(0, spare) + 1}, not at {start}"
        )
    first = start - 1 if start is not None else max(0, spare // 2)
    return checks.window_of(model, sequence, first), first + 1
