"""`ingredients` and `select`: both tables, what is missing, and every option refused that means nothing."""

import pandas as pd
import pytest

from engine.evaluation import ingredients, selection
from engine.evaluation.selection import Step
from engine.interpretation.reliability import beside
from engine.statistics import VERDICTS, Metric

ROW = {
    "ingredient": "RankNet", "output": "K562", "measure": "held_out spearman", "having": "with_it", "lacking": "plain",
    "networks": 2, "networks_lacking": 1, "score": 0.75, "score_lacking": 0.74, "value": 0.01, "low": 0.005,
    "high": 0.015, "n": 5697, "low_seeds": None, "high_seeds": None, "verdict": VERDICTS[0],
    "verdict_seeds": None,
}  # fmt: skip
OVER_SEEDS = ROW | {
    "measure": "cagi5 matched all",
    "low_seeds": -0.01,
    "high_seeds": 0.03,
    "verdict_seeds": VERDICTS[2],
}


@pytest.fixture
def computed(made_up, monkeypatch):
    monkeypatch.setattr(ingredients, "compute", lambda library, progress: {"rows": [ROW, OVER_SEEDS]})
    monkeypatch.setattr(ingredients, "missing", lambda: {"a teacher": ["joint_teacher"]})


def test_ingredients_prints_both_intervals_and_what_is_not_trained(call, computed):
    run = call("ingredients")
    assert "RankNet: one network of with_it (mean of 2) less plain" in run.out
    first, second = (line for line in run.out.splitlines() if line.startswith("  K562"))
    assert "0.750 less 0.740: 0.010 [0.005, 0.015] (n=5,697)  better" in first and "seeds" not in first
    assert second.endswith(
        "(n=5,697)  better; over seeds too 0.010 [-0.010, 0.030]  no difference that this data can show"
    )
    assert "a teacher: not compared, as joint_teacher is not trained" in run.err


def test_ingredients_writes_a_table(call, computed, tmp_path):
    file = tmp_path / "rows.csv"
    assert call("ingredients", "--out", str(file)).code == 0
    table = pd.read_csv(file)
    assert list(table.columns) == list(ROW) and table["low_seeds"].tolist()[1] == -0.01
    assert "end its name" in call("ingredients", "--out", str(tmp_path / "rows.tsv")).error()


def test_the_checks_of_maps_stand_beside_each_other(call, made_up, monkeypatch, tmp_path):
    metric = {"value": 30.0, "low": 29.0, "high": 31.0, "n": 24}
    row = {"ingredient": "augmentation", "models": ("new", "old"), "output": "K562", "check": "an angle"}
    row |= {"having": metric, "lacking": metric, "difference": metric, "verdict": VERDICTS[1]}
    monkeypatch.setattr(beside, "of_ingredients", lambda: [row])
    out = call("ingredients", "--maps").out
    assert "augmentation: new beside old" in out and "30.000 beside 30.000   difference 30.000 [29.000, 31.000]" in out
    assert call("ingredients", "--maps", "--out", str(tmp_path / "maps.csv")).code == 0
    assert pd.read_csv(tmp_path / "maps.csv")["difference_n"].tolist() == [24]
    monkeypatch.setattr(beside, "of_ingredients", lambda: [])
    assert "interpret MODEL --what reliability" in call("ingredients", "--maps").error()


def test_select_says_what_decides_and_what_each_addition_brings(call, made_up, monkeypatch):
    asked = {}
    steps = [Step("one", 0.74, 0.74), Step("other, network 2", 0.73, 0.75, Metric(0.01, 0.004, 0.016, 5697))]
    monkeypatch.setattr(selection, "select", lambda *given, **more: asked.update(more, outputs=given[1]) or steps)
    run = call("select", "K562", "WTC11", "--on", "cagi5-training", "--networks")
    assert (asked["outputs"], asked["on"], asked["each_network"]) == (("K562", "WTC11"), "cagi5-training", True)
    lines = run.out.splitlines()
    assert lines[0] == "chosen on: SNVs that CAGI5 gave for training, of the elements matched to the outputs"
    assert "brings" not in lines[1] and lines[2].endswith("brings +0.010 [+0.004, +0.016] (n=5,697)")
    assert "'test'" in call("select", "K562", "--on", "test").error()
    assert "'HEK'" in call("select", "HEK").error()
