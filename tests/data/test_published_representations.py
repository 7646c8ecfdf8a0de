"""The study's figures of representations: those that are quoted, and none where it has none."""

import dataclasses

import pytest

from engine.data import published
from engine.errors import DataError


@pytest.mark.parametrize(
    ("what", "value"),
    [
        (("GC content R2", "B1_baseline_mse"), 0.975),
        (("GC content R2", "R3_ranknet"), 0.666),
        (("activity R2", "R1_plackett_luce"), 0.582),
        (("CKA low", "K562", "HepG2"), 0.42),
        (("CKA high", "HepG2", "HepG2"), 0.89),
        (("prediction Spearman", "R4_combined", "R1_plackett_luce"), 0.902),
        (("prediction Spearman", "R4_combined", "R5_dual_combined"), 0.892),
        (("GC content R2", "H1_HepG2_baseline_mse"), None),
    ],
)
def test_figures_as_printed(what, value):
    assert published.representation(*what) == value


def test_a_broken_file_is_named(monkeypatch, tmp_path):
    table = dataclasses.replace(published.REPRESENTATIONS, file=tmp_path / "gone.csv")
    monkeypatch.setattr(published, "REPRESENTATIONS", table)
    with pytest.raises(DataError, match=r"gone\.csv cannot be read"):
        published.representation("CKA low", "K562", "K562")
