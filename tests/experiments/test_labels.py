"""Names of models as people read them: out of the declaration, each its own, and never a crash."""

import dataclasses

import pytest

from engine.data.lentimpra import CELL_TYPES
from engine.disentangle.declared import EXPERIMENTS as SEVERAL
from engine.experiments import checkpoints, declared, labels
from engine.losses import LOSSES
from engine.models import MODELS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("B1_baseline_mse", "B1 · squared error · K562"),
        ("R3_ranknet", "R3 · RankNet · K562"),
        ("H2_HepG2_plackett_luce", "H2 · Plackett-Luce · HepG2"),
        ("C2_pl_stepped_curriculum", "C2 · Plackett-Luce, stepped curriculum · K562"),
        ("L7_combined_mostly_pl", "L7 · squared error + Plackett-Luce (30:70) · K562"),
        ("joint_legnet_ranknet", "LegNet, 2 networks · RankNet · 3 cell types"),
        ("best_joint", "Mean of 2 models · RankNet and squared error · 3 cell types"),
        ("joint_assays_legnet", "LegNet, 2 networks · squared error, separate experiments too · 3 cell types"),
        ("joint_evoaug_legnet", "LegNet, 2 networks · squared error, perturbed sequences · 3 cell types"),
        ("joint_teacher", "Mean of 8 networks · squared error and RankNet · 3 cell types"),
        ("distilled_legnet", "LegNet, 1 network · student of the mean of 8 networks · 3 cell types"),
        ("design_judge_B", "LegNet, 3 networks · squared error, folds 6, 7, 8, 9 alone · 3 cell types"),
        ("nobody_knows_it", "nobody_knows_it"),
        ("../no name", "../no name"),
    ],
)
def test_a_label_says_the_loss_and_the_cell_type(name, expected):
    assert labels.label(name) == expected


def test_no_two_declared_models_share_a_label():
    every = [labels.label(name) for name in declared.names()]
    assert len(set(every)) == len(every)


def test_every_loss_and_network_and_recipe_has_words():
    assert set(labels.LOSSES) == set(LOSSES)
    assert set(labels.NETWORKS) == set(MODELS) - {"disentangle"}
    assert set(labels.RECIPES) == {e.recipe.name for e in SEVERAL.values()}
    assert set(labels.ENCODERS) == {e.encoder for e in SEVERAL.values()}


def test_the_cell_type_is_said_once():
    assert labels.of_output("B1_baseline_mse", "K562") == "B1 · squared error · K562"
    assert labels.of_output("joint_legnet", "HepG2") == "LegNet, 4 networks · squared error · HepG2"
    assert labels.short("R3_ranknet") == "R3 · RankNet"


def test_a_sentence_names_models_and_recipes_as_people_do():
    told = labels.in_text("R3_ranknet is ahead of B1_baseline_mse; ranking_only of baseline_mse (not R3_ranknets)")
    assert told == "R3 · RankNet is ahead of B1 · squared error; “ranking” of “squared error” (not R3_ranknets)"


@pytest.mark.parametrize(
    ("name", "learned"),
    [("disentangle.cnn_ranking_only", "K562 and HepG2"), ("disentangle.assays_WTC11_bilstm_ranking_only", "WTC11")],
)
def test_a_network_of_several_experiments_says_which(models_folder, toy_model, name, learned):
    checkpoints.save(name, toy_model(outputs=("a", "b")), SEVERAL[name])
    label = labels.label(name)
    assert label.startswith("DISENTANGLE ") and label.endswith(learned) and " · ranking · " in label


def test_a_model_of_the_users_own_keeps_its_name(models_folder, toy_model):
    experiment = dataclasses.replace(
        declared.EXPERIMENTS["joint_legnet"], name="mine", task=declared.Target(declared.own_table("0" * 64), ("x",))
    )
    checkpoints.save("mine", toy_model(outputs=("x",)), experiment)
    assert labels.label("mine") == "mine · squared error · your own table"
    checkpoints.save("mine", toy_model(), dataclasses.replace(experiment, task=declared.Target(outputs=CELL_TYPES)))
    assert labels.label("mine") == "mine · squared error · 3 cell types"
    (checkpoints.folder_of("mine") / "experiment.json").write_text("{")
    assert labels.label("mine") == "mine"
