"""How large the denoised maps are, where activity is high and where it is low, and whether they add up.

Measures; `kind` is `ig` or `ism`:

- `attribution/<kind>/magnitude/<all|high|low>`: mean absolute attribution of a position, of all elements and of the
  fifths of highest and lowest measured activity; ours in s.d. of the network's predictions, the study's in
  log2(RNA/DNA).
- `attribution/<kind>/high to low/ratio`: of the last two. A scale drops out of it.
- `attribution/ig/completeness/ratio`: mean size of a map's sum by the mean size of what it should add up to, the
  prediction above that of the path's start. 1 where Integrated Gradients are right (Sundararajan et al. 2017,
  arXiv:1703.01365, proposition 1); a gradient that is 0 ('study as run') gives 0.
- `attribution/ig/rise/<mean|size>`: of that difference itself, its mean and its mean size, in the map's unit. The
  further the path's start lies below what any element predicts, the more of a map says what sets DNA apart from the
  start, which is the same for all norms, and the less what sets one element apart from another.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import by_network, panel_maps, resampled
from engine.disentangle.analyses.networks import Network, by_encoder
from engine.disentangle.analyses.panel_maps import METHODS, OURS, Maps
from engine.disentangle.drawn import Drawn
from engine.disentangle.results import Score
from engine.models.disentangle import DENOISED
from engine.results import Progress

SETTINGS = {"maps": panel_maps.SETTINGS, "resamples": resampled.RESAMPLES, "extreme": panel_maps.EXTREME}


def rows(several: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """The rows of this analysis; see the text of this file."""
    chosen = panel_maps.choose(library).rows
    for group, maps in by_network.with_maps(by_encoder(several), library, progress):
        measured = panel_maps.activity(group[0], library, chosen)
        for kind, method in [("ig", m) for m in METHODS] + [("ism", OURS)]:
            sizes = [np.abs(m.profile(kind, DENOISED, method)).mean(axis=1, dtype=np.float64) for m in maps]
            high, low = panel_maps.extremes(measured[: len(sizes[0])])
            for part, rows_of in (("all", np.ones(len(high), bool)), ("high", high), ("low", low)):
                numbers = [_mean_of(size, rows_of) for size in sizes]
                yield from by_network.rows(group, numbers, f"attribution/{kind}/magnitude/{part}", method=method)
            numbers = [high_to_low(size, high, low) for size in sizes]
            yield from by_network.rows(group, numbers, f"attribution/{kind}/high to low/ratio", method=method)
        for method in METHODS:
            numbers = [completeness(m, method) for m in maps]
            yield from by_network.rows(group, numbers, "attribution/ig/completeness/ratio", method=method)
            for what, of in (("mean", np.asarray), ("size", np.abs)):
                rises = [resampled.over_elements(of(m.rise[method])) for m in maps]
                yield from by_network.rows(group, rises, f"attribution/ig/rise/{what}", method=method)


def _mean_of(size: np.ndarray, among: np.ndarray) -> Drawn:
    return resampled.ratio(np.where(among, size, 0.0), among.astype(float), int(among.sum()))


def high_to_low(size: np.ndarray, high: np.ndarray, low: np.ndarray) -> Drawn:
    """The mean of `(n,)` sizes over the elements `high` by that over those `low`."""
    above, below = _mean_of(size, high), _mean_of(size, low)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.divide(above.value, below.value)
        return Drawn(float(value), above.draws / below.draws, above.n + below.n)


def completeness(maps: Maps, method: str) -> Drawn:
    """Mean size of the denoised maps' sums by the mean size of the prediction's rise along the path."""
    own = maps.ig[0] if method == OURS else maps.path[method][0]
    return resampled.ratio(np.abs(own.sum(axis=1, dtype=np.float64)), np.abs(maps.rise[method]))
