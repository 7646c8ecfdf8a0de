"""Dinucleotide shuffles of the natural elements nearest to the goal: their composition without their motifs.

Where a template's stretches are kept, each free stretch of the element is shuffled by itself, so that its own
dinucleotides stay within it; a stretch of fewer than four bases has hardly another arrangement.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from engine.design import kept
from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.natural import drawn, each
from engine.results import Progress
from engine.sequence import decode, dinucleotide_shuffle, encode


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    among = common.elements(asked)
    rows = drawn(asked, among, common.within(options, "drawn among", 1, 1000))
    return each(asked, METHOD.name, progress, partial(_shuffled, asked, among.codes[rows]))


def _shuffled(asked: Asked, codes: np.ndarray, number: int) -> np.ndarray:
    shuffled, rng = codes[number].copy(), common.generator(asked, number, 1)
    for start, end in kept.free(asked.goal.length, asked.goal.kept):
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
