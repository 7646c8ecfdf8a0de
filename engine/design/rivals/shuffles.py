"""Dinucleotide shuffles of the natural elements nearest to the goal: their composition without their motifs.

Where a template's stretches are kept, each free stretch of the element is shuffled by itself, so that its own
dinucleotides stay within it; a stretch of fewer than four bases has hardly another arrangement.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from engine.design.methods import Asked, Method
from engine.design.results import Designed, Goal
from engine.design.rivals import common
from engine.design.rivals.natural import drawn, each
from engine.results import Progress
from engine.sequence import decode, dinucleotide_shuffle, encode


def free_stretches(goal: Goal) -> list[tuple[int, int]]:
    """The 0-based half-open stretches between the kept ones, sorted."""
    edges = [0, *(edge for stretch in goal.kept for edge in stretch), goal.length]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    among = common.elements(asked)
    rows = drawn(asked, among, common.within(options, "drawn among", 1, 1000))
    return each(asked, METHOD.name, progress, partial(_shuffled, asked, among.codes[rows]))


def _shuffled(asked: Asked, codes: np.ndarray, number: int) -> np.ndarray:
    shuffled, rng = codes[number].copy(), common.generator(asked, number, 1)
    for start, end in free_stretches(asked.goal):
        shuffled[start:end] = encode(dinucleotide_shuffle(decode(codes[number, start:end]), rng))
    return shuffled


METHOD = Method(
    name="shuffled",
    label="Shuffles of natural elements",
    what="Dinucleotide shuffles (Altschul & Erickson 1985) of natural elements near the goal: their composition, "
    "without their motifs.",
    design=_design,
    options={"drawn among": 2.0},
)
