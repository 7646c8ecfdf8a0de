"""Scores by the size of the measured effect: in which quarter of the variants does a model find the order?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.data import satmut
from engine.data.satmut import MATCHED
from engine.evaluation.cagi5 import subset_rows
from engine.statistics import RESAMPLES, bootstrap, from_draws, spearman

QUARTERS = ("weakest", "second", "third", "strongest")


def quarters(effects: np.ndarray) -> np.ndarray:
    """`(n,)` measured effects -> `(n,)` 0 to 3: the quarter that an effect's magnitude lies in."""
    size = np.abs(effects)
    return np.searchsorted(np.quantile(size, (0.25, 0.5, 0.75)), size)


def effect_strata(
    outputs: tuple[str, ...],
    effects_of: Callable[[satmut.MeasuredElement], np.ndarray],
    resamples: int = RESAMPLES,
) -> dict[str, dict[str, dict]]:
    """Spearman within each quarter of the measured effect sizes, a mean over the elements matched to an output.

    Args:
        outputs: the columns of what `effects_of(element)` returns, `(variants, outputs)`.

    Returns:
        `{output: {quarter: {value, low, high, n}}}` over the challenge's test SNVs, for outputs with matched elements.
    """
    result: dict = {}
    for output in (o for o in outputs if o in MATCHED):
        values: dict[str, list] = {q: [] for q in QUARTERS}
        for number, name in enumerate(MATCHED[output]):
            element, training = satmut.load_cagi5(name)
            rows = subset_rows(element, training, "test", "all")
            predicted = effects_of(element)[rows, outputs.index(output)]
            measured = element.variants["effect"].to_numpy()[rows]
            quarter = quarters(measured)
            for i, label in enumerate(QUARTERS):
                p, m = predicted[quarter == i], measured[quarter == i]
                values[label].append((spearman(p, m), bootstrap(spearman, p, m, resamples, seed=number), len(m)))
        result[output] = {
            label: from_draws(
                float(np.mean([v for v, _, _ in parts])),
                np.mean([d for _, d, _ in parts], axis=0),
                sum(n for _, _, n in parts),
            ).as_dict()
            for label, parts in values.items()
        }
    return result
