"""The measured elements by the gene that they drive."""

from __future__ import annotations

from engine.data.satmut import DATA_SETS
from engine.errors import unknown

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
