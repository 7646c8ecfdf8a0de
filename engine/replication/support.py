"""Findings of any unit on one scale: how far each is from its bound, by the width of its own interval.

A difference of Spearman, a ratio and a share cannot stand on one axis. What decides them can: whether the whole 95%
interval lies on the statement's side of the bound. So each is told as its distance from the bound in half-widths of
the interval, and turned so that above 0 speaks for the statement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.replication.finding import Finding
from engine.statistics import Metric


@dataclass(frozen=True)
class Support:
    """One finding on the common scale: above 0 for the statement, below against it.

    Attributes:
        ours, again: value, low and high of our number and of that of another seed.
        published: the study's figure in half-widths of our interval; None where the study gives none.
    """

    finding: Finding
    ours: tuple[float, float, float]
    again: tuple[float, float, float] | None
    published: float | None


def support(finding: Finding) -> Support:
    """A finding on the common scale. One whose interval has no width is as far as its value says, in its own unit."""
    half = (finding.ours.high - finding.ours.low) / 2 or 1.0

    def place(value: float) -> float:
        """The distance to the nearer bound, above 0 between them."""
        return min(value - finding.low, finding.high - value) / half

    def three(metric: Metric) -> tuple[float, float, float]:
        ends = sorted((place(metric.low), place(metric.high)))
        value = place(metric.value)
        # between two bounds the value may be farther from either than both ends are
        return value, min(value, ends[0]), max(value, ends[1])

    published = None if finding.published is None else place(finding.published)
    return Support(
        finding,
        three(finding.ours),
        three(finding.again) if finding.again else None,
        published if published is not None and math.isfinite(published) else None,
    )
