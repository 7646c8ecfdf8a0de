"""Which factors a cell type makes, out of public tables, so that motifs of others can be left out.

K562 has a table of the genes that are expressed there: a factor that it does not list is taken to be absent. It is a
wide one (14,467 genes, HNF4A among them), so little is left out. HepG2 has none among the public files at hand; what is
known is who was seen there: genes that a Perturb-seq screen counted, factors whose ChIP-seq gave targets, and the
factors that the rank-order study counts for HepG2. A factor that none of these saw may be there all the same. Of WTC11
nothing is known here.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine import store
from engine.data import jaspar, sources
from engine.data.jaspar import Matrix
from engine.data.motifs import BOTH, STUDY
from engine.errors import unknown

FILES: dict[str, tuple[str, ...]] = {"K562": ("k562_expressed",), "HepG2": ("hepg2_perturb_seq", "hepg2_chip_seq")}
_IN_WORDS = {
    "K562": "{n} of {all} matrices are of factors that a public table lists as expressed in K562 (a wide table: 14,467 "
    "genes)",
    "HepG2": "{n} of {all} matrices are of factors that were seen in HepG2, by Perturb-seq, ChIP-seq or in the "
    "rank-order study; no table says who is absent, so a factor that is left out may be there",
}


@dataclass(frozen=True)
class Expression:
    """Factors that a cell type makes, as gene symbols in capitals."""

    cell: str
    factors: frozenset[str]

    def has(self, matrix: Matrix) -> bool:
        """Whether the factor of a matrix is made there, of a heterodimer every part; a motif of the user's own always
        counts, since its name may be anything."""
        own = matrix.source != jaspar.RELEASE
        return own or all(part.upper() in self.factors for part in matrix.name.split("::"))

    def in_words(self, matrices: dict[str, Matrix]) -> str:
        """How many of the matrices it leaves, and what that rests on, as one sentence without its full stop."""
        n = sum(map(self.has, matrices.values()))
        return _IN_WORDS[self.cell].format(n=f"{n:,}", all=f"{len(matrices):,}")


def of(cell: str) -> Expression:
    """What is known of a cell type of `FILES`.

    Raises:
        InputError: a cell type that nothing is known of.
        DataError: a file is not there or not whole.
    """
    if cell not in FILES:
        raise unknown("cell type with known expression", cell, FILES)
    return _read(cell, sources.processed(f"expressed-{cell.lower()}", *FILES[cell]))


@functools.lru_cache(maxsize=4)
def _read(cell: str, file: Path) -> Expression:
    kept = store.remembered(file, ("factors",), lambda: {"factors": np.array(sorted(_SEEN[cell]()))})
    return Expression(cell, frozenset(kept["factors"].tolist()) | _of_study(cell))


def _of_study(cell: str) -> set[str]:
    """The factors of the study's motifs that it counts for a cell type."""
    matrices = jaspar.load()
    names = (matrices[m.matrix].name for m in STUDY.values() if m.cell in (cell, BOTH) and m.matrix in matrices)
    return {part.upper() for name in names for part in name.split("::")}


def _of_k562() -> set[str]:
    rows = _rows("k562_expressed", "\t")
    return {row["gene"].upper() for row in rows if row["expressed"] == "TRUE"}


def _of_hepg2() -> set[str]:
    counted = _rows("hepg2_perturb_seq", ",")
    seen = {row[column].upper() for row in counted for column in ("pert", "gene")}
    return seen | {row["source"].upper() for row in _rows("hepg2_chip_seq", ",")}


def _rows(source: str, delimiter: str) -> Iterator[dict[str, str]]:
    with open(sources.path(source), encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle, delimiter=delimiter)


_SEEN = {"K562": _of_k562, "HepG2": _of_hepg2}
