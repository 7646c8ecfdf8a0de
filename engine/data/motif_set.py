"""The motifs that the rank-order study asks its models for, and any matrix of JASPAR by name.

Each of the study's motifs is what it is there: one or several consensus patterns in IUPAC letters (motif_probing of
github.com/bryanc5864/RankProject, restated here), read on both strands. The study writes no motif into a sequence;
`site` is ours: bases that hold the pattern once and match the JASPAR matrix beside it (p <= 1e-3, see
`engine.interpretation.motifs.scan`). Most are a consensus of JASPAR: of GATA1 that of MA0035.3 and of KLF1 that of
MA0493.1, earlier matrices, since the most frequent bases of the newest ones are other motifs' cores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.data import jaspar
from engine.data.jaspar import Matrix
from engine.errors import InputError
from engine.sequence import BASES, IUPAC

SOURCE = "consensus patterns of the rank-order study (github.com/bryanc5864/RankProject, motif probing)"
BOTH = "both"  # a motif that matters in every cell type
_MEANS = {
    "A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip


@dataclass(frozen=True)
class StudyMotif:
    """A motif of the study.

    Attributes:
        name: as the study has it.
        patterns: consensus in IUPAC letters; alternatives end with the same bases.
        cell: the cell type that the study counts it for, or `BOTH`.
        site: bases to write into a sequence.
        matrix: the JASPAR matrix that the site is a match of.
        what: in words.
    """

    name: str
    patterns: tuple[str, ...]
    cell: str
    site: str
    matrix: str
    what: str


STUDY: dict[str, StudyMotif] = {
    m.name: m
    for m in (
        StudyMotif("SP1_GCbox", ("GGSCGG",), BOTH, "GGGGCGGGG", "MA0079.5", "GC-box of SP1"),
        StudyMotif("NRF1", ("GCGCWYGCGC",), BOTH, "CTGCGCATGCGCAG", "MA0506.3", "NRF1"),
        StudyMotif("CCAAT", ("CCAAT",), BOTH, "AGCCAATCAG", "MA0060.4", "CCAAT-box of NF-Y"),
        StudyMotif("ETS", ("GGAW",), BOTH, "ACCGGAAGTG", "MA0062.4", "core of the ETS family"),
        StudyMotif("GATA1", ("WGATAR",), "K562", "TTCTTATCTGT", "MA0035.5", "GATA1"),
        StudyMotif("TAL1_Ebox", ("CANNTG",), "K562", "ACCATCTGTT", "MA0091.2", "E-box of TAL1"),
        StudyMotif("KLF1_CACCC", ("CCACCC", "CNCACCC"), "K562", "GGCCACACCCA", "MA0493.3", "CACCC-box of KLF1"),
        StudyMotif("NFE2_MARE", ("TGASTCA",), "K562", "ATGACTCATC", "MA0841.2", "NF-E2 site and AP-1 core"),
        StudyMotif("STAT5_GAS", ("TTCNNNGAA",), "K562", "TTCCAAGAA", "MA0519.2", "GAS element of STAT5"),
        StudyMotif("FOXA", ("KRTTKAC",), "HepG2", "TGTTTACA", "MA0047.4", "forkhead site of FOXA"),
        StudyMotif("CEBP", ("TKNNGNAAK",), "HepG2", "ATTGTGCAAT", "MA0102.5", "C/EBP"),
        StudyMotif("HNF4A_DR1", ("AGGTCANAGGTCA",), "HepG2", "AGGTCAAAGGTCA", "MA0114.5", "DR1 site of HNF4A"),
        StudyMotif("HNF1A", ("GTTAATNATTRAC",), "HepG2", "GTTAATGATTAAC", "MA0046.3", "HNF1A"),
        StudyMotif("USF_Ebox", ("CACGTG",), "HepG2", "GTCACGTGAC", "MA0093.4", "E-box of USF"),
    )
}

Motif = StudyMotif | Matrix


@dataclass(frozen=True)
class Site:
    """Bases to write into a sequence, under a name; a scrambled copy must not hold one of `patterns`."""

    name: str
    bases: str
    patterns: tuple[str, ...]


def site(text: str) -> Site:
    """The site of a motif of the study, of a JASPAR matrix (its most likely bases; of several of one factor the first),
    or bases A, C, G, T as they are.

    Raises:
        InputError: none of these.
    """
    wanted = text.strip()
    if wanted in STUDY:
        return Site(wanted, STUDY[wanted].site, STUDY[wanted].patterns)
    if wanted and not set(wanted.upper()) - set(BASES):
        return Site(wanted.upper(), wanted.upper(), (wanted.upper(),))
    label, matrix = next(iter(matrices(wanted, STUDY).items()))
    bases = "".join(BASES[k] for k in matrix.probabilities.argmax(axis=0))
    return Site(label, bases, (bases,))


def masks(pattern: str) -> np.ndarray:
    """`(width,)` uint8 of a consensus: bit b is set where base b (A 0, C 1, G 2, T 3) is allowed.

    Raises:
        InputError: no letter, or one that is not IUPAC.
    """
    if not pattern or set(pattern.upper()) - set(_MEANS):
        raise InputError(f"'{pattern}' is not a consensus: write one or more of the letters {IUPAC}")
    return np.array([sum(1 << BASES.index(b) for b in _MEANS[letter]) for letter in pattern.upper()], np.uint8)


def named(name: str) -> dict[str, Motif]:
    """A motif of the study by its name, or every JASPAR matrix of a factor or id by its label.

    Raises:
        InputError: neither; names motifs of both that are close.
    """
    if name in STUDY:
        return {name: STUDY[name]}
    return dict(matrices(name, STUDY))


def matrices(name: str, also: Iterable[str] = ()) -> dict[str, Matrix]:
    """Every JASPAR matrix of a factor or id, by its label, factor and id ('HNF4A MA0114.5').

    Args:
        also: what else may be asked for there; the error suggests these names too.

    Raises:
        InputError: a name that no matrix has; names those that are close.
    """
    return {f"{m.name} {m.id}": m for m in jaspar.chosen([name], also).values()}
