"""Separation, dimension and probes: by hand, where nothing is planted, and where something is."""

import numpy as np
import pytest

from engine.disentangle.analyses import geometry
from engine.disentangle.analyses.features import measured
from engine.disentangle.analyses.geometry import (
    PERMUTED,
    apart,
    centroid_ratio,
    compute,
    peaks,
    probed,
    shifted,
    unbiased_separation,
    unbiased_shift,
)
from engine.disentangle.analyses.parts import FOLD
from engine.interpretation.representations.similarity import participation_ratio
from tests.disentangle.analyses.made import features, fresh, library, subject

ONE = np.array([[0.0, 0.0], [2.0, 0.0]])
OTHER = np.array([[0.0, 3.0], [2.0, 3.0]])


def test_separation_by_hand():
    """Centroids (1, 0) and (1, 3) are 3 apart, every element 1 from its own; the variance within is 2 (n - 1)."""
    assert centroid_ratio(ONE, OTHER) == pytest.approx(3)
    assert unbiased_separation(ONE, OTHER) == pytest.approx(np.sqrt((9 - 2 / 2 - 2 / 2) / 2))
    assert unbiased_shift(ONE, OTHER) == pytest.approx(np.sqrt(9 / 2))  # each element moved alike: no variance
    moved = ONE + np.array([[0.0, 2.0], [0.0, 4.0]])  # by 3 on average, variance 2; the view has 2 + 2
    assert unbiased_shift(ONE, moved) == pytest.approx(np.sqrt((9 - 2 / 2) / 3))


def test_scale_shift_and_rotation_do_not_count():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(40, 5)), rng.normal(1, 1, size=(30, 5))
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    for separation in (centroid_ratio, unbiased_separation):
        value = separation(one, other)
        assert separation(-3 * one @ rotation + 7, -3 * other @ rotation + 7) == pytest.approx(value)


def test_two_samples_of_one_kind_are_apart_by_the_studys_ratio_and_not_by_ours():
    """With p features the centroids of n and n elements of one kind are about root of 2 / n of the spread apart."""
    rng = np.random.default_rng(1)
    drawn = [(rng.normal(size=(50, 20)), rng.normal(size=(50, 20))) for _ in range(200)]
    assert np.mean([centroid_ratio(*d) for d in drawn]) == pytest.approx(np.sqrt(2 / 50), rel=0.05)
    planted = np.sqrt(20) * 0.3  # so far, in each direction 0.3
    far = [(a, b + planted / np.sqrt(20)) for a, b in drawn]
    assert np.mean([unbiased_separation(*d) ** 2 for d in far]) == pytest.approx(0.3**2, rel=0.05)
    assert np.mean([centroid_ratio(*d) ** 2 for d in far]) > 0.3**2 + 0.02


def test_an_interval_holds_the_planted_separation_and_permuted_labels_say_what_chance_gives():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, 10))
    sets = np.arange(0, 200), np.arange(200, 400)
    values[200:] += 0.5  # of the spread, which is root of 10 as the shift is
    parts = {(p.method, p.against): p.metric for p in apart("toy", values, values, sets)}
    ours, study = parts["ours", ""], parts["study", ""]
    assert ours.low < 0.5 < ours.high and ours.n == 400
    assert study.low < study.value < study.high
    assert parts["study", PERMUTED].value == pytest.approx(np.sqrt(2 / 200), rel=0.15)
    assert parts["study", PERMUTED].high < study.low and parts["ours", PERMUTED].high < ours.low


def test_two_views_that_are_one_are_not_apart():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(100, 10))
    assert [p.value for p in shifted("toy", values, values)] == [0, 0]
    ours, study = shifted("toy", values, values + 0.2)
    assert ours.value == pytest.approx(0.2, rel=0.1) and ours.metric.low < 0.2 < ours.metric.high
    assert study.value == pytest.approx(0.2, rel=0.1)


def test_the_participation_ratio_of_known_eigenvalues():
    """3 and 1: 4^2 / (9 + 1)."""
    data = np.random.default_rng(4).normal(size=(50, 2))
    data -= data.mean(axis=0)
    white = data @ np.linalg.inv(np.linalg.cholesky(np.cov(data, rowvar=False))).T
    assert participation_ratio(white * np.sqrt([3, 1])) == pytest.approx(1.6)
    assert participation_ratio(white) == pytest.approx(2)


def test_a_probe_reads_what_is_there_and_the_same_behind_any_norm():
    made = library()
    shown = measured([subject(fresh())], made)
    a = (shown.codes == 0).mean(axis=1)
    rng = np.random.default_rng(5)
    gc = np.isin(shown.codes, (1, 2)).mean(axis=1)
    values = np.stack([gc, a, *rng.normal(size=(2, len(a)))], axis=1)
    activity, difference = probed(values, shown)
    assert activity.value > 0.8 and difference.value > 0.6
    assert probed(values[:, [0, 2, 3]], shown)[1].value < 0.2  # what is left of it goes along with GC
    behind = probed(values * [-2, 0.1, 5, 1] + 3, shown)
    assert [p.value for p in behind] == pytest.approx([activity.value, difference.value])


def test_peaks_are_compared_where_conditions_are_cell_types_and_there_are_enough():
    made = library()
    first, second = peaks(measured([subject(fresh())], made), made)
    assert len(first) == len(second) == 60
    assert peaks(measured([subject(fresh())], made, 80), made) is None


def test_rows_of_a_network_and_of_what_stands_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    monkeypatch.setattr(geometry, "DRAWS", 10)
    networks = [subject(fresh(42)), subject(fresh(1), "full_disentangle")]
    scores = list(compute(networks, library()))
    own = [s for s in scores if s.recipe == "full_disentangle" and not s.against]
    assert {s.measure for s in own} == {
        *(f"geometry/cell type separation{suffix}" for suffix in ("", ", encoder", ", consensus")),
        *("geometry/separation of views", "geometry/effective dimension", "geometry/effective dimension, encoder"),
        *("geometry/activity probe r2", "geometry/difference probe r2"),
    }
    assert {s.recipe for s in scores} == {"baseline_mse", "full_disentangle", "untrained", "GC content"}
    defined = [s.metric for s in scores if not s.measure.endswith(FOLD)]  # not where a separation is 0
    assert all(np.isfinite([m.value, m.low, m.high]).all() for m in defined)
    assert len(scores) > len(defined)
    untrained = {s.measure: s.metric.value for s in scores if s.recipe == "untrained" and not s.against}
    baseline = {s.measure: s.metric.value for s in scores if s.recipe == "baseline_mse" and not s.against}
    assert untrained == pytest.approx(baseline)  # this one was not trained: seed 42 gives these weights
    gc = {s.measure: s.metric.value for s in scores if s.recipe == "GC content"}
    assert gc["geometry/activity probe r2"] > 0.8
    assert all("minus" not in s.measure or s.against == "baseline_mse" for s in scores)


def test_dimensions_follow_the_norms():
    """One feature of large variance; norms that shrink it leave the others."""
    rng = np.random.default_rng(6)
    encoded = rng.normal(size=(300, 256)) * 0.01
    encoded[:, 0] = rng.normal(size=300) * 100
    own = features(encoded)
    behind, before = (p.value for p in geometry.dimensions(own))
    assert before == pytest.approx(1, abs=1e-4) and behind == pytest.approx(1, abs=1e-4)
    for norm in own.network.model.norms:
        norm.running_var.fill_(1e-4 - norm.eps)
        norm.running_var[0] = 1e4
    behind = geometry.dimensions(features_of(own))[0].value
    assert behind > 100


def features_of(own):
    """The same network asked anew: what it worked out of its norms is kept."""
    return type(own)(own.network, own.encoded)
