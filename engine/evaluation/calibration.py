"""Calibration: every model speaks log2(RNA/DNA), whatever scale its loss left its scores on.

A loss that only ranks leaves scale and zero point of the scores open; attributions of such a model can have any
magnitude. After training, measured = intercept + slope x predicted is fitted by least squares on the validation fold
and folded into the model's `target_mean` and `target_sd`. The slope is positive, so every rank stays where it was.
An isotonic fit would follow bends too, but makes ties, and gradients that are zero between its steps.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch

from engine.data.library import Library
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes


@dataclass(frozen=True)
class Fit:
    """A straight line from predicted to measured log2(RNA/DNA), and whether the model's scale was moved to it."""

    slope: float
    intercept: float
    applied: bool

    def as_dict(self) -> dict:
        """As metrics.json keeps it."""
        return asdict(self)


def calibrate(model: SequenceModel, library: Library) -> dict[str, Fit]:
    """Calibrate `model` in place, each output on its measured rows of the validation fold.

    Returns:
        The fit of each output. Where no positive slope can be fitted (a constant or anti-correlated output) the output
        is left as it is and the fit is not applied.
    """
    table, split = library
    predicted = predict_codes(model, table.codes[split.validation]).astype(np.float64)
    fits = {}
    for i, output in enumerate(model.outputs):
        measured = table.column(output)[split.validation]
        slope, intercept = fit(predicted[:, i], measured)
        applied = slope > 0
        if applied:
            with torch.no_grad():
                model.target_mean[i] = intercept + slope * model.target_mean[i]
                model.target_sd[i] = slope * model.target_sd[i]
        fits[output] = Fit(slope, intercept, applied)
    return fits


def compose(first: dict[str, Fit], second: dict[str, Fit]) -> dict[str, Fit]:
    """What two calibrations, one after the other, have done to a model's uncalibrated scores; either may be empty."""
    composed = dict(first)
    for output, now in second.items():
        before = first.get(output)
        if before is None or not before.applied:
            composed[output] = now
        elif now.applied:
            composed[output] = Fit(now.slope * before.slope, now.intercept + now.slope * before.intercept, True)
    return composed


def fit(predicted: np.ndarray, measured: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of measured on predicted `(n,)` by least squares; (0, mean) for a constant prediction."""
    known = ~np.isnan(measured)
    predicted, measured = predicted[known], measured[known].astype(np.float64)
    # the variance of a constant may be a rounding error above 0
    if np.ptp(predicted) == 0:
        return 0.0, float(measured.mean())
    slope = ((predicted - predicted.mean()) * (measured - measured.mean())).mean() / predicted.var()
    return float(slope), float(measured.mean() - slope * predicted.mean())
