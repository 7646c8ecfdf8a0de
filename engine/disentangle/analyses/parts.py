"""From what analyses measure of single networks to rows: each network's own, against the baseline, and over seeds.

The draws behind an interval are of the same elements for every network, so the difference to the baseline recipe (same
encoder, same seed) is paired. Over seeds the interval is that of Student's t: a few seeds are what varies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.disentangle.analyses.networks import Network
from engine.disentangle.results import Score
from engine.statistics import Metric, from_draws, t_mean

BASELINE = "baseline_mse"
DIFFERENCE = "/minus baseline"  # what the measure of a difference ends with
FOLD = "/baseline by this"  # what that of a ratio ends with
OURS, STUDY = "ours", "study"
FRACTION = 0.95  # of a list of draws that must be numbers for an interval to be one


@dataclass(frozen=True)
class Part:
    """A number with its draws.

    Attributes:
        measure: as of `Score`.
        value, draws: the number, and `(resamples,)` what it is in other samples; the same ones for every network.
        n: size of the sample.
        method, against: as of `Score`.
    """

    measure: str
    value: float
    draws: np.ndarray
    n: int
    method: str = OURS
    against: str = ""

    @property
    def metric(self) -> Metric:
        """With its 95% interval; unknown where it is not defined."""
        known = np.isfinite(self.value) and np.isfinite(self.draws).mean() >= FRACTION
        return from_draws(self.value, self.draws, self.n) if known else Metric.unknown(self.n)

    def minus(self, other: Part) -> Part:
        """The difference, draw by draw."""
        return replace(self, value=self.value - other.value, draws=self.draws - other.draws)

    def fold(self, other: Part) -> Part:
        """How many times the other one is this one, draw by draw; not defined where this one is 0."""
        own = (np.where(v > 0, v, np.nan) for v in (self.value, self.draws))
        value, draws = (o / v for o, v in zip((other.value, other.draws), own, strict=True))
        return replace(self, value=float(value), draws=draws)


def score(network: Network, part: Part) -> Score:
    """A row of one network."""
    own = network.experiment
    return Score(
        own.notion, own.encoder, own.recipe.name, network.seed, part.measure, part.metric, part.against, part.method
    )


def rows(measured: Iterable[tuple[Network, list[Part]]], folds: Collection[str] = ()) -> Iterator[Score]:
    """The parts of networks as rows; then each against the baseline of its encoder and seed; then means over seeds.

    Args:
        folds: measures of which the baseline's is divided by a network's own, too.
    """
    known = list(measured)
    own = [score(network, part) for network, parts in known for part in parts]
    against = list(_against_baseline(known, folds))
    yield from own
    yield from against
    yield from over_seeds([*own, *against])


def _against_baseline(measured: list[tuple[Network, list[Part]]], folds: Collection[str]) -> Iterator[Score]:
    baselines = {(n.encoder, n.seed): parts for n, parts in measured if n.recipe == BASELINE}
    for network, parts in measured:
        if network.recipe == BASELINE or (base := baselines.get((network.encoder, network.seed))) is None:
            continue
        by_name = {(p.measure, p.method): p for p in base if not p.against}
        for part in parts:
            if not part.against and (other := by_name.get((part.measure, part.method))):
                compared = {DIFFERENCE: part.minus(other)}
                if part.measure in folds:
                    compared[FOLD] = part.fold(other)
                for ending, result in compared.items():
                    yield score(network, replace(result, measure=part.measure + ending, against=BASELINE))


def over_seeds(scores: Iterable[Score]) -> Iterator[Score]:
    """The mean of each measure over the seeds of a network, where there are two or more; n counts the seeds."""
    groups: dict[tuple, list[Score]] = {}
    for row in scores:
        if row.seed is not None:
            place = (row.notion, row.encoder, row.recipe, row.measure, row.against, row.method)
            groups.setdefault(place, []).append(row)
    for same in groups.values():
        values = np.array([row.metric.value for row in same])
        if len(values) > 1:
            known = np.isfinite(values).all()
            yield replace(same[0], seed=None, metric=t_mean(values) if known else Metric.unknown(len(values)))
