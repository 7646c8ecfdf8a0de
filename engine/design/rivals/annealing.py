"""Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983, doi:10.1126/science.220.4598.671): one substitution at a
time, also one that leads away from the goal, the less readily the colder it is.

A step that makes the squared distance larger by d is taken with probability exp(-d / T) (Metropolis et al. 1953); T
falls geometrically. The best sequence on the way counts, not the last. Chains run side by side, because a model asked
about one sequence at a time is slow; each has random numbers of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.common import Counter
from engine.design.rivals.guide import REACHED, Guide
from engine.design.rivals.substitutions import Bounds
from engine.errors import InputError
from engine.results import Progress
from engine.sequence import decode

TOGETHER = 16  # chains side by side


@dataclass(frozen=True)
class Settings:
    """How a chain cools.

    Attributes:
        hot, cold: temperatures at the first and the last step, in squared standard deviations.
    """

    steps: int
    hot: float
    cold: float

    def temperature(self, step: int) -> float:
        """At a step counted from 0."""
        return self.hot * (self.cold / self.hot) ** (step / max(1, self.steps - 1))


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    settings = Settings(
        common.whole(options, "steps"),
        common.within(options, "first temperature", 1e-6, 100),
        common.within(options, "last temperature", 1e-6, 100),
    )
    if settings.cold > settings.hot:
        raise InputError(
            f"the last temperature, {settings.cold:g}, is above the first, {settings.hot:g}; annealing cools down"
        )
    guide, begins = Guide(asked), list(islice(common.starts(asked), asked.count))
    return _annealed(asked, guide, begins, settings, Counter(progress, asked.count * (1 + settings.steps)))


def _annealed(
    asked: Asked, guide: Guide, begins: list[np.ndarray], settings: Settings, counter: Counter
) -> Iterator[Designed]:
    for first in range(0, len(begins), TOGETHER):
        numbers = range(first, min(first + TOGETHER, len(begins)))
        bounds = [Bounds.of(asked.goal, begins[n]) for n in numbers]
        rngs = [common.generator(asked, n, 1) for n in numbers]
        paths = anneal(guide, bounds, settings, rngs, counter)
        counter.at((numbers.stop) * (1 + settings.steps))
        for number, path in zip(numbers, paths, strict=True):
            yield common.designed(asked, METHOD.name, number, path[-1], tuple(decode(s) for s in path))


def anneal(
    guide: Guide, bounds: list[Bounds], settings: Settings, rngs: list[np.random.Generator], counter: Counter
) -> list[list[np.ndarray]]:
    """Of each chain the best so far, `(length,)` uint8 each time that it changed, the start first.

    A chain rests at the goal, and all end early when the last one is there.
    """
    now = np.stack([b.start for b in bounds])
    distances = guide.distances(now)
    counter.add(len(now))
    least = distances.copy()
    paths = [[row] for row in now.copy()]
    for step in range(settings.steps):
        going = np.flatnonzero(least > REACHED)
        if not len(going):
            break
        tried = np.concatenate([bounds[i].mutated(now[i : i + 1], np.array([1]), rngs[i]) for i in going])
        values = guide.distances(tried)
        counter.add(len(bounds))
        temperature = settings.temperature(step)
        for i, codes, value in zip(going, tried, values, strict=True):
            if rngs[i].random() < np.exp(min(0.0, (distances[i] - value) / temperature)):
                now[i], distances[i] = codes, value
                if value < least[i]:
                    least[i] = value
                    paths[i].append(codes)
    return paths


METHOD = Method(
    name="annealing",
    label="Simulated annealing",
    what="One random substitution at a time; also one that leads away from the goal, the less readily the colder it is "
    "(Kirkpatrick et al. 1983).",
    design=_design,
    needs=frozenset({"guide"}),
    options={"steps": 600.0, "first temperature": 0.2, "last temperature": 0.002},
    edits=True,
)
