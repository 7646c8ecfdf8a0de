"""Findings 10 to 14: each verdict follows from made-up results whose answer is known."""

import dataclasses

import numpy as np
import pytest

from engine.data.library import Library
from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.experiments.declared import RANK_ORDER
from engine.interpretation import stored
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.attribution.maps import Maps
from engine.interpretation.reliability import seeds
from engine.interpretation.representations import embedding, probes, similarity
from engine.replication import representations
from engine.replication.finding import FAILS, HOLDS, OPEN, OURS
from engine.statistics import Metric
from tests.interpretation.attribution.test_maps import made_by_hand

B1, R1, R3, H1, H2 = (
    "B1_baseline_mse", "R1_plackett_luce", "R3_ranknet", "H1_HepG2_baseline_mse", "H2_HepG2_plackett_luce",
)  # fmt: skip
METRIC = Metric(0.98, 0.96, 1.0, 30)


@pytest.fixture(autouse=True)
def trained(monkeypatch):
    """Five networks are there, and none of their results."""
    monkeypatch.setattr(checkpoints, "trained", lambda: [B1, R1, R3, H1, H2])
    monkeypatch.setattr(probes, "read", lambda name, of: None)
    monkeypatch.setattr(similarity, "read", lambda of: None)
    monkeypatch.setattr(stored, "place", lambda name: name)
    monkeypatch.setattr(maps, "read", lambda place: None)
    monkeypatch.setattr(seeds, "read", lambda place: [])
    monkeypatch.setattr(embedding, "read", lambda name, of: None)


@pytest.fixture
def of(made_up) -> Library:
    return Library(made_up.table, made_up.split)


def on_the_map(mixing: Metric) -> embedding.Layout:
    return embedding.Layout(np.zeros((1, 2)), {"K562": METRIC}, mixing)


def alike(models: list[str], linear: similarity.View) -> similarity.Similarities:
    return similarity.Similarities(models, [], 9, 1, {}, {"linear": linear})


def by_number(of: Library) -> dict[str, list]:
    found = {}
    for finding in representations.findings(of, []):
        found.setdefault(finding.number, []).append(finding)
    return found


def test_nothing_is_decided_where_nothing_is_stored_and_what_is_stale_is_left_out(of, monkeypatch):
    assert by_number(of) == {}

    def stale(of):
        raise CheckpointError("stale")

    monkeypatch.setattr(similarity, "read", stale)
    monkeypatch.setattr(embedding, "read", lambda name, of: on_the_map(METRIC))
    assert list(by_number(of)) == ["14"]


def test_gc_content_that_an_untrained_network_holds_as_well_was_not_learned(of, monkeypatch):
    control = {probes.CONTROL: Metric(0.02, 0.015, 0.03, 30)}
    noise = {B1: 0.2, R1: 0.6, R3: 0.8, probes.UNTRAINED: 0.05}
    rng = np.random.default_rng(0)

    def predicted(name, of, target):
        truth = probes.targets(of.table, representations.panel.rows(of), ())[target]
        return truth + noise[name] * truth.std() * rng.normal(size=len(truth))

    monkeypatch.setattr(probes, "read", lambda name, of: control if name in noise else None)
    monkeypatch.setattr(probes, "stored_predictions", predicted)
    found = by_number(of)
    (mean, ranknet), (learned,) = found["10"], found[OURS]
    assert mean.ours.value == pytest.approx((0.6**2 + 0.8**2) / 2 - 0.2**2, abs=0.25) and mean.verdict == HOLDS
    assert mean.published == pytest.approx(0.975 - (0.799 + 0.666) / 2)
    assert ranknet.ours.value > mean.ours.value and ranknet.published == pytest.approx(0.975 - 0.666)
    assert learned.verdict == FAILS
    (memorised,) = found["11"]
    assert memorised.verdict == FAILS  # the labels are read, if by little


def test_the_extreme_pair_of_networks_decides(of, monkeypatch):
    value = np.array([[1, 0.9, 0.8, 0.3], [0.9, 1, 0.85, 0.4], [0.8, 0.85, 1, 0.79], [0.3, 0.4, 0.79, 1]])
    kept = alike([B1, R1, R3, H1], similarity.View(value, value - 0.005, value + 0.005))
    monkeypatch.setattr(similarity, "read", lambda of: kept)
    lowest, highest = by_number(of)["12"]  # two networks of HepG2 would be needed for one more
    assert lowest.ours.value == 0.8 and f"{B1} and {R3}" in lowest.statement and lowest.verdict == HOLDS
    assert highest.ours.value == 0.79 and f"{R3} and {H1}" in highest.statement and highest.verdict == FAILS


def test_of_every_pair_the_one_whose_interval_reaches_furthest_decides(of, monkeypatch):
    value = np.array([[1, 0.8, 0.9], [0.8, 1, 0.9], [0.9, 0.9, 1]])
    low = value - 0.005
    low[0, 2] = low[2, 0] = 0.7  # the pair of B1 and R3 is not the lowest, but may well be lower than the bound
    kept = alike([B1, R1, R3], similarity.View(value, low, value + 0.005))
    monkeypatch.setattr(similarity, "read", lambda of: kept)
    (lowest,) = by_number(of)["12"]
    assert f"{B1} and {R3}" in lowest.statement and lowest.verdict == OPEN


def test_maps_that_agree_are_told_from_maps_that_do_not(of, monkeypatch):
    rng = np.random.default_rng(0)
    profile = rng.normal(size=(6, 200))
    profile[:, :30] *= 9  # at the 5' edge
    ism = np.zeros((1, 6, 200, 4))
    ism[..., 1:] = -profile[None, ..., None]
    one = Maps(
        B1, ("K562",), ism, {b: profile[None] for b in maps.BASELINES}, np.zeros((1, 6)), np.ones(1), np.arange(6),
        np.arange(6) < 3, np.zeros((6, 200), np.uint8),
    )  # fmt: skip
    kept = {B1: one, R1: dataclasses.replace(one, model=R1)}
    monkeypatch.setattr(maps, "read", lambda place: (kept[place], "key") if place in kept else None)
    *agreements, edge = by_number(of)["13"]
    assert [f.verdict for f in agreements] == [FAILS] * 4 and agreements[0].ours.value == pytest.approx(1)
    assert edge.verdict == HOLDS and edge.ours.value > 0.4 and "5' edge" in edge.statement
    for name in kept:  # so long that noise correlates with noise by less than the bound
        kept[name] = made_by_hand(rng.normal(size=(4, 20000)), model=name)
    assert {f.verdict for f in by_number(of)["13"][:4]} == {HOLDS}


def test_mixing_and_order_of_a_map(of, monkeypatch):
    monkeypatch.setattr(embedding, "read", lambda name, of: on_the_map(Metric(0.5, 0.4, 0.6, 30)))
    mixed, order = by_number(of)["14"]
    assert (mixed.verdict, order.verdict) == (FAILS, HOLDS)


def test_losses_are_told_apart_only_by_more_than_seeds_are(of, monkeypatch):
    rng = np.random.default_rng(1)
    names = (B1, R1, R3, "R2_softsort")
    monkeypatch.setattr(checkpoints, "trained", lambda: list(names))

    def family(shared: float) -> dict[str, list[Maps]]:
        """Two seeds of each loss whose maps share this much of their spread with the maps of other losses."""
        common = rng.normal(size=(4, 400))
        own = {n: np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(size=common.shape) for n in names}
        return {n: [made_by_hand(o + rng.normal(size=o.shape), model=n) for _ in range(2)] for n, o in own.items()}

    def told() -> list:
        return by_number(of).get(OURS, [])

    for shared in (0.0, 1.0):
        families = family(shared)
        monkeypatch.setattr(maps, "read", lambda place, f=families: (f[place][0], "key") if place in f else None)
        monkeypatch.setattr(seeds, "read", lambda place, f=families: f.get(place, []))
        verdicts = {f.verdict for f in told()}
        assert verdicts == {HOLDS} if shared == 0 else HOLDS not in verdicts
        assert len(told()) == len(statistics.RECIPES) and all("4 losses" in f.statement for f in told())
    # the networks of three losses can be dealt out in six ways alone: however clear the difference, nothing is told
    families = dict(list(family(0.0).items())[:3])
    monkeypatch.setattr(seeds, "read", lambda place: families.get(place, []))
    assert told() == []


def test_seeds_are_held_against_losses_in_each_cell_type_on_its_own(of, monkeypatch):
    rng = np.random.default_rng(1)
    names = [e.name for e in RANK_ORDER if e.task.outputs == ("HepG2",)]
    monkeypatch.setattr(checkpoints, "trained", lambda: names)
    own = {n: rng.normal(size=(4, 400)) for n in names}
    families = {
        n: [dataclasses.replace(made_by_hand(o + rng.normal(size=o.shape), model=n), outputs=("HepG2",)) for _ in "ab"]
        for n, o in own.items()
    }
    monkeypatch.setattr(seeds, "read", lambda place: families.get(place, []))
    found = by_number(of)[OURS]  # without the maps of K562 networks
    assert len(found) == len(statistics.RECIPES) and all("Two HepG2 networks" in f.statement for f in found)
    assert all(f.verdict == HOLDS and f.p == pytest.approx(1 / 24) for f in found)
