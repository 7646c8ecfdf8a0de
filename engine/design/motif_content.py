"""Which motif families stand in designs more or less often than in natural elements?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.design.metrics.motifs import Content
from engine.errors import InputError
from engine.statistics import Metric, mean_of


@dataclass(frozen=True)
class Family:
    """Mean sites a sequence of one motif family, with n and 95% interval over sequences."""

    name: str
    designed: Metric
    natural: Metric


def apart(designed: Content, natural: Content, most: int) -> tuple[Family, ...]:
    """Up to `most` families, those first whose means differ most; what stands in neither is left out.

    Raises:
        InputError: the two were counted by different families.
    """
    if designed.families != natural.families:
        raise InputError("the motifs of designs and of natural elements were counted by different families")
    one, other = (each.counts.mean(axis=0) for each in (designed, natural))
    order = np.argsort(-np.abs(one - other), kind="stable")
    return tuple(
        Family(
            designed.families[i],
            mean_of(designed.counts[:, i].astype(np.float64)),
            mean_of(natural.counts[:, i].astype(np.float64)),
        )
        for i in order[(one + other)[order] > 0][:most]
    )
