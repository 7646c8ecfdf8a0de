"""Beam search towards a goal: in each step all substitutions of the best few sequences are tried (`optimisers.walk`).

From one template the search would give one and the same sequence however often it is asked. So each search may change a
random share of the free positions alone, which also makes it shorter by as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise

import numpy as np

from engine.design.methods import Asked, Method
from engine.design.optimisers.walk import Search, predictions_needed, walk
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.common import Counter
from engine.design.rivals.guide import Guide
from engine.design.rivals.substitutions import Bounds
from engine.errors import InputError, unknown
from engine.models.layers import SequenceModel
from engine.results import Progress
from engine.sequence import Sequence, decode, encode


@dataclass(frozen=True, eq=False)
class Towards:
    """The objective of a walk towards a goal: minus the squared distance in standard deviations, averaged over outputs.

    Attributes:
        mean, sd, wanted: `(outputs,)`; the first two in log2(RNA/DNA), the third in standard deviations.
    """

    outputs: tuple[str, ...]
    mean: np.ndarray
    sd: np.ndarray
    wanted: np.ndarray

    def check(self, outputs: tuple[str, ...]) -> None:
        """Raise InputError for an output that the model has not."""
        for output in self.outputs:
            if output not in outputs:
                raise unknown("output", output, outputs)

    def scores(self, values: np.ndarray, outputs: tuple[str, ...], scale: np.ndarray | None) -> np.ndarray:
        """`(n,)` from `(n, outputs)` predictions in log2(RNA/DNA); the scale is the goal's own."""
        standardised = (values[:, [outputs.index(o) for o in self.outputs]] - self.mean) / self.sd
        return -((standardised - self.wanted) ** 2).mean(axis=1)

    def words(self, scale: np.ndarray | None) -> str:
        """The goal as people read it."""
        goals = ", ".join(f"{o} {z:+g}" for o, z in zip(self.outputs, self.wanted, strict=True))
        return f"distance to {goals} (s.d.)"


@dataclass(frozen=True)
class Steps:
    """What each search does: towards what, how far, and over which share of the free positions."""

    aim: Towards
    search: Search
    share: float


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    share = common.within(options, "share of positions", 0, 1)
    if share == 1 and asked.count > 1 and asked.goal.template is not None:
        raise InputError(
            "a beam search over all positions gives one and the same sequence each time; ask for 1 sequence, or set "
            "the share of positions below 1"
        )
    search = Search(edits=common.whole(options, "edits"), beam=common.whole(options, "beam width"))
    guide = Guide(asked)
    aim = Towards(guide.outputs, guide.mean, guide.sd, guide.wanted)
    begins = list(islice(common.starts(asked), asked.count))
    return _searched(asked, guide.model, begins, Steps(aim, search, share), progress)


def _searched(
    asked: Asked, model: SequenceModel, begins: list[np.ndarray], steps: Steps, progress: Progress | None
) -> Iterator[Designed]:
    searches = []
    for number, start in enumerate(begins):
        bounds = Bounds.of(asked.goal, start, steps.search.edits)
        chosen = max(bounds.most, round(steps.share * len(bounds.free)))
        positions = common.generator(asked, number, 1).choice(bounds.free, chosen, replace=False)
        own = replace(steps.search, edits=bounds.most, protected=_others(positions, len(start)))
        searches.append((Sequence("start", decode(start)), own))
    costs = [predictions_needed(model, sequence, own) for sequence, own in searches]
    counter, before = Counter(progress, sum(costs)), 0
    for number, ((sequence, own), cost) in enumerate(zip(searches, costs, strict=True)):
        path = walk(model, sequence, steps.aim, own, progress=partial(_within, counter, before))
        best = int(np.argmax(path.scores))
        before += cost
        counter.at(before)
        yield common.designed(asked, METHOD.name, number, encode(path.sequences[best]), path.sequences[: best + 1])


def _within(counter: Counter, before: int, done: int, _: int) -> None:
    """Progress of one search, after `before` predictions of others."""
    counter.at(before + done)


def _others(positions: np.ndarray, length: int) -> tuple[tuple[int, int], ...]:
    """The 0-based half-open stretches between the positions that may change."""
    edges = [-1, *sorted(positions.tolist()), length]
    return tuple((a + 1, b) for a, b in pairwise(edges) if a + 1 < b)


METHOD = Method(
    name="beam",
    label="Beam search",
    what="Tries all substitutions at a random share of the positions, keeps the best few sequences, and goes on from "
    "them, edit by edit.",
    design=_design,
    needs=frozenset({"guide"}),
    options={"edits": 10.0, "beam width": 2.0, "share of positions": 0.5},
    edits=True,
)
