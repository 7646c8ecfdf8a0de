"""What benchmarks share: the row that each hands to `python -m benchmarks`, and one way of timing two things fairly.

A benchmark is a file with `rows(quick) -> list[Row]`, entered in `BENCHMARKS` of `benchmarks/__main__.py`. Both sides
of a row do the same work in the same run, in turn, so that a busy machine slows both. What counts is processor time on
one thread, which other processes change least.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

CPU_SECONDS, SECONDS, MEGABYTES = "CPU s", "s", "MB"
COLUMNS = ("task", "ours", "beside", "theirs", "times better", "by the least", "note")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        task: what was done, and of how much.
        alternative: what it is held against, by name.
        ours, theirs: the medians of both, in `unit`.
        unit: of `ours` and `theirs`.
        ratio: how many times better ours is than theirs, by the medians; below 1 it is worse.
        note: how far the results of both lie apart, how many repeats, what else a reader must know.
        least: `ratio` by the least time of each, None where it is no ratio of times.
    """

    task: str
    alternative: str
    ours: float
    theirs: float
    unit: str
    ratio: float
    note: str = ""
    least: float | None = None


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds, and processor seconds of all threads of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def interleaved(works: Sequence[Callable[[], object]], repeats: int = 5) -> np.ndarray:
    """`(repeats, works, 2)` wall and processor seconds of each, in turn; the first round of all is not counted."""
    return np.array([[timed(work) for work in works] for _ in range(repeats + 1)][1:])


def compared(
    task: str,
    alternative: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    repeats: int = 5,
    count: int = 0,
    unit: str = CPU_SECONDS,
    note: str = "",
) -> Row:
    """A row of the processor time of two ways to do the same.

    Args:
        count: how many of what `unit` names are done in one call, for a rate (`count=256, unit="samples/CPU s"`); 0 for
            the time of one call.
    """
    seconds = interleaved((ours, theirs), repeats)[:, :, 1]  # (repeats, 2)
    return row(task, alternative, seconds[:, 0], seconds[:, 1], count=count, unit=unit, note=note)


def row(
    task: str,
    alternative: str,
    ours: Sequence[float] | np.ndarray,
    theirs: Sequence[float] | np.ndarray,
    *,
    count: int = 0,
    unit: str = CPU_SECONDS,
    note: str = "",
) -> Row:
    """A row of times of two ways that were measured already, in s; see `compared`."""
    middle, other = float(np.median(ours)), float(np.median(theirs))
    shown = (count / middle, count / other) if count else (middle, other)
    least = float(np.min(theirs) / np.min(ours))
    return Row(task, alternative, *shown, unit, other / middle, note, least)


def furthest(ours: np.ndarray, theirs: np.ndarray) -> str:
    """How far two results lie apart, for the note of a row."""
    return f"furthest apart {np.abs(np.asarray(ours) - np.asarray(theirs)).max():.0e}"


def resident(process: int | str = "self") -> float:
    """Resident memory of a process by its number, in MB; Linux alone tells."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor() -> str:
    """The processor's name."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    named = next((line.split(": ")[1] for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or "unknown processor"


def machine() -> dict[str, str | int]:
    """What the figures were measured on."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "load": f"{busy:.1f}",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table with aligned columns."""
    lines = [COLUMNS, *(_cells(row) for row in rows)]
    wide = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    padded = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, wide, strict=True)) + " |" for line in lines]
    return "\n".join([padded[0], "|" + "|".join("-" * (w + 2) for w in wide) + "|", *padded[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    ours, theirs = (f"{_rounded(value)} {row.unit}" for value in (row.ours, row.theirs))
    least = "" if row.least is None else f"{row.least:.2f}"
    return row.task, ours, row.alternative, theirs, f"{row.ratio:.2f}", least, row.note


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
