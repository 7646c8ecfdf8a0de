"""How much of a network's accuracy is GC content.

GC content alone goes along with activity, so a network could rank elements by it. Beside the Spearman correlation of
prediction and measurement (each through its condition's norm; denoised with the mean of ranks) stands the one with GC
content held fixed: the partial rank correlation (r_pm - r_pg r_mg) / sqrt((1 - r_pg^2) (1 - r_mg^2)) of prediction p,
measurement m and GC content g (Kim 2015, Commun Stat Appl Methods 22:665-674, eq. 2), which is the correlation of what
straight lines on the ranks of g leave of the ranks of p and m. All elements of the test fold; draws are of elements.

The simple baseline is GC content in place of a network (recipe "GC content"): nothing is left of it once it is fixed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import features
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import Part, rows
from engine.disentangle.analyses.predictions import Fold, fold_of, predicted
from engine.disentangle.results import Score
from engine.results import Progress
from engine.statistics import RESAMPLES, measure, ranks_within, spearman

SETTINGS = {"resamples": RESAMPLES}
COMPOSITION = "GC content"  # the recipe of the baseline
SMALLEST = 1e-12  # what is left of a variance by rounding alone


def correlations(values: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Spearman correlations between every two columns of `(n, k)`: `(k, k)`, and of draws `(resamples, k, k)`.

    The same rows are drawn for the same seed and n. A constant column has no correlation: nan.
    """
    places = [np.unique(column, return_inverse=True)[1] for column in values.T]
    n = len(values)

    def between(drawn: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.corrcoef([ranks_within(place, drawn) for place in places])

    rng = np.random.default_rng(seed)
    draws = np.stack([between(rng.integers(0, n, n)) for _ in range(resamples)])
    return between(np.arange(n)), draws


def partial(pm: np.ndarray, pg: np.ndarray, mg: np.ndarray) -> np.ndarray:
    """Correlation of p and m with g held fixed, from the three between them; nan where g says all of one."""
    left = (1 - pg**2) * (1 - mg**2)
    return (pm - pg * mg) / np.sqrt(np.where(left > SMALLEST, left, np.nan))


def parts(values: np.ndarray, fold: Fold) -> list[Part]:
    """Of what one network predicts, `(n, 1 + conditions)`."""
    found = []
    for i, output in enumerate(fold.outputs):
        value, draws = correlations(np.stack([values[:, i], fold.truth[:, i], fold.gc], axis=1))
        both = np.concatenate([value[None], draws])
        pm, pg, mg = both[:, 0, 1], both[:, 0, 2], both[:, 1, 2]
        numbers = {"spearman": pm, "partial spearman": partial(pm, pg, mg), "prediction with GC": pg}
        found += [Part(f"gc/{output}/{name}", float(v[0]), v[1:], len(fold)) for name, v in numbers.items()]
    return found


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every network, and of GC content in place of one."""
    for own, told in features.by_notion(networks, progress):
        fold = fold_of(own, library)
        yield from rows((n, parts(values, fold)) for n, values in predicted(own, library, fold, told))
        for i, output in enumerate(fold.outputs):
            alone = measure(spearman, fold.gc, fold.truth[:, i])
            yield Score(fold.shown.notion, "", COMPOSITION, None, f"gc/{output}/spearman", alone)
