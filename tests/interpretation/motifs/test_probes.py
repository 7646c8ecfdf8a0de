"""Motif probes: a planted signal, the bootstrap by hand, composition, pairs of models."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import r2_score

from engine import store
from engine.data import library
from engine.data.motifs import matrices
from engine.errors import CheckpointError
from engine.interpretation import stored
from engine.interpretation.motifs import probes
from engine.interpretation.motifs.counts import counts
from engine.interpretation.motifs.probes import composition, probe, r2_draws
from engine.sequence import encode


def test_r2_and_its_draws_are_those_of_the_rows_drawn():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 12, 60)
    targets = rng.poisson(2, (60, 3)) + np.array([0.0, 1000.0, 0.0])
    predicted = targets + rng.normal(size=(60, 3))
    values, draws = r2_draws(targets, predicted, groups, resamples=5, seed=3)
    assert values == pytest.approx(r2_score(targets, predicted, multioutput="raw_values"))
    present = np.unique(groups)
    times = np.random.default_rng(3).multinomial(len(present), np.full(len(present), 1 / len(present)), 5)
    for drawn, of_group in zip(draws, times, strict=True):
        rows = np.concatenate([np.tile(np.flatnonzero(groups == g), n) for g, n in zip(present, of_group, strict=True)])
        assert drawn == pytest.approx(r2_score(targets[rows], predicted[rows], multioutput="raw_values"))


def test_composition_is_the_same_on_both_strands_and_sums_to_one(random_bases):
    codes = encode(random_bases(90, 1))[None]
    (found,) = composition(codes)
    assert found.shape == (10,) and found.sum() == pytest.approx(1)
    np.testing.assert_allclose(composition(3 - codes[:, ::-1])[0], found)
    by_hand = composition(encode("AAATTN")[None])[0]  # AA AA AT TT: AA and TT are one, 3 of 4; AT is 1 of 4
    assert sorted(by_hand)[-2:] == [0.25, 0.75]


def test_a_count_that_is_in_the_embedding_is_read_and_one_that_is_not_is_not():
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 4, (600, 200)).astype(np.uint8)
    names, found = counts(codes)
    gata = found[:, names.index("GATA1")]
    features = np.stack([gata + rng.normal(0, 0.1, 600), rng.normal(size=600)], axis=1).astype(np.float32)
    asked, results = probe(features, codes, np.arange(600), resamples=100)
    values, draws = results["embedding"]
    assert draws.shape == (100, len(asked))
    assert values[asked.index("GATA1")] > 0.95
    assert all(v < 0.2 for name, v in zip(asked, values, strict=True) if name != "GATA1")
    assert "HNF1A" not in asked  # too rare in random sequences
    # a site of six bases is not told by the composition of 200
    assert results["composition"][0][asked.index("GATA1")] < 0.2


def test_any_matrix_can_be_read_off_an_embedding(monkeypatch):
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, (2000, 200)).astype(np.uint8)
    asked = matrices("MA0093") | matrices("MA0035")  # USF1, and GATA1, whose matches are too rare in these sequences
    (usf, _), found = counts(codes, asked)
    assert (found[:, 1] > 0).sum() < probes.LEAST
    features = np.stack([found[:, 0] + rng.normal(0, 0.02, 2000), rng.normal(size=2000)], axis=1).astype(np.float32)
    table = SimpleNamespace(codes=codes)
    of = library.Library(table, SimpleNamespace(groups=np.arange(2000), test=np.arange(2000)))
    monkeypatch.setattr(probes, "embeddings", lambda *_: features)
    told = probes.of_motifs(None, of, asked)
    assert list(told) == [usf]
    assert told[usf]["r2"].low > 0.9 and told[usf]["r2"].n == 2000
    assert probes.of_motifs(None, of, matrices("MA0035")) == {}
    assert told[usf]["beyond"].value == pytest.approx(told[usf]["r2"].value - told[usf]["composition"].value)


def results(models_folder, name, values, draws):
    """A stored result of a made-up model."""
    metrics = [{"value": v, "low": v, "high": v, "n": 7} for v in values]
    file = stored.model_file(name, probes.WHAT)
    store.write_json(file, {"key": name, "n": 7, "motifs": ["A", "B"], "r2": metrics})
    np.savez(file.with_suffix(".npz"), key=np.array(name), r2=np.array(draws))


def test_means_over_models_and_their_difference_are_paired(models_folder):
    draws = np.linspace(0, 1, 101)[:, None] * [1.0, 2.0]
    results(models_folder, "one", (0.4, 0.2), draws)
    results(models_folder, "two", (0.6, 0.0), draws)
    results(models_folder, "three", (0.1, 0.1), draws - 0.25)
    mean = probes.mean_of(["one", "two"])
    assert (mean["A"].value, mean["B"].value) == pytest.approx((0.5, 0.1))
    assert (mean["B"].low, mean["B"].high) == pytest.approx((0.05, 1.95))
    apart = probes.apart(["one", "two"], ["three"])  # the draws differ by a constant: no uncertainty is left
    assert (apart["A"].value, apart["A"].low, apart["A"].high) == pytest.approx((0.4, 0.25, 0.25))
    file = stored.model_file("two", probes.WHAT).with_suffix(".npz")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"is broken; run: .*interpret two --what motif-probes"):
        probes.mean_of(["one", "two"])
    file.unlink()
    with pytest.raises(CheckpointError, match="interpret two --what motif-probes"):
        probes.mean_of(["one", "two"])
