"""Calibration of the tails: are the elements that a model ranks highest and lowest as active as it says?"""

from __future__ import annotations

import numpy as np

from engine.statistics import RESAMPLES, Metric, from_draws

FRACTION = 0.1  # of the elements that a tail holds
TAILS = ("lowest", "highest")


def tail_bias(
    predicted: np.ndarray, measured: np.ndarray, fraction: float = FRACTION, resamples: int = RESAMPLES
) -> dict[str, Metric]:
    """Mean of predicted minus measured activity among the elements with the lowest and the highest predictions.

    Args:
        predicted, measured: `(n,)` log2(RNA/DNA), no nan.
        fraction: of the elements in each tail, at least one element.

    Returns:
        Of each of `TAILS` the mean with its bootstrap interval, log2(RNA/DNA). 0 is calibrated; above 0 in the highest
        tail or below 0 in the lowest, the model goes further out than the measurement does.
    """
    size = max(1, round(fraction * len(predicted)))
    order = np.argsort(predicted, kind="stable")
    rng = np.random.default_rng(0)
    biases = {}
    for name, rows in zip(TAILS, (order[:size], order[-size:]), strict=True):
        apart = np.asarray(predicted[rows], np.float64) - measured[rows]
        draws = apart[rng.integers(0, size, (resamples, size))].mean(axis=1)
        biases[name] = from_draws(float(apart.mean()), draws, size)
    return biases
