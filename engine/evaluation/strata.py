"""Scores by the size of the measured effect: in which quarter of the variants does a model find the order?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from engine.data.satmut import MATCHED
from engine.evaluation.cagi5 import Challenge, Effects, challenges, subset_rows
from engine.statistics import RESAMPLES, Metric, bootstrap, from_draws, nested, spearman

QUARTERS = ("weakest", "second", "third", "strongest")


def quarters(effects: np.ndarray) -> np.ndarray:
    """`(n,)` measured effects -> `(n,)` 0 to 3: the quarter that an effect's magnitude lies in."""
    size = np.abs(effects)
    return np.searchsorted(np.quantile(size, (0.25, 0.5, 0.75)), size)


def scores(
    outputs: tuple[str, ...], elements: Mapping[str, Challenge], effects_of: Effects, resamples: int = RESAMPLES
) -> Iterator[tuple[str, Metric]]:
    """Spearman within each quarter of the measured effect sizes, a mean over the elements matched to an output.

    Args:
        outputs: the columns of what `effects_of(element)` gives, `(variants, outputs)`.
        elements: those matched to the outputs (`cagi5.challenges`).

    Returns:
        `output/quarter` over the challenge's test SNVs, for outputs with matched elements.
    """
    for output in (o for o in outputs if o in MATCHED):
        parts: dict[str, list] = {q: [] for q in QUARTERS}
        for number, name in enumerate(MATCHED[output]):
            element, training = elements[name]
            rows = subset_rows(element, training, "test", "all")
            predicted = effects_of(element)[rows, outputs.index(output)]
            measured = element.variants["effect"].to_numpy()[rows]
            quarter = quarters(measured)
            for i, label in enumerate(QUARTERS):
                p, m = predicted[quarter == i], measured[quarter == i]
                parts[label].append((spearman(p, m), bootstrap(spearman, p, m, resamples, seed=number), len(m)))
        for label, of_each in parts.items():
            value = float(np.mean([v for v, _, _ in of_each]))
            drawn = np.mean([d for _, d, _ in of_each], axis=0)
            yield f"{output}/{label}", from_draws(value, drawn, sum(n for _, _, n in of_each))


def effect_strata(
    outputs: tuple[str, ...], effects_of: Effects, resamples: int = RESAMPLES
) -> dict[str, dict[str, dict]]:
    """`scores` as metrics.json keeps them: `{output: {quarter: {value, low, high, n}}}`."""
    names = tuple(name for output in outputs for name in MATCHED.get(output, ()))
    return nested(scores(outputs, challenges(names), effects_of, resamples))
