"""Models against their baseline and against each other, from what is stored beside their weights.

Every difference is paired: both models are scored on the same resampled elements or variants, 1,000 times. An interval
says what another draw of test elements could change; what another training seed could change, it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from engine import places, store
from engine.data import satmut, sources
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.satmut import MATCHED, MATCHED_ELEMENTS
from engine.data.splits import Split
from engine.errors import InputError
from engine.evaluation import cagi5
from engine.evaluation.held_out import stored_predictions
from engine.evaluation.noise_ceiling import noise_ceiling
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import BASELINES, EXPERIMENTS, same_but_for_the_cell
from engine.genome.effects import Scoring
from engine.results import Progress
from engine.statistics import METRICS, RESAMPLES, Metric, bootstrap, from_draws, spearman, verdict

FILE = "comparison.json"
HELD_OUT_METRICS = ("spearman", "pearson", "pairwise_accuracy", "ndcg_at_10")
SUBSET = "test"
DRAWN = "high within all"  # how resamples are drawn; another way makes kept ones worthless


class Pair(NamedTuple):
    """Predicted and measured `(n,)`, scored by `metric` on the rows `inside`, and the seed of the draws."""

    metric: Callable[[np.ndarray, np.ndarray], float]
    seed: int
    predicted: np.ndarray
    measured: np.ndarray
    inside: np.ndarray


class Scores:
    """All scores of one output of one model with their resamples: `values[key]` and `draws[key]` `(resamples,)`.

    Keys are `("held_out", metric)` and `(element, confidence)`. The same rows are drawn for every model, so the
    difference of two models' draws is paired. Draws are kept in the cache, since they are the costly part.

    Args:
        pairs: what `scored` gives.
        made_of: names all that the draws depend on.
    """

    def __init__(self, pairs: dict[tuple, Pair], made_of: str, resamples: int = RESAMPLES):
        self.counts: dict[tuple, int] = {}
        self.values: dict[tuple, float] = {}
        self.draws: dict[tuple, np.ndarray] = {}

        def draw() -> dict[str, np.ndarray]:
            return {
                "/".join(name): bootstrap(pair.metric, pair.predicted, pair.measured, resamples, pair.seed, pair.inside)
                for name, pair in pairs.items()
            }

        file = store.cache_folder() / "draws" / f"{store.digest(made_of, 16)}.npz"
        drawn = store.remembered(file, tuple(map("/".join, pairs)), draw)
        for name, pair in pairs.items():
            self.counts[name] = int(pair.inside.sum())
            self.values[name] = pair.metric(pair.predicted[pair.inside], pair.measured[pair.inside])
            self.draws[name] = drawn["/".join(name)]

    def mean(self, keys: Iterable[tuple]) -> tuple[float, np.ndarray, int]:
        """Value, draws and n of the mean over some keys."""
        keys = list(keys)
        return (
            float(np.mean([self.values[k] for k in keys])),
            np.mean([self.draws[k] for k in keys], axis=0),
            sum(self.counts[k] for k in keys),
        )


def scores_of(
    checkpoint: Checkpoint, output: str, table: ActivityTable, split: Split, resamples: int = RESAMPLES
) -> Scores:
    """All scores of one output of a trained model, from what is stored of it."""
    column = checkpoint.model.outputs.index(output)
    pairs = scored(
        output,
        stored_predictions(checkpoint, table, split)[:, column],
        lambda element: cagi5.stored_effects(checkpoint, element)[:, column],
        Library(table, split),
    )
    return Scores(pairs, f"{checkpoint.weights_hash} {output} {data_of(table, split, resamples)}", resamples)


def data_of(table: ActivityTable, split: Split, resamples: int) -> str:
    """What resampled scores are made of beside a model's weights."""
    return f"{table.hash} {split.hash} {Scoring().as_text()} {resamples} {MATCHED_ELEMENTS} {DRAWN}"


def scored(
    output: str,
    held_out: np.ndarray,
    effects_of: cagi5.Effects,
    library: Library,
    metrics: Iterable[str] = HELD_OUT_METRICS,
) -> dict[tuple, Pair]:
    """Everything that an output is scored on. All variants of an element are drawn and those of high confidence looked
    for among the drawn, so that the two scores are paired as well.

    Args:
        held_out: `(n,)` predictions of the output for the test fold.
        effects_of: gives the `(variants,)` predicted effects of an element.
        metrics: those of the test fold.
    """
    measured = library.table.column(output)[library.split.test]
    known = ~np.isnan(measured)
    predicted = held_out[known].astype(np.float64)
    every = np.ones(known.sum(), bool)
    pairs = {("held_out", name): Pair(METRICS[name], 0, predicted, measured[known], every) for name in metrics}
    for number, name in enumerate(MATCHED_ELEMENTS):
        element, training = satmut.load_cagi5(name)
        effects = effects_of(element)
        whole = cagi5.subset_rows(element, training, SUBSET, "all")
        variants = element.variants["effect"].to_numpy()[whole]
        for confidence in cagi5.CONFIDENCES:
            inside = cagi5.subset_rows(element, training, SUBSET, confidence)[whole]
            pairs[name, confidence] = Pair(spearman, number, effects[whole], variants, inside)
    return pairs


def measures(output: str) -> dict[str, list[tuple]]:
    """Names of everything that is compared, and the scores whose mean it is."""
    result = {f"held_out {metric}": [("held_out", metric)] for metric in HELD_OUT_METRICS}
    for group, members in MATCHED.items():
        kind = "matched" if group == output else "transfer"
        for confidence in cagi5.CONFIDENCES:
            result[f"cagi5 {kind} {confidence}"] = [(name, confidence) for name in members]
    return result


Drawn = tuple[float, np.ndarray, int]  # a score, the same of every resample, n
# All scores of models by name and output; the second of other seeds of the same.
Replicated = tuple[dict[tuple[str, str], Scores], dict[tuple[str, str], Scores]]


def compare(
    table: ActivityTable,
    split: Split,
    progress: Progress | None = None,
    resamples: int = RESAMPLES,
    conclude: Callable[[Replicated], dict] = lambda _: {},
) -> dict:
    """Compare all trained models that have an output with a baseline, and write `shared_results/comparison.json`.

    Args:
        conclude: what else is to be said of these scores, as entries of the result (`engine.replication.scores`).

    Returns:
        `models` (name to the weights' hashes), hashes of the data, `differences` (one record for each model, output and
        measure: value minus the baseline's, low, high, n, verdict, and `again`: the same between networks of another
        seed, None without them), `transfer_by_loss`, `correlation` (Spearman between the held-out predictions of every
        two outputs of models), `noise_ceiling`, and what `conclude` gives.
    """
    loaded = {name: checkpoints.load(name) for name in _on_the_joint_library()}
    scores, again = _scores(loaded, BASELINES, table, split, progress, resamples)
    result = {
        "models": {name: list(weights(name)) for name in loaded},
        "data_hash": table.hash,
        "split_hash": split.hash,
        "resamples": resamples,
        "differences": _differences(scores, again, _single(loaded), BASELINES),
        "transfer_by_loss": _transfer_by_loss(scores),
        "correlation": _correlation(loaded, table, split),
        "noise_ceiling": noise_ceiling(table, resamples) if _large_scale_here() else {},
    } | conclude((scores, again))
    store.write_json(places.shared_results() / FILE, result)
    return result


def _on_the_joint_library() -> list[str]:
    """The trained models whose held-out fold is that of the joint library; those of a user's own table have another."""
    described = ((name, checkpoints.read_description(name)) for name in checkpoints.trained())
    return [name for name, description in described if not checkpoints.of_own_table(description)]


def compare_to(
    other: str,
    names: Iterable[str],
    table: ActivityTable,
    split: Split,
    progress: Progress | None = None,
    resamples: int = RESAMPLES,
    outputs: Iterable[str] | None = None,
) -> list[dict]:
    """Differences of some models to another one, as the records `differences` of `compare`; nothing is written.

    Args:
        other: a trained model.
        names: trained models that share an output with it.
        outputs: which to compare; all that `other` has by default.

    Raises:
        InputError: no model, or one without an output in common.
        CheckpointError: a model that is not trained.
    """
    loaded = {name: checkpoints.load(name) for name in dict.fromkeys([*names, other])}
    if len(loaded) == 1:
        raise InputError(f"name a model to compare with '{other}'")
    wanted = loaded[other].model.outputs if outputs is None else tuple(outputs)
    for name, checkpoint in loaded.items():
        if not set(wanted) & set(checkpoint.model.outputs):
            theirs = ", ".join(checkpoint.model.outputs)
            raise InputError(f"'{name}' predicts {theirs} and '{other}' {', '.join(wanted)}: nothing to compare")
    scores, again = _scores(loaded, wanted, table, split, progress, resamples)
    return _differences(scores, again, _single(loaded), dict.fromkeys(wanted, other))


def _scores(
    loaded: dict[str, Checkpoint],
    outputs: Iterable[str],
    table: ActivityTable,
    split: Split,
    progress: Progress | None,
    resamples: int,
) -> Replicated:
    """By model and output: of the models, and of those that differ from them in the seed alone."""
    others = {name: checkpoints.load(name, folder) for name in loaded if (folder := other_seed(name))}
    work = [(kind, n, o) for kind in (loaded, others) for n, c in kind.items() for o in c.model.outputs if o in outputs]
    scores: tuple[dict, dict] = ({}, {})
    for step, (kind, name, output) in enumerate(work):
        scores[kind is others][name, output] = scores_of(kind[name], output, table, split, resamples)
        if progress:
            progress(step + 1, len(work))
    return scores


def other_seed(name: str) -> Path | None:
    """The folder of the network that stands for another seed of a declared model of one output: of its
    `checkpoints.replicates` the first that has all scores. None without one."""
    if name not in EXPERIMENTS or len(EXPERIMENTS[name].task.outputs) > 1:
        return None
    replicates = checkpoints.replicates(name).values()
    return next((folder for folder in replicates if checkpoints.read_metrics(name, folder).get("cagi5")), None)


def _single(loaded: dict[str, Checkpoint]) -> set[str]:
    """The models that learned one output: what they say of the other cell type's elements is zero-shot."""
    return {name for name, c in loaded.items() if len(checkpoints.learned(c.description)) == 1}


def read() -> dict:
    """The stored comparison; empty if there is none."""
    return store.read_json(places.shared_results() / FILE, "python -m engine compare")


def weights(name: str) -> tuple[str, ...]:
    """The hash of the weights of a trained model and, where there is one, of its `other_seed`."""
    folders = (None, *filter(None, [other_seed(name)]))
    return tuple(checkpoints.read_description(name, folder)["weights_sha256"] for folder in folders)


def stale(stored: dict) -> list[str]:
    """Names of trained models whose weights, or those of their other seed, are not those that were compared."""
    kept = stored.get("models", {})
    return [name for name in _on_the_joint_library() if kept.get(name) != list(weights(name))]


def _large_scale_here() -> bool:
    return all(sources.available(name) for name in ("large_hepg2", "large_wtc11"))


def _differences(scores: dict, again: dict, single: set[str], baselines: dict[str, str]) -> list[dict]:
    """One record for each model, output and measure.

    Args:
        scores, again: by model and output, of one seed and of another.
        single: the models that learned one output; transfer is compared between these only.
        baselines: the model to compare with, for each output.
    """
    records = []
    for name, output in scores:
        other = baselines[output]
        if (other, output) not in scores or name == other:
            continue
        for measure, keys in measures(output).items():
            if "transfer" in measure and not ({name, other} <= single and output in MATCHED):
                continue
            pair = (name, output), (other, output)
            difference = _difference(scores, *pair, keys)
            replicate = _difference(again, *pair, keys) if all(one in again for one in pair) else None
            place = {"model": name, "output": output, "baseline": other, "measure": measure}
            records.append(place | difference | {"again": replicate})
    return records


def _difference(scores: dict, own: tuple[str, str], other: tuple[str, str], keys: list[tuple]) -> dict:
    """The mean over some scores of one model minus that of another, with its verdict."""
    (value, drawn, n), (base, base_drawn, _) = (scores[one].mean(keys) for one in (own, other))
    difference = from_draws(value - base, drawn - base_drawn, n)
    return difference.as_dict() | {"verdict": verdict(difference.low, difference.high)}


def mean_of_both(onward: Drawn, back: Drawn) -> Drawn:
    """The mean of a loss's zero-shot scores in both directions, which are of different variants."""
    return (onward[0] + back[0]) / 2, (onward[1] + back[1]) / 2, onward[2] + back[2]


def _transfer_by_loss(scores: dict) -> list[dict]:
    """Zero-shot scores in both directions and their mean, for losses that were trained on both cell types."""
    ready = [p for p in same_but_for_the_cell() if (p[1], "K562") in scores and (p[2], "HepG2") in scores]
    averages: dict[tuple, tuple] = {}
    records = []
    for loss, k562, hepg2 in ready:
        for confidence in cagi5.CONFIDENCES:
            onward = scores[k562, "K562"].mean((n, confidence) for n in MATCHED["HepG2"])
            back = scores[hepg2, "HepG2"].mean((n, confidence) for n in MATCHED["K562"])
            mean = mean_of_both(onward, back)
            averages[loss, confidence] = mean
            base = averages.get(("mse", confidence)) if loss != "mse" else None
            apart = from_draws(mean[0] - base[0], mean[1] - base[1], mean[2]).as_dict() if base else None
            records.append(
                {
                    "loss": loss,
                    "models": [k562, hepg2],
                    "confidence": confidence,
                    "K562 to HepG2": from_draws(*onward).as_dict(),
                    "HepG2 to K562": from_draws(*back).as_dict(),
                    "average": from_draws(*mean).as_dict(),
                    "difference to mse": apart,
                }
            )
    return records


def _correlation(loaded: dict[str, Checkpoint], table: ActivityTable, split: Split) -> dict:
    labels, ranks = [], []
    for name, checkpoint in loaded.items():
        for column, output in enumerate(checkpoint.model.outputs):
            labels.append(f"{name} {output}")
            ranks.append(rankdata(stored_predictions(checkpoint, table, split)[:, column]))
    matrix = np.atleast_2d(np.corrcoef(np.array(ranks))) if ranks else np.zeros((0, 0))
    return {"labels": labels, "spearman": np.round(matrix, 4).tolist()}


def correlation_interval(value: float, n: int) -> Metric:
    """A Spearman correlation over n elements with its 95% interval: Fisher's z with the variance of ranks (Bonett &
    Wright 2000, Psychometrika 65:23-28)."""
    z, half = np.arctanh(value), 1.96 * np.sqrt((1 + value**2 / 2) / (n - 3))
    return Metric(value, float(np.tanh(z - half)), float(np.tanh(z + half)), n)


def error_by_activity(
    predicted: np.ndarray, baseline: np.ndarray, measured: np.ndarray, bins: int = 10, resamples: int = RESAMPLES
) -> list[dict]:
    """Where along the activity range a model is closer to the measurement than its baseline.

    Args:
        predicted, baseline, measured: `(n,)` log2(RNA/DNA), rows without nan.

    Returns:
        For each of `bins` equally filled bins of measured activity: `from`, `to`, and the mean of
        `|baseline's error| - |own error|` with its interval (above 0: the model is closer), n and verdict.
    """
    gain = np.abs(baseline - measured) - np.abs(predicted - measured)
    return [r | {"verdict": verdict(r["low"], r["high"])} for r in _by_activity(gain, measured, bins, resamples)]


def difference_by_activity(
    predicted: np.ndarray, baseline: np.ndarray, measured: np.ndarray, bins: int = 10, resamples: int = RESAMPLES
) -> list[dict]:
    """Where along the activity range a model says more or less than its baseline: as `error_by_activity`, the mean of
    the model's prediction minus the baseline's, and `middle`, the mean measured activity of the bin; no verdict."""
    middle = _by_activity(measured, measured, bins, 1)
    return [
        r | {"middle": m["value"]}
        for r, m in zip(_by_activity(predicted - baseline, measured, bins, resamples), middle, strict=True)
    ]


def _by_activity(values: np.ndarray, measured: np.ndarray, bins: int, resamples: int) -> list[dict]:
    """`from`, `to` and the mean of `values` with its interval, in equally filled bins of measured activity."""
    edges = np.quantile(measured, np.linspace(0, 1, bins + 1))
    place = np.clip(np.searchsorted(edges, measured, side="right") - 1, 0, bins - 1)
    rng = np.random.default_rng(0)
    records = []
    for i in range(bins):
        own = values[place == i]
        drawn = own[rng.integers(0, len(own), (resamples, len(own)))].mean(axis=1) if len(own) else np.array([np.nan])
        mean = from_draws(float(own.mean()) if len(own) else float("nan"), drawn, len(own))
        records.append({"from": float(edges[i]), "to": float(edges[i + 1])} | mean.as_dict())
    return records
