"""MEASURES: everything that designs are judged by, each with the way in which it is read.

Those `of a judge` take what one judge says; the others are of the sequences alone. None is to be read without its
floor, the same number of natural elements that nobody designed and nobody learned from, at the same N
(`engine.design.benchmark`). Where two natural sets differ by .11, a design that differs by .11 is as nature is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.design.metrics import activity, composition, motifs, novelty
from engine.design.metrics.motifs import Content
from engine.design.metrics.novelty import Trained

HIGH, LOW, FLOOR = "higher", "lower", "near its floor"  # which way is better


@dataclass(frozen=True)
class Made:
    """Sequences as they are: `codes` `(n, length)` uint8 and the motifs that they hold."""

    codes: np.ndarray
    content: Content


@dataclass(frozen=True)
class Judged:
    """What one judge says of sequences.

    Attributes:
        values: `(n, outputs)` float64, s.d. (`engine.design.judge.in_sd`).
        embedded: `(n, features)` its penultimate layer.
        unfamiliar: `(n,)` bool, unlike what it learned from (`engine.design.metrics.trust.unfamiliar`).
    """

    values: np.ndarray
    embedded: np.ndarray
    unfamiliar: np.ndarray


@dataclass(frozen=True)
class Sequences:
    """Designs beside natural elements of the activities that they were asked for, row by row, and the training
    sequences of their makers."""

    designs: Made
    natural: Made
    trained: Trained


@dataclass(frozen=True)
class Verdicts:
    """The same of one judge.

    Attributes:
        wanted: `(n, outputs)` what was asked for, s.d.; nan where nothing was.
    """

    designs: Judged
    natural: Judged
    wanted: np.ndarray
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    """A number that designs are judged by.

    Attributes:
        better: one of `HIGH`, `LOW` and `FLOOR`.
        what: one sentence for a biologist.
        unit: of the number; "" for one without.
    """

    name: str
    label: str
    better: str
    what: str
    unit: str = ""


OF_SEQUENCES: dict[str, Callable[[Sequences], float]] = {
    "words": lambda s: composition.distance(*(composition.spectrum(lot.codes) for lot in (s.designs, s.natural))),
    "told_apart": lambda s: _told_apart(s.designs.codes, s.natural.codes),
    "motifs": lambda s: motifs.count_correlation(s.designs.content, s.natural.content),
    "spacing": lambda s: motifs.spacing(s.designs.content, s.natural.content),
    "diversity": lambda s: novelty.diversity(s.designs.codes),
    "distinct": lambda s: novelty.distinct(s.designs.codes),
    "shared": lambda s: float(np.median(s.trained.longest_shared(s.designs.codes))),
}
# of all outputs together
OF_JUDGE: dict[str, Callable[[Verdicts], float]] = {
    "missed": lambda v: activity.missed(v.designs.values, v.wanted),
    "told_apart_by_judge": lambda v: composition.told_apart(v.designs.embedded, v.natural.embedded),
    "unfamiliar": lambda v: float(v.designs.unfamiliar.mean()),
}
# of one output, by its column
OF_OUTPUT: dict[str, Callable[[Verdicts, int], float]] = {
    "fidelity": lambda v, i: activity.fidelity(v.designs.values[:, i], v.natural.values[:, i]),
    "shift": lambda v, i: activity.shift(v.designs.values[:, i], v.natural.values[:, i]),
    "asked": lambda v, i: activity.asked(v.designs.values[:, i], v.wanted[:, i]),
}

MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        Measure("asked", "Follows what was asked", HIGH, "Rank correlation of judged with asked-for activity."),
        Measure("missed", "Missed by", LOW, "How far judged activity is from what was asked for.", "s.d."),
        Measure(
            "fidelity",
            "Fidelity (MSE)",
            FLOOR,
            "Squared difference of judged activity from that of the natural counterpart; it rewards collapse, so it is "
            "never read alone.",
            "s.d.²",
        ),
        Measure("shift", "Shift (KS)", FLOOR, "Largest difference of the distributions of judged activity."),
        Measure(
            "specificity",
            "Specificity",
            HIGH,
            "Judged activity in one cell type less the mean of the others, as a multiple of the most specific natural "
            "element of the test fold.",
            "× natural best",
        ),
        Measure("words", "Words of six letters (JS)", FLOOR, "Jensen-Shannon distance of 6-mer frequencies."),
        Measure(
            "told_apart", "Told apart by k-mers (AUROC)", FLOOR, "How well k-mers tell designs from nature; .5 not."
        ),
        Measure(
            "told_apart_by_judge",
            "Told apart by the judge's layer (AUROC)",
            FLOOR,
            "How well what the judge sees tells designs from nature; .5 not.",
        ),
        Measure(
            "motifs", "Motif counts (r)", FLOOR, "Correlation of motif counts with natural elements of that activity."
        ),
        Measure("spacing", "Motif spacing (JS)", FLOOR, "Distance of how far apart pairs of motifs stand."),
        Measure("diversity", "Diversity", FLOOR, "Share of positions at which two designs differ."),
        Measure("distinct", "Different sequences", HIGH, "Share that is left when each is kept once."),
        Measure("shared", "Longest stretch shared", FLOOR, "Median over designs, with any training sequence.", "bases"),
        Measure("reliable", "Reliable maps", HIGH, "Share whose map passes the checks that held-out maps pass."),
        Measure(
            "unfamiliar", "Unfamiliar to the judge", FLOOR, "Share unlike what the judge learned from: no safe word."
        ),
    )
}


def of_sequences(case: Sequences) -> dict[str, float]:
    """Every number that needs no judge, by name."""
    return {name: compute(case) for name, compute in OF_SEQUENCES.items()}


def of_judge(case: Verdicts) -> dict[str, float]:
    """Every number of one judge, by name; of one output as `name/output`."""
    together = {name: compute(case) for name, compute in OF_JUDGE.items()}
    each = {
        f"{name}/{output}": compute(case, column)
        for name, compute in OF_OUTPUT.items()
        for column, output in enumerate(case.outputs)
    }
    return together | each


def specificity(designs: Mapping[str, np.ndarray], natural: np.ndarray, outputs: tuple[str, ...]) -> dict[str, float]:
    """`specificity/output` by one judge, of designs that were asked to be specific.

    Args:
        designs: `(n, outputs)` what the judge says, by the output that they were to be specific to; s.d.
        natural: `(m, outputs)` of all natural elements that a design has to outdo.
    """
    return {
        f"specificity/{output}": activity.against_best(
            activity.specific(values, outputs, output), activity.specific(natural, outputs, output)
        )
        for output, values in designs.items()
    }


def _told_apart(designs: np.ndarray, natural: np.ndarray) -> float:
    words = composition.words(np.concatenate([designs, natural]))
    return composition.told_apart(words[: len(designs)], words[len(designs) :])
