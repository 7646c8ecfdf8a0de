"""AdaLead (Sinai et al. 2020, arXiv:2010.02141): a population that follows its leaders, with recombination.

Each round the sequences near the best become parents; pairs of them are recombined; from each parent a roll-out adds
mutations for as long as the guide likes the child no less than the parent. The fitness is exp(-squared distance to the
goal), which is positive, as the threshold asks: parents have at least (1 - threshold) of the best fitness. Here the
guide stands in for the measurements between rounds that the paper has.

All designs of one draw come out of one population, so they are relatives, and come together at the end.
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

ATTEMPTS = 10  # at a child that was never seen, before a branch is given up
TOGETHER = 32  # roots whose roll-outs run side by side


@dataclass(frozen=True)
class Settings:
    """The paper's letters in brackets.

    Attributes:
        population: sequences kept from round to round.
        queries: predictions in a round.
        threshold: how far below the best fitness a parent may be, as a part of it (kappa).
        recombination: probability at each base that two parents cross over (r).
        mutations: of a child, on average (mu).
    """

    population: int
    rounds: int
    queries: int
    threshold: float
    recombination: float
    mutations: float


class Population:
    """Sequences with their distances, each once, the nearest first; and all that was ever predicted."""

    def __init__(self, guide: Guide, counter: Counter, size: int):
        self.guide, self.counter, self.size = guide, counter, size
        self.seen: dict[bytes, float] = {}
        self.predicted = 0

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """`(n,)` distances of `(n, length)` uint8; what was predicted before is not predicted again."""
        new = list(dict.fromkeys(k for row in codes if (k := row.tobytes()) not in self.seen))
        if new:
            rows = np.stack([np.frombuffer(k, np.uint8) for k in new])
            self.seen.update(zip(new, self.guide.distances(rows).tolist(), strict=True))
            self.predicted += len(new)
            self.counter.add(len(new))
        return np.array([self.seen[row.tobytes()] for row in codes])

    def best(self) -> tuple[np.ndarray, np.ndarray]:
        """The nearest of all seen, `(n, length)` and their distances `(n,)`; what is further than them is forgotten."""
        nearest = sorted(self.seen, key=self.seen.__getitem__)[: self.size]
        self.seen = {k: self.seen[k] for k in nearest}
        return np.stack([np.frombuffer(k, np.uint8) for k in nearest]), np.array(list(self.seen.values()))


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    population = max(asked.count, common.whole(options, "population"))
    settings = Settings(
        population,
        common.whole(options, "rounds"),
        population * common.whole(options, "predictions of each a round"),
        common.within(options, "threshold", 0, 0.99),
        common.within(options, "recombination", 0, 1),
        common.within(options, "mutations of a child", 0, 20),
    )
    guide = Guide(asked)
    # one template is enough of its kind; of natural elements every member of the population is another
    begins = np.stack(list(islice(common.starts(asked), population if asked.goal.template is None else 1)))
    return _led(asked, guide, begins, settings, progress)


def _led(
    asked: Asked, guide: Guide, begins: np.ndarray, settings: Settings, progress: Progress | None
) -> Iterator[Designed]:
    counter = Counter(progress, len(begins) + settings.rounds * settings.queries)
    population = Population(guide, counter, settings.population)
    population.predict(begins)
    bounds, rng = Bounds.of(asked.goal, begins[0]), common.generator(asked, 0, 1)
    for _ in range(settings.rounds):
        codes, distances = population.best()
        if len(codes) >= asked.count and distances[asked.count - 1] <= REACHED:
            break
        parents = codes[distances <= distances[0] - np.log1p(-settings.threshold)]
        parents = parents[np.arange(settings.population) % len(parents)]
        _explore(population, bounds, recombined(parents, settings.recombination, rng), settings, rng)
    codes, _ = population.best()
    counter.at(counter.total)
    for number, row in enumerate(codes[: asked.count]):
        yield common.designed(asked, METHOD.name, number, row)


def recombined(parents: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """`(n, length)` parents in random order, of which each pair has exchanged what lies between its cross-overs."""
    shuffled = parents[rng.permutation(len(parents))].copy()
    pairs = len(shuffled) // 2
    crossed = np.cumsum(rng.random((pairs, shuffled.shape[1])) < rate, axis=1) % 2 == 1
    one, other = shuffled[:pairs].copy(), shuffled[pairs : 2 * pairs].copy()
    shuffled[:pairs], shuffled[pairs : 2 * pairs] = np.where(crossed, other, one), np.where(crossed, one, other)
    return shuffled


def _explore(
    population: Population, bounds: Bounds, parents: np.ndarray, settings: Settings, rng: np.random.Generator
) -> None:
    """Roll-outs from the parents, until the round's predictions are used up or nothing new is found."""
    until = population.predicted + settings.queries
    while population.predicted < until:
        before = population.predicted
        for first in range(0, len(parents), TOGETHER):
            nodes = bounds.kept_to(parents[first : first + TOGETHER].copy(), rng)
            roots = population.predict(nodes)
            while len(nodes) and population.predicted < until:
                fresh, children = _children(population, bounds, nodes, settings, rng)
                values = population.predict(children)
                good = values <= roots[fresh]
                nodes, roots = children[good], roots[fresh][good]
        if population.predicted == before:
            return


def _children(
    population: Population, bounds: Bounds, nodes: np.ndarray, settings: Settings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """`(m,)` which nodes have a child that nobody has seen, and these children `(m, length)`."""
    rate = min(1.0, settings.mutations / len(bounds.free))
    waiting, fresh, children = np.arange(len(nodes)), [], []
    for _ in range(ATTEMPTS):
        counts = np.maximum(1, rng.binomial(len(bounds.free), rate, len(waiting)))
        tried = bounds.mutated(nodes[waiting], counts, rng)
        new = np.array([row.tobytes() not in population.seen for row in tried], bool)
        fresh.append(waiting[new])
        children.append(tried[new])
        waiting = waiting[~new]
        if not len(waiting):
            break
    return np.concatenate(fresh), np.concatenate(children)


METHOD = Method(
    name="adalead",
    label="AdaLead",
    what="A population in which those near the best are recombined, and mutated for as long as the guide likes the "
    "outcome (Sinai et al. 2020).",
    design=_design,
    needs=frozenset({"guide"}),
    options={
        "population": 32.0,
        "rounds": 30.0,
        "predictions of each a round": 20.0,
        "threshold": 0.05,
        "recombination": 0.1,
        "mutations of a child": 2.0,
    },
    edits=True,
)
