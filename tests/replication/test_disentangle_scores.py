"""Findings 19, 22 and 26: each verdict follows from made-up scores whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from engine import places, store
from engine.disentangle import rows
from engine.disentangle.analyses import networks
from engine.disentangle.declared import RECIPES, SEEDS, SIZES
from engine.disentangle.drawn import Drawn
from engine.errors import CheckpointError, InputError
from engine.replication.disentangle import scores
from engine.replication.disentangle.scores import DIFFERENCE, THIRD, TRANSFER, WITHIN
from engine.replication.finding import FAILS, HOLDS, OPEN, OURS

BASELINE, FULL = "baseline_mse", "full_disentangle"
SPREAD = np.linspace(-0.02, 0.02, 101)
MEASURES = (WITHIN, TRANSFER, DIFFERENCE, *THIRD.values())


def everywhere(value: float) -> dict:
    """One value of every measure of every declared network."""
    return {(e, r, s, m): value for e in SIZES for r in RECIPES for s in SEEDS[e] for m in MEASURES}


def told(values: dict) -> list:
    """What is decided of some scores, which all move together from draw to draw."""
    return scores.decide(lambda *place: Drawn(values[place], values[place] + SPREAD, 99) if place in values else None)


def put(values: dict, value: float, recipe: str, measure: str, encoders=tuple(SIZES), seeds=(42, 123, 456)) -> None:
    for encoder in encoders:
        for seed in set(seeds) & set(SEEDS[encoder]):
            values[encoder, recipe, seed, measure] = value


def only(found: list, number: str, *parts: str):
    (one,) = [f for f in found if f.number == number and all(part in f.statement for part in parts)]
    return one


def test_nothing_is_decided_where_nothing_is_trained():
    assert told({}) == []


def test_full_is_held_against_the_baseline_in_each_group_of_encoders():
    values = everywhere(0.6)
    put(values, 0.65, FULL, TRANSFER, ("bilstm",))
    put(values, 0.55, FULL, TRANSFER, ("cnn",))
    found = told(values)
    both, cnn = only(found, "19", "ahead", "mean of BiLSTM and dilated CNN"), only(found, "19", "ahead", ", CNN)")
    assert (both.ours.value, both.verdict) == (pytest.approx(0.025), HOLDS)  # the dilated CNN gains nothing
    assert (cnn.ours.value, cnn.verdict) == (pytest.approx(-0.05), FAILS)
    assert both.published == pytest.approx(0.8741 - 0.8241) and cnn.published == pytest.approx(0.875 - 0.721)
    assert both.again.value == pytest.approx(0.025) and cnn.again is None and both.ours.n == 99
    third = only(found, OURS, "third", "WTC11", "mean of BiLSTM")
    assert (third.ours.value, third.verdict, third.published) == (0, FAILS, None)  # that measure has not moved


def test_another_seed_that_says_otherwise_leaves_it_open_whichever_it_is():
    for odd in (123, 456):
        values = everywhere(0.6)
        put(values, 0.65, FULL, TRANSFER)
        put(values, 0.5, FULL, TRANSFER, seeds=(odd,))
        both = only(told(values), "19", "ahead", "mean of")
        assert both.ours.value == pytest.approx(0.05) and both.again.value == pytest.approx(-0.1)
        assert both.verdict == OPEN


def test_best_means_ahead_of_whichever_is_next():
    values = everywhere(0.5)
    put(values, 0.7, FULL, TRANSFER)
    put(values, 0.68, "contrastive_only", TRANSFER)
    best = only(told(values), "19", "is best")
    assert (best.ours.value, best.verdict) == (pytest.approx(0.02), HOLDS)
    assert best.published == pytest.approx(0.8741 - 0.8489)
    put(values, 0.71, "consensus_only", TRANSFER)
    assert only(told(values), "19", "is best").verdict == FAILS
    del values["bilstm", "consensus_only", 42, TRANSFER]  # without one of the recipes nobody is best
    assert not [f for f in told(values) if "is best" in f.statement]


def test_the_spread_over_seeds_has_the_interval_of_f():
    values = everywhere(0.6)
    for encoder in ("bilstm", "dilated_cnn"):
        for seed, moved in zip(SEEDS[encoder], (-1, 0, 1), strict=True):
            put(values, 0.6 + 0.001 * moved, FULL, TRANSFER, (encoder,), (seed,))
            put(values, 0.6 + 0.01 * moved, BASELINE, TRANSFER, (encoder,), (seed,))
    spread = only(told(values), "19", "Another seed moves")
    bounds = 0.1 * np.sqrt(stats.f.ppf([0.025, 0.975], 4, 4))  # F and its inverse are of one distribution
    assert (spread.ours.value, spread.ours.low, spread.ours.high) == pytest.approx((0.1, *bounds))
    assert spread.verdict == HOLDS and spread.ours.n == 12
    assert spread.published == pytest.approx(0.0102 / 0.0240)
    for seed, moved in zip(
        (42, 123, 456), (-1, 0, 1), strict=True
    ):  # half as much is nothing that 12 networks can show
        put(values, 0.6 + 0.005 * moved, FULL, TRANSFER, seeds=(seed,))
    assert only(told(values), "19", "Another seed moves").verdict == OPEN


@pytest.mark.parametrize(
    ("full", "less", "about"), [(0.552, HOLDS, HOLDS), (0.66, FAILS, FAILS), (0.5, HOLDS, FAILS), (0.594, HOLDS, FAILS)]
)
def test_the_cost_is_relative_to_the_baseline(full, less, about):
    values = everywhere(0.6)
    put(values, full, FULL, WITHIN)
    found = told(values)
    assert only(found, "22", "less than").verdict == less
    cost = only(found, "22", "about 8%")
    assert (cost.ours.value, cost.verdict) == (pytest.approx(full / 0.6 - 1), about)
    assert cost.published == pytest.approx(-0.084, abs=5e-4)


def test_the_cnn_gains_most_only_if_no_other_encoder_gains_more():
    values = everywhere(0.5)
    put(values, 0.6, FULL, TRANSFER, ("cnn",))
    put(values, 0.55, FULL, TRANSFER, ("transformer",))
    most = only(told(values), "26", "CNN gains most")
    assert (most.ours.value, most.verdict, most.again) == (pytest.approx(0.2 - 0.1), HOLDS, None)
    assert most.published == pytest.approx(0.2136 - 0.0848, abs=1e-3)
    put(values, 0.62, FULL, TRANSFER, ("bilstm",))
    assert only(told(values), "26", "CNN gains most").verdict == FAILS


def test_the_cells_difference_is_given_up_or_kept():
    values = everywhere(0.4)
    put(values, 0.1, FULL, DIFFERENCE)
    found = told(values)
    given, kept = only(found, OURS, "gives up", "mean of"), only(found, OURS, "still tells")
    assert (given.ours.value, given.verdict) == (pytest.approx(0.3), HOLDS)
    assert (kept.ours.value, kept.verdict) == (pytest.approx(0.1), HOLDS)
    put(values, 0.0, FULL, DIFFERENCE)
    assert only(told(values), OURS, "still tells").verdict == OPEN


def test_every_measure_that_is_asked_for_is_one_that_networks_are_scored_by():
    asked = set()

    def score(encoder, recipe, seed, measure):
        asked.add(measure)
        return Drawn(0.5, 0.5 + SPREAD, 9)

    assert {f.number for f in scores.decide(score)} == {"19", "22", "26", OURS}
    rng = np.random.default_rng(0)
    third = {cell: rng.normal(size=9) for cell in THIRD}
    measured = rows.Measured("cells", ("K562", "HepG2"), rng.normal(size=(9, 2)), third)
    said = rows.Said(rng.normal(size=(9, 3)), {cell: rng.normal(size=(9, 3)) for cell in THIRD})
    assert asked <= {measure for measure, _ in rows.pairs(said, measured)}


@pytest.fixture
def shared(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "shared_results", lambda: tmp_path)
    monkeypatch.setattr(networks, "weights", lambda: {"one seed 42": "abc"})
    return tmp_path


def test_nothing_kept_is_nothing_to_read(shared):
    assert scores.read() == []


def test_what_is_kept_comes_back_and_is_stale_with_other_weights_or_bounds(shared, monkeypatch):
    found = told(everywhere(0.6))
    content = {"weights": {"one seed 42": "abc"}, "bounds": scores.BOUNDS, "findings": [f.as_dict() for f in found]}
    store.write_json(shared / "disentangle_findings.json", content)
    assert scores.read() == found
    monkeypatch.setattr(scores, "BOUNDS", {"cost": [-0.5, 0.0]})
    with pytest.raises(CheckpointError, match="other bounds; run: python -m engine disentangle findings"):
        scores.read()
    monkeypatch.setattr(networks, "weights", lambda: {"one seed 42": "def"})
    with pytest.raises(CheckpointError, match="other weights of one seed 42"):
        scores.read()


@pytest.mark.parametrize("content", ["{}x", '{"findings": 3}', '{"weights": [], "bounds": {}, "findings": []}'])
def test_a_broken_file_is_named_with_its_command(shared, content):
    (shared / "disentangle_findings.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"disentangle_findings\.json.*python -m engine disentangle findings"):
        scores.read()


def test_with_no_network_trained_the_command_says_so(monkeypatch):
    monkeypatch.setattr(networks, "trained", lambda notion: [])
    with pytest.raises(InputError, match="no network of two cell types is trained; run: python -m engine disentangle"):
        scores.keep(None)
