"""CAGI5: predicted against measured effects of single-nucleotide variants.

A variant is scored as alt minus ref over windows that hold it, the same windows for both alleles, both strands
averaged. Where a window lies is explicit (`Scoring`). The offsets were chosen on the challenge's training variants
alone (`python -m benchmarks.choose_scoring` repeats the choice); the test variants were never looked at for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from engine import store
from engine.data import satmut
from engine.data.satmut import DELETION, HIGH_CONFIDENCE, MATCHED, MATCHED_ELEMENTS
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.genome.effects import Scoring, variant_effects
from engine.models.layers import SequenceModel
from engine.results import Progress
from engine.statistics import RESAMPLES, bootstrap, from_draws, spearman

SUBSETS = ("test", "training", "all")
CONFIDENCES = ("all", "high")


def element_effects(
    model: SequenceModel,
    element: satmut.MeasuredElement,
    *,
    scoring: Scoring = Scoring(),
    rows: np.ndarray | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(n, outputs)` predicted effects, one row for each row of `element.variants`, or of those in boolean `rows`.

    Raises:
        InputError: an element shorter than the model's window without known flanks.
    """
    around = satmut.context(element)
    assert around.region  # a context lies in the genome
    offset = element.region.start - around.region.start
    bounds = None
    if scoring.inside and len(element.region) >= model.window:
        bounds = (offset, offset + len(element.region))
    variants = element.variants if rows is None else element.variants[rows]
    return variant_effects(
        model,
        around.bases,
        variants["pos"].to_numpy() - 1 - around.region.start,
        list(variants["alt"]),
        scoring=scoring,
        bounds=bounds,
        progress=progress,
    )


def stored_effects(
    checkpoint: Checkpoint, element: satmut.MeasuredElement, progress: Progress | None = None, *, ship: bool = False
) -> np.ndarray:
    """`element_effects` under the default scoring, computed once for these weights.

    Looked for beside the weights (`trained_models/<name>/effects/`), then in the cache; computed effects go to the
    cache, or with `ship` beside the weights, also in place of a broken file. Where both builds hold the same bases,
    both use the GRCh37 effects.

    Raises:
        CheckpointError: the file beside the weights is broken; says how to mend it.
    """
    if element.region.build != "GRCh37":
        twin = satmut.load(element.data_set.name, "GRCh37")
        if twin.reference("N").bases == element.reference("N").bases:
            element = twin
    name = element.data_set.name
    key = f"{checkpoint.weights_hash} {Scoring().as_text()} {element.region.build} {len(element.variants)}"
    shipped = checkpoint.folder / checkpoints.EFFECTS / f"{name}.npz"
    cached = store.cache_folder() / "effects" / f"{name}-{store.digest(key, 12)}.npz"

    def compute() -> dict[str, np.ndarray]:
        if not checkpoint.members:
            return {"effects": element_effects(checkpoint.model, element, progress=progress)}
        # an ensemble predicts its members' mean times a constant, plus one that cancels out
        mean = checkpoint.mean_of_members(lambda member: stored_effects(member, element, progress).astype(np.float64))
        return {"effects": (mean * checkpoint.model.target_sd.numpy()).astype(np.float32)}

    if ship:
        arrays = store.remembered(
            shipped, ("effects",), lambda: store.load_arrays(cached, "effects", key=key) or compute(), key=key
        )
    else:
        command = f"python -m engine evaluate {checkpoint.name}"
        arrays = store.read_arrays(shipped, command, "effects", key=key) or store.remembered(
            cached, ("effects",), compute, key=key
        )
    return arrays["effects"]


def subset_rows(element: satmut.MeasuredElement, training: np.ndarray, subset: str, confidence: str) -> np.ndarray:
    """Boolean rows of the SNVs of one challenge subset ('test', 'training', 'all') and confidence ('all', 'high')."""
    rows = (element.variants["alt"] != DELETION).to_numpy()
    if subset != "all":
        rows = rows & (training if subset == "training" else ~training)
    if confidence == "high":
        rows = rows & (element.variants["confidence"] >= HIGH_CONFIDENCE).to_numpy()
    return rows


def evaluate(
    model: SequenceModel,
    *,
    elements: tuple[str, ...] | None = None,
    scoring: Scoring = Scoring(),
    subsets: tuple[str, ...] = SUBSETS,
    resamples: int = RESAMPLES,
    effects_of: Callable[[satmut.MeasuredElement], np.ndarray] | None = None,
    progress: Progress | None = None,
) -> dict:
    """Spearman of predicted against measured SNV effects, for each element and each output.

    Args:
        elements: CAGI5 names; by default all that are matched to a cell type.
        effects_of: where an element's effects come from; by default they are computed with `scoring`.
        progress: called with (elements done, elements).

    Returns:
        `scoring`; `elements[name]` with `cells` and `spearman[output][subset][confidence]` (a metric dict);
        `matched_mean[output][subset][confidence]`: the mean over the elements matched to that output, its
        interval from resampling the variants of each element; n counts variants;
        `transfer_mean[output][cell type][subset][confidence]`: the same over the elements matched to another cell type
        than the output's (zero-shot: nothing of that cell type was learned by a model with this output alone).
    """
    names = elements or MATCHED_ELEMENTS
    result: dict = {"scoring": asdict(scoring) | {"both_strands": True, "window": model.window}, "elements": {}}
    draws: dict[tuple, np.ndarray] = {}
    for done, name in enumerate(names):
        element, training = satmut.load_cagi5(name)
        predicted = effects_of(element) if effects_of else element_effects(model, element, scoring=scoring)
        measured = element.variants["effect"].to_numpy()
        scores: dict = {}
        for i, output in enumerate(model.outputs):
            for subset in subsets:
                for confidence in CONFIDENCES:
                    rows = subset_rows(element, training, subset, confidence)
                    p, m = predicted[rows, i], measured[rows]
                    drawn = bootstrap(spearman, p, m, resamples, seed=done)
                    draws[name, output, subset, confidence] = drawn
                    scores.setdefault(output, {}).setdefault(subset, {})[confidence] = from_draws(
                        spearman(p, m), drawn, len(m)
                    ).as_dict()
        result["elements"][name] = {"cells": element.data_set.cells, "spearman": scores}
        if progress:
            progress(done + 1, len(names))
    result["matched_mean"], result["transfer_mean"] = {}, {}
    for output in model.outputs:
        for group, members in MATCHED.items():
            if all(n in result["elements"] for n in members):
                mean = _group_mean(result["elements"], draws, members, output, subsets)
                if group == output:
                    result["matched_mean"][output] = mean
                else:
                    result["transfer_mean"].setdefault(output, {})[group] = mean
    return result


def _group_mean(elements: dict, draws: dict, group: tuple[str, ...], output: str, subsets: tuple[str, ...]) -> dict:
    """`[subset][confidence]`: mean over the elements of a group, with an interval from each one's resamples."""
    means: dict = {}
    for subset in subsets:
        for confidence in CONFIDENCES:
            parts = [elements[n]["spearman"][output][subset][confidence] for n in group]
            drawn = np.mean([draws[n, output, subset, confidence] for n in group], axis=0)
            means.setdefault(subset, {})[confidence] = from_draws(
                float(np.mean([p["value"] for p in parts])), drawn, sum(p["n"] for p in parts)
            ).as_dict()
    return means
