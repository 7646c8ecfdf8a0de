"""The study's figures of motifs."""

import pytest

from engine.data import published, published_motifs
from engine.data.motif_set import STUDY
from engine.errors import DataError
from engine.experiments.declared import EXPERIMENTS


def test_figures_are_those_of_the_study_and_name_what_we_know():
    assert published_motifs.figure("spearman", "SP1_GCbox", "HepG2") == 0.221
    assert published_motifs.figure("delta", "NRF1", "K562") == 0.927
    assert published_motifs.figure("r2", "GATA1", "B1_baseline_mse") == 0.605
    assert published_motifs.figure("r2", "NFE2_MARE", "loss plackett_luce") == 0.308
    assert published_motifs.figure("frequency", "HNF1A", "HepG2") is None
    known = published.figures(published_motifs.FILE, published_motifs.KEYS)
    assert {motif for _, motif, _ in known} <= set(STUDY)
    assert {who for _, _, who in known if who[1].isdigit()} - {"K562"} <= set(EXPERIMENTS)


def test_a_broken_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(published_motifs, "FILE", tmp_path / "none.csv")
    with pytest.raises(DataError, match="cannot be read"):
        published_motifs.figure("r2", "GATA1", "B1_baseline_mse")
