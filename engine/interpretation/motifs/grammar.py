"""How the effect of a motif depends on where it stands, on how often, and on another motif beside it.

All are means over backgrounds of prediction with minus without (`engine.interpretation.motifs.effects`), with 95% t
intervals, for every output of the model; predictions are the mean over both strands, so the orientation of a lone site
can matter only by its place, and what counts between two sites is how they stand to each other. An interaction is the
effect of both minus that of each alone in the same place: 0 where the two add up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.interpretation.motifs.effects import Backgrounds, centre, differences, means
from engine.models.layers import SequenceModel
from engine.sequence import reverse_complement
from engine.statistics import Metric

ORIENTATIONS = {"→ →": (False, False), "→ ←": (False, True), "← →": (True, False), "← ←": (True, True)}
Site = tuple[int, str]  # 0-based first base, bases


@dataclass(frozen=True)
class Curve:
    """Mean effect against a whole number, a line in a figure.

    Attributes:
        name: of the line.
        x: `(points,)`.
        effects: of each point, for each output: the mean effect with its interval.
    """

    name: str
    x: tuple[int, ...]
    effects: tuple[tuple[Metric, ...], ...]


def by_position(model: SequenceModel, around: Backgrounds, bases: str, every: int = 10, **settings) -> list[Curve]:
    """Effect of the site at every `every`-th first base (x is 1-based), a curve a strand; `settings` are passed on to
    `differences`."""
    places = range(0, around.length - len(bases) + 1, every)
    strands = {"forward": bases, "reverse": reverse_complement(bases)}
    effect = differences(model, around, [[(p, b)] for b in strands.values() for p in places], **settings)
    by_strand = effect.reshape(len(strands), len(places), *effect.shape[1:])
    x = tuple(p + 1 for p in places)
    return [Curve(s, x, tuple(map(means, e))) for s, e in zip(strands, by_strand, strict=True)]


def by_copies(
    model: SequenceModel, around: Backgrounds, bases: str, most: int = 5, step: int = 20, **settings
) -> list[Curve]:
    """Effect of 1 to `most` copies around the middle, from one first base to the next `step` bases; and the sum of what
    each of them does alone in its place.

    Raises:
        InputError: copies that overlap or do not fit.
    """
    if step < len(bases):
        raise InputError(f"copies of {len(bases)} bases overlap at a step of {step}; take at least {len(bases)}")
    rows = [_copies(around.length, bases, k, step) for k in range(1, most + 1)]
    effect = _effects(model, around, [tuple(r) for r in rows] + [(s,) for r in rows for s in r], settings)
    x = tuple(range(1, most + 1))
    return [
        Curve("together", x, tuple(means(effect[tuple(r)]) for r in rows)),
        Curve("sum of each alone", x, tuple(means(np.sum([effect[(s,)] for s in r], axis=0)) for r in rows)),
    ]


def by_gap(
    model: SequenceModel, around: Backgrounds, first: str, second: str, gaps: Iterable[int], **settings
) -> tuple[list[Curve], list[Curve]]:
    """Interaction of two sites, and effect of both, against the bases between them; a curve for each of `ORIENTATIONS`.

    The pair stands in the middle; `first` is the left one.

    Raises:
        InputError: a pair that does not fit, a negative gap.
    """
    x = tuple(gaps)
    turned = {name: _turned(first, second, *turn) for name, turn in ORIENTATIONS.items()}
    pairs = {(o, g): beside(around.length, *bases, g) for o, bases in turned.items() for g in x}
    interaction = interactions(model, around, pairs.values(), **settings)
    by_pair = dict(zip(pairs, interaction, strict=True))
    apart, both = ([Curve(o, x, tuple(means(by_pair[o, g][k]) for g in x)) for o in turned] for k in (0, 1))
    return apart, both


def every_pair(
    model: SequenceModel, around: Backgrounds, sites: dict[str, str], gap: int = 10, **settings
) -> dict[tuple[str, str], tuple[Metric, ...]]:
    """Interaction of every two of the named sites (a site with itself too), the first on the left, for each output."""
    pairs = {(a, b): beside(around.length, sites[a], sites[b], gap) for a in sites for b in sites}
    interaction = interactions(model, around, pairs.values(), **settings)
    return {names: means(apart) for names, (apart, _) in zip(pairs, interaction, strict=True)}


def interactions(
    model: SequenceModel, around: Backgrounds, pairs: Iterable[tuple[Site, Site]], **settings
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each pair of sites `(n, outputs)` effect of both minus that of each alone, and effect of both."""
    pairs = [(a, b) for a, b in pairs]
    effect = _effects(model, around, [*pairs, *((site,) for pair in pairs for site in pair)], settings)
    return [(effect[a, b] - effect[(a,)] - effect[(b,)], effect[a, b]) for a, b in pairs]


def beside(length: int, first: str, second: str, gap: int) -> tuple[Site, Site]:
    """Two sites with `gap` bases between them, the pair in the middle of `length` bases; raises InputError."""
    width = len(first) + gap + len(second)
    if gap < 0 or width > length:
        raise InputError(f"two sites with {gap} bases between them do not fit into {length} bases")
    start = centre(length, "N" * width)
    return (start, first), (start + len(first) + gap, second)


def _turned(first: str, second: str, turn_first: bool, turn_second: bool) -> tuple[str, str]:
    return (
        reverse_complement(first) if turn_first else first,
        reverse_complement(second) if turn_second else second,
    )


def _copies(length: int, bases: str, count: int, step: int) -> list[Site]:
    start = centre(length, "N" * ((count - 1) * step + len(bases)))
    return [(start + i * step, bases) for i in range(count)]


def _effects(
    model: SequenceModel, around: Backgrounds, arrangements: list[tuple[Site, ...]], settings: dict
) -> dict[tuple[Site, ...], np.ndarray]:
    """`(n, outputs)` effect of each different arrangement; what several curves need is predicted once."""
    once = list(dict.fromkeys(arrangements))
    return dict(zip(once, differences(model, around, once, **settings), strict=True))
