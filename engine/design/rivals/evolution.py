"""Directed evolution in silico: each round random substitutions of the best so far, of which the guide keeps the best.

A (mu + lambda) strategy (Beyer & Schwefel 2002, doi:10.1023/A:1015059928466): parents compete with their children, so
that the best is never lost. Every design has a population of its own, begun from the template or from a natural element
of its own, so that designs are not each other's cousins.
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
from engine.results import Progress
from engine.sequence import decode


@dataclass(frozen=True)
class Settings:
    """How long a population evolves, and how broadly.

    Attributes:
        substitutions: of a child, on average; each has at least one.
    """

    rounds: int
    children: int
    parents: int
    substitutions: float

    @property
    def predictions(self) -> int:
        """Sequences predicted for one design, at most."""
        return 1 + self.rounds * self.children


def settings_of(options: dict[str, float]) -> Settings:
    """Out of a method's options; raises InputError for one that cannot be."""
    return Settings(
        common.whole(options, "rounds"),
        common.whole(options, "children"),
        common.whole(options, "parents"),
        common.within(options, "substitutions of a child", 1, 20),
    )


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    settings = settings_of(common.begun(asked, METHOD))
    guide, begins = Guide(asked), list(islice(common.starts(asked), asked.count))
    return _evolved(asked, guide, begins, settings, Counter(progress, asked.count * settings.predictions))


def _evolved(
    asked: Asked, guide: Guide, begins: list[np.ndarray], settings: Settings, counter: Counter
) -> Iterator[Designed]:
    for number, start in enumerate(begins):
        rng = common.generator(asked, number, 1)
        steps = evolve(guide, Bounds.of(asked.goal, start), settings, rng, counter)
        counter.at((number + 1) * settings.predictions)
        yield common.designed(asked, METHOD.name, number, steps[-1], tuple(decode(s) for s in steps))


def evolve(
    guide: Guide, bounds: Bounds, settings: Settings, rng: np.random.Generator, counter: Counter
) -> list[np.ndarray]:
    """The best so far, `(length,)` uint8 each time that it changed, the start first; ends early at the goal."""
    population = bounds.start[None]
    distances = guide.distances(population)
    counter.add(1)
    best = [population[0]]
    for _ in range(settings.rounds):
        if distances[0] <= REACHED:
            break
        parents = population[rng.integers(len(population), size=settings.children)]
        counts = 1 + rng.poisson(settings.substitutions - 1, settings.children)
        children = bounds.mutated(parents, counts, rng)
        distances = np.concatenate([distances, guide.distances(children)])
        counter.add(settings.children)
        # of equal sequences one stays, so that the parents differ; the older comes first among equally good ones
        both, first = np.unique(np.concatenate([population, children]), axis=0, return_index=True)
        order = np.lexsort((first, distances[first]))[: settings.parents]
        population, distances = both[order], distances[first][order]
        if (population[0] != best[-1]).any():
            best.append(population[0])
    return best


METHOD = Method(
    name="evolution",
    label="Directed evolution",
    what="Each round random substitutions of the best so far, of which the guide keeps the best.",
    design=_design,
    needs=frozenset({"guide"}),
    options={"rounds": 40.0, "children": 32.0, "parents": 4.0, "substitutions of a child": 2.0},
    edits=True,
)
