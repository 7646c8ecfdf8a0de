"""Any number of variants and windows: the rows of one call, however they are cut into blocks and wherever computed."""

import sys

import numpy as np
import pandas as pd
import pytest
import torch

from engine import cluster
from engine.errors import InputError
from engine.genome import many
from engine.genome.effects import SEVEN, join, score_variants
from engine.genome.many import effect_tables, profile_parts
from engine.genome.reference import PlacedReference
from engine.genome.scan import joined, scan
from engine.genome.variants import Variant
from engine.models import blocks
from engine.models.ensemble import Ensemble
from engine.models.predict import Run
from engine.sequence import Region, Sequence


@pytest.fixture
def stretch(random_bases):
    bases = random_bases(400, 1)
    return bases, PlacedReference([Sequence("s", bases, Region("chr1", 0, 400))])


@pytest.fixture
def variants(stretch):
    """Every substitution at 60 places, one twice, an indel, one that does not fit and one without enough sequence."""
    bases, _ = stretch
    snvs = [Variant("chr1", p + 1, bases[p], b) for p in range(100, 160) for b in "ACGT" if b != bases[p]]
    wrong = Variant("chr1", 201, next(b for b in "ACGT" if b != bases[200]), "")
    return [*snvs, snvs[0], Variant("chr1", 180, bases[179:183], bases[179]), wrong, Variant("chr1", 999, "A", "C")]


@pytest.mark.parametrize("size", [50, 1_000])
def test_tables_of_blocks_are_the_table_of_one_call(linear_model, stretch, variants, size, monkeypatch):
    monkeypatch.setattr(many, "VARIANTS", size)
    models = {"short": linear_model(window=12), "long": linear_model(window=30, seed=1)}
    models["several"] = Ensemble(("output0",), [linear_model(window=12, seed=s) for s in (2, 3)])
    tables = list(effect_tables(models, variants, stretch[1], offsets=SEVEN, run=Run(batch_size=50)))
    assert [len(t) for t in tables[:-1]] == [size] * (len(tables) - 1)
    whole = join([score_variants(m, variants, stretch[1], name=n, offsets=SEVEN) for n, m in models.items()])
    pd.testing.assert_frame_equal(pd.concat(tables, ignore_index=True), whole, rtol=1e-4, atol=1e-5)
    assert whole["several.output0.spread"].notna().sum() == len(variants) - 2


def test_refused_variants_are_not_cut_into_windows(linear_model, stretch, variants, monkeypatch):
    asked = []
    real = many.cut
    monkeypatch.setattr(many, "cut", lambda some, *rest: asked.extend(some) or real(some, *rest))
    refused = dict.fromkeys(variants[:100], "of another build")
    (table,) = effect_tables({"m": linear_model()}, variants[:120], stretch[1], refused=refused)
    assert asked == variants[100:120]
    assert list(table["problem"]) == ["of another build"] * 100 + [""] * 20
    assert list(table["m.output0.effect"].isna()) == [True] * 100 + [False] * 20


def test_each_distinct_window_is_computed_once_in_a_block(linear_model, stretch, variants, monkeypatch):
    """60 places in centred windows: 60 reference windows shared by three substitutions each, 180 others."""
    seen = []
    real = many.predict_with_uncertainty

    def counted(model, codes, *settings):
        seen.append(len(codes))
        return real(model, codes, *settings)

    monkeypatch.setattr(many, "predict_with_uncertainty", counted)
    list(effect_tables({"m": linear_model()}, variants[:181], stretch[1]))
    assert seen == [1, 240]  # one to see whether the model knows a spread


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_parts_of_profiles_joined_are_the_profiles_of_a_scan(linear_model, random_bases, size, monkeypatch):
    monkeypatch.setattr(many, "WINDOWS", size)
    sequences = [
        Sequence("a", random_bases(61), Region("chr2", 1000, 1061)),
        Sequence("b", "N" * 20 + random_bases(30, 2)),
    ]
    models = {"m": linear_model(window=12), "k": linear_model(window=15, seed=1), "l": linear_model(window=12, seed=2)}
    held = {}
    for group in profile_parts(models, sequences, 4):
        assert len({(p.name, p.window, tuple(p.starts)) for p in group}) == 1 and len(group[0].starts) <= size
        for part in group:
            held.setdefault((part.name, part.model), []).append(part)
    for sequence in sequences:
        for name, model in models.items():
            profile, expected = joined(held[sequence.name, name]), scan(model, sequence, 4, name=name)
            np.testing.assert_array_equal(profile.starts, expected.starts)
            np.testing.assert_allclose(profile.values, expected.values, rtol=1e-5, atol=1e-5)
            assert (profile.region, profile.length) == (expected.region, expected.length)


# --- on a cluster -----------------------------------------------------------------------------------


class Recorder:
    """Ray as far as `cluster.in_order` knows it: references are the items, computed when they are asked for."""

    def __init__(self):
        self.under_way = self.most = 0

    def begin(self, item):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        return item

    def get(self, reference):
        self.under_way -= 1
        return reference * 10


def test_work_on_a_cluster_comes_back_in_order_and_never_all_at_once():
    ray = Recorder()
    assert list(cluster.in_order(ray, ray.begin, range(50), 3)) == [(i, 10 * i) for i in range(50)]
    assert ray.most == cluster.AHEAD * 3
    assert list(cluster.in_order(ray, ray.begin, [], 3)) == []


def test_without_ray_the_command_that_installs_it_is_named(linear_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install -r requirements-ray\.txt"):
        list(blocks.computed([linear_model()], iter([]), blocks.predictions, ray_address="local"))


def test_two_workers_of_ray_give_identical_rows(toy_model, random_bases, stretch, variants, monkeypatch):
    ray = pytest.importorskip("ray", reason="pip install -r requirements-ray.txt")
    monkeypatch.setattr(many, "VARIANTS", 50)
    monkeypatch.setattr(many, "WINDOWS", 16)
    start, end = ray.init, ray.shutdown
    monkeypatch.setattr(ray, "init", lambda *a, **k: start(*a, **k, num_cpus=2))
    monkeypatch.setattr(ray, "shutdown", lambda: None)  # one cluster serves both
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        models = {"m": toy_model("legnet"), "n": toy_model("dream_rnn", seed=1)}
        here, there = (
            pd.concat(list(effect_tables(models, variants[90:], stretch[1], ray_address=a)), ignore_index=True)
            for a in (None, "local")
        )
        pd.testing.assert_frame_equal(there, here, check_exact=True)
        sequences = [Sequence("s", random_bases(900, 5))]
        here, there = (list(profile_parts(models, sequences, 20, ray_address=a)) for a in (None, "local"))
        assert [p.model for group in here for p in group] == [p.model for group in there for p in group]
        for ours, theirs in zip(here, there, strict=True):
            np.testing.assert_array_equal([p.values for p in ours], [p.values for p in theirs])
    finally:
        end()
        torch.set_num_threads(threads)
