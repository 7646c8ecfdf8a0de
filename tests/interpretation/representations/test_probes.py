"""Probes of planted signals, of numbers without meaning, and of elements whose relatives would give them away."""

import functools

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from engine import statistics
from engine.data import lentimpra
from engine.data.library import Library
from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.interpretation import panel
from engine.interpretation.representations import probes
from engine.sequence import encode


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_planted_signal_is_read_to_the_extent_that_it_is_there(rng):
    embedded = rng.normal(size=(600, 10)) * 50 + 7
    signal = embedded @ rng.normal(size=10)
    noise = rng.normal(size=600) * signal.std()
    wanted = np.stack([signal, signal + noise, rng.normal(size=600)], axis=1)
    predicted = probes.out_of_fold(embedded, wanted, np.arange(600))
    exact, half, none = (probes.r2(p, w) for p, w in zip(predicted.T, wanted.T, strict=True))
    assert exact > 0.999
    assert half == pytest.approx(0.5, abs=0.07)
    assert -0.1 < none < 0.03


def test_the_penalty_is_chosen_for_each_target_and_is_as_good_as_that_of_leave_one_out(rng):
    embedded = rng.normal(size=(120, 80))
    weak = embedded[:, 0] + 3 * rng.normal(size=120)
    wanted = np.stack([weak, embedded @ rng.normal(size=80)], axis=1)
    predicted = probes.out_of_fold(embedded, wanted, np.arange(120))
    assert probes.r2(predicted[:, 1], wanted[:, 1]) > 0.95
    whole = RidgeCV(probes.ALPHAS).fit(embedded, weak)  # an independent choice: a heavy penalty
    assert whole.alpha_ >= 100
    unpenalised = np.linalg.lstsq(embedded[:96], weak[:96])[0]
    assert probes.r2(predicted[:, 0], weak) > probes.r2(embedded[96:] @ unpenalised, weak[96:])


def test_relatives_do_not_give_an_element_away(rng):
    groups = np.repeat(np.arange(60), 5)
    embedded = rng.normal(size=(60, 200))[groups]  # the members of a family look alike
    wanted = rng.normal(size=60)[groups][:, None]  # and behave alike, in no way that holds for other families
    kept_together = probes.r2(probes.out_of_fold(embedded, wanted, groups)[:, 0], wanted[:, 0])
    torn_apart = probes.r2(probes.out_of_fold(embedded, wanted, np.arange(300))[:, 0], wanted[:, 0])
    assert torn_apart > 0.9 and kept_together < 0.1


def test_r2_by_hand():
    measured = np.array([0.0, 1.0, 2.0])
    assert probes.r2(measured, measured) == 1
    assert probes.r2(np.ones(3), measured) == 0
    assert probes.r2(measured[::-1], measured) == -3


def test_targets_by_hand():
    bases = ["CGCGA" + "A" * 195, "GGGGC" + "T" * 195, "A" * 200]
    activity = np.array([[1.0, 5.0], [3.0, np.nan], [2.0, 4.0]], np.float32)
    codes = np.stack([encode(b) for b in bases])
    table = lentimpra.ActivityTable(np.array(list("abc")), codes, activity, ("K562", "HepG2"), np.array(["x"] * 3), "h")
    found = probes.targets(table, np.arange(3), ("K562", "HepG2"))
    assert found["rank K562"].tolist() == pytest.approx([1 / 3, 1, 2 / 3])
    assert found["rank HepG2"][[0, 2]].tolist() == [1, 0.5] and np.isnan(found["rank HepG2"][1])
    assert found["GC content"].tolist() == pytest.approx([4 / 200, 5 / 200, 0])
    assert found["CpG frequency"].tolist() == pytest.approx([2 / 199, 0, 0])


def test_a_network_is_probed_for_what_it_has_and_results_are_kept(made_up, save_model, monkeypatch):
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))
    made_up.table.classes[::2], made_up.table.classes[1::2] = "K562", "other"
    of = Library(made_up.table, made_up.split)
    save_model("mine", outputs=("HepG2",))
    assert probes.read("mine", of) is None
    assert probes.compute(checkpoints.load("mine"), of) and not probes.compute(checkpoints.load("mine"), of)
    found = probes.read("mine", of)
    assert set(found) == {"activity HepG2", "rank HepG2", "GC content", "CpG frequency", "random labels"}
    n = len(made_up.split.test)
    assert found["GC content"].n == n - np.isnan(made_up.table.column("HepG2")[made_up.split.test]).sum()
    assert found["GC content"].low <= found["GC content"].value <= found["GC content"].high
    said = probes.stored_predictions("mine", of, "GC content")
    truth = probes.targets(of.table, panel.rows(of), ("HepG2",))["GC content"]
    known = np.isfinite(said)
    assert probes.r2(said[known], truth[known]) == pytest.approx(found["GC content"].value, abs=0.01)
    assert probes.stored_predictions("mine", of, "activity K562") is None
    monkeypatch.setattr(panel, "SIZE", 20)
    with pytest.raises(CheckpointError, match="run: python -m engine interpret mine --what probes"):
        probes.read("mine", of)


def test_peaks_that_differ_are_told_apart(rng, monkeypatch):
    monkeypatch.setattr(probes, "measure", functools.partial(statistics.measure, resamples=50))
    classes = np.array(["K562 DNase peak", "HepG2 DNase peak", "promoter"])[np.arange(300) % 3]
    codes = rng.integers(0, 4, (300, 200)).astype(np.uint8)
    activity = rng.normal(size=(300, 1)).astype(np.float32)
    table = lentimpra.ActivityTable(np.array(["x"] * 300), codes, activity, ("K562",), classes, "h")
    embedded = rng.normal(size=(300, 4))
    found, said = probes.probe(embedded, table, np.arange(300), np.arange(300), ("K562",))
    same = found[probes.ORIGIN]
    assert (np.isnan(said[probes.ORIGIN]) == (classes == "promoter")).all()
    assert same.n == 200 and same.low < 0.5 < same.high + 0.1
    embedded[:, 1] += 3 * (classes == "K562 DNase peak")
    apart = probes.probe(embedded, table, np.arange(300), np.arange(300), ("K562",))[0][probes.ORIGIN]
    assert apart.value > 0.95
