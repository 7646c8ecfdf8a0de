"""CKA between networks of one encoder: which pairs there are, known answers, and the reference between seeds."""

import numpy as np
import pytest

from engine.disentangle.analyses import cka
from engine.disentangle.analyses import features as engine_features
from engine.disentangle.analyses.cka import Alike, compared, compute, parts, viewed
from engine.models.disentangle import DENOISED
from tests.disentangle.analyses.made import features, fresh, library, subject


def test_a_rotated_copy_is_the_same_and_noise_is_not():
    rng = np.random.default_rng(0)
    encoded = rng.normal(size=(120, 256)) * np.linspace(3, 0.1, 256)
    rotation = np.linalg.qr(rng.normal(size=(256, 256)))[0]
    every = [
        features(encoded),
        features(2 * encoded @ rotation + 1, "ranking_only"),
        features(rng.normal(size=(120, 256)), "consensus_only"),
    ]
    alike = compared(every, DENOISED)
    assert alike.metric(0, 1).value == pytest.approx(1, abs=1e-6) and alike.metric(0, 1).n == 120
    assert abs(alike.metric(0, 2).value) < 0.1
    assert alike.metric(0, 2).low < alike.metric(0, 2).high


def test_beyond_the_prediction_nothing_is_left_of_features_that_hold_it_alone():
    """Two networks whose features agree in the direction that the head reads and nowhere else."""
    rng = np.random.default_rng(1)
    shared = rng.normal(size=200)
    every = []
    for recipe in ("baseline_mse", "ranking_only"):
        own = features(np.zeros((200, 256)), recipe)
        direction = own.weights / np.linalg.norm(own.weights)
        noise = rng.normal(size=(200, 256)) * 0.02
        noise -= np.outer(noise @ direction, direction)
        every.append(type(own)(own.network, np.outer(shared, direction) + noise))
    assert compared(every, DENOISED).metric(0, 1).value > 0.95
    assert abs(compared(every, cka.BEYOND).metric(0, 1).value) < 0.1
    left = viewed(every[0], cka.BEYOND)
    assert np.abs(left.T @ every[0].predicted("K562")).max() < 1e-3


def test_pairs_by_hand():
    """Two recipes at two seeds: CKA of the k-th and l-th network is the number kl."""
    names = [("baseline_mse", 1), ("baseline_mse", 2), ("full_disentangle", 1), ("full_disentangle", 2)]
    networks = [subject(fresh(), recipe, seed) for recipe, seed in names]
    value = np.array([[1, 0.12, 0.13, 0.14], [0.12, 1, 0.23, 0.24], [0.13, 0.23, 1, 0.34], [0.14, 0.24, 0.34, 1]])
    rows = list(parts(Alike(networks, value, value, value, 10), ""))
    found = {(s.recipe, s.seed, s.measure, s.against): s.metric.value for s in rows}
    assert found == pytest.approx(
        {
            ("baseline_mse", 1, "cka between seeds", "seed 2"): 0.12,
            ("full_disentangle", 1, "cka between seeds", "seed 2"): 0.34,
            ("baseline_mse", 1, "cka between recipes", "full_disentangle"): 0.13,
            ("baseline_mse", 2, "cka between recipes", "full_disentangle"): 0.24,
            ("baseline_mse", None, "cka between seeds", ""): 0.12,
            ("full_disentangle", None, "cka between seeds", ""): 0.34,
            ("baseline_mse", None, "cka between recipes and seeds", "full_disentangle"): (0.14 + 0.23) / 2,
        }
    )


def test_features_that_do_not_vary_have_none():
    every = [features(np.ones((60, 256))), features(np.random.default_rng(0).normal(size=(60, 256)), "ranking_only")]
    metric = compared(every, DENOISED).metric(0, 1)
    assert np.isnan(metric.value) and metric.n == 60


def test_rows_of_small_networks(tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    monkeypatch.setattr(cka, "DRAWS", 10)
    networks = [subject(fresh(s), recipe, s) for recipe in ("baseline_mse", "ranking_only") for s in (1, 2, 3)]
    seen = []
    scores = list(compute(networks, library(), lambda done, total: seen.append((done, total))))
    assert seen == [(6, 6)]
    mean = [s for s in scores if s.seed is None and s.measure == "cka between recipes"]
    assert [(s.recipe, s.against, s.metric.n) for s in mean] == [("baseline_mse", "ranking_only", 3)]
    start = {(s.recipe, s.seed): s.metric.value for s in scores if s.measure == "cka with the start"}
    assert all(v == pytest.approx(1) for v in start.values()) and len(start) == 8  # not trained; with both means
    assert not any(s.recipe == "untrained" for s in scores)
    assert engine_features.UNTRAINED not in {s.against for s in scores if "recipes" in s.measure}
