"""Genes by name: the measured elements that they drive, and where their transcription starts."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass

from engine.builds import GRCH38
from engine.data import sources
from engine.data.satmut import DATA_SETS
from engine.errors import unknown
from engine.sequence import Region

# What Kircher et al. (2019, Nat Commun 10:3583, table 1) tell of each element: the gene it drives, and its kind.
ELEMENTS: dict[str, tuple[str, str]] = {
    "BCL11A": ("BCL11A", "enhancer"),
    "F9": ("F9", "promoter"),
    "FOXE1": ("FOXE1", "promoter"),
    "GP1BB": ("GP1BB", "promoter"),
    "HBB": ("HBB", "promoter"),
    "HBG1": ("HBG1", "promoter"),
    "HNF4A": ("HNF4A", "promoter"),
    "IRF4": ("IRF4", "enhancer"),
    "IRF6": ("IRF6", "enhancer"),
    "LDLR": ("LDLR", "promoter"),
    "MSMB": ("MSMB", "promoter"),
    "MYCrs11986220": ("MYC", "enhancer"),
    "MYCrs6983267": ("MYC", "enhancer"),
    "PKLR": ("PKLR", "promoter"),
    "RET": ("RET", "enhancer"),
    "SORT1": ("SORT1", "enhancer"),
    "TCF7L2": ("TCF7L2", "enhancer"),
    "TERT": ("TERT", "promoter"),
    "UC88": ("UC88", "enhancer"),
    "ZFAND3": ("ZFAND3", "enhancer"),
    "ZRS": ("SHH", "enhancer"),
}


def data_sets_of(gene: str) -> list[str]:
    """The data sets whose element drives a gene, or is called so itself, in table order; case does not matter.

    Raises:
        InputError: no element of this gene was measured; the message lists those that were.
    """
    wanted = gene.strip().upper()
    driving = [
        d.name
        for d in DATA_SETS.values()
        if wanted in (ELEMENTS[d.element][0].upper(), d.element.upper(), d.name.upper())
    ]
    if not driving:
        raise unknown("gene with a measured element", gene.strip(), dict.fromkeys(g for g, _ in ELEMENTS.values()))
    return driving


def described(data_set: str) -> str:
    """'SORT1 enhancer': the gene of a data set's element and its kind."""
    return " ".join(ELEMENTS[DATA_SETS[data_set].element])


# --- where transcription starts -----------------------------------------------------------------------


@dataclass(frozen=True)
class Gene:
    """A human gene.

    Attributes:
        ensembl: its id, which is also the name of its promoter in the joint lentiMPRA library, if that holds it.
        start: the 500 bases around its transcription start, on its strand; GRCh38.
    """

    symbol: str
    ensembl: str
    start: Region


@functools.lru_cache(maxsize=1)
def known() -> dict[str, Gene]:
    """The genes of the source `genes` by symbol in capitals; of a symbol that stands twice the first.

    Raises:
        DataError: the file is not there or not whole.
    """
    genes: dict[str, Gene] = {}
    with open(sources.path("genes"), encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            start = Region(row["#chr"], int(row["start"]), int(row["end"]), GRCH38, row["strand"])
            genes.setdefault(row["name"].upper(), Gene(row["name"], row["Ensembl_ID"], start))
    return genes
