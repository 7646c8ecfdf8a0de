"""Where predictions and measurements lie farthest apart, and where several models do among themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.statistics import Metric, mean_of


def disagreements(variants: pd.DataFrame, name: str, count: int = 10) -> pd.DataFrame:
    """The `count` variants whose two effects lie farthest apart, each in its own standard deviations.

    Args:
        variants: columns `pos`, `ref`, `alt`, `effect` (measured), `confidence`, and `name` (predicted).

    Returns:
        The same columns, the two effects named `measured` and `predicted`, and how far they lie `apart`.
    """
    table = variants.copy()
    predicted, measured = table[name], table["effect"]
    table["apart"] = (predicted / predicted.std() - measured / measured.std()).abs()
    table = table.nlargest(count, "apart")
    return table[["pos", "ref", "alt", "effect", name, "confidence", "apart"]].rename(
        columns={"effect": "measured", name: "predicted"}
    )


@dataclass(frozen=True)
class BetweenModels:
    """How far several models are apart on each of n elements.

    Attributes:
        models: their names, at least two.
        predicted: `(n, models)`, each model's in standard deviations from the mean of its own n predictions. Losses
            that learn an order alone give numbers on a scale of their own; on this one they can be compared.
        measured: `(n,)` likewise; nan where nothing was measured.
        spread: `(n,)` standard deviation over the models (of a sample).
        order: `(n,)` places of the elements, those that the models differ on most first.
        closest: `(n,)` place of the model that lies closest to the measurement; -1 where nothing was measured.
    """

    models: tuple[str, ...]
    predicted: np.ndarray
    measured: np.ndarray
    spread: np.ndarray
    order: np.ndarray
    closest: np.ndarray

    @property
    def typical(self) -> Metric:
        """The root of the mean squared spread, with its interval over elements: the same for any number of models that
        differ by chance alike, as the median is not."""
        m = mean_of(self.spread**2)
        return Metric(math.sqrt(m.value), math.sqrt(m.low), math.sqrt(m.high), m.n)


def between_models(predicted: Mapping[str, np.ndarray], measured: np.ndarray) -> BetweenModels:
    """How far models are apart on the same elements.

    Args:
        predicted: `(n,)` of each model, of one output.
        measured: `(n,)` log2(RNA/DNA); nan where nothing was measured.

    Raises:
        InputError: fewer than two models, or one that predicts the same for every element.
    """
    if len(predicted) < 2:
        raise InputError("one model alone cannot disagree: choose two or more")
    constant = [name for name, values in predicted.items() if not np.std(values) > 0]
    if constant:
        raise InputError(f"'{constant[0]}' predicts the same for every element: leave it out")
    scaled = np.stack([(v - np.mean(v)) / np.std(v) for v in predicted.values()], axis=1).astype(np.float64)
    known = np.isfinite(measured)
    truth = np.full(len(scaled), np.nan)
    if known.sum() > 1 and np.std(measured[known]) > 0:
        truth[known] = (measured[known] - measured[known].mean()) / measured[known].std()
    closest = np.full(len(scaled), -1)
    placed = np.isfinite(truth)
    closest[placed] = np.abs(scaled[placed] - truth[placed, None]).argmin(axis=1)
    spread = scaled.std(axis=1, ddof=1)
    return BetweenModels(tuple(predicted), scaled, truth, spread, np.argsort(-spread, kind="stable"), closest)
