"""Which of the study's findings about scores (1 to 9) hold for our models and data.

A score is named by an experiment and a measure (`engine.evaluation.comparison.measures`); what decides is a mean of
scores minus another, on the same resampled elements and variants. Two bounds are ours and were set after first results:
`DOUBLED` and `NO_GAIN`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from functools import partial

import numpy as np

from engine.data import published
from engine.evaluation import comparison
from engine.evaluation.comparison import Drawn, Replicated, Scores
from engine.experiments.declared import EXPERIMENTS, RANK_ORDER, same_but_for_the_cell
from engine.replication.finding import BASELINE, RANKING, Finding
from engine.statistics import from_draws

DOUBLED = (1.5, 2.5)  # nearer to twice than to once or three times
NO_GAIN = 0.01  # Spearman; smaller than what another seed moves a held-out score by
BOUNDS = {"doubled": list(DOUBLED), "no_gain": NO_GAIN}
B1, H1, B2 = BASELINE, "H1_HepG2_baseline_mse", "B2_soft_classification"
(R1, R2, R3, R4), R5 = RANKING, "R5_dual_combined"
D2, H2, H3, H4 = "D2_bias_factorized", "H2_HepG2_plackett_luce", "H3_HepG2_combined", "H4_HepG2_softsort"
RANKING_ROWS = {B1: (R1, R2, R3, R4, R5), H1: (H2, H3, H4)}
SAME_LOSS = {loss: pair for loss, *pair in same_but_for_the_cell(RANK_ORDER)}
HELD_OUT, NDCG = "held_out spearman", "held_out ndcg_at_10"
# what the study reports of a measure, as `published.score` takes it; its NDCG has another gain
REPORTED = {HELD_OUT: ("held_out", "spearman", "")} | {
    f"cagi5 {kind} {confidence}": (f"{ours}_{confidence}", "spearman", published.MEAN)
    for kind, ours in (("matched", "cagi5"), ("transfer", "transfer"))
    for confidence in ("all", "high")
}

Score = tuple[str, str]  # an experiment and a measure
ScoreOf = Callable[[str, str], Drawn | None]  # what these two are; None where the experiment is not trained


def conclude(replicated: Replicated) -> dict:
    """What a comparison keeps of the findings: the bounds that decided, and each finding out of one seed of each model
    with the same quantity out of another seed beside it. An argument of `engine.evaluation.comparison.compare`."""
    first, second = (decide(partial(_drawn, scores)) for scores in replicated)
    again = {(f.number, f.statement): f.ours for f in second}
    findings = [dataclasses.replace(f, again=again.get((f.number, f.statement))) for f in first]
    return {"bounds": BOUNDS, "findings": [f.as_dict() for f in findings]}


def read(stored: dict, left_out: list[str]) -> list[Finding]:
    """The study's findings 1 to 9 out of a stored comparison; none where it is not of today's weights and bounds, with
    the command that mends it appended to `left_out`."""
    mend = "run: python -m engine compare"
    if stored and (names := comparison.stale(stored)):
        left_out.append(f"trained since the comparison: {', '.join(names)}; {mend}")
        return []
    if stored and stored.get("bounds") != BOUNDS:
        left_out.append(f"the comparison was made with other bounds; {mend}")
        return []
    return [Finding.from_dict(f) for f in stored.get("findings", [])]


def _drawn(scores: dict[tuple[str, str], Scores], name: str, measure: str) -> Drawn | None:
    """Value, draws and n of a measure of a declared model of one output; None if it is not there."""
    output = EXPERIMENTS[name].task.outputs[0]
    own = scores.get((name, output))
    return own.mean(comparison.measures(output)[measure]) if own else None


def decide(drawn: ScoreOf) -> list[Finding]:
    """All that can be decided.

    Args:
        drawn: gives value, draws and n of a measure of an experiment; None if that is not trained.
    """
    findings: list[Finding | None] = []
    for baseline, rows in RANKING_ROWS.items():
        for row in rows:
            what = f"{row} ranks held-out elements better than {baseline} (Spearman)"
            findings.append(_apart(drawn, "1", what, [(row, HELD_OUT)], [(baseline, HELD_OUT)]))
    k562, hepg2 = ([(pair[i], HELD_OUT) for pair in SAME_LOSS.values()] for i in (0, 1))
    what = "HepG2 models score higher than K562 models on held-out elements (Spearman, H1 to H4 minus B1, R1, R2, R4)"
    findings.append(_apart(drawn, "2", what, hepg2, k562))
    for cell, own, other in (("HepG2", H1, B1), ("K562", B1, H1)):
        what = f"On variants in {cell} elements {own}, trained on {cell}, is ahead of {other} (Spearman)"
        findings.append(_apart(drawn, "3", what, [(own, "cagi5 matched all")], [(other, "cagi5 transfer all")]))
    findings += [_doubled(drawn, B1), _doubled(drawn, H1)]
    for row, baseline in ((R3, B1), (H2, H1)):
        what = f"{row} is ahead of {baseline} on high-confidence variants (Spearman)"
        high = "cagi5 matched high"
        findings.append(_apart(drawn, "5", what, [(row, high)], [(baseline, high)]))
    for words, rows, baseline in (
        ("the mean of R1 to R5", RANKING_ROWS[B1], B1),
        ("D2_bias_factorized", (D2,), B1),
        ("the mean of H2 to H4", RANKING_ROWS[H1], H1),
    ):
        what = f"At the top of the list {words} is ahead of {baseline} (held-out NDCG@10)"
        findings.append(_apart(drawn, "6", what, [(row, NDCG) for row in rows], [(baseline, NDCG)]))
    for confidence, words in (("all", "all variants"), ("high", "high-confidence variants")):
        if score := drawn(B2, f"cagi5 matched {confidence}"):
            what = f"{B2} fails on {words} (negative Spearman)"
            findings.append(Finding("7", what, from_draws(*score), None, -math.inf, 0.0))
    for measure, words in ((HELD_OUT, "held-out elements"), ("cagi5 matched all", "all variants")):
        what = f"A dual head brings nothing on {words} (Spearman of {R5} minus {R4} below {NO_GAIN})"
        findings.append(_apart(drawn, "8", what, [(R5, measure)], [(R4, measure)], -math.inf, NO_GAIN))
    for confidence, words in (("all", "all variants"), ("high", "high-confidence variants")):
        findings.append(_best_transfer(drawn, confidence, words))
    return [f for f in findings if f is not None]


def _mean(drawn: ScoreOf, scores: list[Score]) -> Drawn | None:
    """The mean of some scores; None if one is missing. n counts rows that several models were scored on once."""
    parts = [part for score in scores if (part := drawn(*score)) is not None]
    if len(parts) < len(scores):
        return None
    values, draws, _ = zip(*parts, strict=True)
    # which elements a measure on variants takes depends on the cell type of the model
    rows = {
        (measure, EXPERIMENTS[name].task.outputs if measure.startswith("cagi5") else ()): n
        for (name, measure), (_, _, n) in zip(scores, parts, strict=True)
    }
    return float(np.mean(values)), np.mean(draws, axis=0), sum(rows.values())


def _reported(scores: list[Score]) -> float | None:
    """The mean of what the study reports; None if it does not report one of them."""
    figures = [published.score(name, *REPORTED[m]) for name, m in scores if m in REPORTED]
    known = [figure for figure in figures if figure is not None]
    return float(np.mean(known)) if len(known) == len(scores) else None


def _apart(
    drawn: ScoreOf, number: str, what: str, first: list[Score], second: list[Score],
    low: float = 0.0, high: float = math.inf,
) -> Finding | None:  # fmt: skip
    """A finding about the mean of `first` minus that of `second`."""
    own, other = _mean(drawn, first), _mean(drawn, second)
    if own is None or other is None:
        return None
    reported, base = _reported(first), _reported(second)
    known = None if reported is None or base is None else reported - base
    return Finding(number, what, from_draws(own[0] - other[0], own[1] - other[1], own[2]), known, low, high)


def _doubled(drawn: ScoreOf, name: str) -> Finding | None:
    scores = [(name, f"cagi5 matched {confidence}") for confidence in ("high", "all")]
    high, whole = (drawn(*score) for score in scores)
    if high is None or whole is None:
        return None
    reported_high, reported_all = (_reported([score]) for score in scores)
    known = None if reported_high is None or reported_all is None else reported_high / reported_all
    what = (
        f"{name}: Spearman on high-confidence variants is about twice that on all (ratio {DOUBLED[0]} to {DOUBLED[1]})"
    )
    ratio = from_draws(high[0] / whole[0], high[1] / whole[1], high[2])
    return Finding("4", what, ratio, known, *DOUBLED)


def _best_transfer(drawn: ScoreOf, confidence: str, words: str) -> Finding | None:
    """SoftSort minus the best of the other losses, whichever that is in a resample; means over both directions."""
    scores = {loss: [(name, f"cagi5 transfer {confidence}") for name in pair] for loss, pair in SAME_LOSS.items()}
    means: dict[str, Drawn] = {}
    for loss, (first, second) in scores.items():
        onward, back = drawn(*first), drawn(*second)
        if onward is None or back is None:
            return None
        means[loss] = comparison.mean_of_both(onward, back)
    own, others = means.pop("softsort"), list(means.values())
    best, best_drawn = max(v for v, _, _ in others), np.max([d for _, d, _ in others], axis=0)
    softsort = _reported(scores.pop("softsort"))
    others_reported = [figure for pair in scores.values() if (figure := _reported(pair)) is not None]
    known = softsort - max(others_reported) if softsort is not None and len(others_reported) == len(scores) else None
    what = f"SoftSort transfers best to the other cell type, {words} (mean Spearman minus that of the best other loss)"
    return Finding("9", what, from_draws(own[0] - best, own[1] - best_drawn, own[2]), known)
