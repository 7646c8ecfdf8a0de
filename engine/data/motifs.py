"""Consensus sequences of transcription factor binding sites that a user can write into a sequence.

Each is the consensus of a matrix of JASPAR 2024 CORE vertebrates (Rauluseviciute et al. 2024, Nucleic Acids
Res 52:D174-D182, doi:10.1093/nar/gkad1059; CC BY 4.0), read with pyjaspar 4.0.0. GATA1 keeps the earlier matrix
MA0035.3: the most frequent bases of the newest one, CTAATCT, are not the GATA site that people know.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Motif:
    """A factor, its JASPAR matrix and that matrix's consensus."""

    factor: str
    matrix: str
    consensus: str

    @property
    def label(self) -> str:
        return f"{self.factor} {self.consensus} ({self.matrix})"


MOTIFS: dict[str, Motif] = {
    m.factor: m
    for m in (
        Motif("CEBPA", "MA0102.5", "ATTGCACAAT"),
        Motif("CREB1", "MA0018.5", "TGATGTCA"),
        Motif("FOS::JUN", "MA0099.4", "ATGAGTCAT"),
        Motif("FOXA2", "MA0047.4", "TGTAAACA"),
        Motif("GABPA", "MA0062.4", "CACTTCCTGT"),
        Motif("GATA1", "MA0035.3", "TTCTTATCTGT"),
        Motif("GATA1::TAL1", "MA0140.3", "TTATCTGTGAGGAGCAG"),
        Motif("HNF1A", "MA0046.3", "GTTAATGATTAAC"),
        Motif("HNF4A", "MA0114.5", "CAAAGTCCA"),
        Motif("KLF1", "MA0493.3", "GGGCGGGG"),
        Motif("NFE2", "MA0841.2", "ATGACTCATC"),
        Motif("NFYA", "MA0060.4", "CCAATCAG"),
        Motif("NRF1", "MA0506.3", "CTGCGCCTGCGC"),
        Motif("Pou5f1::Sox2", "MA0142.1", "CTTTGTTATGCAAAT"),
        Motif("SOX2", "MA0143.5", "ACAATGG"),
        Motif("SP1", "MA0079.5", "GGGGCGGGG"),
        Motif("STAT5A::STAT5B", "MA0519.2", "TTCCAAGAA"),
        Motif("TAL1::TCF3", "MA0091.2", "ACCATCTGTT"),
        Motif("TEAD4", "MA0809.3", "ACATTCCA"),
        Motif("TP53", "MA0106.3", "AACATGCCCGGGCATGTC"),
        Motif("USF1", "MA0093.4", "GTCATGTGAC"),
        Motif("YY1", "MA0095.4", "CAAAATGG"),
    )
}
