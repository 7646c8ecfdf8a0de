"""Differences of two networks' probes, with predictions made by hand."""

import numpy as np
import pytest

from engine.data.library import Library
from engine.interpretation import panel
from engine.interpretation.representations import probe_differences, probes


@pytest.fixture
def said(made_up, monkeypatch):
    """Predictions of GC content: exact, off by a little, off by the same little, none."""
    of = Library(made_up.table, made_up.split)
    truth = probes.targets(of.table, panel.rows(of), ())["GC content"]
    error = np.random.default_rng(0).normal(size=len(truth)) * truth.std() * 0.7
    kept = {"exact": truth, "off": truth + error, "as far off": truth - error, "not probed": None}
    monkeypatch.setattr(probes, "stored_predictions", lambda name, of, target: kept[name])
    return of, {n: None if p is None else probes.r2(p, truth) for n, p in kept.items()}


def test_differences_are_those_of_r2_and_equal_errors_leave_no_doubt(said):
    of, r2 = said
    (record,) = probe_differences.against("exact", ["exact", "off", "not probed"], of, "GC content")
    assert record.model == "off" and record.r2.value == pytest.approx(r2["off"] - 1)
    assert record.verdict == "worse" and record.r2.low <= record.r2.value <= record.r2.high < 0
    (same,) = probe_differences.against("off", ["as far off"], of, "GC content")
    assert (same.r2.value, same.r2.low, same.r2.high) == pytest.approx((0, 0, 0), abs=1e-9)
    assert same.r2.n == 40


def test_without_the_baseline_there_is_no_difference(said):
    assert probe_differences.against("not probed", ["exact"], said[0], "GC content") == []
