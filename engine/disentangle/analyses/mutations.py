"""How far single substitutions move the denoised prediction.

Measures:

- `mutations/mean effect`: mean size of the effect of a substitution, in s.d. of the network's predictions.
- `mutations/share above 0.5 s.d.`: of all substitutions.
- `mutations/share at the ten strongest positions`: of a sequence's total effect; an even spread gives 10 / 200 = 0.05.
- `mutations/sensitivity`, the study's: mean size of the effect by the size of the prediction, both in log2(RNA/DNA),
  mean over sequences. It depends on where 0 lies: a prediction near 0 makes any effect large, and a ranking loss leaves
  open where that is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import by_network, panel_maps, resampled
from engine.disentangle.analyses.networks import Network, by_encoder
from engine.disentangle.analyses.panel_maps import OURS, STUDY, Maps
from engine.disentangle.results import Score
from engine.results import Progress

LARGE = 0.5  # s.d. of the network's predictions
STRONGEST = 10  # positions
SMALLEST = 1e-6  # below which the study does not let the prediction fall that it divides by
SETTINGS = {
    "maps": panel_maps.SETTINGS,
    "resamples": resampled.RESAMPLES,
    "large": LARGE,
    "strongest": STRONGEST,
    "smallest": SMALLEST,
}


def rows(several: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """The rows of this analysis; see the text of this file."""
    for group, maps in by_network.with_maps(by_encoder(several), library, progress):
        measured = [of_elements(m) for m in maps]
        for measure, method in (
            ("mean effect", OURS),
            (f"share above {LARGE} s.d.", OURS),
            ("share at the ten strongest positions", OURS),
            ("sensitivity", STUDY),
        ):
            numbers = [resampled.over_elements(own[measure]) for own in measured]
            yield from by_network.rows(group, numbers, f"mutations/{measure}", method=method)


def of_elements(maps: Maps) -> dict[str, np.ndarray]:
    """Each measure of every element, `(mutated,)`, by its name."""
    effects = np.abs(maps.ism[0].astype(np.float64))  # 0 at the base that is there
    n, length, _ = effects.shape
    at_position = np.sort(effects.sum(axis=2), axis=1)
    mean = effects.sum(axis=(1, 2)) / (3 * length)
    predicted = np.abs(maps.predicted[0, :n].astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        strongest = at_position[:, -STRONGEST:].sum(axis=1) / at_position.sum(axis=1)
    return {
        "mean effect": mean,
        f"share above {LARGE} s.d.": (effects > LARGE).sum(axis=(1, 2)) / (3 * length),
        "share at the ten strongest positions": strongest,
        "sensitivity": mean * maps.sd[0] / np.maximum(predicted, SMALLEST),
    }
