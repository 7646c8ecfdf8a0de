"""`python -m engine ingredients | select`: what each ingredient of the models brings, and who makes an ensemble."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.cli import outputs as formats
from engine.cli.common import bar, interval, write_records
from engine.data import library
from engine.data.lentimpra import CELL_TYPES
from engine.errors import CheckpointError, unknown
from engine.evaluation import ingredients, selection
from engine.experiments import checkpoints, declared
from engine.interpretation.reliability import beside
from engine.statistics import in_words


def ingredients_command(
    out: Annotated[str, typer.Option("--out", help=formats.described("csv"))] = "",
    maps: Annotated[
        bool, typer.Option("--maps", help="the checks of both sides' maps instead, from what 'interpret' stored")
    ] = False,
) -> None:
    """What each ingredient of the models brings on held-out elements and on CAGI5, with paired intervals.

    Kept for the app too. What the networks of a model predict each for itself takes minutes the first time.
    """
    if out:
        formats.output(out, "csv")  # what cannot be written is told before the work
    if maps:
        _maps(out)
        return
    joint = library.joint()
    with bar("compare") as progress:
        rows = ingredients.compute(joint, progress)["rows"]
    for name, models in ingredients.missing().items():
        print(f"{name}: not compared, as {' and '.join(models)} is not trained", file=sys.stderr)
    if out:
        write_records(out, rows)
        return
    _print(rows)


def _maps(out: str) -> None:
    rows = beside.of_ingredients()
    if not rows:
        raise CheckpointError(
            "the maps of no two models of an ingredient are both checked; "
            "run: python -m engine interpret MODEL --what reliability"
        )
    if out:
        write_records(out, [beside.in_numbers(row) for row in rows])
        return
    shown = None
    for row in rows:
        if row["ingredient"] != shown:
            shown = row["ingredient"]
            print(f"\n{shown}: {row['models'][0]} beside {row['models'][1]}")
        difference = f"   difference {interval(row['difference'])}  {row['verdict']}" if row["difference"] else ""
        both = f"{row['having']['value']:.3f} beside {row['lacking']['value']:.3f}"
        print(f"  {row['output']:6} {row['check']:44} {both}{difference}")


def _print(rows: list[dict]) -> None:
    """The table by ingredient: scores of both sides, the difference over test rows, and over seeds where known."""
    shown = None
    for row in rows:
        if row["ingredient"] != shown:
            shown = row["ingredient"]
            print(f"\n{shown}: {_side(row, 'having', 'networks')} less {_side(row, 'lacking', 'networks_lacking')}")
        seeds = row["low_seeds"] is not None
        over = in_words(row["value"], row["low_seeds"], row["high_seeds"]) if seeds else ""
        of_seeds = f"; over seeds too {over}  {row['verdict_seeds']}" if seeds else ""
        print(
            f"  {row['output'] + ' ' + row['measure']:28} {row['score']:.3f} less {row['score_lacking']:.3f}: "
            f"{interval(row)}  {row['verdict']}{of_seeds}"
        )


def _side(row: dict, side: str, count: str) -> str:
    return row[side] if row[count] == 1 else f"one network of {row[side]} (mean of {row[count]})"


def select_command(
    outputs: Annotated[list[str], typer.Argument(help="output(s) that the ensemble is to predict")],
    most: Annotated[int | None, typer.Option(help="at most so many members", min=1, max=1_000)] = None,
    on: Annotated[
        str, typer.Option("--on", help="what decides: " + "; ".join(f"{k}: {v}" for k, v in selection.ON.items()))
    ] = selection.VALIDATION,
    each_network: Annotated[
        bool, typer.Option("--networks", help="every network of a model with several is a candidate of its own")
    ] = False,
) -> None:
    """Members of the best uniform ensemble, chosen greedily on the validation fold or on CAGI5's training SNVs.

    Test elements and test variants have no say.
    """
    for output in outputs:
        if output not in CELL_TYPES:
            raise unknown("output", output, CELL_TYPES)
    if on not in selection.ON:
        raise unknown("set to choose on", on, selection.ON)
    single = [checkpoints.load(n) for n in checkpoints.trained() if n not in declared.ENSEMBLES]
    joint = library.joint()
    with bar("predict") as progress:
        steps = selection.select(
            single, tuple(outputs), joint, most, on=on, each_network=each_network, progress=progress
        )
    print(f"chosen on: {selection.ON[on]}")
    for step in steps:
        brings = ""
        if (metric := step.brings) is not None:
            brings = f"   brings {in_words(metric.value, metric.low, metric.high, metric.n, signed=True)}"
        print(f"{step.name:28} alone {step.alone:.4f}   ensemble with it {step.together:.4f}{brings}")
