"""What stands around claims at the command line: how often such statements hold, what is warned of, what measurements
say. `engine.cli.design` names the commands."""

from __future__ import annotations

import math
import sys
from typing import Annotated

import typer

from engine import limits, sheets
from engine.cli.common import LeftOut, Out, bar, content, number, writer
from engine.cli.outputs import described, file_writer, output, text_writer
from engine.data import library
from engine.design import claims as keeping
from engine.design import coverage as covering
from engine.design import warnings
from engine.design.claims import KINDS, Claims, Tally, Verdict
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL
from engine.mpra.cells import Cells
from engine.mpra.numbers import notation
from engine.mpra.reading import read_table

_WAYS = {1: "at least", -1: "at most"}  # by direction


def coverage(
    model: Annotated[str, typer.Argument(help="a model whose intervals were fitted")] = DEFAULT_MODEL,
    out: Out = "-",
) -> None:
    """How often statements like those of claims hold of natural elements that were measured, those of the test fold.

    What stands for a design are elements, and for a design and its twin pairs of elements.
    """
    checkpoint = checkpoints.load(model)
    with bar(f"{model}: test fold") as progress:
        found = covering.coverage(checkpoint, library.joint(), progress)
    if not found:
        raise InputError(f"of no element would '{model}' state anything: its intervals are too wide")
    with writer(out) as write_rows:
        write_rows([("model", "kind", "output", "against", "direction", "held", "low", "high", "statements", "of")])
        write_rows(
            (
                model,
                s.kind,
                s.output,
                s.against,
                _WAYS[s.direction],
                number(s.held.value),
                number(s.held.low),
                number(s.held.high),
                s.held.n,
                s.of,
            )
            for s in found
        )


def presets(
    out: Annotated[str, typer.Option("--out", help="JSON file to write, or - for standard output")] = "-",
) -> None:
    """What sequences are looked through for, as JSON to edit and to give back with --presets.

    Starting values of ours: the rules of your vendor and of your cloning are what counts.
    """
    if out == "-":
        sys.stdout.write(warnings.to_json())
        return
    with file_writer(out) as partial:
        partial.write_bytes(warnings.to_json().encode())


def verify(
    file: Annotated[str, typer.Argument(help="claims.json as 'design' wrote it, or - for standard input")],
    sha256: Annotated[str, typer.Option(help="the checksum in the lab book")] = "",
    measured: Annotated[
        str | None, typer.Option(help="table of measurements: a column 'name', one a cell type, log2(RNA/DNA)")
    ] = None,
    out: Annotated[str, typer.Option("--out", help=described("csv"))] = "-",
) -> None:
    """Is a file of claims as it was written, and what do measurements say of it?

    Without --sha256 that nothing was changed since; with it, that it is the file of that day. With --measured one row a
    statement, and how many of each kind held.
    """
    claims, left = keeping.opened(*content(file, limits.CLAIMS), sha256), LeftOut()
    verdicts = keeping.decide(claims, _measurements(read_table(*content(measured)), claims, left)) if measured else ()
    statements = sum(len(c.statements) for c in claims.claims)
    print(
        f"{file} is as it was written: {len(claims.claims)} designs, {statements} statements, made {claims.made} by "
        f"CisLens {claims.version} with {claims.model}",
        file=sys.stderr,
    )
    if not sha256:
        print(f"its sha256 is {keeping.checksum(claims)}; compare it with the lab book", file=sys.stderr)
    if measured is None:
        return
    with text_writer(output(out, "csv")) as handle:
        table = sheets.Writer(handle)
        table.writerow(("design", "kind", "output", "against", "direction", "bound", "expected", "measured", "verdict"))
        table.writerows(map(_verdict_row, verdicts))
    for tally in keeping.tallies(verdicts):
        print(_tally_words(tally), file=sys.stderr)
    left.finish()


def _measurements(cells: Cells, claims: Claims, left: LeftOut) -> dict[str, dict[str, float]]:
    """Log2(RNA/DNA) by output and name; what cannot be read is left out."""
    place = cells.index("name")
    called = {title.strip().lower(): title for title in cells.header}
    columns = {output: cells.index(called[output.lower()]) for output in claims.mean if output.lower() in called}
    if not columns:
        raise InputError(f"{cells.what} has no column of a cell type; name some of {', '.join(claims.mean)}")
    written = notation((row[i] for _, row in cells.rows for i in columns.values()), cells.what)
    for line, reason in cells.skipped:
        left.add(f"{cells.what}, line {line}", reason)
    measured: dict[str, dict[str, float]] = {}
    for line, row in cells.rows:
        name = row[place].strip()
        where = f"{cells.what}, line {line}"
        if name in measured:
            left.add(where, f"'{name[:80]}' was measured before; give the mean of both in one row")
            continue
        try:
            values = {o: written.number(row[i]) for o, i in columns.items()}
        except ValueError as error:
            left.add(where, str(error))
        else:
            measured[name] = {o: value for o, value in values.items() if not math.isnan(value)}
    _check_named(cells.what, measured, claims)
    if missing := [o for o in claims.mean if o not in columns]:
        print(f"{cells.what} has no column {', '.join(missing)}: nothing is decided there", file=sys.stderr)
    return measured


def _check_named(what: str, measured: dict[str, dict[str, float]], claims: Claims) -> None:
    """Say how many rows name nothing that was claimed of; raises InputError where all do."""
    known = {name for c in claims.claims for name in (c.name, *(twin.name for twin in c.twins))}
    others = measured.keys() - known - {control.name for control in claims.controls}
    if not measured.keys() & known:
        raise InputError(
            f"{what} names no design or twin of these claims; its column 'name' has to hold the names of order.csv"
        )
    if others:
        print(f"{what}: {len(others)} rows name nothing of these claims, as '{min(others)[:80]}'", file=sys.stderr)


def _verdict_row(verdict: Verdict) -> tuple:
    s = verdict.statement
    word = {True: "holds", False: "refuted", None: "not measured"}[verdict.holds]
    against = s.control or "natural elements"
    direction = _WAYS[s.direction]
    figures = map(number, (s.bound, s.expected, verdict.measured))
    return (verdict.design, s.kind, s.output, against, direction, *figures, word)


def _tally_words(tally: Tally) -> str:
    words = f"{KINDS[tally.kind]}: {tally.held} of {tally.decided} measured statements hold"
    if tally.refuted:
        return f"{words}, fewer than {tally.least}: the set is refuted"
    return f"{words}; fewer than {tally.least} would refute the set" if tally.least else words
