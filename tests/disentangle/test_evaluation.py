"""The four tiers: known answers from predictions set by hand, networks whose norms are equal, and kin left out."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from engine import models
from engine.data import sources
from engine.data.library import Library
from engine.data.satmut import MeasuredElement
from engine.disentangle import evaluation, probes, rows
from engine.disentangle.declared import EXPERIMENTS
from engine.disentangle.drawn import Drawn
from engine.disentangle.rows import Measured, Said
from engine.evaluation import cagi5
from engine.experiments.checkpoints import Checkpoint

CELLS = ("K562", "HepG2")
OUTPUTS = ("consensus", *CELLS)


def network(seed: int = 0) -> models.SequenceModel:
    """A small network whose second norm is turned away from the first."""
    torch.manual_seed(seed)
    model = models.build("disentangle", OUTPUTS, {"encoder": "cnn", "options": {"filters": (8, 8, 8)}}).eval()
    with torch.no_grad():
        model.norms[1].bias.normal_()
    return model


def checkpoint(model, name: str = "disentangle.cnn_full_disentangle") -> Checkpoint:
    described = {"experiment": EXPERIMENTS[name].as_dict(), "weights_sha256": "made up"}
    return Checkpoint(name, model, described, {}, Path("nowhere"))


@pytest.fixture
def without_files(monkeypatch):
    """A machine that has neither CAGI5 nor the separate experiments."""
    monkeypatch.setattr(sources, "available", lambda name: False)


def element(effects: list[float], confidence: list[float]) -> cagi5.Challenge:
    variants = pd.DataFrame({"alt": ["A"] * len(effects), "effect": effects, "confidence": confidence})
    return cagi5.Challenge(MeasuredElement(None, None, variants), np.zeros(len(effects), bool))


def test_tiers_one_and_two_by_hand():
    """Four elements; each column of what is said is right about one thing and wrong about the others."""
    measured = np.array([[1.0, 4.0], [2.0, 3.0], [3.0, 6.0], [4.0, 5.0]])  # ranks 0 1 2 3 and 1 0 3 2 of three
    said = np.stack([[1.0, 1.0, 3.0, 3.0], [1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]], axis=1)
    scores = rows.drawn(rows.pairs(Said(said), Measured("cells", CELLS, measured)), resamples=20)
    values = {name: part.value for name, part in scores.items()}
    assert values["tier 2/consensus/spearman"] == pytest.approx(1)  # mean of ranks 1/6, 1/6, 5/6, 5/6
    assert values["tier 1/K562/spearman"] == pytest.approx(1)
    assert values["tier 1/K562/pearson"] == pytest.approx(1)
    assert values["tier 2/K562 from HepG2/spearman"] == pytest.approx(-1)
    # d of ranks (4, 3, 2, 1) against (2, 1, 4, 3): 2, 2, -2, -2, so 1 - 6 * 16 / 60
    assert values["tier 1/HepG2/spearman"] == pytest.approx(-0.6)
    assert values["tier 2/HepG2 from K562/spearman"] == pytest.approx(0.6)
    # said K562 minus HepG2 is -3, -1, 1, 3 and measured -3, -1, -3, -1: mean ranks 1.5, 3.5, 1.5, 3.5
    assert values["cells/difference/spearman"] == pytest.approx(2 / math.sqrt(5 * 4))
    assert {part.n for part in scores.values()} == {4}


def test_a_third_experiment_is_held_against_the_denoised_prediction_and_its_own_norm():
    third_said = np.array([[1.0, 0.0, 3.0], [2.0, 0.0, 2.0], [3.0, 0.0, 1.0]])
    given = Said(np.zeros((0, 3)), {"HepG2": third_said, "WTC11": third_said})
    truth = {"HepG2": np.array([1.0, 2.0, 5.0]), "WTC11": np.array([5.0, 2.0, 1.0])}
    scores = rows.drawn(rows.pairs(given, Measured("cells", CELLS, np.zeros((0, 2)), truth)), resamples=20)
    values = {name: part.value for name, part in scores.items()}
    assert values["tier 2/third HepG2/spearman"] == pytest.approx(1)
    assert values["tier 2/third HepG2/through HepG2/spearman"] == pytest.approx(-1)
    assert values["tier 2/third WTC11/spearman"] == pytest.approx(-1)
    assert "tier 2/third WTC11/through WTC11/spearman" not in values


def test_variants_go_through_the_norm_of_their_elements_cell():
    """HBB is of K562 and F9 of HepG2; the denoised column is right about both, the matched one about high confidence
    alone, as the first two rows are turned."""
    effects, sure = [1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 0.0, 0.5, 0.5, 0.5]
    turned = [2.0, 1.0, 3.0, 4.0, 5.0]
    nothing = [0.0] * 5
    said = Said(
        np.zeros((0, 3)),
        effects={
            "HBB": np.stack([effects, turned, nothing], axis=1),
            "F9": np.stack([effects, nothing, turned], axis=1),
        },
    )
    elements = {"HBB": element(effects, sure), "F9": element(effects, sure)}
    scores = rows.drawn(rows.pairs(said, Measured("cells", CELLS, np.zeros((0, 2)), elements=elements)), resamples=50)
    values = {name: part.value for name, part in scores.items() if name.startswith("tier 3")}
    for what, expected in (("consensus", 1), ("matched", 0.9)):
        for place in ("", "/HBB", "/F9", "/K562", "/HepG2"):
            assert values[f"tier 3/all/{what}{place}/spearman"] == pytest.approx(expected)
    assert values["tier 3/high/matched/spearman"] == pytest.approx(1)
    assert scores["tier 3/high/matched/spearman"].n == 6
    assert scores["tier 3/high/matched/F9/spearman"].n == 3


def test_a_score_that_is_not_defined_is_no_number_and_keeps_its_n():
    measured = Measured("cells", CELLS, np.array([[1.0, 4.0], [2.0, 3.0], [3.0, 6.0], [4.0, 5.0]]))
    scores = rows.drawn(rows.pairs(Said(np.ones((4, 3))), measured), resamples=5)
    assert all(math.isnan(part.metric.value) and part.metric.n == 4 for part in scores.values())
    assert Drawn(0.5, np.array([0.4, 0.5, 0.6]), 3).metric.low == pytest.approx(0.405)


def test_evaluate_leaves_out_what_has_no_file(planted, without_files):
    scores = dict(evaluation.evaluate(checkpoint(network()), Library(*planted)))
    assert set(scores) == {
        *(f"tier 1/{cell}/{metric}" for cell in CELLS for metric in ("spearman", "pearson")),
        *(f"tier 2/{what}/spearman" for what in ("consensus", "K562 from HepG2", "HepG2 from K562")),
        *(f"tier 4/activity probe/{metric}" for metric in ("r2", "spearman")),
        *("tier 4/experiment probe/accuracy", "tier 4/random labels/r2", "cells/difference/spearman"),
    }
    assert all(score.n == 60 for score in scores.values())  # fold 0 of 600


def test_equal_norms_cannot_be_told_apart_and_have_no_difference(planted, without_files):
    model = network()
    model.norms[1].load_state_dict(model.norms[0].state_dict())
    scores = dict(evaluation.evaluate(checkpoint(model), Library(*planted)))
    told = scores["tier 4/experiment probe/accuracy"]
    assert (told.value, told.low, told.high) == (0.5, 0.5, 0.5)
    assert math.isnan(scores["cells/difference/spearman"].value)
    assert scores["tier 2/K562 from HepG2/spearman"] == scores["tier 1/K562/spearman"]


def test_norms_apart_are_told_apart_by_sequences_that_the_probe_never_saw():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(200, 8))
    groups = np.arange(200)
    assert probes.told_apart(np.stack([first, first + 3]), groups).mean() > 0.9
    # the second view is a sequence's first with its own sign: known by heart it would be told, unseen it is not
    unrelated = np.stack([first, first * np.where(rng.random((200, 1)) < 0.5, -1, 1)])
    assert 0.3 < probes.told_apart(unrelated, groups).mean() < 0.6


def test_what_the_probes_read_and_that_random_labels_are_not_read():
    """Activity is the GC content, which the features of an untrained network hold; random labels nothing holds."""
    rng = np.random.default_rng(1)
    strong = rng.random((300, 1)) < rng.random((300, 1))
    strong = rng.random((300, 200)) < np.where(strong, 0.8, 0.2)
    codes = np.where(strong, rng.integers(1, 3, (300, 200)), rng.choice([0, 3], (300, 200))).astype(np.uint8)
    activity = np.repeat(strong.mean(axis=1, keepdims=True), 2, axis=1)
    scores = rows.drawn(probes.rows(network(), codes, activity), resamples=20)
    assert scores["tier 4/activity probe/r2"].value > 0.5
    assert scores["tier 4/random labels/r2"].value < 0.1
    assert not dict(probes.rows(network(), codes[:20], activity[:20]))
