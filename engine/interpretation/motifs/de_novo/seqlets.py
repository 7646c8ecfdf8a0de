"""Short stretches that contribute more than chance explains (seqlets), called by tangermeme."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from tangermeme.seqlet import recursive_seqlets

from engine.interpretation.motifs.de_novo.maps import ContributionMaps

TARGET_FDR = 0.2  # as TF-MoDISco has it
# Where maps of shuffled elements are nearly as loud as those of the elements (R2_softsort), hardly any stretch is left
# at 0.2, since a shuffle may hold a motif by chance. Then so much is allowed, and said with the result.
LARGEST_FDR = 0.3
ENOUGH = 200


@dataclass(frozen=True, eq=False)
class Seqlets:
    """Stretches of some maps, by row and start.

    Attributes:
        index: `(n,)` which map of the given ones.
        start, end: `(n,)` 0-based half-open.
        threshold: the p-value they are called at; nan where none reaches the false discovery rate.
        control: how many are called on the control at that threshold.
        fdr: the estimated share of false ones: (control + 1) / n.
    """

    index: np.ndarray
    start: np.ndarray
    end: np.ndarray
    threshold: float
    control: int
    fdr: float

    def __len__(self) -> int:
        return self.index.size


def call(maps: ContributionMaps, control: ContributionMaps) -> Seqlets:
    """Stretches of positive contribution, at the largest p-value whose false discovery rate is at most `TARGET_FDR`.

    Those called on the control at the same p-value are the false ones. Where fewer than `ENOUGH` are called, at most
    `LARGEST_FDR`. Where no p-value reaches the rate (maps of noise look like their control) there are none.
    """
    strict = _at(maps, control, TARGET_FDR)
    return strict if len(strict) >= ENOUGH else _at(maps, control, LARGEST_FDR)


def _at(maps: ContributionMaps, control: ContributionMaps, target_fdr: float) -> Seqlets:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No threshold reaches")  # an answer, not an accident
        called, rates = recursive_seqlets(
            maps.contributions, X_control=control.contributions, target_fdr=target_fdr, return_fdr=True
        )
    called = called.sort_values(["example_idx", "start"])
    used = rates[rates["fdr"] <= target_fdr].nlargest(1, "threshold")
    at = used.iloc[0] if len(used) else None
    return Seqlets(
        called["example_idx"].to_numpy(),
        called["start"].to_numpy(),
        called["end"].to_numpy(),
        float("nan") if at is None else float(at["threshold"]),
        0 if at is None else int(at["n_control_seqlets"]),
        float("nan") if at is None else float(at["fdr"]),
    )
