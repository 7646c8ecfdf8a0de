"""What is known of a motif that was found: matrices of JASPAR that are like it, and which motif of the study it is.

Likeness by TOMTOM (Gupta et al. 2007, Genome Biol 8:R24) as memelite has it (MIT). The q-value is that of Benjamini &
Hochberg (1995, J R Stat Soc B 57:289-300) over all matrices of JASPAR that a motif was compared with. TOMTOM tells
families apart, seldom the members of one: the best match names the kind of site, not the factor that binds it.

The study's motifs are asked for by their sites (`engine.data.motifs`), not by their newest matrices: that of KLF1
reads as a GC-box.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from memelite import tomtom
from scipy.stats import false_discovery_control

from engine.data import jaspar
from engine.data.motifs import STUDY
from engine.sequence import encode

LARGEST_Q = 0.01
BEST = 3
SITES = 20  # of the bases of a study's motif, as if it had been seen so often


class Match(NamedTuple):
    """A JASPAR matrix that is like a motif; `strand` is '-' where its reverse complement is."""

    matrix: str
    name: str
    p: float
    q: float
    strand: str


def known(pfms: list[np.ndarray], counts: list[int]) -> tuple[list[list[Match]], list[dict[str, Match]]]:
    """For each motif the matrices of JASPAR, the most alike first, and the sites of the study's motifs by their name.

    The latter's q-values are over the study's motifs alone: it is another question.

    Args:
        pfms: `(4, width)` frequencies; they get the same pseudocount as JASPAR's matrices.
        counts: how many sites each is the mean of.
    """
    if not pfms:
        return [], []
    matrices = list(jaspar.load().values())
    sites = [(encode(m.site)[None] == np.arange(4)[:, None]) * SITES for m in STUDY.values()]
    targets = [*(m.probabilities for m in matrices), *map(jaspar.probabilities, sites)]
    asked = [jaspar.probabilities(pfm * n) for pfm, n in zip(pfms, counts, strict=True)]
    compared = tomtom(asked, targets, n_jobs=1)
    p, strands = np.clip(compared[0], 0, 1), np.where(compared[4] == 1, "-", "+")
    of_jaspar, of_study, n = [], [], len(matrices)
    for own_p, own_strands in zip(p, strands, strict=True):
        q = np.concatenate([false_discovery_control(own_p[:n]), false_discovery_control(own_p[n:])])
        rows = [(float(a), float(b), str(s)) for a, b, s in zip(own_p, q, own_strands, strict=True)]
        mine = [Match(m.id, m.name, *row) for m, row in zip(matrices, rows[:n], strict=True)]
        of_jaspar.append(sorted(mine, key=lambda m: (m.p, m.matrix)))
        of_study.append(
            {s.name: Match(s.matrix, s.name, *row) for s, row in zip(STUDY.values(), rows[n:], strict=True)}
        )
    return of_jaspar, of_study


def study_motif(sites: dict[str, Match], largest_q: float = LARGEST_Q) -> str | None:
    """The study's motif whose site is most alike; None where even that has a larger q-value."""
    best = min(sites.values(), key=lambda m: (m.p, m.name))
    return best.name if best.q <= largest_q else None
