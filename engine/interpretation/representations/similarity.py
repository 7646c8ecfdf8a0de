"""Centred kernel alignment: how far two networks hold the same elements in the same arrangement.

CKA (Kornblith et al. 2019, arXiv:1905.00414) is HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) of the kernel matrices of two
networks' features. HSIC is estimated without bias (HSIC1 of Song et al. 2012, JMLR 13:1393-1434), so features that have
nothing to do with each other give 0 however many there are; a value may fall slightly below 0. Kernel matrices are
computed in blocks of rows for all networks at once and never held whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist, squareform

from engine.data.library import Library
from engine.errors import InputError, unknown
from engine.evaluation.held_out import stored_predictions
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import panel, stored
from engine.interpretation.representations.embedding import embeddings
from engine.results import Progress
from engine.statistics import INTERVAL, Metric, from_draws

WHAT = "cka"
WIDTH = 0.8  # of the Gaussian, in median distances between elements (Kornblith et al. 2019 use 0.8, 0.4 and 0.2)
DRAWS = 100  # half-samples behind an interval
BLOCK_BYTES = 64_000_000
MEND = stored.command(WHAT)
# a kernel takes features of some elements `(b, p)`, of all `(n, p)` and a width, and gives `(b, n)`
Kernel = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def _linear(some: np.ndarray, every: np.ndarray, _: float) -> np.ndarray:
    return some @ every.T


def _rbf(some: np.ndarray, every: np.ndarray, width: float) -> np.ndarray:
    squared = (some**2).sum(axis=1)[:, None] + (every**2).sum(axis=1) - 2 * some @ every.T
    return np.exp(-squared / (2 * width**2))


KERNELS: dict[str, Kernel] = {"linear": _linear, "rbf": _rbf}
# What is compared: the kernel, and whether what the prediction explains is taken out of the features first.
VIEWS = {"linear": ("linear", False), "rbf": ("rbf", False), "beyond": ("linear", True)}


def cka(features: list[np.ndarray], kernel: str = "linear", width: float = WIDTH) -> np.ndarray:
    """`(m, m)` CKA between every two of m sets of features `(n, p_i)` of the same n elements; 1 on the diagonal.

    Args:
        kernel: a name of `KERNELS`.
        width: of the 'rbf' kernel, in median distances between the elements, for each set of its own.

    Raises:
        InputError: an unknown kernel, fewer than 4 elements, or sets of different elements.
    """
    if kernel not in KERNELS:
        raise unknown("kernel", kernel, KERNELS)
    counts = {len(f) for f in features}
    if len(counts) > 1:
        raise InputError(f"features of {' and '.join(map(str, sorted(counts)))} elements; CKA needs the same elements")
    if min(counts, default=0) < 4:
        raise InputError("CKA needs features of at least 4 elements")
    ready = [_centred(f) for f in features]
    return _aligned(_hsic(ready, KERNELS[kernel], _widths(ready, width)))


def intervals(
    features: list[np.ndarray],
    kernel: str = "linear",
    width: float = WIDTH,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`cka` with the 95% interval over elements: value, low, high, each `(m, m)`.

    A draw is half of the elements, none twice: the mean over a random half varies as much around the mean over all as
    that of a bootstrap sample does (McCarthy 1969, Rev Int Stat Inst 37:239-264), while an element that is drawn twice,
    as in a bootstrap, would be alike with itself and lift every similarity.
    """
    value = cka(features, kernel, width)
    ready = [_centred(f) for f in features]
    widths = _widths(ready, width)
    n = len(ready[0])
    rng = np.random.default_rng(seed)
    drawn = np.empty((draws, *value.shape))
    for i in range(draws):
        half = rng.permutation(n)[: n // 2]
        drawn[i] = _aligned(_hsic([_centred(f[half]) for f in ready], KERNELS[kernel], widths))
        if progress:
            progress(i + 1, draws)
    low, high = np.percentile(drawn, INTERVAL, axis=0)
    return value, low, high


def beyond(features: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Features without what is linear in the prediction.

    The embedding of a network that learned one number may hold little else: CKA then says no more than how far
    predictions correlate (for features of one dimension it is the square of their correlation).

    Args:
        features: `(n, p)`.
        predicted: `(n, outputs)` what the network predicts.

    Returns:
        `(n, p)` residuals of each feature's linear regression on the predictions.
    """
    centred, own = _centred(predicted), _centred(features)
    return own - centred @ np.linalg.lstsq(centred, own, rcond=None)[0]


def effective_dimension(features: np.ndarray, draws: int = DRAWS, seed: int = 0) -> Metric:
    """How many directions the variance of features `(n, p)` is spread over: 1 to p, with its interval as above."""
    rng = np.random.default_rng(seed)
    halves = [rng.permutation(len(features))[: len(features) // 2] for _ in range(draws)]
    drawn = np.array([participation_ratio(features[h]) for h in halves])
    return from_draws(participation_ratio(features), drawn, len(features))


def participation_ratio(features: np.ndarray) -> float:
    """(Sum of eigenvalues)^2 / sum of squared eigenvalues of the covariance matrix of features `(n, p)`."""
    covariance = np.cov(features, rowvar=False)
    return float(np.trace(covariance) ** 2 / (covariance**2).sum())


def _centred(features: np.ndarray) -> np.ndarray:
    """HSIC does not see the mean; without it fewer digits cancel."""
    wide = np.asarray(features, np.float64)
    return wide - wide.mean(axis=0)


def _widths(features: list[np.ndarray], width: float) -> list[float]:
    return [width * float(np.median(pdist(f))) for f in features]


def _hsic(features: list[np.ndarray], kernel: Kernel, widths: list[float]) -> np.ndarray:
    """`(m, m)` HSIC1 between all pairs, times n (n - 3)."""
    m, n = len(features), len(features[0])
    step = max(1, BLOCK_BYTES // (8 * m * n))
    products, sums = np.zeros((m, m)), np.zeros((m, n))
    for start in range(0, n, step):
        stop = min(start + step, n)
        block = np.stack([kernel(f[start:stop], f, w) for f, w in zip(features, widths, strict=True)])
        block[:, np.arange(stop - start), np.arange(start, stop)] = 0  # HSIC1 leaves out each element with itself
        sums[:, start:stop] = block.sum(axis=2)
        flat = block.reshape(m, -1)
        products += flat @ flat.T
    totals = sums.sum(axis=1)
    return products + np.outer(totals, totals) / ((n - 1) * (n - 2)) - 2 / (n - 2) * sums @ sums.T


def _aligned(hsic: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):  # features that do not vary: nan
        scale = np.sqrt(np.diag(hsic))
        return hsic / np.outer(scale, scale)


# --- between all trained networks -------------------------------------------------------------------


def compute(loaded: list[Checkpoint], library: Library, progress: Progress | None = None) -> bool:
    """CKA of the panel between all loaded networks, written beside the models; False if it was there."""
    file = stored.shared_file(WHAT)
    weights = {c.name: c.weights_hash for c in loaded}
    key = _key(library)
    if stored.is_current(file, key) and stored.read_json(file)["models"] == weights:
        return False
    rows = panel.rows(library)
    total = len(loaded) + len(VIEWS) * DRAWS
    features, without = [], []
    result: dict = {"models": weights, "n": len(rows), "draws": DRAWS, "dimension": {}}
    for i, checkpoint in enumerate(loaded):
        features.append(embeddings(checkpoint, library.table, rows))
        predicted = stored_predictions(checkpoint, library.table, library.split)[panel.in_test_fold(library, rows)]
        without.append(beyond(features[-1], predicted))
        result["dimension"][checkpoint.name] = effective_dimension(features[-1]).as_dict()
        if progress:
            progress(i + 1, total)
    for place, (view, (kernel, less)) in enumerate(VIEWS.items()):
        base = len(loaded) + place * DRAWS
        advance = (lambda done, _, base=base: progress(base + done, total)) if progress else None
        interval = intervals(without if less else features, kernel, progress=advance)
        result[view] = {k: np.round(v, 4).tolist() for k, v in zip(("value", "low", "high"), interval, strict=True)}
    stored.write_json(file, key, result)
    return True


class View(NamedTuple):
    """CKA between every two networks with its 95% interval, each `(m, m)`."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Similarities:
    """How far every two networks hold the elements of the panel alike.

    Attributes:
        models: names, in the order of rows and columns.
        missing: trained networks that were not compared with the weights they have now.
        n: elements.
        draws: half-samples behind an interval.
        dimension: effective dimension of each network's embedding.
        views: by the names in `VIEWS`.
    """

    models: list[str]
    missing: list[str]
    n: int
    draws: int
    dimension: dict[str, Metric]
    views: dict[str, View]


def read(library: Library) -> Similarities | None:
    """What `compute` wrote, restricted to networks whose weights are still those; None if there is nothing.

    Raises:
        CheckpointError: the file is broken, or of other data or settings.
    """
    content = stored.read(stored.shared_file(WHAT), key=_key(library))
    return None if content is None else stored.parsed(stored.shared_file(WHAT), content, _of_present)


def _of_present(content: dict) -> Similarities:
    now = {name: stored.weights_of(name) for name in stored.networks()}
    compared = list(content["models"])
    kept = [i for i, name in enumerate(compared) if now.get(name) == content["models"][name]]
    names = [compared[i] for i in kept]
    return Similarities(
        names,
        [name for name in now if name not in names],
        content["n"],
        content["draws"],
        {name: Metric.from_dict(content["dimension"][name]) for name in names},
        {v: View(*(np.array(content[v][part])[np.ix_(kept, kept)] for part in View._fields)) for v in VIEWS},
    )


def _key(library: Library) -> str:
    settings = {
        "what": WHAT,
        "size": panel.SIZE,
        "seed": panel.SEED,
        "width": WIDTH,
        "draws": DRAWS,
        "views": list(VIEWS),
    }
    return stored.key([], library, settings)


def by_similarity(values: np.ndarray) -> list[int]:
    """An order of `(m, m)` similarities that sets like beside like: average linkage of 1 - CKA."""
    if len(values) < 3:
        return list(range(len(values)))
    apart = np.clip(1 - (values + values.T) / 2, 0, None)
    np.fill_diagonal(apart, 0)
    return leaves_list(linkage(squareform(apart), "average", optimal_ordering=True)).tolist()


def ranges(values: np.ndarray, groups: list[str]) -> list[dict]:
    """Lowest, median and highest similarity between different networks, for every two groups.

    Args:
        values: `(m, m)`.
        groups: the group of each network.

    Returns:
        `{first, second, low, median, high, pairs}`, groups in order of appearance; none for two without a pair.
    """
    labels = np.array(groups)
    known = list(dict.fromkeys(groups))
    records = []
    for i, first in enumerate(known):
        for second in known[i:]:
            between = (labels[:, None] == first) & (labels == second)
            pairs = values[np.triu(between | between.T, 1)]
            if len(pairs):
                low, median, high = np.quantile(pairs, [0, 0.5, 1])
                records.append(
                    {"first": first, "second": second, "low": float(low), "median": float(median),
                     "high": float(high), "pairs": len(pairs)}
                )  # fmt: skip
    return records
