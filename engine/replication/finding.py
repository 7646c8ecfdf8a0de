"""A statement of the rank-order study in a form that our own numbers can decide.

It is put as a quantity that the study says is above 0 (or between two bounds). It holds if the whole 95% interval is
there, and does not if the whole interval is elsewhere. It is not seen if it should be above 0 and the interval holds 0
and ends below half of the published figure; else this data cannot tell. Intervals are over held-out elements or
variants and none is widened for their number. What another training seed would change is not in them: where there is a
test over networks, its p has to be small as well (`LARGEST_P`), and where networks of another seed have all scores,
both seeds have to say the same. That rule and the one for not seen are ours and were set after first results.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from engine.statistics import Metric

HOLDS, FAILS, WEAK, OPEN = "holds", "does not hold", "not seen", "cannot be told"
LARGEST_P = 0.05
NEAR_ZERO = 0.05  # a correlation smaller than this explains less than a quarter of a percent
OURS = "ours"  # in place of a number: a question that the study does not ask
BASELINE = "B1_baseline_mse"
RANKING = ("R1_plackett_luce", "R2_softsort", "R3_ranknet", "R4_combined")


@dataclass(frozen=True)
class Finding:
    """One statement of the study in a form that can be tested.

    Attributes:
        number: of the study's finding, 'association' for what it says of motifs and activity, or `OURS`.
        statement: in words.
        ours: the quantity that decides, with its interval.
        published: the same out of the study's figures; None where these do not give it.
        low, high: between which it has to be for the finding to hold.
        again: the same of networks trained with another seed, where all of them were.
        p: of a test over networks, where there is one; the finding holds only if that is at most `LARGEST_P`.
    """

    number: str
    statement: str
    ours: Metric
    published: float | None
    low: float = 0.0
    high: float = float("inf")
    p: float | None = None
    again: Metric | None = None

    @property
    def verdict(self) -> str:
        """What the interval says; where there is another seed, what both say, or that it cannot be told."""
        first = self._says(self.ours)
        return first if self.again is None or self._says(self.again) == first else OPEN

    def _says(self, metric: Metric) -> str:
        if self.low < metric.low and metric.high < self.high:
            return HOLDS if self.p is None or self.p <= LARGEST_P else OPEN
        if metric.high <= self.low or metric.low >= self.high:
            return FAILS
        return WEAK if self.low == 0 and self.published and metric.high < self.published / 2 else OPEN

    def as_dict(self) -> dict:
        """For JSON, which has no infinity: None stands for no bound."""
        bounds = {k: v if math.isfinite(v) else None for k, v in (("low", self.low), ("high", self.high))}
        return asdict(self) | bounds

    @classmethod
    def from_dict(cls, stored: dict) -> Finding:
        """What `as_dict` gave."""
        low, high = stored["low"], stored["high"]
        bounds = {"low": -math.inf if low is None else low, "high": math.inf if high is None else high}
        metrics = {k: stored[k] and Metric(**stored[k]) for k in ("ours", "again")}
        return cls(**stored | metrics | bounds)
