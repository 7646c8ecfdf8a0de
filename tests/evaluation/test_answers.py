"""Which loss is ahead: only what the intervals of both training seeds say."""

import pytest

from engine.evaluation import answers
from engine.evaluation.answers import AHEAD, BEHIND, LEVEL, SPLIT

UP, DOWN, AROUND = (0.01, 0.03), (-0.03, -0.01), (-0.01, 0.02)


def record(model: str, first: tuple, again: tuple | None = None, **other) -> dict:
    def metric(ends: tuple) -> dict:
        return {"value": sum(ends) / 2, "low": ends[0], "high": ends[1], "n": 100}

    where = {"model": model, "output": "K562", "measure": "held_out spearman"} | other
    return where | metric(first) | {"again": again and metric(again)}


def asked(*records: dict, cell: str = "K562") -> answers.Answer | None:
    return answers.answer(records, cell, "held_out spearman", {r["model"] for r in records})


@pytest.mark.parametrize(
    ("first", "again", "standing", "words"),
    [
        (UP, UP, AHEAD, "ahead, both seeds"),
        (DOWN, DOWN, BEHIND, "behind, both seeds"),
        (AROUND, AROUND, LEVEL, "no difference shown, both seeds"),
        (UP, None, AHEAD, "ahead, one seed"),
        (UP, AROUND, SPLIT, SPLIT),
        (UP, DOWN, SPLIT, SPLIT),
        ((0.0, 0.02), (0.0, 0.02), LEVEL, "no difference shown, both seeds"),  # an interval that touches 0 holds it
    ],
)
def test_a_model_stands_where_both_seeds_put_it(first, again, standing, words):
    (row,) = asked(record("R3_ranknet", first, again)).recipes
    assert (row.standing, row.words) == (standing, words)


def test_a_larger_network_is_not_taken_for_a_better_loss():
    answer = asked(
        record("joint_legnet", (0.1, 0.2)), record("R3_ranknet", UP, UP), record("R2_softsort", DOWN, DOWN),
        record("R1_plackett_luce", UP), record("mine", UP),
    )  # fmt: skip
    assert [d.model for d in answer.recipes] == ["R3_ranknet", "R1_plackett_luce", "R2_softsort"]
    assert [d.model for d in answer.others] == ["joint_legnet", "mine"]
    assert [d.model for d in answer.of(AHEAD)] == ["R3_ranknet"]
    assert [d.model for d in answer.of(AHEAD, seeds=1)] == ["R1_plackett_luce"]
    assert answer.baseline == "B1_baseline_mse"


def test_only_the_asked_cell_measure_and_models_count():
    rows = [record("R3_ranknet", UP), record("R2_softsort", UP, output="HepG2"),
            record("R1_plackett_luce", UP, measure="held_out pearson")]  # fmt: skip
    assert [d.model for d in asked(*rows).recipes] == ["R3_ranknet"]
    assert answers.answer(rows, "K562", "held_out spearman", {"R2_softsort"}) is None
    assert asked(*rows, cell="WTC11") is None and asked() is None
