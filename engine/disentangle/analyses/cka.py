"""How alike the networks of one encoder hold the same elements: linear CKA between recipes, and between seeds.

Without bias (`engine.interpretation.representations.similarity`), of the features behind the norms (denoised), before
them, and of what is left of the first once the predictions are taken out linearly: features that hold little but the
prediction are alike as soon as the predictions are.

- *between recipes*: two recipes at the same seed, which share their first weights and the order of batches.
- *between recipes and seeds*: two recipes, every two different seeds, a mean for each seed of the first.
- *between seeds*: one recipe, two seeds: the reference for the one above. If two recipes are not less alike than two
  seeds of one, it is not the recipe that makes networks differ.
- *with the start*: a network and the untrained one of its seed: how far it is still what it started as.

Intervals are over half-samples of elements; of means over seeds they are those of Student's t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import features
from engine.disentangle.analyses.features import ENCODER, UNTRAINED, Features
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import over_seeds
from engine.disentangle.results import Score
from engine.interpretation import panel
from engine.interpretation.representations.similarity import beyond, intervals
from engine.models.disentangle import DENOISED
from engine.results import Progress
from engine.statistics import Metric, t_mean

SIZE = 1000  # elements: the work grows with their square
DRAWS = 60  # half-samples behind an interval
BEYOND = "beyond the prediction"
SETTINGS = {"size": SIZE, "seed": panel.SEED, "draws": DRAWS}
# what ends a measure's name, and the features that it is of
VIEWS = {"": DENOISED, f", {ENCODER}": ENCODER, f", {BEYOND}": BEYOND}


@dataclass(frozen=True)
class Alike:
    """CKA between every two networks of one encoder, `(m, m)`, with its interval, over `n` elements."""

    networks: list[Network]
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int

    def metric(self, i: int, j: int) -> Metric:
        """Of two networks; unknown where features do not vary."""
        value, low, high = (float(part[i, j]) for part in (self.value, self.low, self.high))
        return Metric(value, low, high, self.n) if np.isfinite([value, low, high]).all() else Metric.unknown(self.n)


def viewed(own: Features, view: str) -> np.ndarray:
    """`(n, 256)` features as one of `VIEWS` has them."""
    if view != BEYOND:
        return own.view(view)
    outputs = np.stack([own.predicted(c) for c in own.network.model.conditions], axis=1)
    return beyond(own.view(DENOISED), outputs)


def compared(every: list[Features], view: str) -> Alike:
    """CKA between all of some networks' features."""
    value, low, high = intervals([viewed(f, view) for f in every], draws=DRAWS)
    return Alike([f.network for f in every], value, low, high, len(every[0].encoded))


def parts(alike: Alike, suffix: str) -> Iterator[Score]:
    """What is compared with what, as rows; recipes in the order of declaration, each pair once."""
    order = list(dict.fromkeys(n.recipe for n in alike.networks))
    for i, one in enumerate(alike.networks):
        for j, other in enumerate(alike.networks):
            if one.recipe == UNTRAINED or order.index(other.recipe) < order.index(one.recipe):
                continue
            if other.seed == one.seed and other.recipe != one.recipe:
                what = "with the start" if other.recipe == UNTRAINED else "between recipes"
                yield _score(one, f"cka {what}{suffix}", alike.metric(i, j), other.recipe)
            elif other.recipe == one.recipe and other.seed > one.seed:
                yield _score(one, f"cka between seeds{suffix}", alike.metric(i, j), f"seed {other.seed}")
    yield from _over_other_seeds(alike, order, suffix)


def _over_other_seeds(alike: Alike, order: list[str], suffix: str) -> Iterator[Score]:
    """Means over every two networks of different seeds, of two recipes and of one; an untrained one is no recipe.

    Each seed of the first recipe has its mean over the other seeds of the second; their mean has the interval of
    Student's t over the seeds. The same network stands in several pairs, so the interval is an approximation.
    """
    recipes = [r for r in order if r != UNTRAINED]
    for first in recipes:
        for second in recipes[recipes.index(first) :]:
            values, own = [], [(i, n) for i, n in enumerate(alike.networks) if n.recipe == first]
            for i, one in own:
                others = [j for j, o in enumerate(alike.networks) if o.recipe == second and o.seed != one.seed]
                values += [alike.value[i, others].mean()] if others else []
            if len(values) > 1:
                measure = "cka between seeds" if first == second else "cka between recipes and seeds"
                against = "" if first == second else second
                yield replace(_score(own[0][1], measure + suffix, t_mean(np.array(values)), against), seed=None)


def _score(network: Network, measure: str, metric: Metric, against: str) -> Score:
    own = network.experiment
    return Score(own.notion, own.encoder, own.recipe.name, network.seed, measure, metric, against)


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every two networks of each encoder of each notion."""
    for of_notion, told in features.by_notion(networks, progress):
        shown = features.measured(of_notion, library, SIZE)
        done = 0
        for encoder in dict.fromkeys(n.encoder for n in of_notion):
            own = [n for n in of_notion if n.encoder == encoder]
            every = [features.of(n, shown) for n in [*own, *features.untrained(own)]]
            for suffix, view in VIEWS.items():
                found = list(parts(compared(every, view), suffix))
                yield from found
                yield from over_seeds([f for f in found if not f.measure.startswith("cka between seeds")])
            done += len(own)
            if told:
                told(done, len(of_notion))
