"""Attribution consistency: directions counted by hand, what does not change it, and what it must and must not see."""

import json

import numpy as np
import pytest
from scipy.stats import chisquare

from engine import store
from engine.data import lentimpra, splits
from engine.data.library import Library
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import angles, surrogates

LENGTH = 120
MOTIF = np.array([1.0, 4, 2, -3, 5, 3, 0, 1])


def noise(n: int = 40, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, LENGTH))


def with_motifs(patterns: np.ndarray) -> np.ndarray:
    """Noise to which each map's pattern `(n, 8)` is added at two places of its own."""
    rng = np.random.default_rng(1)
    values = noise(len(patterns))
    for row, pattern in zip(values, patterns, strict=True):
        for place in rng.choice(LENGTH // 8, 2, replace=False):
            row[8 * place : 8 * place + 8] += pattern
    return values


def excess(values: np.ndarray, priors: tuple[str, ...] = tuple(angles.PRIORS)) -> dict[str, float]:
    found = angles.consistency(values, priors=priors, resamples=2)
    return {prior: found.beyond[prior].excess.value for prior in priors}


# --- directions and divergences ---------------------------------------------------------------------


def test_directions_by_hand():
    at = lambda *v: divmod(int(angles.bins(angles.triplets(np.array([v], float))[0, 0])), angles.SECTORS)  # noqa: E731
    assert at(1, 1, 1)[0] == 5 and at(-2, -2, -2)[0] == 0
    # one position alone lies at cosine 1/sqrt(3) = 0.58, in the fifth of six levels, and a third of a turn apart
    assert [at(1, 0, 0), at(0, 3, 0), at(0, 0, 0.1)] == [(4, 0), (4, 4), (4, 8)]
    assert [at(-1, 0, 0), at(0, -1, 0), at(0, 0, -1)] == [(1, 6), (1, 10), (1, 2)]  # the other side
    assert at(1, 1, 0) == (5, 2)  # halfway between two positions
    bases = np.eye(4)[:, None].repeat(3, axis=1)  # maps of A, C, G and T alone
    vectors = angles.base_vectors(bases)
    assert [divmod(int(b), angles.SECTORS) for b in angles.bins(vectors)[:, 0]] == [(1, 0), (4, 3), (4, 9), (1, 6)]
    lengths = np.linalg.norm(vectors, axis=-1)
    np.testing.assert_allclose(lengths, 3 * np.sqrt(0.75))  # as far from the mean of the four as in four dimensions
    np.testing.assert_allclose(angles.base_vectors(bases + 7), vectors, atol=1e-12)  # what all bases share is left out


def test_bins_have_one_area():
    points = np.random.default_rng(0).normal(size=(100_000, 3))  # uniform directions
    assert chisquare(np.bincount(angles.bins(points), minlength=angles.BINS)).pvalue > 0.001
    turned = angles.triplets(points)[:, 0]
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(points, axis=1))
    assert chisquare(np.bincount(angles.bins(turned), minlength=angles.BINS)).pvalue > 0.001


def test_the_longest_vectors_count_and_divergence_by_hand():
    profile = np.zeros((2, 32))
    profile[0, 10], profile[1, 20] = 5.0, -1.0
    counts = angles.counts(angles.triplets(profile))
    assert counts.sum(axis=1).tolist() == [3, 3]  # a tenth of 30 vectors; the others have no length
    assert counts[0, [48, 52, 56]].tolist() == [1, 1, 1]  # the fifth level, one sector a position
    assert angles.from_uniform(counts[0]) == pytest.approx(np.log2(72 / 3))
    assert angles.from_uniform(counts.sum(axis=0)) == pytest.approx(np.log2(72 / 6))
    assert angles.from_uniform(np.ones(angles.BINS)) == 0
    own, others = np.zeros(angles.BINS), np.zeros((2, angles.BINS))
    own[0], others[0, 1], others[1, 1] = 4, 4, 4
    rest = 4 + angles.PSEUDO * angles.BINS  # 40: half a count in bin 0, 4.5 in bin 1
    expected = np.log2(rest / 0.5) - np.log2(rest / 4.5)
    assert angles.excess(own, others) == pytest.approx(expected)


# --- what changes it and what does not --------------------------------------------------------------


def test_scale_order_direction_and_sign_do_not_matter():
    values = with_motifs(np.tile(MOTIF, (40, 1)))
    plain = angles.consistency(values, resamples=20)
    scales = np.random.default_rng(2).uniform(0.01, 100, (40, 1))
    scaled = angles.consistency(values * scales, resamples=20)
    assert scaled.beyond["shuffled"] == plain.beyond["shuffled"]
    of_local = (found.beyond["local"].excess.as_dict() for found in (scaled, plain))
    assert next(of_local) == pytest.approx(next(of_local), abs=0.01)  # rounding of equal sizes
    for other in (values[::-1], values[:, ::-1], -values):
        changed = angles.consistency(other, resamples=2)
        assert changed.uniform == pytest.approx(plain.uniform, abs=1e-12)
        for prior in angles.PRIORS:  # other surrogates are drawn
            assert changed.beyond[prior].excess.value == pytest.approx(plain.beyond[prior].excess.value, rel=0.1)


def test_noise_is_not_consistent_however_few_maps_there_are():
    few, many = noise(5), noise(40)
    only = ("shuffled",)
    of_few, of_many = (angles.consistency(v, priors=only, resamples=200) for v in (few, many))
    assert of_few.uniform > 3 * of_many.uniform  # the plain divergence grows as counts fall
    for found in (of_few, of_many):
        assert found.beyond["shuffled"].excess.low < 0 < found.beyond["shuffled"].excess.high
    heavy = np.random.default_rng(3).laplace(size=(40, LENGTH))
    assert angles.consistency(heavy, priors=only, resamples=2).uniform > 0.2  # unequal sizes alone
    drawn = [excess(values, only)["shuffled"] for values in (heavy, *(noise(40, seed) for seed in range(5)))]
    assert np.abs(drawn).max() < 0.05 and abs(np.mean(drawn)) < 0.02
    four = np.random.default_rng(4).normal(size=(40, LENGTH, 4))
    of_bases = angles.consistency(four, angles.base_vectors, only, resamples=2)
    assert abs(of_bases.beyond["shuffled"].excess.value) < 0.05


def test_a_motif_that_recurs_is_seen_and_one_of_each_map_s_own_is_not():
    recurring = excess(with_motifs(np.tile(MOTIF, (40, 1))))
    own = excess(with_motifs(np.random.default_rng(5).normal(size=(40, 8)) * 3))
    assert min(recurring.values()) > 0.5
    assert own["shuffled"] > 0.3  # neighbours are not what they are in a shuffle
    assert own["local"] < 0.15 < recurring["local"] / 3
    weaker = excess(with_motifs(np.tile(MOTIF / 3, (40, 1))))
    assert weaker["local"] < recurring["local"]


def test_smooth_maps_with_a_centre_are_like_their_local_surrogates():
    rng = np.random.default_rng(6)
    smooth = np.apply_along_axis(np.convolve, 1, rng.normal(size=(40, LENGTH + 2)), np.ones(3), "valid")
    centre = np.exp(-0.5 * ((np.arange(LENGTH) - rng.integers(30, 90, (40, 1))) / 8) ** 2) + 0.1
    found = excess(smooth * centre)
    assert found["shuffled"] > 1
    assert abs(found["local"]) < 0.06


def test_surrogates_keep_what_they_say():
    rng = np.random.default_rng(7)
    values = np.apply_along_axis(np.convolve, 1, rng.normal(size=(20, LENGTH + 2)), np.ones(3), "valid")
    neighbours = lambda v: np.mean([np.corrcoef(r[:-1], r[1:])[0, 1] for r in v])  # noqa: E731
    for make in (surrogates.shuffled, surrogates.as_smooth):
        np.testing.assert_array_equal(np.sort(make(values, rng), axis=1), np.sort(values, axis=1))
    assert abs(neighbours(surrogates.shuffled(values, rng))) < 0.1
    assert neighbours(surrogates.as_smooth(values, rng)) == pytest.approx(neighbours(values), abs=0.05)
    values[:, 30:70] *= 10
    inside = lambda v: (v[:, 30:70] ** 2).sum() / (v**2).sum()  # noqa: E731
    assert inside(values) > 0.95
    assert inside(surrogates.local(values, rng)) > 0.75  # the ends of the stretch are blurred
    assert inside(surrogates.as_smooth(values, rng)) < 0.5
    rows = np.arange(60).reshape(3, 5, 4)
    drawn = surrogates.shuffled(rows, rng)
    assert sorted(map(tuple, drawn[1])) == sorted(map(tuple, rows[1]))  # the four numbers of a position stay together


def test_maps_that_point_nowhere_are_named():
    with pytest.raises(InputError, match="0 everywhere"):
        angles.consistency(np.zeros((3, 20)))
    with pytest.raises(InputError, match="2 positions"):
        angles.consistency(np.ones((3, 2)))
    values = np.concatenate([noise(4), np.zeros((2, LENGTH))])
    found = angles.consistency(values, resamples=5)
    assert found.beyond["shuffled"].excess.n == 4  # maps of nothing do not count


# --- kept beside the weights ------------------------------------------------------------------------


def test_stored_maps_are_needed_and_results_are_kept(save_model, monkeypatch):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (60, 200)).astype(np.uint8)
    names = np.array([f"peak{i}" for i in range(60)])
    activity = rng.normal(size=(60, 3)).astype(np.float32)
    table = lentimpra.ActivityTable(names, codes, activity, lentimpra.CELL_TYPES, names, "made up")
    of = Library(table, splits.Split((np.arange(60) % 3).astype(np.int8), np.arange(60, dtype=np.int32), "made up"))
    for module, name, value in ((maps, "PER_HALF", 2), (angles, "SURROGATES", 3), (angles, "DRAWS", 2)):
        monkeypatch.setattr(module, name, value)
    save_model("toy", "dream_rnn", metrics={"standardisation": {"K562": {"mean": 0.0, "sd": 1.0}}}, outputs=("K562",))
    toy = checkpoints.load("toy")
    assert angles.read("toy") is None
    with pytest.raises(InputError, match="python -m engine interpret toy --what maps"):
        angles.compute(toy, of)
    made = maps.store(toy, of)
    steps = []
    assert angles.compute(toy, of, lambda *s: steps.append(s))
    assert steps[-1] == (8, 8)
    assert not angles.compute(toy, of)
    found = angles.read("toy")["K562"]
    assert found.methods == angles.of_maps(made, "K562")
    assert found.methods["ig"].vectors == 4 * 20 and found.methods["ig"].beyond["local"].excess.n == 4
    assert {prior: len(v) for prior, v in found.redrawn.items()} == {"shuffled": 2, "local": 2}
    file = stored.model_file("toy", angles.WHAT)
    assert {"K562": found.as_dict()} == json.loads(file.read_text())["outputs"]
    store.write_json(file, json.loads(file.read_text()) | {"weights": "others"})
    with pytest.raises(CheckpointError, match="--what angles"):
        angles.read("toy")
    monkeypatch.setattr(maps, "STEPS", 21)  # the stored maps are of other settings
    with pytest.raises(InputError, match="no current maps"):
        angles.compute(toy, of)
