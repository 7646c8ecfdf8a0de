"""TABLES: what is stored of DISENTANGLE as long tables, one row a number with its interval; none needs the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from engine.data.library import Library
from engine.disentangle import analyses, comparison, planted
from engine.disentangle.analyses import ANALYSES
from engine.disentangle.results import Score
from engine.errors import CheckpointError
from engine.interpretation.tables import Table

SCORES, DIFFERENCES, PLANTED = "scores", "differences", "planted"


def mends(name: str) -> str:
    """The command that makes what a table is read from."""
    if name in (SCORES, DIFFERENCES, PLANTED):
        return f"python -m engine disentangle {'planted' if name == PLANTED else 'evaluate'}"
    return analyses.command(name)


def _scores(left_out: list[str]) -> list[Score]:
    return [s for s in comparison.scores(left_out) if not s.against]


def _differences(left_out: list[str]) -> list[Score]:
    return [s for s in comparison.scores(left_out) if s.against]


def _analysis(name: str, left_out: list[str]) -> list[Score]:
    if stored := analyses.read(name):
        left_out.extend(f"{network} was trained since; run: {mends(name)}" for network in analyses.missing(name))
    return stored


def _planted(_: list[str]) -> list[Score]:
    return planted.read()


def _rows(read: Callable[[list[str]], list[Score]], _: Library | None, left_out: list[str]) -> Iterator[dict]:
    yield from (score.as_row() for score in read(left_out))


# what gives the rows of each table, told what it had to leave out
READ: dict[str, Callable[[list[str]], list[Score]]] = {
    SCORES: _scores,
    DIFFERENCES: _differences,
    PLANTED: _planted,
    **{name: partial(_analysis, name) for name in ANALYSES if name != comparison.NAME},
}
TABLES: dict[str, Table] = {
    name: Table(partial(_rows, read), (comparison.NAME if name in (SCORES, DIFFERENCES) else name,))
    for name, read in READ.items()
}


def read(name: str) -> tuple[list[dict], list[str]]:
    """The rows of a table, and of each result that had to be left out why and how to mend it."""
    left_out: list[str] = []
    try:
        return [score.as_row() for score in READ[name](left_out)], left_out
    except CheckpointError as error:
        return [], [*left_out, str(error)]
