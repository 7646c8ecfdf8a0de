"""What two networks' probes give against each other, on the same elements and the same draws of them."""

from __future__ import annotations

import numpy as np

from engine.data.library import Library
from engine.interpretation import panel
from engine.interpretation.motifs.probes import r2_draws
from engine.interpretation.representations import probes
from engine.statistics import from_draws, verdict


def against(baseline: str, names: list[str], library: Library, target: str) -> list[dict]:
    """R2 of `target` by the probe of each network minus that of the baseline, from stored predictions.

    Networks that were not probed for it are left out. Homology groups are drawn, the same ones for both networks.

    Returns:
        `{model, baseline, value, low, high, n, verdict}` each; nothing if the baseline was not probed for it.

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
        records.append(
            {
                "model": name,
                "baseline": baseline,
                **difference.as_dict(),
                "verdict": verdict(difference.low, difference.high),
            }
        )
    return records
