"""Who may guide and judge, in which order they are offered, and the order that a judge gives."""

import numpy as np
import pytest

from engine import store
from engine.design import judge
from engine.design.judge import judges, networks
from engine.design.metrics.novelty import Trained
from engine.design.ranking import ranked
from engine.design.results import Designed, Goal
from engine.design.warnings import PRESETS
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL, Ensemble
from engine.sequence import Sequence, encode, substitute


@pytest.fixture
def three(made_up, save_model):
    """Two networks and an ensemble of one of them."""
    save_model("mine", seed=1)
    save_model("other", "dream_rnn", seed=2)
    both = Ensemble("both", ("mine",), ("K562", "HepG2", "WTC11"), "nothing")
    checkpoints.save_ensemble(checkpoints.build_ensemble(both), both)
    return made_up.library


def test_an_ensemble_speaks_for_its_members(three):
    assert networks("both") == {"both", "mine"}
    assert judges(["mine", "other", "both"], ("K562",), ["mine"]) == ["other"]
    assert judges(["mine", "other", "both"], ("K562",), ["other"]) == ["mine", "both"]
    assert judges(["mine", "other"], ("K562",)) == ["mine", "other"]


def test_a_student_speaks_for_its_teacher(three, models_folder):
    described = checkpoints.read_description("other")
    experiment = described["experiment"] | {"distillation": {"teacher": "both"}}
    store.write_json(models_folder / "other" / checkpoints.DESCRIPTION, described | {"experiment": experiment})
    assert networks("other") == {"other", "both", "mine"}
    assert judges(["mine", "other", "both"], ("K562",), ["mine"]) == []


def test_a_model_without_an_output_of_the_goal_is_no_judge(three, save_model):
    save_model("liver", outputs=("HepG2",))
    assert judges(["liver", "other"], ("K562",)) == ["other"]


def test_the_default_model_guides_first_and_the_judge_of_the_benchmark_last(made_up, save_model):
    names = ["dream_rnn", judge.JUDGE, judge.GUIDE, DEFAULT_MODEL]
    for name in names:
        save_model(name)
    save_model("liver", outputs=("HepG2",))
    assert judge.guides([*names, "liver"], ("K562",)) == [DEFAULT_MODEL, judge.GUIDE, "dream_rnn", judge.JUDGE]


def test_who_shares_fewer_folds_then_no_architecture_judges_first(made_up, save_model, models_folder):
    def learned(name, folds):
        described = checkpoints.read_description(name)
        task = described["experiment"]["task"] | {"folds": folds}
        experiment = described["experiment"] | {"task": task}
        store.write_json(models_folder / name / checkpoints.DESCRIPTION, described | {"experiment": experiment})

    save_model("guide", "legnet", seed=1)
    save_model("alike", "legnet", seed=2)
    save_model("unlike", "dream_rnn", seed=3)
    save_model("half", "legnet", seed=4)
    learned("half", [6, 7])
    assert judges(["guide", "alike", "unlike", "half"], ("K562",), ["guide"]) == ["half", "unlike", "alike"]
    score = {"spearman": {"value": 0.71, "low": 0.7, "high": 0.72, "n": 100}}
    enough = {"held_out": dict.fromkeys(("K562", "HepG2", "WTC11"), score)}
    checkpoints.save_metrics(
        "alike", enough
    )  # a weak judge, or one that nobody scored, does not come before a good one
    assert judges(["guide", "alike", "unlike", "half"], ("K562",), ["guide"]) == ["alike", "half", "unlike"]
    loaded = {name: checkpoints.load(name) for name in ("guide", "alike", "unlike", "half")}
    assert judge.dependence(loaded["half"]) is None
    said = judge.dependence(loaded["half"], (loaded["guide"],))
    assert "of the same kind as 'guide'" in said and "folds 6, 7 too" in said
    assert "same kind" not in judge.dependence(loaded["unlike"], (loaded["guide"],))
    assert "helped to make" in judge.dependence(loaded["guide"], (loaded["guide"],))


def test_designs_come_nearest_first_with_their_edits_and_warnings(three, random_bases):
    template = Sequence("t", random_bases(200))
    trained = Trained(encode(template.bases)[None])
    bases = [template.bases, substitute(template.bases, 10, "A" * 12), random_bases(200, seed=4)]
    designs = [Designed(Sequence(f"d{i}", b), "by hand", 1) for i, b in enumerate(bases)]
    goal, presets = Goal({"K562": 1.0}, template), tuple(PRESETS.values())
    result = ranked(designs, goal, checkpoints.load("other"), three, presets, trained)
    np.testing.assert_allclose(result.distance, np.abs(result.said.column("K562") - 1), atol=1e-9)
    assert (np.diff(result.distance) >= 0).all() and {d.sequence.name for d in result.designs} == {"d0", "d1", "d2"}
    place = {d.sequence.name: i for i, d in enumerate(result.designs)}
    changed = sum(a != "A" for a in template.bases[10:22])
    assert result.edits[place["d0"]] == 0 and result.edits[place["d1"]] == changed
    assert result.shared[place["d0"]] == 200 and 178 <= result.shared[place["d1"]] < 200
    assert any("A in a row" in c.words for c in result.warnings[place["d1"]])
    assert ranked([], Goal(), checkpoints.load("other"), three, (), trained).designs == ()


def test_without_a_goal_designs_stay_as_they_came(three, random_bases):
    designs = [Designed(Sequence(f"d{i}", random_bases(200, seed=i)), "by hand", 1) for i in range(4)]
    result = ranked(designs, Goal(), checkpoints.load("other"), three, (), Trained(three.table.codes))
    assert result.designs == tuple(designs) and result.edits is None and np.isnan(result.distance).all()
