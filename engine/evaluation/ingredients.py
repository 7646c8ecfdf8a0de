"""What each ingredient of the models brings: one more thing in place of one thing less, everything else alike.

`INGREDIENTS` declares the pairs. Each is held against the other on the same resampled held-out elements and CAGI5
variants, so the interval of their difference says what another draw of these could change. Of networks that were
trained with several seeds it also says what another seed could change (`over_seeds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

from engine import places, store
from engine.data.lentimpra import CELL_TYPES
from engine.data.library import Library
from engine.data.satmut import MATCHED
from engine.errors import CheckpointError
from engine.evaluation import comparison, networks
from engine.evaluation.cagi5 import CONFIDENCES
from engine.evaluation.comparison import Scores
from engine.evaluation.networks import Predicted
from engine.experiments import checkpoints
from engine.models.layers import SequenceModel
from engine.models.rules import GcContent, K, KmerRidge
from engine.results import Progress
from engine.statistics import RESAMPLES, VERDICTS, from_draws, verdict

FILE = "ingredients.json"
GC, KMERS = "GC content", f"counts of {K}-mers"
RULES = (GC, KMERS)
NOTHING = VERDICTS[2]
MEASURES = ("held_out spearman", *(f"cagi5 matched {c}" for c in CONFIDENCES))


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        models: names; of each output the first that is trained for it counts. A name of `RULES` is a simple rule.
        whole: the model as it is. Else each network of it on its own, whose scores are averaged.
    """

    models: tuple[str, ...]
    whole: bool = False


@dataclass(frozen=True)
class Ingredient:
    """One thing that models were made with, and what is compared to see what it brings.

    Attributes:
        name: in words.
        having, lacking: the side with the ingredient and the one without.
    """

    name: str
    having: Side
    lacking: Side


def _networks(name: str, having: str, *lacking: str) -> Ingredient:
    return Ingredient(name, Side((having,)), Side(lacking))


def _models(name: str, having: str, *lacking: str) -> Ingredient:
    return Ingredient(name, Side((having,), whole=True), Side(lacking, whole=True))


def _seeds(name: str, model: str) -> Ingredient:
    return Ingredient(name, Side((model,), whole=True), Side((model,)))


INGREDIENTS = (
    _networks(f"A LegNet in place of {GC}", "joint_legnet", GC),
    _networks(f"A LegNet in place of {KMERS}", "joint_legnet", KMERS),
    _networks("A LegNet in place of a DREAM-RNN", "joint_legnet", "dream_rnn"),
    _networks(
        "Three cell types in place of one, squared error (DREAM-RNN)",
        *("joint_baseline_mse", "B1_baseline_mse", "H1_HepG2_baseline_mse"),
    ),
    _networks("Three cell types in place of one, RankNet (DREAM-RNN)", "joint_ranknet", "R3_ranknet"),
    _networks("RankNet in place of squared error (DREAM-RNN)", "R3_ranknet", "B1_baseline_mse"),
    _networks("RankNet in place of squared error (LegNet)", "joint_legnet_ranknet", "joint_legnet"),
    _networks("The separate experiments as further outputs", "joint_assays_legnet", "joint_legnet"),
    _networks("The separate experiments beside RankNet", "joint_assays_ranknet", "joint_legnet_ranknet"),
    _networks("RankNet beside the separate experiments", "joint_assays_ranknet", "joint_assays_legnet"),
    Ingredient(
        "The full large-scale table of a cell type in place of the joint library",
        Side(tuple(f"{cell}_large" for cell in CELL_TYPES)),
        Side(("joint_legnet",)),
    ),
    _networks("Evolution-inspired augmentation", "joint_evoaug_legnet", "joint_legnet"),
    _seeds("Four seeds in place of one (squared error)", "joint_legnet"),
    _seeds("Two seeds in place of one (RankNet)", "joint_legnet_ranknet"),
    _models("A second loss in the ensemble", "best_joint", "joint_legnet"),
    _models("The recipes of the teacher in place of two", "joint_teacher", "best_joint"),
    _networks("Distillation: a student in place of a network of its size", "distilled_legnet", "joint_legnet"),
    _models("Distillation: a student in place of its teacher", "distilled_legnet", "joint_teacher"),
)


@dataclass(frozen=True)
class _Score:
    """Value, draws and n of one measure of one network."""

    value: float
    draws: np.ndarray
    n: int


class _Scored:
    """The scores of models and of their networks, each computed when it is first asked for."""

    def __init__(self, library: Library, resamples: int):
        self.library, self.resamples = library, resamples
        self.predicted: dict[tuple[str, bool], list[Predicted]] = {}
        self.scores: dict[tuple[str, str], Scores] = {}

    def of(self, name: str, whole: bool, output: str, measure: str) -> list[_Score]:
        """One score for each network, or that of the model as it is."""
        if (name, whole) not in self.predicted:
            self.predicted[name, whole] = self._predict(name, whole)
        keys = comparison.measures(output)[measure]
        return [_Score(*self._scores(one, output).mean(keys)) for one in self.predicted[name, whole]]

    def _predict(self, name: str, whole: bool) -> list[Predicted]:
        if name in RULES:
            return [networks.of_rule(name, _rule(name, self.library), self.library)]
        checkpoint = checkpoints.load(name)
        if whole:
            return [networks.of_model(checkpoint, self.library)]
        return networks.of_networks(checkpoint, self.library)

    def _scores(self, one: Predicted, output: str) -> Scores:
        if (one.key, output) not in self.scores:
            column, (table, split) = one.outputs.index(output), self.library
            pairs = comparison.scored(
                output,
                one.held_out[:, column],
                lambda element: one.effects_of(element)[:, column],
                self.library,
                ("spearman",),
            )
            made_of = f"spearman {one.key} {output} {comparison.data_of(table, split, self.resamples)}"
            self.scores[one.key, output] = Scores(pairs, made_of, self.resamples)
        return self.scores[one.key, output]


def _rule(name: str, library: Library) -> SequenceModel:
    """A simple rule for every output of the library; that of k-mers is fitted on the training folds."""
    table, split = library
    if name == GC:
        return GcContent(table.outputs).eval()
    rule = KmerRidge(table.outputs).eval()
    rule.fit(table.codes[split.train], np.stack([table.column(o)[split.train] for o in table.outputs], axis=1))
    return rule


def over_seeds(value: float, draws: np.ndarray, seeds: list[list[float]]) -> tuple[float, float] | None:
    """The 95% interval of a difference between means over networks, as to what other test rows and what other seeds
    could change.

    The variance between seeds is taken to be the same on both sides and estimated from both, as in Student's two-sample
    t; that of the rows comes from the draws. Degrees of freedom of their sum: Satterthwaite 1946, Biometrics 2:110-114,
    with the rows' own taken as known.

    Args:
        draws: `(resamples,)` of the difference.
        seeds: the score of each network of each side that has seeds; a simple rule has none.

    Returns:
        None where no side has two networks.
    """
    free = sum(len(side) - 1 for side in seeds)
    if free < 1:
        return None
    squares = sum(float(((np.array(side) - np.mean(side)) ** 2).sum()) for side in seeds)
    of_seeds = squares / free * sum(1 / len(side) for side in seeds)
    together = of_seeds + float(np.nanvar(draws, ddof=1))
    degrees = free * (together / of_seeds) ** 2 if of_seeds > 0 else np.inf
    half = float(stats.t.ppf(0.975, degrees) * np.sqrt(together))
    return value - half, value + half


class _Comparable(NamedTuple):
    """An ingredient and an output for which both sides are trained, and the model of each side."""

    ingredient: Ingredient
    output: str
    having: str
    lacking: str


def _comparable() -> list[_Comparable]:
    """What can be compared with the models that are trained."""
    trained = {name: checkpoints.read_description(name)["outputs"] for name in checkpoints.trained()}

    def first(side: Side, output: str) -> str | None:
        return next((n for n in side.models if n in RULES or output in trained.get(n, ())), None)

    return [
        _Comparable(ingredient, output, own, other)
        for ingredient in INGREDIENTS
        for output in CELL_TYPES
        if (own := first(ingredient.having, output)) and (other := first(ingredient.lacking, output))
    ]


def compute(library: Library, progress: Progress | None = None, resamples: int = RESAMPLES) -> dict:
    """Hold both sides of every ingredient against each other and write `shared_results/ingredients.json`.

    Args:
        progress: called with (ingredients of an output done, all of them).

    Returns:
        `models` (name to the hashes of its weights and its replicates'), hashes of the data, and `rows`: one for each
        ingredient, output and measure that both sides have; `_difference` says what stands in it.

    Raises:
        CheckpointError: there is nothing to compare yet.
    """
    scored, comparable = _Scored(library, resamples), _comparable()
    if not comparable:
        raise CheckpointError("no ingredient has both of its models trained; run: python -m engine train --all")
    rows: list[dict] = []
    for done, one in enumerate(comparable, start=1):
        rows += _rows(one, scored)
        if progress:
            progress(done, len(comparable))
    result = {
        "models": _weights(comparable),
        "data_hash": library.table.hash,
        "split_hash": library.split.hash,
        "resamples": resamples,
        "rows": rows,
    }
    store.write_json(places.shared_results() / FILE, result)
    return result


def _weights(comparable: list[_Comparable]) -> dict[str, list[str]]:
    """The hashes of the weights of every model that is compared and of its replicates."""

    def hashes(name: str) -> list[str]:
        folders = (None, *checkpoints.replicates(name).values())
        return [checkpoints.read_description(name, folder)["weights_sha256"] for folder in folders]

    names = dict.fromkeys(n for one in comparable for n in (one.having, one.lacking) if n not in RULES)
    return {name: hashes(name) for name in names}


def _rows(one: _Comparable, scored: _Scored) -> Iterator[dict]:
    for measure in MEASURES if one.output in MATCHED else MEASURES[:1]:
        having, lacking = (
            scored.of(name, side.whole, one.output, measure)
            for name, side in ((one.having, one.ingredient.having), (one.lacking, one.ingredient.lacking))
        )
        place = {"ingredient": one.ingredient.name, "output": one.output, "measure": measure}
        yield place | {"having": one.having, "lacking": one.lacking} | _difference(one, having, lacking)


def _difference(one: _Comparable, having: list[_Score], lacking: list[_Score]) -> dict:
    """The mean score of the networks of one side less that of the other's.

    Returns:
        `networks`, `networks_lacking` (how many; 1 of a model as it is), `score`, `score_lacking`, their difference
        `value` with `low`, `high` over the test rows, n and `verdict` on these networks; `low_seeds`, `high_seeds` over
        rows and seeds and `verdict_seeds` on what networks of other seeds would show (None where seeds are not known).
    """
    own, other = ([score.value for score in side] for side in (having, lacking))
    draws = np.mean([s.draws for s in having], axis=0) - np.mean([s.draws for s in lacking], axis=0)
    difference = from_draws(float(np.mean(own) - np.mean(other)), draws, having[0].n)
    seeds = None
    if not (one.ingredient.having.whole or one.ingredient.lacking.whole):
        of_sides = ((one.having, own), (one.lacking, other))
        seeds = over_seeds(difference.value, draws, [scores for name, scores in of_sides if name not in RULES])
    low, high = seeds or (None, None)
    return {
        "networks": len(own),
        "networks_lacking": len(other),
        "score": float(np.mean(own)),
        "score_lacking": float(np.mean(other)),
        **difference.as_dict(),
        "verdict": verdict(difference.low, difference.high),
        "low_seeds": low,
        "high_seeds": high,
        "verdict_seeds": verdict(*seeds) if seeds else None,
    }


def read() -> dict:
    """What `compute` wrote; empty if there is nothing. Raises CheckpointError for a broken file."""
    return store.read_json(places.shared_results() / FILE, "python -m engine ingredients")


def stale(stored: dict) -> list[str]:
    """Names of models of ingredients whose weights, or replicates, are not those that were compared."""
    kept = stored.get("models", {})
    return [name for name, weights in _weights(_comparable()).items() if kept.get(name) != weights]


def missing() -> dict[str, list[str]]:
    """Of each ingredient that cannot be compared for any output the models that it waits for."""
    ready = {one.ingredient.name for one in _comparable()}
    trained = set(checkpoints.trained())
    sides = {i.name: (i.having, i.lacking) for i in INGREDIENTS if i.name not in ready}
    return {
        name: [side.models[0] for side in both if not any(n in RULES or n in trained for n in side.models)]
        for name, both in sides.items()
    }
