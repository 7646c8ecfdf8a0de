"""How the count of a motif goes with measured activity, by itself and at given GC content.

No model is involved: this is what the data say of a motif, and what a model may have read off the composition of the
sequences rather than off the motif.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata

from engine.data.library import Library
from engine.data.motifs import STUDY, Motif
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.motifs.counts import counts
from engine.results import Progress
from engine.sequence import gc_contents
from engine.statistics import RESAMPLES, Metric, bootstrap, from_draws, pearson, ranks_within, spearman

WHAT = "motif-association"

# Fewer sequences with (or without) the motif than this say nothing: their interval would be wider than any effect.
LEAST = 10
SETTINGS = {
    "what": WHAT, "version": 2, "least": LEAST, "resamples": RESAMPLES,
    "motifs": {m.name: m.patterns for m in STUDY.values()},
}  # fmt: skip


@dataclass(frozen=True)
class Association:
    """One motif in one cell type.

    Attributes:
        motif, cell: which.
        present: sequences that hold it at least once.
        frequency: their share.
        spearman: rank correlation of count and activity.
        partial: the same at given GC content (partial Spearman correlation).
        gc: rank correlation of count and GC content.
        delta: mean activity with minus without the motif, log2(RNA/DNA).

    Each has its 95% bootstrap interval; all but the frequency are nan if fewer than `LEAST` sequences hold the motif or
    lack it.
    """

    motif: str
    cell: str
    present: int
    frequency: Metric
    spearman: Metric
    partial: Metric
    gc: Metric
    delta: Metric

    def as_dict(self) -> dict:
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, stored: dict) -> Association:
        fields: dict[str, Any] = {k: Metric.from_dict(v) if isinstance(v, dict) else v for k, v in stored.items()}
        return cls(**fields)


class Lead(NamedTuple):
    """The motif that goes with activity most beside another one, and how much more that one does."""

    other: str
    apart: Metric


@dataclass(frozen=True)
class Associations:
    """What is stored of all motifs and cell types.

    Attributes:
        n: held-out elements.
        rows: every motif in every cell type.
        lead: of each cell type how far SP1 is ahead of all other motifs.
    """

    n: int
    rows: list[Association]
    lead: dict[str, Lead]


def _plain(value: object) -> object:
    return value.as_dict() if isinstance(value, Metric) else value


def partial_correlation(xy: float, xz: float, yz: float) -> float:
    """Correlation of x and y at given z from the three pairwise ones (Fisher 1924, Metron 3:329-332).

    Of rank correlations it is the partial Spearman correlation. nan where x or y is a function of z.
    """
    left = (1 - xz**2) * (1 - yz**2)
    return float((xy - xz * yz) / np.sqrt(left)) if left > 1e-12 else float("nan")


def associate(
    codes: np.ndarray,
    activity: np.ndarray,
    cells: tuple[str, ...],
    motifs: dict[str, Motif] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Association]:
    """Every motif in every cell type.

    Args:
        codes: `(n, length)` uint8.
        activity: `(n, cells)` log2(RNA/DNA); rows that a cell type has no value for are left out of it.
        motifs: as for `engine.interpretation.motifs.counts.counts`.
        progress: called with (pairs of motif and cell type done, all).
    """
    names, hits = counts(codes, motifs)
    gc = gc_contents(codes)
    results = []
    for column, cell in enumerate(cells):
        known = ~np.isnan(activity[:, column])
        y, z = activity[known, column].astype(np.float64), gc[known]
        for place, name in enumerate(names):
            results.append(_associate(name, cell, hits[known, place], y, z, resamples, seed))
            if progress:
                progress(column * len(names) + place + 1, len(names) * len(cells))
    return results


def held_out(
    library: Library,
    motifs: dict[str, Motif] | None = None,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> list[Association]:
    """`associate` on the whole test fold of the joint library."""
    table, rows = library.table, library.split.test
    return associate(
        table.codes[rows], table.activity[rows], table.outputs, motifs, resamples=resamples, progress=progress
    )


def lead(library: Library, cell: str, motif: str = "SP1_GCbox", resamples: int = RESAMPLES) -> Lead:
    """The motif that goes with held-out activity most beside `motif`, by the size of Spearman, and how much more
    `motif` does: the difference of the sizes, on the same resampled elements."""
    y = library.table.column(cell)[library.split.test].astype(np.float64)
    known = ~np.isnan(y)
    names, hits = counts(library.table.codes[library.split.test][known])
    y = y[known]
    asked = [k for k in range(len(names)) if LEAST <= (hits[:, k] > 0).sum() <= len(y) - LEAST]
    size = {names[k]: abs(spearman(hits[:, k], y)) for k in asked}
    other = max((name for name in size if name != motif), key=lambda name: size[name])
    drawn = [np.abs(bootstrap(spearman, hits[:, names.index(m)], y, resamples)) for m in (motif, other)]
    return Lead(other, from_draws(size[motif] - size[other], drawn[0] - drawn[1], len(y)))


def compute(_: list[Checkpoint], library: Library, progress: Progress | None = None) -> bool:
    """The study's motifs in every cell type, written to the folder of shared results; False if they were there."""
    wanted = stored.key("", library, SETTINGS)
    file = stored.shared_file(WHAT)
    if stored.is_current(file, wanted):
        return False
    rows = [a.as_dict() for a in held_out(library, progress=progress)]
    leads = {}
    for cell in library.table.outputs:
        other, apart = lead(library, cell)
        leads[cell] = {"other": other, **apart.as_dict()}
    content = {"n": len(library.split.test), "rows": rows, "lead": leads}
    stored.write_json(file, wanted, stored.made_of("", library, SETTINGS) | content)
    return True


def read() -> Associations | None:
    """What `compute` wrote; None if there is nothing. Raises CheckpointError."""
    content = stored.read(stored.shared_file(WHAT), weights="", settings=SETTINGS)
    return None if content is None else stored.parsed(stored.shared_file(WHAT), content, _as_associations)


def _as_associations(content: dict) -> Associations:
    leads = {cell: Lead(lead["other"], Metric.from_dict(lead)) for cell, lead in content["lead"].items()}
    return Associations(content["n"], [Association.from_dict(row) for row in content["rows"]], leads)


def _associate(
    name: str, cell: str, x: np.ndarray, y: np.ndarray, z: np.ndarray, resamples: int, seed: int
) -> Association:
    holds, n = x > 0, len(x)
    present = int(holds.sum())
    rng = np.random.default_rng(seed)
    if not LEAST <= present <= n - LEAST:
        drawn = rng.binomial(n, present / max(1, n), resamples) / max(1, n)
        unknown = Metric.unknown(n)
        frequency = from_draws(present / max(1, n), drawn, n)
        return Association(name, cell, present, frequency, unknown, unknown, unknown, unknown)
    draws = np.empty((resamples, 5))
    places = [np.unique(values, return_inverse=True)[1] for values in (x, y, z)]
    for i in range(resamples):
        rows = rng.integers(0, n, n)
        draws[i] = _measures(holds[rows], y[rows], *(ranks_within(place, rows) for place in places))
    values = _measures(holds, y, *(rankdata(v) for v in (x, y, z)))
    metrics = (from_draws(float(v), draws[:, k], n) for k, v in enumerate(values))
    return Association(name, cell, present, *metrics)


def _measures(holds: np.ndarray, y: np.ndarray, x_rank: np.ndarray, y_rank: np.ndarray, z_rank: np.ndarray) -> tuple:
    xy, xz, yz = pearson(x_rank, y_rank), pearson(x_rank, z_rank), pearson(y_rank, z_rank)
    apart = y[holds].mean() - y[~holds].mean() if holds.any() and not holds.all() else np.nan
    return holds.mean(), xy, partial_correlation(xy, xz, yz), xz, apart
