"""A model of a user's own table stands in every picker; its scores are never taken for those on the joint library."""

import dataclasses

import pytest

from engine.experiments import checkpoints, declared
from engine.experiments.declared import EXPERIMENTS, Architecture, Target

METRIC = {"value": 0.5123, "low": 0.4, "high": 0.6, "n": 163}
PAGES = ("benchmark", "side_by_side", "representations", "reliability")  # those that look at held-out scores


@pytest.fixture
def own_model(trained, toy_model, toy_options):
    """Beside the two small models one that learned 'activity' from own.tsv."""
    experiment = dataclasses.replace(
        EXPERIMENTS["joint_legnet"],
        name="of_mine",
        model=Architecture("legnet", toy_options["legnet"]),
        task=Target(declared.own_table("ab" * 32), ("activity",)),
    )
    checkpoints.save("of_mine", toy_model("legnet", ("activity",)), experiment)
    checkpoints.save_metrics(
        "of_mine",
        {
            "standardisation": {"activity": {"mean": 0.1, "sd": 2.0}},
            "training": {"seed": 42, "data_hash": "x", "split_hash": "y", "history": []},
            "own_table": {"file": "own.tsv", "held_out": {"activity": {"spearman": METRIC}}, "cagi5_elements_seen": []},
            "cagi5": {},
            "effect_strata": {},
        },
    )


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_scores_open_with_it(app, own_model, page):
    screen = app(page)
    assert not screen.failures, screen.failures


def test_home_says_whose_score_it_is(app, own_model):
    screen = app()
    row = screen.at.dataframe[0].value.set_index("name in commands").loc["of_mine"]
    assert row["held-out Spearman"] == "0.512 [0.400, 0.600] on own.tsv" and row["elements"] == 163
