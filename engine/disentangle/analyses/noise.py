"""How much of what a network predicts differs between conditions, and how much of that the measurements bear out.

Two cell types differ by biology and by noise; two measurements of one cell type by noise alone. All is in standard
deviations of its own column, so that neither a recipe's free scale nor the units of a condition count. With predictions
p, p' through the two norms and measurements m, m':

- *disagreement*: 1 - r(p, p') = var(p - p') / (var p + var p'), the share of the predicted variance that differs
  between the conditions. Beside it that of the measurements (recipe "measured"), and of cell types that of the
  measurements without their noise (recipe "measured without noise": r over the reliability, Spearman 1904, Am J Psychol
  15:72-101). The reliability is that of the joint library against the separate HepG2 experiment, taken for both
  conditions, since K562 has none.
- *unexplained*: 1 - r(p - p', m - m')^2, the share of the predicted difference that a straight line on the measured one
  does not explain; 1 for a difference that is all made up. The measured difference is itself noisy, so this is too high
  by what noise hides: *unexplained without noise* divides r^2 by the reliability of the measured difference (cell types
  alone: of two measurements of one cell type nothing would be left).
- *noise fraction*: disagreement times unexplained without noise: the share of the predicted variance that differs
  between conditions without the measurements' support; of two measurements of one cell type all that differs.
- *errors' correlation*: of the residuals of m on p and of m' on p'. What two experiments measure alike and the network
  does not predict is signal that it missed, not noise; a network that left nothing but independent noise has 0.

The simple baseline for a difference is GC content (recipe "GC content"): what it leaves unexplained.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import features
from engine.disentangle.analyses.composition import COMPOSITION, SMALLEST
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import Part, rows
from engine.disentangle.analyses.predictions import Fold, fold_of, predicted
from engine.disentangle.declared import CELLS, Losses
from engine.disentangle.results import Score
from engine.results import Progress
from engine.statistics import RESAMPLES

RELIABILITY = 1 - Losses().noise_sd ** 2  # of a measurement: r between the two HepG2 experiments
SETTINGS = {"resamples": RESAMPLES, "reliability": RELIABILITY}
MEASURED, CLEAN = "measured", "measured without noise"


def pearsons(values: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """`(1 + resamples, k, k)` correlations between the columns of `(n, k)`: of all rows, then of draws of them.

    The same rows are drawn for the same seed and n. A constant column has no correlation: nan.
    """
    n, k = values.shape
    centred = values - values.mean(axis=0)
    pairs = (centred[:, :, None] * centred[:, None]).reshape(n, -1)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    weights = np.concatenate([np.ones((1, n)), counts]) / n
    mean, second = weights @ centred, (weights @ pairs).reshape(-1, k, k)
    covariance = second - mean[:, :, None] * mean[:, None]
    sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return covariance / (sd[:, :, None] * sd[:, None])


def _of_differences(r: np.ndarray) -> np.ndarray:
    """Correlation of p - p' with m - m' from the correlations of (p, p', m, m'), each column in its own s.d."""
    top = r[:, 0, 2] - r[:, 0, 3] - r[:, 1, 2] + r[:, 1, 3]
    with np.errstate(invalid="ignore", divide="ignore"):
        return top / np.sqrt((2 - 2 * r[:, 0, 1]) * (2 - 2 * r[:, 2, 3]))


def _of_errors(r: np.ndarray) -> np.ndarray:
    """Correlation of the residuals of m on p and of m' on p'; nan where one is predicted exactly."""
    a, b = r[:, 0, 2], r[:, 1, 3]
    top = r[:, 2, 3] - b * r[:, 1, 2] - a * r[:, 0, 3] + a * b * r[:, 0, 1]
    left = (1 - a**2) * (1 - b**2)
    return top / np.sqrt(np.where(left > SMALLEST, left, np.nan))


def numbers(r: np.ndarray, notion: str) -> dict[str, np.ndarray]:
    """Everything of one network from the correlations `(draws, 4, 4)` of (p, p', m, m'); each `(draws,)`."""
    disagreement, explained = 1 - r[:, 0, 1], supported(_of_differences(r))
    found = {"disagreement": disagreement, "unexplained": 1 - explained, "errors' correlation": _of_errors(r)}
    if notion != CELLS:
        return found | {"noise fraction": disagreement}
    clean = without_noise(explained, r[:, 2, 3])
    return found | {"unexplained without noise": clean, "noise fraction": disagreement * clean}


def without_noise(explained: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """What is left unexplained of a predicted difference, once the noise of the measured one is allowed for.

    Args:
        explained: r^2 with the measured difference.
        measured: r of the two measurements, each in its own s.d., so that the reliability of their difference is
            (2 rho - 2 r) / (2 - 2 r).
    """
    reliability = np.clip((RELIABILITY - measured) / (1 - measured), 1e-6, 1)
    return np.clip(1 - explained / reliability, 0, 1)


def supported(r: np.ndarray) -> np.ndarray:
    """The share of a predicted difference that the measured one explains: r^2; nothing where it points the other way,
    or where no difference is predicted."""
    return np.nan_to_num(np.maximum(0, r)) ** 2


def as_parts(values: dict[str, np.ndarray], n: int) -> list[Part]:
    """Arrays `(1 + resamples,)`, the number and its draws, by name."""
    return [Part(f"noise/{name}", float(v[0]), v[1:], n) for name, v in values.items()]


def parts(values: np.ndarray, fold: Fold) -> list[Part]:
    """Of what one network predicts, `(n, 1 + conditions)`."""
    together = np.concatenate([values[:, 1:3], fold.truth[:, 1:3]], axis=1)
    return as_parts(numbers(pearsons(together), fold.shown.notion), len(fold))


def references(fold: Fold) -> Iterator[tuple[str, Part]]:
    """What stands beside the networks, by its recipe: the measurements, and GC content as a predicted difference."""
    measured = pearsons(fold.truth[:, 1:3])[:, 0, 1]
    scales = fold.truth[:, 1:3] / fold.truth[:, 1:3].std(axis=0)
    gc = pearsons(np.stack([fold.gc, scales[:, 0] - scales[:, 1]], axis=1))[:, 0, 1]
    # which way GC content goes along with the difference is for the data to say
    explained = supported(gc * np.sign(gc[0]))
    found = {MEASURED: {"disagreement": 1 - measured}, COMPOSITION: {"unexplained": 1 - explained}}
    if fold.shown.notion == CELLS:
        found[COMPOSITION]["unexplained without noise"] = without_noise(explained, measured)
        found[CLEAN] = {"disagreement": 1 - np.minimum(1, measured / RELIABILITY)}
    for recipe, values in found.items():
        yield from ((recipe, part) for part in as_parts(values, len(fold)))


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every network, and of what stands beside them."""
    for own, told in features.by_notion(networks, progress):
        fold = fold_of(own, library)
        yield from rows((n, parts(values, fold)) for n, values in predicted(own, library, fold, told))
        for recipe, part in references(fold):
            yield Score(fold.shown.notion, "", recipe, None, part.measure, part.metric)
