"""Paired differences, means over seeds, and simple rules, by hand-made draws and toy networks."""

import math

import numpy as np
import pytest
import torch

from engine.data import lentimpra, published, sources, splits
from engine.data.library import Library
from engine.disentangle import analyses, baselines, comparison, data, scorecard
from engine.disentangle.analyses import comparison as against
from engine.disentangle.analyses import networks
from engine.disentangle.drawn import Drawn
from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.interpretation.representations import probes
from engine.models import rules
from engine.models.predict import one_hot
from engine.sequence import encode

WHAT = "tier 2/consensus/spearman"
DRAWS = np.array([0.4, 0.5, 0.6])


def drawing(value: float, *others: float) -> dict[str, Drawn]:
    """A measure of one network, whose draws lie around the value."""
    return {WHAT: Drawn(value, DRAWS - 0.5 + value, 10)}


def by_place(rows):
    return {(s.encoder, s.recipe, s.seed, s.measure, s.against): s.metric for s in rows}


def test_means_and_differences_by_hand():
    """Both recipes move with the same rows: their difference is sure to the last digit."""
    drawn = {
        ("bilstm", "baseline_mse"): {42: drawing(0.5), 123: drawing(0.7)},
        ("bilstm", "full_disentangle"): {42: drawing(0.6), 123: drawing(0.9), 456: drawing(0.3)},
    }
    rows = by_place(against.against_each_other("cells", drawn))
    mean = rows["bilstm", "full_disentangle", None, WHAT, ""]
    assert (mean.value, mean.low, mean.n) == (pytest.approx(0.6), pytest.approx(0.505), 10)
    # of three networks: 0.3 s.d., by chi-squared of 2 degrees of freedom, whose quantiles are -2 ln(1 - q)
    spread = rows["bilstm", "full_disentangle", None, f"{WHAT} s.d.", ""]
    assert spread.value == pytest.approx(0.3)
    assert spread.low == pytest.approx(0.3 * math.sqrt(2 / (-2 * math.log(0.025))))
    assert spread.high == pytest.approx(0.3 * math.sqrt(2 / (-2 * math.log(0.975))))
    assert spread.n == 3
    for seed, expected in ((42, 0.1), (123, 0.2), (None, 0.15)):
        apart = rows["bilstm", "full_disentangle", seed, WHAT, "baseline_mse"]
        assert [apart.value, apart.low, apart.high] == pytest.approx([expected] * 3)
    assert ("bilstm", "full_disentangle", 456, WHAT, "baseline_mse") not in rows
    part = rows["bilstm", "full_disentangle", 42, f"{WHAT} relative", "baseline_mse"]
    assert part.value == pytest.approx(0.2)
    assert not any(encoder == published.MEAN for encoder, *_ in rows)  # the dilated CNN is not there


def test_the_means_of_the_study_are_over_the_networks_of_two_encoders():
    drawn = {
        (encoder, recipe): {42: drawing(value), 123: drawing(value + 0.1)}
        for encoder, recipe, value in (
            ("bilstm", "baseline_mse", 0.2),
            ("dilated_cnn", "baseline_mse", 0.4),
            ("cnn", "baseline_mse", 0.0),
            ("bilstm", "full_disentangle", 0.5),
            ("dilated_cnn", "full_disentangle", 0.5),
        )
    }
    rows = by_place(against.against_each_other("cells", drawn))
    assert rows[published.MEAN, "baseline_mse", None, WHAT, ""].value == pytest.approx(0.35)
    spread = rows[published.MEAN, "baseline_mse", None, f"{WHAT} s.d.", ""]
    assert (spread.value, spread.n) == (pytest.approx(np.std([0.2, 0.3, 0.4, 0.5], ddof=1)), 4)
    apart = rows[published.MEAN, "full_disentangle", None, WHAT, "baseline_mse"]
    assert [apart.value, apart.low, apart.high] == pytest.approx([0.2] * 3)


def test_a_network_minus_itself_is_nothing():
    same = {42: drawing(0.5)}
    rows = by_place(
        against.against_each_other("cells", {("cnn", "baseline_mse"): same, ("cnn", "consensus_only"): same})
    )
    apart = rows["cnn", "consensus_only", 42, WHAT, "baseline_mse"]
    assert (apart.value, apart.low, apart.high) == (0, 0, 0)


def test_one_network_has_no_spread():
    assert math.isnan(against.between(np.array([0.4])).value)


# --- simple rules ---------------------------------------------------------------------------------------


def test_counts_of_kmers():
    """ACGTACGN: ACGT, CGTA, GTAC, TACG, and one with an unknown base."""
    rule = rules.KmerRidge(("consensus", "K562", "HepG2"))
    counts = rule.embed(one_hot(torch.as_tensor(encode("ACGTACGN"))[None]))[0]
    places = {"ACGT": 1, "CGTA": 1, "GTAC": 1, "TACG": 1}
    for kmer, times in places.items():
        assert counts[sum(int(c) * 4**i for i, c in enumerate(encode(kmer)))] == times
    assert counts.sum() == 4


def test_a_rule_learns_from_the_training_folds_alone():
    """Activity is how often GATC occurs, in the test and validation folds its negative."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (400, 200)).astype(np.uint8)
    word = encode("GATC")  # its own reverse complement
    times = np.array([sum((row[i : i + 4] == word).all() for i in range(197)) for row in codes], float)
    folds = np.arange(400) % 10
    signed = np.where(folds < 2, -times, times)
    pairs = data.Pairs(codes, np.stack([signed, 3 + 2 * signed], axis=1), ("K562", "HepG2"), folds, "made up")
    with torch.inference_mode():
        predicted = baselines.kmer_ridge(pairs)(one_hot(torch.as_tensor(codes))).numpy()
    assert np.allclose(predicted[:, 1], times, atol=0.3)
    assert np.allclose(predicted[:, 2], 3 + 2 * times, atol=0.6)
    assert np.corrcoef(predicted[:, 0], times)[0, 1] > 0.98
    gc = baselines.gc_content(pairs)(one_hot(torch.as_tensor(codes))).numpy()
    assert np.allclose(gc, np.isin(codes, (1, 2)).mean(axis=1)[:, None], atol=1e-6)


# --- what is stored -------------------------------------------------------------------------------------


@pytest.fixture
def library(planted, monkeypatch, tmp_path) -> Library:
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sources, "available", lambda name: False)
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))
    monkeypatch.setattr(lentimpra, "joint", lambda: planted[0])
    monkeypatch.setattr(splits, "joint_split", lambda _: planted[1])
    return Library(*planted)


def scored(library, *names: str) -> None:
    for name in names:
        scorecard.score(checkpoints.load(name), library)


def test_scores_are_those_of_networks_and_of_the_stored_comparison(library, save_network):
    assert comparison.scores() == []
    scored(library, save_network("cnn", "baseline_mse"), save_network("cnn", "full_disentangle", seed=1))
    alone = comparison.scores()
    assert {(s.recipe, s.seed) for s in alone} == {("baseline_mse", 42), ("full_disentangle", 1)}
    save_network("cnn", "full_disentangle")
    scored(library, "disentangle.cnn_full_disentangle")
    steps = []
    assert analyses.compute("comparison", networks.every(), library, lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]
    rows = comparison.scores()
    measured = {(s.recipe, s.measure): s for s in rows if not s.against}
    apart = [s for s in rows if s.against and not s.measure.endswith("relative")]
    assert {s.recipe for s in apart} == {"full_disentangle"}
    for s in apart:
        both = [measured[recipe, s.measure].metric for recipe in ("full_disentangle", "baseline_mse")]
        assert s.metric.value == pytest.approx(both[0].value - both[1].value, rel=1e-3)
        assert s.metric.n == both[0].n
        assert s.metric.low <= s.metric.value <= s.metric.high
    rules = {s.recipe: s.metric.n for s in rows if s.encoder == "none" and s.measure == WHAT}
    assert rules == {"gc content": 60, "kmer ridge": 60}
    assert ("kmer ridge", "tier 4/activity probe/r2") in measured
    assert ("gc content", "cells/difference/spearman") not in measured  # it says the same of both cells


def test_a_comparison_of_other_weights_is_left_out_and_told(library, save_network):
    scored(library, save_network("cnn", "baseline_mse"))
    analyses.compute("comparison", networks.every(), library)
    scored(library, save_network("cnn", "baseline_mse", model=None, seed=3))
    with pytest.raises(CheckpointError, match="disentangle analyse comparison"):
        comparison.scores()
    why = []
    assert all(s.encoder == "cnn" for s in comparison.scores(why))
    assert len(why) == 1
