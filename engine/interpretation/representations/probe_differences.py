"""What two networks' probes give against each other, on the same elements and the same draws of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.interpretation import panel
from engine.interpretation.motifs.probes import r2_draws
from engine.interpretation.representations import probes
from engine.statistics import Metric, from_draws, verdict


@dataclass(frozen=True)
class Difference:
    """R2 by the probe of one network minus that of the baseline's, and what may be said of it."""

    model: str
    baseline: str
    r2: Metric
    verdict: str

    def as_dict(self) -> dict:
        return {"model": self.model, "baseline": self.baseline, **self.r2.as_dict(), "verdict": self.verdict}


def against(baseline: str, names: list[str], library: Library, target: str) -> list[Difference]:
    """R2 of `target` by the probe of each network minus that of the baseline, from stored predictions.

    Networks that were not probed for it are left out. Homology groups are drawn, the same ones for both networks.

    Returns:
        Nothing if the baseline was not probed for it.

    Raises:
        CheckpointError: stored probes are stale or broken.
    """
    asked = {n: probes.stored_predictions(n, library, target) for n in dict.fromkeys([baseline, *names])}
    predictions = {n: values for n, values in asked.items() if values is not None}
    if baseline not in predictions:
        return []
    rows = panel.rows(library)
    truth = probes.targets(library.table, rows, library.table.outputs)[target]
    predicted = np.stack(list(predictions.values()), axis=1)
    known = np.isfinite(predicted).all(axis=1) & np.isfinite(truth)
    wanted = np.repeat(truth[known, None], len(predictions), axis=1)
    value, draws = r2_draws(wanted, predicted[known], library.split.groups[rows][known])
    base = list(predictions).index(baseline)
    records = []
    for i, name in enumerate(predictions):
        if name == baseline:
            continue
        difference = from_draws(float(value[i] - value[base]), draws[:, i] - draws[:, base], int(known.sum()))
        records.append(Difference(name, baseline, difference, verdict(difference.low, difference.high)))
    return records
