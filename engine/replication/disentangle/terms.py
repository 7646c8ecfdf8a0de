"""What findings about several experiments have in common: names, the networks compared, and the rule for seeds.

BiLSTM and dilated CNN have three seeds: the first decides, and beside it stands another, one that says otherwise if
there is one. CNN and transformer have one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

from engine.disentangle.declared import SEEDS
from engine.replication.finding import Finding
from engine.statistics import Metric

BASELINE, RANKING, FULL = "baseline_mse", "ranking_only", "full_disentangle"
CONTRASTIVE, RANKING_CONTRASTIVE = "contrastive_only", "ranking_contrastive"
NAMES = {"bilstm": "BiLSTM", "dilated_cnn": "dilated CNN", "cnn": "CNN", "transformer": "transformer"}
BOTH = ("bilstm", "dilated_cnn")  # of which the study's tables of scores hold the mean, and its analyses are


def seeds_of(*encoders: str) -> tuple[int, ...]:
    """The seeds that all of some encoders were trained with."""
    first, *rest = (SEEDS[encoder] for encoder in encoders)
    return tuple(seed for seed in first if all(seed in other for other in rest))


def words(encoders: Sequence[str]) -> str:
    """'mean of BiLSTM and dilated CNN', 'CNN'."""
    return ("mean of " if len(encoders) > 1 else "") + " and ".join(NAMES[encoder] for encoder in encoders)


def minus(first: float | None, second: float | None) -> float | None:
    """A difference of two published figures; None where one is not reported."""
    return None if first is None or second is None else first - second


def of_seeds(
    finding: tuple[str, str],
    encoders: Sequence[str],
    quantity: Callable[[int], Metric | None],
    known: float | None,
    low: float = 0.0,
    high: float = math.inf,
) -> Finding | None:
    """A finding about a quantity of some encoders' networks of one seed, with that of another seed beside it; None if
    the first seed has none.

    Args:
        finding: its number and its statement.
        quantity: of a seed; None where a network is not there.
        known: the published figure.
        low, high: bounds of the finding.
    """
    first, *rest = (quantity(seed) for seed in seeds_of(*encoders))
    if first is None or math.isnan(first.value):
        return None
    others = [other for other in rest if other is not None and not math.isnan(other.value)]
    return beside(Finding(*finding, first, known, low, high), others)


def beside(finding: Finding, others: Sequence[Metric]) -> Finding:
    """A finding with the same of another seed beside it: the first that says otherwise, else the first there is."""
    pairs = [dataclasses.replace(finding, again=other) for other in others]
    otherwise = (pair for pair in pairs if pair.verdict != finding.verdict)
    return next(otherwise, pairs[0] if pairs else finding)
