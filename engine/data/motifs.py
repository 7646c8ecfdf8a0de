"""Motifs by name: consensus sequences for a menu, the rank-order study's motifs, and any motif that somebody types.

`MOTIFS` are consensus sequences of binding sites that a user can write into a sequence. Each is that of a matrix of
JASPAR 2024 CORE vertebrates (Rauluseviciute et al. 2024, Nucleic Acids Res 52:D174-D182, doi:10.1093/nar/gkad1059; CC
BY 4.0), read with pyjaspar 4.0.0. GATA1 keeps the earlier matrix MA0035.3: the most frequent bases of the newest one,
CTAATCT, are not the GATA site that people know.

`STUDY` are the motifs that the rank-order study asks its models for. Each is what it is there: one or several consensus
patterns in IUPAC letters (motif_probing of github.com/bryanc5864/RankProject, restated here), read on both strands. The
study writes no motif into a sequence; `StudyMotif.site` is ours: bases that hold the pattern once and match the JASPAR
matrix beside it (p <= 1e-3, see `engine.interpretation.motifs.scan`). Most are a consensus of JASPAR: of GATA1 that of
MA0035.3 and of KLF1 that of MA0493.1, earlier matrices, since the most frequent bases of the newest ones are other
motifs' cores.

`named` is the one rule for a motif that is typed, `site` and `menu_site` what is written for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data import jaspar
from engine.data.jaspar import Matrix
from engine.errors import InputError
from engine.sequence import BASES, IUPAC

# --- consensus sequences for a menu ---------------------------------------------------------------


@dataclass(frozen=True)
class MenuMotif:
    """A factor, its JASPAR matrix and that matrix's consensus."""

    factor: str
    matrix: str
    consensus: str

    @property
    def label(self) -> str:
        return f"{self.factor} {self.consensus} ({self.matrix})"


MOTIFS: dict[str, MenuMotif] = {
    m.factor: m
    for m in (
        MenuMotif("CEBPA", "MA0102.5", "ATTGCACAAT"),
        MenuMotif("CREB1", "MA0018.5", "TGATGTCA"),
        MenuMotif("FOS::JUN", "MA0099.4", "ATGAGTCAT"),
        MenuMotif("FOXA2", "MA0047.4", "TGTAAACA"),
        MenuMotif("GABPA", "MA0062.4", "CACTTCCTGT"),
        MenuMotif("GATA1", "MA0035.3", "TTCTTATCTGT"),
        MenuMotif("GATA1::TAL1", "MA0140.3", "TTATCTGTGAGGAGCAG"),
        MenuMotif("HNF1A", "MA0046.3", "GTTAATGATTAAC"),
        MenuMotif("HNF4A", "MA0114.5", "CAAAGTCCA"),
        MenuMotif("KLF1", "MA0493.3", "GGGCGGGG"),
        MenuMotif("NFE2", "MA0841.2", "ATGACTCATC"),
        MenuMotif("NFYA", "MA0060.4", "CCAATCAG"),
        MenuMotif("NRF1", "MA0506.3", "CTGCGCCTGCGC"),
        MenuMotif("Pou5f1::Sox2", "MA0142.1", "CTTTGTTATGCAAAT"),
        MenuMotif("SOX2", "MA0143.5", "ACAATGG"),
        MenuMotif("SP1", "MA0079.5", "GGGGCGGGG"),
        MenuMotif("STAT5A::STAT5B", "MA0519.2", "TTCCAAGAA"),
        MenuMotif("TAL1::TCF3", "MA0091.2", "ACCATCTGTT"),
        MenuMotif("TEAD4", "MA0809.3", "ACATTCCA"),
        MenuMotif("TP53", "MA0106.3", "AACATGCCCGGGCATGTC"),
        MenuMotif("USF1", "MA0093.4", "GTCATGTGAC"),
        MenuMotif("YY1", "MA0095.4", "CAAAATGG"),
    )
}

# --- the rank-order study's motifs ----------------------------------------------------------------

SOURCE = "consensus patterns of the rank-order study (github.com/bryanc5864/RankProject, motif probing)"
BOTH = "both"  # a motif that matters in every cell type


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

# --- any motif ------------------------------------------------------------------------------------

_MEANS = {
    "A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip


@dataclass(frozen=True)
class Consensus:
    """A motif that was written out in IUPAC letters, which are its name and its only pattern."""

    name: str

    @property
    def patterns(self) -> tuple[str, ...]:
        return (self.name,)


Motif = StudyMotif | Consensus | Matrix


@dataclass(frozen=True)
class Site:
    """Bases to write into a sequence, under a name; a scrambled copy must not hold one of `patterns`."""

    name: str
    bases: str
    patterns: tuple[str, ...]


def named(text: str, own: dict[str, Matrix] | None = None) -> dict[str, Motif]:
    """What a motif that somebody typed stands for, by label; the one rule of every command and page.

    In this order, in upper or lower case: every matrix of the user's own of that name or id; a motif of the study by
    its name; every JASPAR matrix of a factor or an id ('HNF4A MA0114.5'); a consensus in IUPAC letters, plain bases
    among them. So MYC is the factor, which as letters would be a consensus too, and GATA, which no motif is called, is
    four bases.

    Args:
        own: matrices of the user's own by id (`engine.data.motif_files`).

    Raises:
        InputError: none of these; names motifs that are close.
    """
    wanted = text.strip()
    key = wanted.upper()
    if own and (hits := jaspar.matching(wanted, own)):
        return {**_labelled(hits)}
    if name := next((name for name in STUDY if name.upper() == key), None):
        return {name: STUDY[name]}
    if hits := jaspar.matching(wanted):
        return {**_labelled(hits)}
    if key and not set(key) - set(_MEANS):
        return {key: Consensus(key)}
    also = [*STUDY, *(m.name for m in (own or {}).values()), *(own or {})]
    raise jaspar.unknown_motif(
        wanted, also, f",{' your own motifs,' if own else ''} the study's motifs, and bases in the letters {IUPAC}"
    )


def matrices(name: str, own: dict[str, Matrix] | None = None) -> dict[str, Matrix]:
    """Every matrix of the user's own, or else of JASPAR, of a factor or id, by its label ('HNF4A MA0114.5').

    Raises:
        InputError: a name that no matrix has; names those that are close.
    """
    return _labelled((jaspar.matching(name, own) if own else {}) or jaspar.chosen([name]))


def _labelled(by_id: dict[str, Matrix]) -> dict[str, Matrix]:
    return {m.name if m.name == m.id else f"{m.name} {m.id}": m for m in by_id.values()}


def site(text: str, own: dict[str, Matrix] | None = None) -> Site:
    """The bases that are written for a motif (see `named`): the site of a motif of the study, the most likely bases of
    a matrix (of several of one factor the first), or bases as they were given.

    Raises:
        InputError: no motif, or a consensus with letters that stand for several bases.
    """
    label, motif = next(iter(named(text, own).items()))
    if isinstance(motif, StudyMotif):
        return Site(label, motif.site, motif.patterns)
    if isinstance(motif, Matrix):
        return Site(label, motif.consensus, (motif.consensus,))
    if several := sorted(set(label) - set(BASES)):
        raise InputError(
            f"'{text}' cannot be written into a sequence: {', '.join(several)} may be several bases; give A, C, G and T"
        )
    return Site(label, label, (label,))


def menu_site(factor: str) -> Site:
    """What a menu of motifs writes for a factor of `MOTIFS`: the consensus that it shows, which for
    NRF1 is not the study's site."""
    bases = MOTIFS[factor].consensus
    return Site(factor, bases, (bases,))


def masks(pattern: str) -> np.ndarray:
    """`(width,)` uint8 of a consensus: bit b is set where base b (A 0, C 1, G 2, T 3) is allowed.

    Raises:
        InputError: no letter, or one that is not IUPAC.
    """
    if not pattern or set(pattern.upper()) - set(_MEANS):
        raise InputError(f"'{pattern}' is not a consensus: write one or more of the letters {IUPAC}")
    return np.array([sum(1 << BASES.index(b) for b in _MEANS[letter]) for letter in pattern.upper()], np.uint8)
