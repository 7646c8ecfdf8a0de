"""The study's figures of motifs."""

import dataclasses

import pytest

from engine.data import published
from engine.data.motifs import STUDY
from engine.errors import DataError
from engine.experiments.declared import EXPERIMENTS


def test_figures_are_those_of_the_study_and_name_what_we_know():
    assert published.motif("spearman", "SP1_GCbox", "HepG2") == 0.221
    assert published.motif("delta", "NRF1", "K562") == 0.927
    assert published.motif("r2", "GATA1", "B1_baseline_mse") == 0.605
    assert published.motif("r2", "NFE2_MARE", "loss plackett_luce") == 0.308
    assert published.motif("frequency", "HNF1A", "HepG2") is None
    known = published.MOTIFS.figures()
    assert {motif for _, motif, _ in known} <= set(STUDY)
    assert {who for _, _, who in known if who[1].isdigit()} - {"K562"} <= set(EXPERIMENTS)


def test_a_broken_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "MOTIFS", dataclasses.replace(published.MOTIFS, file=tmp_path / "none.csv"))
    with pytest.raises(DataError, match="cannot be read"):
        published.motif("r2", "GATA1", "B1_baseline_mse")
