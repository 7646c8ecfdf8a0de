"""Noise of known size, what of it a prediction carries, and the whole of it on toy sizes."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.cli import disentangle as cli
from engine.data import library as libraries
from engine.data.library import Library
from engine.disentangle import noise, planted
from engine.disentangle.declared import RECIPES
from engine.disentangle.drawn import Drawn
from engine.disentangle.planted import Settings, Truth
from engine.errors import CheckpointError
from engine.interpretation import stored
from engine.sequence import encode


def codes(*gc: int) -> np.ndarray:
    """Sequences of ten bases with so many G."""
    return np.stack([encode("G" * g + "A" * (10 - g)) for g in gc])


def test_gc_bias_shifts_by_one_sd_of_activity_for_one_sd_of_gc():
    """GC of .2, .4, .6, .8: mean .5, s.d. sqrt(.05); activities 0, 0, 2, 2: s.d. 1."""
    clean = np.array([0.0, 2.0, 0.0, 2.0])
    noisy = noise.gc_bias(clean, codes(2, 4, 6, 8), np.random.default_rng(0))
    step = 0.1 / np.sqrt(0.05)
    assert noisy - clean == pytest.approx([-3 * step, -step, step, 3 * step])


def test_batches_have_twenty_offsets_dealt_evenly():
    """The normal quantiles of 1/40, 3/40 ... 39/40, times the s.d. of the activities."""
    clean = np.tile([-3.0, 3.0], 100)
    added = noise.batch_offset(clean, codes(*[1] * 200), np.random.default_rng(1)) - clean
    offsets, counts = np.unique(added.round(9), return_counts=True)
    assert len(offsets) == 20 and set(counts) == {10}
    assert offsets[[0, 10, 19]] == pytest.approx([-3 * 1.95996, 3 * 0.06271, 3 * 1.95996], abs=1e-4)
    assert abs(spearmanr(added, np.arange(200)).statistic) < 0.2


def test_multiplicative_noise_leaves_zero_alone_and_turns_no_sign():
    clean = np.concatenate([np.zeros(10), np.full(5000, 2.0), np.full(5000, -1.0)])
    noisy = noise.multiplicative(clean, codes(*[1] * len(clean)), np.random.default_rng(2))
    assert (noisy[:10] == 0).all() and (np.sign(noisy) == np.sign(clean)).all()
    factor = noisy[10:5010] / 2
    assert factor.min() == pytest.approx(0.1)
    assert factor.std() == pytest.approx(0.5, abs=0.03) and factor.mean() == pytest.approx(1.0, abs=0.03)


def test_carried_is_nothing_of_the_truth_all_of_the_noisy_and_half_of_their_mean():
    rng = np.random.default_rng(3)
    known = rng.normal(size=(500, 2))
    known[:, 1] += 0.5 * known[:, 0]  # what was planted goes with the truth
    clean, noisy = known[:, 0], known.sum(axis=1)
    assert planted.carried(7 * clean + 1, known) == pytest.approx(0)
    assert planted.carried(0.2 * noisy, known) == pytest.approx(1)
    assert planted.carried((clean + noisy) / 2, known) == pytest.approx(0.5)
    assert np.isnan(planted.carried(np.ones(500), known))


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(planted, "RESAMPLES", 60)


TINY = {"filters": 4, "layers": 1, "pool": 8}
SMALL = Settings(teacher="toy", rows=(120, 40, 60), options=TINY, seeds=(1, 2), epochs=1, batch_size=40)


def truth() -> Truth:
    rng = np.random.default_rng(4)
    sequences = rng.integers(0, 4, (100, 200)).astype(np.uint8)
    return Truth(sequences, rng.normal(size=100).astype(np.float32), np.repeat([2, 1, 0], [30, 20, 50]), "made up")


@pytest.mark.parametrize("kind", noise.NOISES)
def test_the_truth_recovers_all_and_carries_nothing_and_the_noisy_experiment_carries_all(kind):
    """In place of networks: one that says the truth in all outputs, and a baseline that says the noisy experiment."""
    made = truth()
    test = made.folds == 0
    noisy = {s: made.pairs(kind, s).activity[test, 1] for s in SMALL.seeds}
    said = {
        (kind, r, s): np.stack([noisy[s] if r == "baseline_mse" else made.activity[test]] * 3, axis=1)
        for r in RECIPES
        for s in SMALL.seeds
    }
    rows = list(planted.scores(kind, made, said, SMALL))
    assert all(r.notion == f"planted {kind}" and r.metric.n == 50 for r in rows)
    found = {(r.recipe, r.seed, r.measure, r.against): r.metric for r in rows}
    assert len(found) == len(rows)
    for measure in ("clean/spearman", "clean/through clean/spearman", "clean/through noisy/spearman"):
        assert found["full_disentangle", None, measure, ""].value == pytest.approx(1)
    expected = [spearmanr(noisy[s], made.activity[test]).statistic for s in SMALL.seeds]
    for s, value in zip(SMALL.seeds, expected, strict=True):
        assert found["baseline_mse", s, "clean/spearman", ""].value == pytest.approx(value)
        apart = found["full_disentangle", s, "clean/spearman", "baseline_mse"]
        assert apart.value == pytest.approx(1 - value) and (kind == "nothing" or apart.low > 0)
    mean = found["baseline_mse", None, "clean/spearman", ""]
    assert mean.value == pytest.approx(np.mean(expected)) and mean.low <= mean.value <= mean.high
    assert found["full_disentangle", None, "nuisance/carried", ""].value == pytest.approx(0, abs=1e-6)
    assert found["baseline_mse", None, "nuisance/carried", ""].value == pytest.approx(
        float(kind != "nothing"), abs=1e-5
    )
    rules = {r.recipe for r in rows if not r.encoder}
    assert rules == {"mean of ranks as measured", "noisy experiment as measured", "GC content"}
    assert found["noisy experiment as measured", None, "clean/spearman", ""].value == pytest.approx(mean.value)


def test_over_seeds_the_interval_holds_what_seeds_differ_by():
    parts = {s: Drawn(v, np.full(1000, v), 9) for s, v in enumerate((0.1, 0.2, 0.6))}
    over = planted._over_seeds(parts, {"notion": "", "encoder": "", "recipe": "", "measure": ""})
    assert over.metric.value == pytest.approx(0.3)
    assert over.metric.low == pytest.approx(0.1) and over.metric.high == pytest.approx(0.6)


def test_all_of_it_on_toy_sizes_is_kept_and_goes_on_where_it_was(request, tmp_path, monkeypatch, capsys):
    library = Library(*request.getfixturevalue("planted"))
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(planted, "SETTINGS", SMALL)
    monkeypatch.setattr(planted, "file", lambda: tmp_path / "planted.json")
    monkeypatch.setattr(stored, "place", lambda name: stored.Place(name, tmp_path, "weights"))
    activity = library.table.column("K562")
    monkeypatch.setattr(planted, "_truth", lambda *a: Truth(library.table.codes, activity, library.split.folds, "t"))
    monkeypatch.setattr(planted, "NOISES", {"gc": noise.gc_bias})
    monkeypatch.setattr(planted, "RECIPES", {n: RECIPES[n] for n in ("baseline_mse", "full_disentangle")})
    assert planted.read() == []
    steps = []

    def stop(done: int, total: int) -> None:
        steps.append((done, total))
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        planted.compute(library, stop)
    trained = []
    train = planted.loop.train
    monkeypatch.setattr(planted.loop, "train", lambda *a, **k: trained.append(1) or train(*a, **k))
    assert planted.compute(library)
    assert len(trained) == 2 and steps[-1] == (2, 4)  # of four runs two were done
    rows = planted.read()
    monkeypatch.setattr(libraries, "joint", lambda: library)
    cli.planted_command()
    shown = capsys.readouterr().out.splitlines()
    assert "there before" in shown[0] and len(shown) == 1 + sum(r.seed is None for r in rows)
    assert {r.recipe for r in rows if r.encoder} == {"baseline_mse", "full_disentangle"}
    assert np.isfinite([r.metric.value for r in rows]).all()
    assert not planted.compute(library)
    assert planted.compute(library, again=True) and planted.read() == rows
    monkeypatch.setattr(planted, "SETTINGS", replace(SMALL, epochs=2))
    with pytest.raises(CheckpointError, match="disentangle planted"):
        planted.read()


def test_the_truth_is_what_the_teacher_says_of_elements_of_each_part(request, tmp_path, monkeypatch):
    library = Library(*request.getfixturevalue("planted"))
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))

    teacher = SimpleNamespace(model=SimpleNamespace(outputs=("HepG2", "K562")))
    monkeypatch.setattr(planted.checkpoints, "load", lambda name: teacher)
    asked = []

    def predict(model, codes):
        asked.append(len(codes))
        return np.stack([np.zeros(len(codes)), (codes == 2).mean(1)], axis=1)

    monkeypatch.setattr(planted, "predict_codes", predict)
    settings = replace(SMALL, rows=(100, 20, 30))
    made = planted._truth(library, settings, "w")
    assert np.array_equal(made.activity, (made.codes == 2).mean(1).astype(np.float32))
    assert [int(np.isin(made.folds, f).sum()) for f in (range(2, 10), [1], [0])] == [100, 20, 30]
    assert len({row.tobytes() for row in made.codes}) == 150
    again = planted._truth(library, settings, "w")
    assert np.array_equal(again.activity, made.activity) and asked == [150]  # out of the cache
