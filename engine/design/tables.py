"""TABLES: what is stored of the benchmark of designs as long tables, one row a number with its interval.

*scores*: every method in every measure, beside its floor. *differences*: every method against the one to beat, draw by
draw: directed evolution, which reached the most specific designs of those that were tried. *beside*: what D3 reports of
its own, beside ours and the floor, not against them: data, scale, number of sequences, judge and discriminator are
others (assets/published_d3.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from engine.data import published
from engine.data.library import Library
from engine.design import benchmark
from engine.design.benchmark import Benchmark
from engine.design.metrics.table import MEASURES
from engine.interpretation.tables import Table

WHAT = "benchmark"  # the analysis that computes it
TO_BEAT = "evolution"


def scores(stored: Benchmark) -> Iterator[dict]:
    """A row a number: of a method, under a judge or of the sequences alone."""
    for row in stored.rows:
        measure = MEASURES[row.measure]
        yield {
            "method": row.method,
            "judge": row.judge,
            "measure": row.measure,
            "output": row.output,
            "better": measure.better,
            "unit": measure.unit,
            "designs": row.designs,
            **asdict(row.metric),
            "floor": row.floor.value if row.floor else float("nan"),
            "options": "; ".join(f"{name}={value:g}" for name, value in stored.options[row.method].items()),
        }


def differences(stored: Benchmark, to_beat: str = TO_BEAT) -> Iterator[dict]:
    """A row a number: by how much a method is better than the one to beat; nothing where that one is not there."""
    if to_beat not in stored.scores:
        return
    for method in stored.scores:
        if method in (to_beat, benchmark.FLOOR):
            continue
        for each in benchmark.differences(stored, method, to_beat):
            yield {
                "method": method,
                "against": to_beat,
                "judge": each.judge,
                "measure": each.measure,
                "output": each.output,
                **asdict(each.metric),
                "verdict": each.verdict,
            }


def beside(stored: Benchmark) -> Iterator[dict]:
    """A row a method, judge and measure that D3 reports: its figures, as they are printed, and ours."""
    for (measure, output), figures in sorted(_of_d3().items()):
        for row in stored.rows:
            # words and discriminator are of the sequences alone: of all goals together
            if row.measure == measure and row.output in ("", output):
                yield {
                    "measure": measure,
                    "output": output,
                    "D3": "; ".join(f"{value:g}" for value in figures),
                    "method": row.method,
                    "judge": row.judge,
                    "designs": row.designs,
                    **asdict(row.metric),
                    "floor": row.floor.value if row.floor else float("nan"),
                }


def _of_d3() -> dict[tuple[str, str], tuple[float, ...]]:
    return {(measure, output): published.d3(measure, output) for measure, output, *_ in published.D3.figures()}


def _scores(_: Library | None, left_out: list[str]) -> Iterator[dict]:
    if stored := _read(left_out):
        yield from scores(stored)


def _differences(_: Library | None, left_out: list[str]) -> Iterator[dict]:
    if stored := _read(left_out):
        yield from differences(stored)


def _beside(_: Library | None, left_out: list[str]) -> Iterator[dict]:
    if stored := _read(left_out):
        yield from beside(stored)


def _read(left_out: list[str]) -> Benchmark | None:
    stored = benchmark.read()
    if stored is not None:
        left_out.extend(f"{method}: {reason}" for method, reason in stored.left_out.items())
    return stored


TABLES: dict[str, Table] = {
    "scores": Table(_scores, (WHAT,)),
    "differences": Table(_differences, (WHAT,)),
    "beside": Table(_beside, (WHAT,)),
}
