"""The intervals of a model: how wide must they be to hold what is measured? Fitted on the validation fold alone.

Two steps, each output on its own. First the variance of the errors is fitted as a sum of the squares of what the model
says (how far its networks differ, the noise of the measurement) with factors, and a constant, by the likelihood of
normal errors; the factors are never negative. A model that says nothing has the constant alone. Then the reach of each
level is the quantile of the absolute error over its standard deviation with the correction for a finite sample (split
conformal prediction: Lei et al. 2018, JASA 113:1094), which asks for no normal errors. It holds for a new element that
is drawn like those of the fit, which is why coverage elsewhere is measured
(`engine.interpretation.reliability.coverage`).

The validation fold chose the epoch of the weights and set the line to log2(RNA/DNA) before; both are a handful of
choices against thousands of elements, but intervals may come out narrower for it, never wider.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.data.library import Library
from engine.errors import CheckpointError
from engine.experiments.checkpoints import Checkpoint
from engine.intervals import LEVELS, SHOWN, ErrorModel, Interval, interval
from engine.models.predict import predict_with_uncertainty
from engine.results import Prediction, Said

FEWEST = 20  # elements: of 19 or more the conformal quantile at 95% is one of them
UNSURE = 0.9  # of the elements of the fit, that the model is surer of than of an 'unsure' one
SMALLEST = 1e-3  # of the mean squared error: the least that the constant may be, squared


def error_models(checkpoint: Checkpoint) -> dict[str, ErrorModel]:
    """How wide the intervals of each output of a model are, as they were fitted when it was scored; empty before."""
    return {output: ErrorModel.from_dict(part) for output, part in checkpoint.metrics.get("intervals", {}).items()}


def interval_of(checkpoint: Checkpoint, prediction: Prediction, output: str, level: int = SHOWN) -> Interval | None:
    """Where the measurement of one sequence is expected, from its prediction over one window of a model.

    The caller answers for the one window: nobody measured how far a mean over several is off.

    Returns:
        None where no intervals were fitted for the output, where nothing is predicted (no known base), or where a model
        that says its uncertainty does not know it (few known bases).
    """
    column, errors = prediction.outputs.index(output), error_models(checkpoint).get(output)
    value = float(prediction.values[0, column])
    own = prediction.said.own
    if errors is None or np.isnan(value) or (own is not None and np.isnan(own[:, 0, column]).any()):
        return None
    spread, noise = (None if p is None else float(p[0, column]) for p in (prediction.spread, prediction.aleatoric))
    return interval(value, errors, spread, noise, level)


def fitted(checkpoint: Checkpoint) -> dict[str, ErrorModel]:
    """`error_models`, of a model that has some; raises CheckpointError with the command that fits them."""
    if errors := error_models(checkpoint):
        return errors
    raise CheckpointError(
        f"no intervals were fitted for '{checkpoint.name}'; run: python -m engine evaluate {checkpoint.name}"
    )


def columns(checkpoint: Checkpoint, prediction: Prediction, one_window: np.ndarray) -> dict[str, np.ndarray]:
    """What a table says of how sure a model is, `(n,)` each, log2(RNA/DNA), by column.

    `<model>.<output>.spread` and `.noise` are what the model says itself of its networks and of the measurement,
    `.from80` and `.to80` the ends of the 80% interval, so for every level.

    Args:
        one_window: `(n,)` bool, which sequences fit into one window; the others have no interval (nan).

    Raises:
        CheckpointError: no intervals were fitted for the model.
    """
    errors = fitted(checkpoint)
    table: dict[str, np.ndarray] = {}
    for i, output in enumerate(prediction.outputs):
        name, values = f"{prediction.model}.{output}", prediction.values[:, i].astype(np.float64)
        own = prediction.said.own  # unlike `spread` also where none of it is known
        said = (prediction.spread, None) if own is None else own
        parts = [None if p is None else p[:, i] for p in said]
        for called, part in zip(("spread", "noise"), parts, strict=True):
            if part is not None:
                table[f"{name}.{called}"] = part
        if output in errors:
            sd = np.where(one_window, errors[output].sd(*parts), np.nan)
            for level, reach in errors[output].reach.items():
                table |= {f"{name}.from{level}": values - reach * sd, f"{name}.to{level}": values + reach * sd}
    return table


def fit_intervals(checkpoint: Checkpoint, library: Library) -> dict[str, ErrorModel]:
    """The error model of each output with at least `FEWEST` measured elements in the validation fold."""
    table, split = library
    said = predict_with_uncertainty(checkpoint.inference_model, table.codes[split.validation])
    outputs = checkpoint.model.outputs
    fitted = {o: of_output(said, i, table.column(o)[split.validation]) for i, o in enumerate(outputs)}
    return {output: errors for output, errors in fitted.items() if errors is not None}


def of_output(said: Said, column: int, measured: np.ndarray) -> ErrorModel | None:
    """The error model of one column of predictions, from measurements `(n,)`; None where too few are known."""
    known = ~np.isnan(measured)
    if known.sum() < FEWEST:
        return None
    parts = [None if p is None else p[known, column].astype(np.float64) for p in (said.epistemic, said.aleatoric)]
    return fit(measured[known].astype(np.float64) - said.values[known, column], parts[0], parts[1])


def fit(errors: np.ndarray, epistemic: np.ndarray | None = None, aleatoric: np.ndarray | None = None) -> ErrorModel:
    """The error model of errors `(n,)`, measured minus predicted, from the model's own standard deviations `(n,)`."""
    squared = errors.astype(np.float64) ** 2
    level = max(float(squared.mean()), 1e-12)
    parts = [None if p is None or not p.any() else p.astype(np.float64) ** 2 for p in (epistemic, aleatoric)]
    scales = [1.0 if p is None else float(p.mean()) for p in parts]
    features = np.stack([np.zeros_like(squared) if p is None else p / s for p, s in zip(parts, scales, strict=True)])
    weights = _weights(squared / level, features) * level
    factors = [float(np.sqrt(w / s)) for w, s in zip(weights[:2], scales, strict=True)]
    factors = [f if p is not None else 0.0 for f, p in zip(factors, parts, strict=True)]
    bare = ErrorModel(factors[0], factors[1], float(np.sqrt(weights[2])), {}, None, {}, len(errors))
    sd = np.broadcast_to(bare.sd(epistemic, aleatoric), errors.shape)
    size = np.abs(errors)
    return replace(
        bare,
        reach={at: conformal_quantile(size / sd, at / 100) for at in LEVELS},
        unsure=float(np.quantile(sd, UNSURE)) if np.ptp(sd) > 0 else None,
        one_width={at: conformal_quantile(size, at / 100) for at in LEVELS},
    )


def conformal_quantile(scores: np.ndarray, level: float) -> float:
    """The smallest of `(n,)` scores that a new one stays below with at least the probability `level`: the
    `ceil((n + 1) level)`-th smallest; the largest where n is too small for the level."""
    place = min(len(scores), int(np.ceil((len(scores) + 1) * level - 1e-9)))
    return float(np.sort(scores)[place - 1])


def _weights(squared: np.ndarray, features: np.ndarray) -> np.ndarray:
    """`(3,)` non-negative weights of two features `(2, n)` and of 1, whose sum is the variance under which normal
    errors of these squares `(n,)` are likeliest. Mean square and mean features are 1; a feature that is 0 throughout
    has no weight."""
    # only where a model is scored: what reads a fit need not wait for it
    from scipy.optimize import minimize

    columns = np.vstack([features, np.ones_like(squared)])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        variance = weights @ columns
        slope = columns @ (1 / variance - squared / variance**2) / (2 * len(squared))
        return float((np.log(variance) + squared / variance).mean() / 2), slope

    there = [bool(feature.any()) for feature in features]
    start = np.array([*map(float, there), 1.0]) / (1 + sum(there))
    bounds = [(0.0, None if given else 0.0) for given in there] + [(SMALLEST, None)]
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)
