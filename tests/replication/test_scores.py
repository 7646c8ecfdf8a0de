"""Findings 1 to 9: each verdict follows from made-up scores whose answer is known."""

import numpy as np
import pytest

from engine.evaluation import comparison
from engine.experiments.declared import EXPERIMENTS
from engine.replication import scores as published_findings
from engine.replication.finding import FAILS, HOLDS, OPEN, WEAK
from engine.replication.scores import B1, B2, D2, H1, H2, H3, H4, HELD_OUT, NDCG, R1, R2, R3, R4, R5

ALL, HIGH, AWAY, AWAY_HIGH = (
    "cagi5 matched all", "cagi5 matched high", "cagi5 transfer all", "cagi5 transfer high"
)  # fmt: skip
SPREAD = np.linspace(-0.002, 0.002, 101)


def said(scores: dict, independent: tuple[str, ...] = ()):
    """Scores by `(experiment, measure)` as a comparison draws them: all move together, but `independent` ones turned
    around."""

    def drawn(name, measure):
        if (name, measure) not in scores:
            return None
        value = scores[name, measure]
        return value, value + (-SPREAD if name in independent else SPREAD), 100

    return drawn


def only(found: list, number: str, part: str = ""):
    (one,) = [f for f in found if f.number == number and part in f.statement]
    return one


def test_each_ranking_row_is_held_against_its_baseline():
    scores = {(B1, HELD_OUT): 0.6, (R1, HELD_OUT): 0.65, (R3, HELD_OUT): 0.55, (H1, HELD_OUT): 0.5, (H4, HELD_OUT): 0.5}
    found = published_findings.decide(said(scores))
    assert {f.number for f in found} == {"1"} and len(found) == 3  # the others are not trained
    ahead, behind, level = (only(found, "1", row) for row in (R1, R3, H4))
    assert (ahead.ours.value, ahead.verdict) == (pytest.approx(0.05), HOLDS)
    assert (behind.ours.value, behind.verdict) == (pytest.approx(-0.05), FAILS)
    # both move together, so the difference has no width and holds nothing but 0
    assert (level.ours.low, level.ours.high, level.verdict) == (0, 0, FAILS)
    assert ahead.published == pytest.approx(0.7084 - 0.7075) and ahead.ours.n == 100


def test_an_interval_that_holds_0_is_told_by_half_of_the_published_figure():
    scores = {(B1, HELD_OUT): 0.6, (R1, HELD_OUT): 0.6, (H1, HELD_OUT): 0.6, (H4, HELD_OUT): 0.6}
    found = published_findings.decide(said(scores, independent=(R1, H4)))
    small, large = only(found, "1", R1), only(found, "1", H4)
    assert small.ours.high == pytest.approx(large.ours.high, abs=1e-6) and 0.003 < small.ours.high < 0.004
    assert small.published < small.ours.high < large.published / 2
    assert (small.verdict, large.verdict) == (OPEN, WEAK)


def test_cell_types_are_compared_over_the_same_losses():
    k562, hepg2 = (B1, R1, R4, R2), (H1, H2, H3, H4)
    scores = {(n, HELD_OUT): 0.6 + i / 100 for i, n in enumerate(k562)}
    scores |= {(n, HELD_OUT): 0.7 + i / 100 for i, n in enumerate(hepg2)}
    found = only(published_findings.decide(said(scores)), "2")
    assert (found.ours.value, found.verdict, found.ours.n) == (pytest.approx(0.1), HOLDS, 100)
    said_there = np.mean([0.719, 0.726, 0.732, 0.735]) - np.mean([0.7075, 0.7084, 0.7116, 0.7105])
    assert found.published == pytest.approx(said_there, abs=0.001)


def test_matching_ratio_and_high_confidence():
    scores = {(B1, ALL): 0.3, (B1, HIGH): 0.6, (B1, AWAY): 0.1, (H1, ALL): 0.5, (H1, HIGH): 0.6, (H1, AWAY): 0.4}
    scores |= {(R3, HIGH): 0.65, (H2, HIGH): 0.5}
    found = published_findings.decide(said(scores))
    assert only(found, "3", f"in HepG2 elements {H1}").ours.value == pytest.approx(0.4)  # 0.5 against B1's 0.1
    assert only(found, "3", f"in K562 elements {B1}").verdict == FAILS  # 0.3 against H1's 0.4
    twice, hardly = only(found, "4", B1), only(found, "4", H1)
    assert (twice.ours.value, twice.verdict) == (pytest.approx(2), HOLDS)
    assert (hardly.ours.value, hardly.verdict) == (pytest.approx(1.2), FAILS)
    assert twice.published == pytest.approx(0.6868 / 0.3861, abs=1e-3)
    assert [only(found, "5", row).verdict for row in (R3, H2)] == [HOLDS, FAILS]


def test_the_top_of_the_list_is_a_mean_over_rows_and_has_no_published_counterpart():
    scores = {(B1, NDCG): 0.5, (D2, NDCG): 0.7} | {
        (n, NDCG): v for n, v in zip((R1, R2, R3, R4, R5), range(5), strict=True)
    }
    found = published_findings.decide(said(scores))
    mean, one = only(found, "6", "mean of R1 to R5"), only(found, "6", D2)
    assert mean.ours.value == pytest.approx(1.5) and one.ours.value == pytest.approx(0.2)
    assert mean.published is None and one.published is None


@pytest.mark.parametrize(("value", "verdict"), [(-0.1, HOLDS), (0.0, OPEN), (0.1, FAILS)])
def test_failing_on_variants_is_a_negative_correlation(value, verdict):
    found = published_findings.decide(said({(B2, ALL): value}))
    assert only(found, "7", "all variants").verdict == verdict


@pytest.mark.parametrize(("dual", "verdict"), [(0.59, HOLDS), (0.605, HOLDS), (0.62, FAILS)])
def test_a_dual_head_brings_nothing_if_its_gain_is_small(dual, verdict):
    found = published_findings.decide(said({(R4, HELD_OUT): 0.6, (R5, HELD_OUT): dual}))
    assert only(found, "8", "held-out").verdict == verdict


def test_softsort_is_held_against_the_best_other_loss_over_both_directions():
    scores = {(n, AWAY): 0.3 for n in (B1, H1, R1, H2, R4, H3)} | {(R2, AWAY): 0.2, (H4, AWAY): 0.5}
    scores[H3, AWAY] = 0.38  # combined: 0.34, the best of the others
    found = only(published_findings.decide(said(scores)), "9")
    assert found.ours.value == pytest.approx(0.35 - 0.34) and found.verdict == HOLDS
    assert found.ours.n == 200  # the variants of two directions
    assert found.published == pytest.approx(0.2768 - np.mean([0.2815, 0.2330]), abs=5e-4)
    # of two others that are level each is the best in half of the resamples: the best is ahead of either
    scores[H3, AWAY] = 0.3
    alone, level = (only(published_findings.decide(said(scores, turned)), "9") for turned in ((), (B1, H1)))
    assert alone.ours.low == pytest.approx(alone.ours.high) and level.ours.value == alone.ours.value
    assert level.ours.low < alone.ours.low and level.ours.high <= alone.ours.high + 1e-12
    del scores[R1, AWAY]
    assert not published_findings.decide(said(scores))


def test_every_score_that_is_asked_for_is_one_that_the_comparison_has():
    asked = set()

    def drawn(name, measure):
        asked.add((name, measure))
        return 0.5, 0.5 + SPREAD, 10

    assert {f.number for f in published_findings.decide(drawn)} == set("123456789")
    assert all(measure in comparison.measures(EXPERIMENTS[name].task.outputs[0]) for name, measure in asked)
    assert published_findings.SAME_LOSS == {
        "mse": [B1, H1], "plackett_luce": [R1, H2], "softsort": [R2, H4], "combined": [R4, H3]
    }  # fmt: skip
