"""The study's figures of learning from several experiments: spot values, what follows from them, what is lacking."""

import dataclasses
from collections import Counter

import pytest

from engine.data import published
from engine.data.published import disentangle
from engine.disentangle.declared import RECIPES, SIZES
from engine.errors import DataError

BASELINE, FULL = "baseline_mse", "full_disentangle"
TIER_1, TIER_2 = "tier 1/K562/spearman", "tier 2/consensus/spearman"


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ((TIER_1, "mean", "ranking_only"), 0.6913),
        ((f"{TIER_1} s.d.", "mean", "consensus_only"), 0.0295),
        ((f"{TIER_1} seed 456", "bilstm", "ranking_only"), 0.6982),
        ((TIER_2, "mean", FULL), 0.8741),
        ((f"{TIER_2} s.d.", "mean", BASELINE), 0.0240),
        ((f"{TIER_2} seed 123", "bilstm", FULL), 0.891),
        (("tier 3/all/spearman", "mean", "ranking_contrastive"), 0.3369),
        (("tier 3/high/spearman", "mean", "contrastive_only"), 0.5826),
        (("tier 4/experiment probe/accuracy", "mean", "consensus_only"), 0.623),
        (("tier 4/activity probe/spearman", "mean", "ranking_contrastive"), 0.662),
        (("ig between recipes", "bilstm", "ranking_contrastive", FULL), 0.416),
        (("ism between recipes", "dilated_cnn", BASELINE, "ranking_only"), 0.623),
        (("ig between norms/pooled", "bilstm", "contrastive_only"), 0.472),
        (("ig between norms/per sequence", "dilated_cnn", FULL), 0.683),
        (("geometry/effective dimension", "dilated_cnn", "ranking_contrastive"), 7.9),
        (("norms/beta cosine", "dilated_cnn", FULL), 0.9947),
        (("norms/gamma difference", "bilstm", "ranking_contrastive"), 0.016),
        (("cka between recipes", "dilated_cnn", "ranking_only", "contrastive_only"), 0.09),
        (("cka between recipes", "bilstm", "ranking_contrastive", FULL), 0.69),
        (("head/significant dimensions", "bilstm", "ranking_contrastive"), 209),
        (("head/gini", "dilated_cnn", BASELINE), 0.658),
        (("positions/top 1", "bilstm", FULL), 229),
        (("positions/high-low correlation", "dilated_cnn", "ranking_only"), 0.781),
        (("attribution/high-low ratio", "bilstm", FULL), 18.3),
    ],
)
def test_a_figure_is_as_the_study_prints_it(what, value):
    assert disentangle(*what) == value


def test_two_recipes_are_compared_in_either_order():
    assert disentangle("cka between recipes", "bilstm", FULL, BASELINE) == 0.62
    assert disentangle("ig between recipes", "bilstm", "contrastive_only", BASELINE) == 0.189


@pytest.mark.parametrize(
    "what",
    [
        ("tier 2/third HepG2/spearman", "mean", FULL),
        (TIER_2, "cnn", FULL),  # printed of one seed, which the quantity then names
        ("norms/gamma cosine", "bilstm", BASELINE),
        ("head/gini", "dilated_cnn", "ranking_contrastive"),
        ("geometry/cell type separation", "dilated_cnn", "ranking_only"),
        ("cka between recipes", "bilstm", FULL, FULL),
    ],
)
def test_what_the_study_does_not_report_is_none(what):
    assert disentangle(*what) is None


def test_the_study_s_headlines_follow_from_its_tables():
    def gain(quantity, encoder):
        return disentangle(quantity, encoder, FULL) / disentangle(quantity, encoder, BASELINE) - 1

    assert gain(TIER_2, "mean") == pytest.approx(0.061, abs=5e-4)
    assert gain(TIER_1, "mean") == pytest.approx(-0.084, abs=5e-4)
    by_encoder = {encoder: gain(f"{TIER_2} seed 42", encoder) for encoder in SIZES}
    printed = {"bilstm": 0.081, "dilated_cnn": 0.058, "cnn": 0.214, "transformer": 0.084}
    assert by_encoder == pytest.approx(printed, abs=1.1e-3)
    for quantity, encoder, low, high, count in (
        ("cka between recipes", "dilated_cnn", 0.09, 0.47, 10),
        ("cka between recipes", "bilstm", 0.45, 0.74, 10),
        ("ig between recipes", "bilstm", 0.189, 0.416, 4),  # 0.19 to 0.42
    ):
        of = [v for (what, who, *_), v in published.DISENTANGLE.figures().items() if (what, who) == (quantity, encoder)]
        assert (min(of), max(of), len(of)) == (low, high, count)


def test_the_table_holds_so_many_figures_and_names_what_we_train():
    rows = published.DISENTANGLE.load()
    assert tuple(rows.columns) == (*published.DISENTANGLE.keys, "value")
    assert len(published.DISENTANGLE.figures()) == len(rows) == 224  # nothing twice
    assert set(rows.encoder) == {*SIZES, published.MEAN, "any"}
    assert set(rows.recipe) - {"any"} == set(RECIPES) and set(rows.against) - {""} <= set(RECIPES)
    tiers = Counter(rows.quantity[rows.encoder == published.MEAN])
    assert set(tiers.values()) == {6} and len(tiers) == 9  # every recipe in every tier


def test_a_broken_file_is_named(tmp_path, monkeypatch):
    table = dataclasses.replace(published.DISENTANGLE, file=tmp_path / "gone.csv")
    monkeypatch.setattr(published, "DISENTANGLE", table)
    with pytest.raises(DataError, match=r"gone\.csv cannot be read"):
        disentangle(TIER_2, "mean", FULL)
