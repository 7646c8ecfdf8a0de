"""Which of the study's findings about scores (19, 22, 26) hold for our models and data; and what it does not ask: does
the gain stand on a third measurement that nothing learned from, and what is left of the cells' real difference.

What decides is a difference or a ratio of recipes on the same resampled rows. The study's baseline learned from K562
alone, its full recipe from both cell types; ours both learned from both, so that what is compared is the losses. One
bound is ours and was set before any result: `COST`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from engine import store
from engine.data import published
from engine.data.library import Library
from engine.disentangle import evaluation, scorecard
from engine.disentangle.analyses import networks
from engine.disentangle.declared import CELLS, RECIPES, SEEDS
from engine.disentangle.drawn import Drawn
from engine.errors import CheckpointError, InputError
from engine.interpretation import stored
from engine.replication.disentangle.terms import BASELINE, BOTH, FULL, NAMES, minus, of_seeds, words
from engine.replication.finding import OURS, Finding
from engine.results import Progress
from engine.statistics import RESAMPLES, Metric, from_draws

COST = (-0.12, -0.04)  # relative; nearer to the study's 8% than to none or to twice as much
BOUNDS = {"cost": list(COST)}
NAME = "disentangle_findings"
MEND = "python -m engine disentangle findings"
WITHIN, TRANSFER, DIFFERENCE = "tier 1/K562/spearman", "tier 2/consensus/spearman", "cells/difference/spearman"
THIRD = {cell: f"tier 2/third {cell}/spearman" for cell in ("HepG2", "WTC11")}
GROUPS = (BOTH, ("cnn",), ("transformer",))

ScoreOf = Callable[[str, str, int, str], Drawn | None]  # of encoder, recipe, seed and measure; None if it is not there
Drawing = tuple[float, np.ndarray, int]  # a quantity, the same of every resample, n


def keep(library: Library, progress: Progress | None = None) -> list[Finding]:
    """Decide out of all trained networks of two cell types, and write `shared_results/disentangle_findings.json`. Draws
    of a network's scores are taken from the cache, or made anew (a minute a network).

    Raises:
        InputError: no network is trained, or too few to decide anything.
    """
    several = networks.trained(CELLS)
    if not several:
        raise InputError("no network of two cell types is trained; run: python -m engine disentangle train --all")
    asked = evaluation.asked(CELLS, several[0].experiment.conditions, library)
    drawn: dict[tuple[str, str, int], dict[str, Drawn]] = {}
    for done, network in enumerate(several, 1):
        made = partial(scorecard.kept, network.checkpoint, asked, library)
        place = network.encoder, network.recipe, network.seed
        drawn[place] = scorecard.draws(network.checkpoint, asked, made)
        if progress:
            progress(done, len(several))
    found = decide(lambda encoder, recipe, seed, measure: drawn.get((encoder, recipe, seed), {}).get(measure))
    if not found:
        raise InputError(
            f"the {len(several)} networks that are trained decide nothing: {BASELINE} and {FULL} of one encoder are "
            "needed; run: python -m engine disentangle train --all"
        )
    weights = {networks.label(n.experiment.name, n.seed): n.checkpoint.weights_hash for n in several}
    key = stored.key(weights.values(), library, {"what": NAME, "resamples": RESAMPLES, **BOUNDS})
    content = {"weights": weights, "bounds": BOUNDS, "findings": [f.as_dict() for f in found]}
    stored.write_json(stored.shared_file(NAME), key, content)
    return found


def read() -> list[Finding]:
    """What `keep` left; none where there is nothing.

    Raises:
        CheckpointError: it is broken, or of other weights or bounds; says how to mend it.
    """
    file = stored.shared_file(NAME)
    content = store.read_json(file, MEND)
    if not content:
        return []
    try:
        now = networks.weights()
        other = [name for name, weights in content["weights"].items() if now.get(name) != weights]
        found = [Finding.from_dict(f) for f in content["findings"]]
        bounds = content["bounds"]
    except (KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{file} is not as this version of CisLens writes it; run: {MEND}") from error
    if other or bounds != BOUNDS:
        made = f"weights of {', '.join(other)}" if other else "bounds"
        raise CheckpointError(f"{file} was made with other {made}; run: {MEND}")
    return found


def decide(score: ScoreOf) -> list[Finding]:
    """All that can be decided.

    Args:
        score: gives a measure of a trained network with its draws, of the same rows for all.
    """
    findings: list[Finding | None] = []
    for group in GROUPS:
        what = f"Full DISENTANGLE is ahead of the baseline in transfer (Spearman with consensus ranks, {words(group)})"
        findings.append(_apart(score, "19", what, group, TRANSFER))
    findings += [_next_best(score), _spread(score)]
    for cell, measure in THIRD.items():
        for group in GROUPS:
            what = (
                f"Full DISENTANGLE is ahead of the baseline on a third measurement that none learned from, in {cell} "
                f"(Spearman, {words(group)})"
            )
            findings.append(_apart(score, OURS, what, group, measure))
    findings += [_cost(score, "less than the baseline", -math.inf, 0.0), _cost(score, "about 8% less", *COST)]
    findings.append(_most(score))
    for group in GROUPS:
        what = (
            "Invariance gives up the cells' real difference (Spearman of predicted and measured K562 minus HepG2, "
            f"baseline minus full, {words(group)})"
        )
        findings.append(_apart(score, OURS, what, group, DIFFERENCE, (BASELINE, FULL)))
    what = (
        "Full DISENTANGLE still tells the cells apart (Spearman of predicted and measured K562 minus HepG2, "
        f"{words(BOTH)})"
    )
    kept = of_seeds((OURS, what), BOTH, lambda seed: _metric(_mean(score, BOTH, FULL, seed, DIFFERENCE)), None)
    findings.append(kept)
    return [f for f in findings if f is not None]


def _metric(drawing: Drawing | None) -> Metric | None:
    return None if drawing is None else from_draws(*drawing)


def _mean(score: ScoreOf, group: tuple[str, ...], recipe: str, seed: int, measure: str) -> Drawing | None:
    """The mean of a measure over encoders; None if one is not there or has no value."""
    parts = [part for encoder in group if (part := score(encoder, recipe, seed, measure)) is not None]
    if len(parts) < len(group) or not np.isfinite([part.value for part in parts]).all():
        return None
    return float(np.mean([p.value for p in parts])), np.mean([p.draws for p in parts], axis=0), parts[0].n


def _reported(measure: str, group: tuple[str, ...], recipe: str) -> float | None:
    """What the study prints: the mean over both encoders with several seeds, or an encoder's at its one seed."""
    if group == BOTH:
        return published.disentangle(measure, published.MEAN, recipe)
    (encoder,) = group
    return published.disentangle(f"{measure} seed {SEEDS[encoder][0]}", encoder, recipe)


def _apart(
    score: ScoreOf,
    number: str,
    what: str,
    group: tuple[str, ...],
    measure: str,
    recipes: tuple[str, str] = (FULL, BASELINE),
) -> Finding | None:
    """A finding about a measure of the first of two recipes minus that of the second."""

    def difference(seed: int) -> Metric | None:
        own, other = (_mean(score, group, recipe, seed, measure) for recipe in recipes)
        return None if own is None or other is None else from_draws(own[0] - other[0], own[1] - other[1], own[2])

    reported, base = (_reported(measure, group, recipe) for recipe in recipes)
    return of_seeds((number, what), group, difference, minus(reported, base))


def _next_best(score: ScoreOf) -> Finding | None:
    """Full DISENTANGLE minus the best other recipe, whichever that is in a resample."""
    others = [recipe for recipe in RECIPES if recipe != FULL and _reported(TRANSFER, BOTH, recipe) is not None]

    def difference(seed: int) -> Metric | None:
        own = _mean(score, BOTH, FULL, seed, TRANSFER)
        rest = [part for recipe in others if (part := _mean(score, BOTH, recipe, seed, TRANSFER)) is not None]
        if own is None or len(rest) < len(others):
            return None
        best = np.max([draws for _, draws, _ in rest], axis=0)
        return from_draws(own[0] - max(value for value, _, _ in rest), own[1] - best, own[2])

    figures = [figure for recipe in others if (figure := _reported(TRANSFER, BOTH, recipe)) is not None]
    known = minus(_reported(TRANSFER, BOTH, FULL), max(figures, default=None))
    what = f"Full DISENTANGLE is best in transfer (Spearman with consensus ranks minus the next best, {words(BOTH)})"
    return of_seeds(("19", what), BOTH, difference, known)


def _spread(score: ScoreOf) -> Finding | None:
    """Full DISENTANGLE's s.d. between seeds by the baseline's, pooled within encoders, with the interval of F."""
    from scipy.stats import f as f_distribution  # slow: what only names a finding need not wait for it

    variances, freedom = [], 0
    for recipe in (FULL, BASELINE):
        squares, freedom = 0.0, 0
        for encoder in BOTH:
            parts = [score(encoder, recipe, seed, TRANSFER) for seed in SEEDS[encoder]]
            values = [part.value for part in parts if part is not None]
            if len(values) < len(parts):
                return None
            squares += float(np.var(values) * len(values))
            freedom += len(values) - 1
        variances.append(squares / freedom)
    if not variances[1]:
        return None
    ratio = math.sqrt(variances[0] / variances[1])
    low, high = (ratio / math.sqrt(f_distribution.ppf(q, freedom, freedom)) for q in (0.975, 0.025))
    networks = 2 * sum(len(SEEDS[encoder]) for encoder in BOTH)
    own, other = (published.disentangle(f"{TRANSFER} s.d.", published.MEAN, recipe) for recipe in (FULL, BASELINE))
    known = None if own is None or other is None else own / other
    what = (
        "Another seed moves full DISENTANGLE's transfer less than the baseline's (s.d. over seeds, full by baseline, "
        f"below 1; n counts networks, {words(BOTH)})"
    )
    return Finding("19", what, Metric(ratio, low, high, networks), known, -math.inf, 1.0)


def _relative(score: ScoreOf, group: tuple[str, ...], seed: int, measure: str) -> Drawing | None:
    """How much more full DISENTANGLE scores than the baseline, as a part of the baseline's score."""
    own, base = (_mean(score, group, recipe, seed, measure) for recipe in (FULL, BASELINE))
    return None if own is None or base is None else (own[0] / base[0] - 1, own[1] / base[1] - 1, own[2])


def _relative_reported(group: tuple[str, ...], measure: str) -> float | None:
    own, base = (_reported(measure, group, recipe) for recipe in (FULL, BASELINE))
    return None if own is None or base is None else own / base - 1


def _cost(score: ScoreOf, much: str, low: float, high: float) -> Finding | None:
    what = f"Within K562 full DISENTANGLE scores {much} (Spearman, full by baseline less 1, {words(BOTH)}"
    what += ")" if math.isinf(low) else f", within {low:g} and {high:g})"
    known = _relative_reported(BOTH, WITHIN)
    return of_seeds(("22", what), BOTH, lambda seed: _metric(_relative(score, BOTH, seed, WITHIN)), known, low, high)


def _most(score: ScoreOf) -> Finding | None:
    """The CNN's relative gain in transfer minus the largest of the other encoders, whichever that is in a resample."""
    seed, others = SEEDS["cnn"][0], [encoder for encoder in NAMES if encoder != "cnn"]
    own = _relative(score, ("cnn",), seed, TRANSFER)
    rest = [part for encoder in others if (part := _relative(score, (encoder,), seed, TRANSFER)) is not None]
    if own is None or len(rest) < len(others):
        return None
    best = np.max([draws for _, draws, _ in rest], axis=0)
    value = own[0] - max(value for value, _, _ in rest)
    figures = [figure for encoder in others if (figure := _relative_reported((encoder,), TRANSFER)) is not None]
    known = minus(_relative_reported(("cnn",), TRANSFER), max(figures, default=None))
    what = (
        "The CNN gains most from DISENTANGLE (Spearman with consensus ranks, full by baseline less 1, minus the "
        f"largest of the other encoders, seed {seed})"
    )
    return Finding("26", what, from_draws(value, own[1] - best, own[2]), known)
