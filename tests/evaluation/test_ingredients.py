"""Ingredients: both sides on the same rows, over seeds where there are several, and what is not trained is told."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import norm, ttest_ind

from engine.data.satmut import MATCHED, MATCHED_ELEMENTS
from engine.errors import CheckpointError
from engine.evaluation import cagi5, held_out, ingredients, networks
from engine.evaluation.ingredients import GC, KMERS, Ingredient, Side, over_seeds
from engine.experiments import checkpoints
from engine.statistics import VERDICTS, bootstrap, spearman

RESAMPLES = 50
LESS, MORE = "joint_legnet", "joint_legnet_ranknet"
TOY = (
    Ingredient("a loss", Side((MORE,)), Side((LESS,))),
    Ingredient("seeds", Side((LESS,), whole=True), Side((LESS,))),
    Ingredient("counts", Side((LESS,)), Side((KMERS,))),
    Ingredient("a teacher", Side(("joint_teacher",), whole=True), Side((LESS,), whole=True)),
)


# --- intervals --------------------------------------------------------------------------------------


def test_where_rows_change_nothing_the_interval_over_seeds_is_students():
    own, other = [0.74, 0.75, 0.77], [0.70, 0.73]
    low, high = over_seeds(np.mean(own) - np.mean(other), np.full(100, 0.04), [own, other])
    expected = ttest_ind(own, other, equal_var=True).confidence_interval()
    assert (low, high) == pytest.approx((expected.low, expected.high))


def test_where_seeds_change_nothing_it_is_that_of_the_rows():
    draws = np.random.default_rng(0).normal(0.1, 0.02, 500)
    half = norm.ppf(0.975) * draws.std(ddof=1)
    assert over_seeds(0.1, draws, [[0.5, 0.5], [0.4, 0.4]]) == pytest.approx((0.1 - half, 0.1 + half))


def test_one_network_beside_several_borrows_their_variance_and_two_alone_have_none():
    """Variance 0.02 of three; the difference has 0.02 (1/3 + 1), with two degrees of freedom."""
    low, high = over_seeds(0.0, np.zeros(9), [[0.3, 0.3 + 0.2, 0.4], [0.4]])
    spread = np.var([0.3, 0.5, 0.4], ddof=1) * (1 / 3 + 1)
    assert high - low == pytest.approx(2 * 4.302653 * math.sqrt(spread), rel=1e-5)
    assert over_seeds(0.1, np.zeros(9), [[0.3], [0.4]]) is None


# --- what is compared -------------------------------------------------------------------------------


@pytest.fixture
def trained(made_up, made_up_elements, save_model, monkeypatch):
    """Two models of three and of two networks, which predict the measurements with noise; their networks' answers."""
    rng, said = np.random.default_rng(3), {}
    split, table = made_up.split, made_up.table
    effects = {n: made_up_elements(n)[0].variants["effect"].to_numpy() for n in MATCHED_ELEMENTS}
    for name, noise, count in ((LESS, 2.0, 3), (MORE, 0.2, 2)):
        save_model(name)
        said[name] = [
            networks.Predicted(
                f"{name} {i}",
                table.outputs,
                np.nan_to_num(table.activity[split.test]) + noise * rng.normal(size=(len(split.test), 3)),
                lambda e, own=rng.normal(size=(120, 3)), by=noise: effects[e.data_set.name][:, None] + by * own,
            )
            for i in range(count)
        ]

    def mean(name, element=None):
        values = [p.held_out if element is None else p.effects_of(element) for p in said[name]]
        return np.mean(values, axis=0)

    monkeypatch.setattr(networks, "of_networks", lambda c, *_: said[c.name])
    monkeypatch.setattr(held_out, "stored_predictions", lambda c, *_: mean(c.name))
    monkeypatch.setattr(cagi5, "stored_effects", lambda c, e: mean(c.name, e))
    monkeypatch.setattr(cagi5, "element_effects", lambda rule, element: rng.normal(size=(120, 3)))
    monkeypatch.setattr(ingredients, "INGREDIENTS", TOY)
    said["mean"] = mean
    return said


def row(result: dict, ingredient: str, output: str = "K562", measure: str = "held_out spearman") -> dict:
    return next(
        r for r in result["rows"] if (r["ingredient"], r["output"], r["measure"]) == (ingredient, output, measure)
    )


def test_a_difference_is_between_means_over_networks_on_the_same_rows(trained, made_up):
    found = row(ingredients.compute(made_up.library, resamples=RESAMPLES), "a loss", "HepG2")
    measured = made_up.table.column("HepG2")[made_up.split.test]
    known = ~np.isnan(measured)
    scores, draws = {}, {}
    for name in (MORE, LESS):
        columns = [p.held_out[known, 1] for p in trained[name]]
        scores[name] = [spearman(c, measured[known]) for c in columns]
        draws[name] = np.mean([bootstrap(spearman, c, measured[known], RESAMPLES) for c in columns], axis=0)
    assert (found["networks"], found["networks_lacking"], found["n"]) == (2, 3, known.sum())
    assert found["score"] == pytest.approx(np.mean(scores[MORE]))
    assert found["value"] == pytest.approx(np.mean(scores[MORE]) - np.mean(scores[LESS]))
    drawn = draws[MORE] - draws[LESS]
    assert (found["low"], found["high"]) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
    over = over_seeds(found["value"], drawn, [scores[MORE], scores[LESS]])
    assert (found["low_seeds"], found["high_seeds"]) == pytest.approx(over)
    assert found["verdict"] == found["verdict_seeds"] == VERDICTS[0]


def test_elements_of_the_cell_type_are_averaged_and_a_cell_type_without_any_has_none(trained, made_up):
    result = ingredients.compute(made_up.library, resamples=RESAMPLES)
    found = row(result, "seeds", measure="cagi5 matched high")
    scores = []
    for name in MATCHED["K562"]:
        element, training = cagi5.challenges((name,))[name]
        rows = ~training & (element.variants["confidence"] >= 0.1)
        truth = element.variants["effect"][rows]
        whole = spearman(trained["mean"](LESS, element)[rows, 0], truth)
        scores.append((whole, np.mean([spearman(p.effects_of(element)[rows, 0], truth) for p in trained[LESS]])))
    assert (found["score"], found["score_lacking"]) == pytest.approx(tuple(np.mean(scores, axis=0)))
    assert found["low_seeds"] is None and found["networks"] == 1
    assert {r["measure"] for r in result["rows"] if r["output"] == "WTC11"} == {"held_out spearman"}


def test_a_simple_rule_learns_from_the_training_folds_and_has_no_seeds(trained, made_up):
    found = row(ingredients.compute(made_up.library, resamples=RESAMPLES), "counts")
    assert found["networks_lacking"] == 1 and found["low_seeds"] < found["low"] + 0.2
    gc = ingredients._rule(GC, made_up.library)
    kmers = ingredients._rule(KMERS, made_up.library)
    assert gc.outputs == kmers.outputs == made_up.table.outputs
    table, split = made_up.table, made_up.split
    other = dataclasses.replace(table, activity=table.activity.copy())
    other.activity[np.concatenate([split.test, split.validation])] = 99
    again = ingredients._rule(KMERS, made_up.library._replace(table=other))
    np.testing.assert_array_equal(again.weight, kmers.weight)


def test_what_is_not_trained_is_told_and_what_was_trained_anew_is_stale(trained, made_up, save_model):
    assert ingredients.stale({}) == [MORE, LESS]
    result = ingredients.compute(made_up.library, resamples=RESAMPLES)
    assert ingredients.missing() == {"a teacher": ["joint_teacher"]}
    assert {r["ingredient"] for r in result["rows"]} == {"a loss", "seeds", "counts"}
    assert ingredients.read()["rows"] == result["rows"] and ingredients.stale(result) == []
    save_model(MORE, seed=9)
    assert ingredients.stale(ingredients.read()) == [MORE]


def test_without_models_there_is_nothing_to_compare(made_up):
    with pytest.raises(CheckpointError, match="train --all"):
        ingredients.compute(made_up.library)
    assert ingredients.read() == {}
    assert checkpoints.trained() == []
