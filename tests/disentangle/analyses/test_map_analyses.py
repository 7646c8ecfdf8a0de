"""What the analyses make of maps: from maps set by hand, with numbers worked out by hand or by scipy."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.disentangle.analyses import (
    ANALYSES,
    agreement,
    by_network,
    consistency,
    magnitudes,
    mutations,
    panel_maps,
    positions,
    resampled,
)
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.panel_maps import AS_RUN, METHODS, OURS, STUDY, Maps
from engine.disentangle.declared import EXPERIMENTS
from engine.models.disentangle import DENOISED

OUTPUTS = (DENOISED, "K562", "HepG2")
N, MUTATED, LENGTH = 30, 20, 200
OF_MAPS = ("agreement", "consistency", "positions", "magnitudes", "mutations")


def net(recipe: str, seed: int = 42, encoder: str = "bilstm") -> Network:
    """A network without weights."""
    experiment = EXPERIMENTS[f"disentangle.{encoder}_{recipe}"]
    model = SimpleNamespace(conditions=OUTPUTS[1:], outputs=OUTPUTS)
    return Network(experiment, seed, SimpleNamespace(model=model, weights_hash=f"{encoder} {recipe} {seed}"))


def maps(seed: int = 0, **given) -> Maps:
    """Maps at random, the two conditions' apart."""
    rng = np.random.default_rng(seed)
    codes = np.random.default_rng(7).integers(0, 4, (N, LENGTH)).astype(np.uint8)
    ism = rng.normal(size=(3, MUTATED, LENGTH, 4))
    ism[:, codes[:MUTATED, :, None] == np.arange(4)] = 0
    parts = {
        "ig": rng.normal(size=(3, N, LENGTH)),
        "ism": ism,
        "path": {m: rng.normal(size=(3, N, LENGTH)) for m in (STUDY, AS_RUN)},
        "gradient": {m: rng.random((N, LENGTH)) for m in (STUDY, AS_RUN)},
        "rise": {m: rng.normal(size=N) for m in METHODS},
        "predicted": rng.normal(size=(3, N)),
        "sd": np.array([1.0, 2.0, 0.5]),
        "codes": codes,
    }
    return Maps(OUTPUTS, **(parts | given))


@pytest.fixture
def answered(monkeypatch, made_up):
    """A function: the rows of an analysis where each network has the maps that it is handed."""
    monkeypatch.setattr(panel_maps, "SETTINGS", panel_maps.SETTINGS | {"elements": N, "mutated": MUTATED})

    def rows(name: str, of: list[tuple[Network, Maps]]):
        by_hash = {n.checkpoint.weights_hash: m for n, m in of}
        monkeypatch.setattr(panel_maps, "of", lambda network, _: by_hash[network.checkpoint.weights_hash])
        done = []
        found = list(ANALYSES[name].rows([n for n, _ in of], made_up.library, lambda *a: done.append(a)))
        assert done[-1] == (len(of), len(of))
        return found

    return rows


def only(rows, measure, **fields):
    """The one row of a measure with these fields."""
    found = [r for r in rows if r.measure == measure and all(getattr(r, k) == v for k, v in fields.items())]
    assert len(found) == 1, [(r.measure, r.recipe, r.seed, r.against, r.method) for r in found]
    return found[0].metric


def test_every_number_has_an_interval_around_it_and_its_own_name(answered, monkeypatch):
    monkeypatch.setattr(resampled, "RESAMPLES", 60)
    several = [(r, s) for r in ("baseline_mse", "full_disentangle") for s in (42, 123)]
    of = [(net(r, s), maps(i)) for i, (r, s) in enumerate(several)]
    of.append((net("baseline_mse", encoder="cnn"), maps(20)))
    for name in OF_MAPS:
        rows = answered(name, of)
        keys = [(r.notion, r.encoder, r.recipe, r.seed, r.measure, r.against, r.method) for r in rows]
        assert len(set(keys)) == len(keys) and rows
        for r in rows:
            assert r.metric.n > 0 and r.method in METHODS and r.notion == "cells"
            if "/positions/top " not in r.measure:
                assert r.metric.low <= r.metric.value + 1e-9 and r.metric.value <= r.metric.high + 1e-9, r


def test_equal_norms_give_a_consistency_of_exactly_one(answered):
    one = maps(1)
    twice = one.ig[[0, 1, 1]]
    same = maps(1, ig=twice, ism=one.ism[[0, 1, 1]], predicted=one.predicted[[0, 1, 1]])
    rows = answered("consistency", [(net("full_disentangle"), same), (net("baseline_mse"), one)])
    for kind in ("ig", "ism"):
        for pooling in ("pooled", "per sequence"):
            measure = f"attribution/{kind}/consistency/{pooling}/spearman"
            own = only(rows, measure, recipe="full_disentangle", method=OURS)
            assert (own.value, own.low, own.high) == pytest.approx((1, 1, 1))
            base = only(rows, measure, recipe="baseline_mse", method=OURS)
            less = only(rows, f"{measure}/less", recipe="full_disentangle", against="baseline_mse", method=OURS)
            assert less.value == pytest.approx(1 - base.value) and less.low > 0.8
    expected = spearmanr(one.ig[1].ravel(), one.ig[2].ravel()).statistic
    found = only(rows, "attribution/ig/consistency/pooled/spearman", recipe="baseline_mse", method=OURS)
    assert found.value == pytest.approx(expected) and found.n == N
    sizes = [np.abs(one.path[AS_RUN][i]).ravel() for i in (1, 2)]
    found = only(rows, "attribution/ig/consistency/pooled/spearman", recipe="baseline_mse", method=AS_RUN)
    assert found.value == pytest.approx(spearmanr(*sizes).statistic)
    assert only(rows, "predicted/K562 with HepG2/spearman", recipe="full_disentangle").value == pytest.approx(1)


def test_consistency_says_how_alike_the_two_measurements_are(answered, made_up):
    rows = answered("consistency", [(net("baseline_mse"), maps())])
    chosen = panel_maps.choose(made_up.library).rows
    expected = spearmanr(*made_up.table.activity[chosen][:, :2].T).statistic
    found = only(rows, "measured/K562 with HepG2/spearman", recipe=consistency.MEASURED)
    assert found.value == pytest.approx(expected) and found.n == len(chosen)


def test_two_seeds_of_one_recipe_are_the_measure_of_two_recipes(answered):
    """Seeds share half of what they say, recipes nothing."""
    rng = np.random.default_rng(3)
    shared = {r: rng.normal(size=(3, N, LENGTH)) for r in ("baseline_mse", "ranking_only")}
    of = [
        (net(r, s), maps(i, ig=shared[r] + rng.normal(size=(3, N, LENGTH))))
        for i, (r, s) in enumerate((r, s) for r in shared for s in (42, 123))
    ]
    rows = answered("agreement", of)
    within = [only(rows, "attribution/ig/between seeds/pooled/spearman", recipe=r, seed=None).value for r in shared]
    assert within == pytest.approx([0.5, 0.5], abs=0.03)
    pair = {"recipe": "baseline_mse", "against": "ranking_only"}
    between = only(rows, "attribution/ig/between recipes/pooled/spearman", method=OURS, **pair)
    # of other seeds alone: (42, 123) and (123, 42)
    crossed = [
        spearmanr(a.ig[0].ravel(), b.ig[0].ravel()).statistic
        for m, a in of
        for n, b in of
        if (m.recipe, n.recipe) == ("baseline_mse", "ranking_only") and m.seed != n.seed
    ]
    assert len(crossed) == 2 and between.value == pytest.approx(np.mean(crossed))
    less = only(rows, "attribution/ig/recipes less seeds/pooled/spearman", **pair)
    assert less.value == pytest.approx(between.value - np.mean(within)) and less.high < -0.4
    every = only(rows, "attribution/ig/recipes less seeds/pooled/spearman", recipe=agreement.EVERY)
    assert every.value == pytest.approx(less.value)
    study = only(rows, "attribution/ig/between recipes/pooled/spearman", method=STUDY, seed=42, **pair)
    one, other = (np.abs(m.path[STUDY][0]).ravel() for n, m in of if n.seed == 42)
    assert study.value == pytest.approx(spearmanr(one, other).statistic)


def test_the_top_positions_are_the_largest_means_counted_from_one():
    sizes = np.ones((12, LENGTH))
    sizes[:, 199], sizes[:, 0], sizes[:, 100] = 9, 8, 7
    found = positions.top(sizes, 3)
    assert [d.value for d in found] == [200, 1, 101] and [d.metric.low for d in found] == [200, 1, 101]
    even = positions.share(np.ones((12, LENGTH)))
    assert {k: round(v.value, 6) for k, v in even.items()} == {"5' edge": 0.15, "centre": 0.7, "3' edge": 0.15}


def test_high_and_low_activity_are_compared_along_the_positions():
    rng = np.random.default_rng(0)
    up, down = rng.random(LENGTH), rng.random(LENGTH)
    measured = np.arange(30.0)
    sizes = np.where((measured >= 15)[:, None], up, down)
    found = positions.high_with_low(sizes, measured)
    expected = spearmanr(up, down).statistic
    assert found["high with low"].value == pytest.approx(expected)
    assert found["high with low"].metric.low == pytest.approx(expected) and found["high with low"].n == 12
    assert found["random with random"].value > expected
    less = found["high with low"].value - found["random with random"].value
    assert found["high with low less random"].value == pytest.approx(less)


def test_magnitudes_and_what_they_add_up_to():
    high, low = np.array([True, False, True, False]), np.array([False, True, False, False])
    found = magnitudes.high_to_low(np.array([4.0, 2.0, 8.0, 99.0]), high, low)
    assert found.value == pytest.approx(3) and found.n == 3
    ig = np.zeros((3, N, LENGTH))
    ig[0, :, :2] = [2.0, 1.0]
    exact = maps(ig=ig, rise={OURS: np.full(N, -3.0), STUDY: np.ones(N), AS_RUN: np.ones(N)})
    whole = magnitudes.completeness(exact, OURS).metric
    assert (whole.value, whole.low, whole.high) == pytest.approx((1, 1, 1))
    nothing = maps(path={STUDY: ig, AS_RUN: 0 * ig}, rise={m: np.full(N, 6.0) for m in METHODS})
    assert magnitudes.completeness(nothing, STUDY).value == pytest.approx(0.5)
    assert magnitudes.completeness(nothing, AS_RUN).value == 0


def test_a_common_factor_changes_no_ratio_and_no_correlation(answered):
    one = maps(2)
    double = maps(2, ig=2 * one.ig, ism=2 * one.ism)
    measures = {
        "magnitudes": "attribution/ig/high to low/ratio",
        "consistency": "attribution/ism/consistency/pooled/spearman",
        "mutations": "mutations/share at the ten strongest positions",
    }
    for name, measure in measures.items():
        rows = answered(name, [(net("baseline_mse"), one), (net("ranking_only"), double)])
        first, second = (only(rows, measure, recipe=r, method=OURS) for r in ("baseline_mse", "ranking_only"))
        assert first.value == pytest.approx(second.value) and first.low == pytest.approx(second.low)


def test_mutations_by_hand():
    """Effects of 1 s.d. for the three substitutions at 20 of 200 positions, none elsewhere."""
    base = maps()
    ism = np.zeros((3, MUTATED, LENGTH, 4))
    ism[0, :, :20] = np.where(base.codes[:MUTATED, :20, None] == np.arange(4), 0.0, -1.0)
    found = mutations.of_elements(maps(ism=ism, predicted=np.full((3, N), -0.5)))
    assert found["mean effect"] == pytest.approx(np.full(MUTATED, 0.1))
    assert found["share above 0.5 s.d."] == pytest.approx(np.full(MUTATED, 0.1))
    assert found["share at the ten strongest positions"] == pytest.approx(np.full(MUTATED, 0.5))
    assert found["sensitivity"] == pytest.approx(np.full(MUTATED, 0.2))  # 0.1 by 0.5, sd 1


def test_rows_of_networks_are_each_their_mean_and_the_difference_to_the_baseline():
    group = [net("baseline_mse"), net("full_disentangle", 42), net("full_disentangle", 123)]
    numbers = [resampled.over_elements(np.arange(5.0) + shift) for shift in (0, 1, 3)]
    rows = list(by_network.rows(group, numbers, "x/y", method=STUDY))
    assert [(r.recipe, r.seed, r.measure, r.against, r.metric.value) for r in rows] == [
        ("baseline_mse", 42, "x/y", "", 2),
        ("full_disentangle", 42, "x/y", "", 3),
        ("full_disentangle", 123, "x/y", "", 5),
        ("full_disentangle", None, "x/y", "", 4),
        ("full_disentangle", None, "x/y/less", "baseline_mse", 2),
    ]
    assert rows[-1].metric.low == pytest.approx(2)  # paired: the same elements in every draw
