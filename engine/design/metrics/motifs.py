"""Do designs hold the motifs that natural elements of equal activity hold, as often, and as far apart?

Sites are those of JASPAR told by family (`engine.interpretation.motifs.families`): one site a place, whichever member
of the family matches it, on either strand.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from engine.data.jaspar import Matrix
from engine.design.metrics.composition import distance
from engine.interpretation.motifs import families as of_family
from engine.interpretation.motifs.families import Family
from engine.interpretation.motifs.scan import scan
from engine.results import Progress
from engine.sequence import Sequence, decode
from engine.statistics import pearson

PAIRS = 20  # of families, those that natural elements hold most often together
BIN = 20  # bases


@dataclass(frozen=True)
class Content:
    """Motif sites of some sequences.

    Attributes:
        families: names, sorted.
        counts: `(n, families)` int64 sites of each family in each sequence.
        centres: of each sequence `(sites, 2)` float64: the family's column and the centre of the site in bases from
            the first.
    """

    families: tuple[str, ...]
    counts: np.ndarray
    centres: tuple[np.ndarray, ...]


def content(
    codes: np.ndarray,
    matrices: dict[str, Matrix] | None = None,
    families: dict[str, Family] | None = None,
    progress: Progress | None = None,
) -> Content:
    """The motif sites of sequences `(n, length)` uint8.

    Args:
        matrices: by id; None takes all of JASPAR.
        families: of the matrices by their id; None takes those of `engine.interpretation.motifs.families`.
        progress: called with (sequences done, sequences).
    """
    families = families or of_family.of(None if matrices is None else matrices.values())
    names = tuple(sorted({family.name for family in families.values()}))
    column = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(codes), len(names)), np.int64)
    centres = []
    for row, each in enumerate(codes):
        sites = of_family.sites(scan(Sequence(f"design {row + 1}", decode(each)), matrices), families)
        centre = [(column[s.family], (s.best.start + s.best.end) / 2) for s in sites]
        centres.append(np.array(centre, np.float64).reshape(-1, 2))
        np.add.at(counts[row], centres[-1][:, 0].astype(np.int64), 1)
        if progress:
            progress(row + 1, len(codes))
    return Content(names, counts, tuple(centres))


def count_correlation(designs: Content, natural: Content) -> float:
    """Pearson correlation over families of the mean number of sites a sequence, designs against natural elements; D3's
    "motif enrichment" (Sarkar et al. 2024, bioRxiv 2024.05.23.595630) by families in place of matrices. nan where
    either holds every family alike."""
    return pearson(designs.counts.mean(axis=0), natural.counts.mean(axis=0))


def spacing(designs: Content, natural: Content) -> float:
    """Jensen-Shannon distance (root of nats) between how far apart motifs of two families stand in designs and in
    natural elements, over the `PAIRS` pairs of different families that natural elements hold most often, in bins of
    `BIN` bases; nan where either holds none of them."""
    often = _together(natural)
    pairs = sorted(often, key=lambda pair: (-often[pair], pair))[:PAIRS]
    tables = [_apart(each, pairs) for each in (designs, natural)]
    if not all(table.sum() for table in tables):
        return float("nan")
    width = max(table.shape[1] for table in tables)
    return distance(*(_as_distribution(table, width) for table in tables))


def _together(lot: Content) -> dict[tuple[int, int], int]:
    """How many sequences hold each pair of different families."""
    holds = (lot.counts > 0).astype(np.int64)
    both = holds.T @ holds
    return {(a, b): int(both[a, b]) for a, b in combinations(range(len(lot.families)), 2) if both[a, b]}


def _apart(lot: Content, pairs: list[tuple[int, int]]) -> np.ndarray:
    """`(pairs, bins)` how often sites of each pair stand so many bases apart, from centre to centre."""
    rows: dict[tuple[int, int], list[int]] = {pair: [] for pair in pairs}
    for sites in lot.centres:
        for pair, bins in rows.items():
            one, other = (sites[sites[:, 0] == family, 1] for family in pair)
            bins += (np.abs(one[:, None] - other).ravel() // BIN).astype(np.int64).tolist()
    widest = max((max(bins) for bins in rows.values() if bins), default=0) + 1
    return np.array([np.bincount(np.array(bins, np.int64), minlength=widest) for bins in rows.values()])


def _as_distribution(table: np.ndarray, width: int) -> np.ndarray:
    padded = np.pad(table, ((0, 0), (0, width - table.shape[1])))
    return (padded / padded.sum()).ravel()
