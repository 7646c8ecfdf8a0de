"""Motifs as a file that other programs read: minimal MEME format (https://meme-suite.org/meme/doc/meme-format.html)."""

from __future__ import annotations

import re

import numpy as np

HEAD = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25
"""


def minimal(motifs: list[tuple[str, np.ndarray, int]]) -> str:
    """Text of a file.

    Args:
        motifs: of each its name, whose spaces become `_`, `(4, width)` frequencies in the order A C G T, and the number
            of sites.
    """
    parts = [HEAD]
    for name, pfm, sites in motifs:
        rows = "\n".join(" ".join(f"{value:.6f}" for value in column) for column in np.asarray(pfm).T)
        label = re.sub(r"\s+", "_", name.strip())
        width = np.shape(pfm)[1]
        parts.append(f"MOTIF {label}\nletter-probability matrix: alength= 4 w= {width} nsites= {sites} E= 0\n{rows}\n")
    return "\n".join(parts)
