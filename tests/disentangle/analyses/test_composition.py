"""The partial rank correlation against regressions of ranks, and what is left of GC content once it is fixed."""

import numpy as np
import pytest
from scipy.stats import linregress, rankdata, spearmanr

from engine.disentangle.analyses import features
from engine.disentangle.analyses.composition import correlations, partial, parts
from engine.disentangle.analyses.predictions import fold_of
from tests.disentangle.analyses.made import fresh, library, subject


def by_regression(p: np.ndarray, m: np.ndarray, g: np.ndarray) -> float:
    """Correlation of what straight lines on the ranks of g leave of the ranks of p and of m."""
    ranks = [rankdata(v) for v in (p, m, g)]
    left = []
    for own in ranks[:2]:
        line = linregress(ranks[2], own)
        left.append(own - line.intercept - line.slope * ranks[2])
    return float(np.corrcoef(*left)[0, 1])


def test_the_partial_rank_correlation_is_that_of_residuals_of_ranks():
    rng = np.random.default_rng(0)
    g = rng.integers(0, 12, 300).astype(float)  # ties, as GC content has them
    p, m = g + rng.normal(size=(2, 300)) * 4 + rng.normal(size=300)
    value, draws = correlations(np.stack([p, m, g], axis=1), resamples=200)
    assert value[0, 1] == pytest.approx(spearmanr(p, m).statistic)
    assert value[1, 2] == pytest.approx(spearmanr(m, g).statistic)
    own = partial(value[0, 1], value[0, 2], value[1, 2])
    assert own == pytest.approx(by_regression(p, m, g)) and own < value[0, 1]
    rows = np.random.default_rng(0).integers(0, 300, 300)  # the first draw
    assert draws[0, 0, 1] == pytest.approx(spearmanr(p[rows], m[rows]).statistic)


def test_of_gc_content_nothing_is_left_and_of_the_truth_all():
    made = library()
    fold = fold_of([subject(fresh())], made)
    found = {p.measure: p for p in parts(np.stack([fold.truth[:, 0], fold.gc, fold.truth[:, 2]], axis=1), fold)}
    assert found["gc/consensus/spearman"].value == pytest.approx(1)
    assert found["gc/consensus/partial spearman"].value == pytest.approx(1)
    assert found["gc/K562/spearman"].value > 0.6 and found["gc/K562/prediction with GC"].value == pytest.approx(1)
    assert np.isnan(found["gc/K562/partial spearman"].metric.value)
    assert found["gc/HepG2/partial spearman"].n == 120 == len(features.measured([subject(fresh())], made))
