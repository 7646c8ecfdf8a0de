"""Motifs as a file that other programs read: minimal MEME format (https://meme-suite.org/meme/doc/meme-format.html)."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from engine.errors import InputError

HEAD = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25
"""


class Motif(NamedTuple):
    """A motif of a file.

    Attributes:
        identifier: no other motif of the file may have it. Its spaces, and those of the name, become `_`.
        name: what the motif is called, the format's alternate name; several motifs may be called the same.
        pfm: `(4, width)` frequencies in the order A C G T.
        sites: how many it was made of.
    """

    identifier: str
    name: str
    pfm: np.ndarray
    sites: int


def minimal(motifs: list[Motif]) -> str:
    """Text of a file. It gives no E-value, which the format leaves free: these motifs were not tested for enrichment.

    Raises:
        InputError: an identifier that two motifs have.
    """
    parts, seen = [HEAD], set()
    for motif in motifs:
        identifier, name = (re.sub(r"\s+", "_", text.strip()) for text in (motif.identifier, motif.name))
        if identifier in seen:
            raise InputError(f"two motifs have the identifier '{identifier}'; in a MEME file each needs its own")
        seen.add(identifier)
        rows = "\n".join(" ".join(f"{value:.6f}" for value in column) for column in np.asarray(motif.pfm).T)
        size = f"alength= 4 w= {np.shape(motif.pfm)[1]} nsites= {motif.sites}"
        parts.append(f"MOTIF {identifier} {name}\nletter-probability matrix: {size}\n{rows}\n")
    return "\n".join(parts)
