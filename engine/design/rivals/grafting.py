"""Motif grafting: binding sites that raise the guide's view of quiet elements, set into quiet elements one by one.

Which of JASPAR's motifs lead towards the goal is asked of the guide: each is set into a few backgrounds, and the mean
fall of the distance counts. A site is the most likely base at each position that carries information; the others stay
as they were, so that a graft takes few edits. The backgrounds are natural elements that were measured to do little, or
the template. Then, for each design, many grafts are tried at random places on either strand, and the best stays, as
long as it leads towards the goal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from engine.data import jaspar
from engine.data.jaspar import Matrix
from engine.design import kept
from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.common import Counter, Elements
from engine.design.rivals.guide import REACHED, Guide
from engine.design.rivals.substitutions import Bounds
from engine.errors import InputError
from engine.results import Progress
from engine.sequence import decode, encode

INFORMATIVE = 0.5  # bits that a position of a motif has to carry for its base to be written
LEAST = 1e-12  # of a probability, whose logarithm is taken
QUIET = 0.25  # the part of the elements, those of least activity, that counts as quiet
AT_ONCE = 64  # sequences laid out before they are predicted


@dataclass(frozen=True)
class Site:
    """A motif as it is written: 0-based `offsets` from its first position, and the `bases` there as uint8 codes."""

    name: str
    width: int
    offsets: np.ndarray
    bases: np.ndarray

    def turned(self) -> Site:
        """The same on the other strand."""
        return Site(self.name, self.width, self.width - 1 - self.offsets[::-1], 3 - self.bases[::-1])


@dataclass(frozen=True)
class Settings:
    """How many motifs of use are taken, how many grafts a design gets, how many are tried for each."""

    backgrounds: int
    motifs: int
    grafts: int
    tried: int


def site(matrix: Matrix) -> Site | None:
    """What is written of a motif; None of one without an informative position."""
    p = matrix.probabilities
    offsets = np.flatnonzero(2 + (p * np.log2(np.maximum(p, LEAST))).sum(axis=0) >= INFORMATIVE)
    codes = encode(matrix.consensus)
    return Site(matrix.name, matrix.width, offsets, codes[offsets]) if len(offsets) else None


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    settings = Settings(*(common.whole(options, name) for name in METHOD.options))
    guide = Guide(asked)
    among = None if asked.goal.template is not None else quiet(asked)
    stretches = kept.free(asked.goal.length, asked.goal.kept)
    longest = max(end - start for start, end in stretches)
    sites = [s for matrix in jaspar.load().values() if (s := site(matrix)) is not None and s.width <= longest]
    if not sites:
        raise InputError(
            f"the longest stretch that may change has {longest} bases, fewer than any motif; keep less of the sequence"
        )
    return _grafted(asked, guide, among, sites, settings, progress)


def _grafted(
    asked: Asked,
    guide: Guide,
    among: Elements | None,
    sites: list[Site],
    settings: Settings,
    progress: Progress | None,
) -> Iterator[Designed]:
    screening = settings.backgrounds * (1 + len(sites))
    each = 1 + settings.grafts * settings.tried
    counter = Counter(progress, screening + asked.count * each)
    rng = common.generator(asked, 0, 1)
    useful = leading(guide, _backgrounds(asked, among, settings.backgrounds, rng), sites, asked, counter)
    for number in range(asked.count):
        rng = common.generator(asked, number, 2)
        start = next(iter(_backgrounds(asked, among, 1, rng)))
        steps = graft(guide, Bounds.of(asked.goal, start), useful[: settings.motifs], asked, settings, rng, counter)
        counter.at(screening + (number + 1) * each)
        yield common.designed(asked, METHOD.name, number, steps[-1], tuple(decode(s) for s in steps))


def quiet(asked: Asked) -> Elements:
    """The elements of least activity: the lowest `QUIET` by the mean over what was measured, in standard deviations."""
    among = common.elements(asked)
    z = common.standardised(asked.library, among.rows, asked.library.table.outputs)
    measured = ~np.isnan(z)
    mean = np.where(measured, z, 0).sum(axis=1) / np.maximum(1, measured.sum(axis=1))
    mean[~measured.any(axis=1)] = np.inf
    rows = np.sort(np.argsort(mean, kind="stable")[: max(1, round(QUIET * len(mean)))])
    return Elements(among.codes[rows], among.rows[rows])


def _backgrounds(asked: Asked, among: Elements | None, count: int, rng: np.random.Generator) -> np.ndarray:
    """`(count, length)` uint8, quiet elements drawn at random, or the template so many times."""
    if among is None:
        assert asked.goal.template is not None
        return np.stack(list(repeat(encode(asked.goal.template.bases), count)))
    return among.codes[rng.integers(len(among.codes), size=count)]


def leading(guide: Guide, backgrounds: np.ndarray, sites: list[Site], asked: Asked, counter: Counter) -> list[Site]:
    """The motifs that lead towards the goal, those first that lower the distance most, averaged over the backgrounds;
    each is set into each once, at a random place of its own."""
    rng = common.generator(asked, 0, 3)
    before = guide.distances(backgrounds)
    counter.add(len(backgrounds))
    versions = [_written(background, one, _place(asked, one, rng)) for one in sites for background in backgrounds]
    after = []
    for first in range(0, len(versions), AT_ONCE):
        some = np.stack(versions[first : first + AT_ONCE])
        after.append(guide.distances(some))
        counter.add(len(some))
    falls = (before - np.concatenate(after).reshape(len(sites), len(backgrounds))).mean(axis=1)
    return [sites[i] for i in np.argsort(-falls, kind="stable")]


def graft(
    guide: Guide,
    bounds: Bounds,
    sites: list[Site],
    asked: Asked,
    settings: Settings,
    rng: np.random.Generator,
    counter: Counter,
) -> list[np.ndarray]:
    """The background and what became of it graft by graft, `(length,)` uint8; ends when no tried graft is a gain."""
    steps = [bounds.start]
    least = float(guide.distances(bounds.start[None])[0])
    counter.add(1)
    taken = np.zeros(len(bounds.start), bool)
    for _ in range(settings.grafts):
        if least <= REACHED:
            break
        tried = []
        for _ in range(settings.tried):
            one = sites[rng.integers(len(sites))]
            one = one.turned() if rng.random() < 0.5 else one
            at = _place(asked, one, rng)
            version = _written(steps[-1], one, at)
            edits = int((version != bounds.start).sum())
            if edits <= bounds.most and not taken[at : at + one.width].any():
                tried.append((version, at, one.width))
        if not tried:
            break
        distances = guide.distances(np.stack([version for version, _, _ in tried]))
        counter.add(settings.tried)
        best = int(distances.argmin())
        if distances[best] >= least:
            break
        least = float(distances[best])
        version, at, width = tried[best]
        taken[at : at + width] = True
        steps.append(version)
    return steps


def _place(asked: Asked, one: Site, rng: np.random.Generator) -> int:
    """A random first position at which the whole motif lies within one stretch that may change."""
    starts = [p for a, b in kept.free(asked.goal.length, asked.goal.kept) for p in range(a, b - one.width + 1)]
    return int(starts[rng.integers(len(starts))])


def _written(codes: np.ndarray, one: Site, at: int) -> np.ndarray:
    written = codes.copy()
    written[at + one.offsets] = one.bases
    return written


METHOD = Method(
    name="grafting",
    label="Motif grafting",
    what="Sets JASPAR motifs that lead towards the goal, by the guide's word, into quiet natural elements or the "
    "template, one by one.",
    design=_design,
    needs=frozenset({"guide"}),
    options={"backgrounds": 4.0, "motifs": 20.0, "grafts": 6.0, "tried for each": 48.0},
    edits=True,
)
