"""Association of motif counts with activity: partial correlation by hand, planted effects, a confounder."""

import numpy as np
import pytest
from scipy.stats import rankdata

from engine.data.motifs import STUDY
from engine.interpretation.motifs.association import LEAST, associate, partial_correlation
from engine.interpretation.motifs.counts import of_patterns
from engine.sequence import encode, gc_contents
from engine.statistics import bootstrap, pearson, spearman

SP1 = {"SP1_GCbox": STUDY["SP1_GCbox"]}


def partial_spearman(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> float:
    """Spearman correlation of `x` and `y` `(n,)` at given `z`; average ranks for ties."""
    x, y, z = (rankdata(v) for v in (x, y, z))
    return partial_correlation(pearson(x, y), pearson(x, z), pearson(y, z))


def test_partial_correlation_by_hand():
    assert partial_correlation(0.5, 0.6, 0.4) == pytest.approx((0.5 - 0.24) / (0.8 * np.sqrt(0.84)))
    assert np.isnan(partial_correlation(0.5, 1.0, 0.5))


def test_partial_spearman_is_the_correlation_of_what_a_regression_on_the_ranks_leaves():
    rng = np.random.default_rng(0)
    z = rng.normal(size=300)
    x, y = rng.poisson(np.exp(z / 2)), z + rng.normal(size=300)  # counts have ties
    ranks = [rankdata(v) for v in (x, y, z)]
    left = [r - np.polyval(np.polyfit(ranks[2], r, 1), ranks[2]) for r in ranks[:2]]
    assert partial_spearman(x, y, z) == pytest.approx(np.corrcoef(*left)[0, 1])
    assert abs(partial_spearman(x, y, z)) < abs(spearman(x, y)) / 2  # z alone ties them


def elements(rng: np.random.Generator, gc: np.ndarray, motif: np.ndarray) -> np.ndarray:
    """Random elements of 60 bases of given GC content, with GGGCGG where `motif` says so."""
    p = np.stack([(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2], axis=1)
    codes = np.stack([rng.choice(4, 60, p=row) for row in p]).astype(np.uint8)
    codes[motif, 20:26] = encode("GGGCGG")
    return codes


def test_an_effect_of_the_motif_stays_at_given_gc_and_one_of_gc_does_not():
    rng = np.random.default_rng(1)
    n = 1500
    gc, motif = rng.uniform(0.2, 0.8, n), rng.random(n) < 0.3
    codes = elements(rng, gc, motif)
    noise = rng.normal(0, 0.5, n)
    activity = np.stack([3 * motif + noise, 6 * gc_contents(codes) + noise], axis=1)
    by_motif, by_gc = associate(codes, activity, ("motif", "composition"), SP1, resamples=200)
    holds = by_motif.present / n
    assert 0.3 < holds < 0.5 and by_motif.frequency.value == pytest.approx(holds)
    assert by_motif.partial.low > 0.4
    assert by_gc.spearman.low > 0.1  # it goes with activity, yet only as GC does
    assert by_gc.partial.low < 0 < by_gc.partial.high
    assert by_gc.gc.value == by_motif.gc.value > 0.3


def test_values_intervals_and_rows_without_activity(random_bases):
    codes = np.stack([encode(random_bases(120, seed)) for seed in range(400)])
    activity = np.random.default_rng(2).normal(size=(400, 1))
    activity[::7] = np.nan
    (found,) = associate(codes, activity, ("cell",), {"GATA1": STUDY["GATA1"]}, resamples=100, seed=3)
    known = ~np.isnan(activity[:, 0])
    assert found.spearman.n == int(known.sum()) == 342
    again = associate(codes[known], activity[known], ("cell",), {"GATA1": STUDY["GATA1"]}, resamples=100, seed=3)
    assert again == [found]


def test_the_interval_is_that_of_the_shared_bootstrap(random_bases):
    codes = np.stack([encode(random_bases(150, seed)) for seed in range(300)])
    gc = gc_contents(codes)
    activity = (gc + np.random.default_rng(4).normal(0, 0.1, 300))[:, None]
    (found,) = associate(codes, activity, ("cell",), {"ETS": STUDY["ETS"]}, resamples=100, seed=5)
    x = of_patterns(codes, STUDY["ETS"].patterns)
    drawn = bootstrap(spearman, x, activity[:, 0], 100, seed=5)
    assert (found.spearman.low, found.spearman.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
    assert found.spearman.value == pytest.approx(spearman(x, activity[:, 0]))
    assert found.delta.value == pytest.approx(activity[x > 0].mean() - activity[x == 0].mean())
    drawn = bootstrap(lambda a, b: partial_spearman(a, b[:, 0], b[:, 1]), x, np.stack([activity[:, 0], gc], 1), 100, 5)
    assert (found.partial.low, found.partial.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))


def test_a_motif_that_is_too_rare_has_a_frequency_and_nothing_else(random_bases):
    codes = np.stack([encode("A" * 60)] * 100)
    codes[: LEAST - 1, 20:26] = encode("GGGCGG")
    (found,) = associate(codes, np.random.default_rng(0).normal(size=(100, 1)), ("cell",), SP1, resamples=50)
    assert found.present == LEAST - 1 and found.frequency.value == pytest.approx(0.09)
    assert found.frequency.low < 0.09 < found.frequency.high
    assert np.isnan([found.spearman.value, found.partial.value, found.delta.low]).all()
