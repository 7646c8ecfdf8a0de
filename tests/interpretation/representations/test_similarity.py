"""CKA against a direct sum over quadruples of elements, its invariances, its known values, and what is kept of it."""

import itertools

import numpy as np
import pytest

from engine.data.library import Library
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.interpretation import panel
from engine.interpretation.representations import similarity
from engine.interpretation.representations.similarity import (
    beyond,
    by_similarity,
    cka,
    effective_dimension,
    intervals,
    ranges,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def gram(features: np.ndarray, kernel: str) -> np.ndarray:
    apart = np.linalg.norm(features[:, None] - features[None], axis=2)
    if kernel == "linear":
        return features @ features.T
    width = similarity.WIDTH * np.median(apart[np.triu_indices(len(features), 1)])
    return np.exp(-0.5 * (apart / width) ** 2)


def by_quadruples(k: np.ndarray, other: np.ndarray) -> float:
    """HSIC as the U-statistic that it is defined by (Song et al. 2012): a mean over four different elements."""
    terms = [
        k[i, j] * other[i, j] + k[i, j] * other[q, r] - 2 * k[i, j] * other[i, q]
        for i, j, q, r in itertools.permutations(range(len(k)), 4)
    ]
    return float(np.mean(terms))


@pytest.mark.parametrize("kernel", similarity.KERNELS)
def test_cka_is_that_of_a_sum_over_quadruples_of_elements(rng, kernel):
    base = rng.normal(size=(9, 3))
    features = [base + 5, base @ rng.normal(size=(3, 4)) + rng.normal(size=(9, 4)), rng.normal(size=(9, 2))]
    grams = [gram(f, kernel) for f in features]
    hsic = np.array([[by_quadruples(a, b) for b in grams] for a in grams])
    expected = hsic / np.sqrt(np.outer(np.diag(hsic), np.diag(hsic)))
    assert cka(features, kernel) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kernel", similarity.KERNELS)
def test_rotation_scale_and_shift_do_not_count(rng, kernel):
    features = rng.normal(size=(60, 5))
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    assert cka([features, -3 * features @ rotation + 7], kernel)[0, 1] == pytest.approx(1)
    stretched = features * [1, 1, 1, 1, 20]
    assert cka([features, stretched], kernel)[0, 1] < 0.9


@pytest.mark.parametrize("kernel", similarity.KERNELS)
def test_features_that_have_nothing_to_do_with_each_other_give_nothing(rng, kernel):
    # with more features than elements the biased estimator would say nearly 1
    one, other = rng.normal(size=(2, 150, 400))
    biased = [np.linalg.norm((f - f.mean(0)) @ (g - g.mean(0)).T) for f, g in ((one, one), (other, other))]
    assert np.linalg.norm((one - one.mean(0)).T @ (other - other.mean(0))) ** 2 / np.prod(biased) > 0.2
    assert abs(cka([one, other], kernel)[0, 1]) < 0.05


def test_the_size_of_blocks_changes_nothing(rng, monkeypatch):
    features = [rng.normal(size=(50, p)) for p in (3, 4)]
    whole = cka(features, "rbf")
    monkeypatch.setattr(similarity, "BLOCK_BYTES", 8 * 2 * 50 * 7)  # 7 rows a block: the last one is shorter
    assert cka(features, "rbf") == pytest.approx(whole)


def test_the_interval_holds_the_value_and_covers_other_draws_of_elements(rng):
    mix = rng.normal(size=(4, 4))

    def draw(n: int) -> list[np.ndarray]:
        features = rng.normal(size=(n, 4))
        return [features, features @ mix + 2 * rng.normal(size=(n, 4))]

    truth = cka(draw(3000))[0, 1]
    covered, ticks = 0, []
    for _ in range(40):
        value, low, high = (v[0, 1] for v in intervals(draw(80), draws=100, progress=lambda d, n: ticks.append((d, n))))
        assert low < value < high
        covered += low <= truth <= high
    assert covered >= 33  # 38 expected of 40
    assert ticks[99] == (100, 100)


def test_what_cannot_be_compared_is_named():
    with pytest.raises(InputError, match="unknown kernel 'cubic'; known: linear, rbf"):
        cka([np.eye(5)], "cubic")
    with pytest.raises(InputError, match="features of 5 and 6 elements"):
        cka([np.eye(5), np.eye(6)])
    with pytest.raises(InputError, match="at least 4"):
        cka([np.eye(3)])


def test_features_of_one_dimension_are_alike_as_far_as_predictions_correlate(rng):
    said = rng.normal(size=(300, 2))
    said[:, 1] += said[:, 0]
    features = [said[:, [i]] * rng.normal(size=5) for i in (0, 1)]
    correlation = np.corrcoef(said.T)[0, 1]
    assert cka(features)[0, 1] == pytest.approx(correlation**2, abs=0.02)
    assert effective_dimension(features[0], draws=5).value == pytest.approx(1)


def test_beyond_the_prediction_only_what_else_is_shared_counts(rng):
    said = rng.normal(size=(300, 1)) * 5
    shared, own, other = rng.normal(size=(3, 300, 4))
    alike = [said @ np.ones((1, 4)) + own, said @ np.ones((1, 4)) + other]
    assert cka(alike)[0, 1] > 0.9
    assert abs(cka([beyond(f, said) for f in alike])[0, 1]) < 0.05
    assert cka([beyond(f + 3 * shared, said) for f in alike])[0, 1] > 0.7
    assert beyond(said @ np.ones((1, 4)) + 2, said) == pytest.approx(0, abs=1e-9)


def test_dimension_by_hand(rng):
    wide = rng.normal(size=(4000, 6))
    found = effective_dimension(wide, draws=20)
    assert found.value == pytest.approx(6, abs=0.05) and found.low <= found.value + 0.01
    assert effective_dimension(wide * [1, 1, 0, 0, 0, 0], draws=2).value == pytest.approx(2, abs=0.02)


def test_like_networks_stand_beside_each_other():
    like = np.array([[1, 0.2, 0.9, 0.1], [0.2, 1, 0.1, 0.8], [0.9, 0.1, 1, 0.2], [0.1, 0.8, 0.2, 1]])
    order = by_similarity(like)
    assert sorted(order) == [0, 1, 2, 3]
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}


def test_ranges_between_groups_by_hand():
    values = np.array([[1, 0.8, 0.3], [0.8, 1, 0.5], [0.3, 0.5, 1]])
    inside, across = ranges(values, ["K562", "K562", "HepG2"])
    assert inside == {"first": "K562", "second": "K562", "low": 0.8, "median": 0.8, "high": 0.8, "pairs": 1}
    assert (across["second"], across["low"], across["median"], across["high"], across["pairs"]) == (
        "HepG2", 0.3, 0.4, 0.5, 2,
    )  # fmt: skip


def test_results_are_kept_and_a_network_with_new_weights_is_left_out(made_up, save_model, monkeypatch):
    monkeypatch.setattr(similarity, "DRAWS", 5)
    of = Library(made_up.table, made_up.split)
    assert similarity.read(of) is None
    save_model("one"), save_model("other", seed=1)
    loaded = [checkpoints.load(n) for n in ("one", "other")]
    assert similarity.compute(loaded, of) and not similarity.compute(loaded, of)
    found = similarity.read(of)
    assert found.models == ["one", "other"] and not found.missing
    assert found.n == len(made_up.split.test)
    assert found.views["linear"].value[0, 0] == pytest.approx(1)
    assert found.dimension["one"].value >= 1 and found.views["beyond"].value.shape == (2, 2)
    save_model("other", seed=2)
    found = similarity.read(of)
    assert found.models == ["one"] and found.missing == ["other"]
    monkeypatch.setattr(panel, "SEED", 1)
    with pytest.raises(CheckpointError, match="other weights, data or settings; run: python -m engine interpret"):
        similarity.read(of)
