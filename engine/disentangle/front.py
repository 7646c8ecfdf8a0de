"""Which networks give the best trade-off of two scores: the Pareto front."""

from __future__ import annotations

from collections.abc import Iterable

from engine.disentangle.results import Score, per_network


def pareto(scores: Iterable[Score], across: str, up: str) -> list[Score]:
    """The networks that no other one beats in one measure without being worse in the other.

    By the values alone, whose intervals may overlap; networks without both measures are left out.

    Args:
        across, up: measures of which more is better.

    Returns:
        Their rows of `across`, from the lowest to the highest.
    """
    rows = per_network(scores)
    second = {(s.encoder, s.recipe, s.seed): s.metric.value for s in rows if s.measure == up}
    both = [
        (s.metric.value, second[s.encoder, s.recipe, s.seed], s)
        for s in rows
        if s.measure == across and (s.encoder, s.recipe, s.seed) in second
    ]
    front = [(x, s) for x, y, s in both if not any(a >= x and b >= y and (a > x or b > y) for a, b, _ in both)]
    return [s for _, s in sorted(front, key=lambda pair: pair[0])]
