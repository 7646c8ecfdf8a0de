"""CAGI5: predicted against measured effects of single-nucleotide variants.

A variant is scored as alt minus ref over windows that hold it, the same windows for both alleles, both strands
averaged. Where a window lies is explicit (`Scoring`). The offsets were chosen on the challenge's training variants
alone (`python -m benchmarks.choose_scoring` repeats the choice); the test variants were never looked at for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine import store
from engine.data import satmut
from engine.data.library import Library
from engine.data.satmut import DELETION, HIGH_CONFIDENCE, MATCHED, MATCHED_ELEMENTS
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.genome.effects import Scoring, variant_effects
from engine.models.layers import SequenceModel
from engine.models.side_by_side import SideBySide
from engine.mpra.overlap import of_training
from engine.results import Progress
from engine.statistics import RESAMPLES, Metric, bootstrap, from_draws, nested, spearman

SUBSETS = ("test", "training", "all")
CONFIDENCES = ("all", "high")
Effects = Callable[[satmut.MeasuredElement], np.ndarray]


class Challenge(NamedTuple):
    """A measured element and which of its rows `(n,)` were the challenge's training variants."""

    element: satmut.MeasuredElement
    training: np.ndarray


def challenges(names: tuple[str, ...] = MATCHED_ELEMENTS) -> dict[str, Challenge]:
    """Elements of the challenge by name; raises InputError, DataError."""
    return {name: Challenge(*satmut.load_cagi5(name)) for name in names}


def elements_seen(library: Library, names: tuple[str, ...] = MATCHED_ELEMENTS) -> list[str]:
    """Those elements of the challenge that share a 30-mer with a row that a library trains on."""
    return of_training(library, {name: satmut.load_cagi5(name)[0].reference("N").bases for name in names})


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


class _Place(NamedTuple):
    """Where the effects of a model on an element lie: beside the weights or in the cache, under a key."""

    element: satmut.MeasuredElement
    key: str
    shipped: Path
    cached: Path


def _place(checkpoint: Checkpoint, element: satmut.MeasuredElement) -> _Place:
    """Where both builds hold the same bases, both use the GRCh37 effects."""
    if element.region.build != "GRCh37":
        older = satmut.load(element.data_set.name, "GRCh37")
        if older.reference("N").bases == element.reference("N").bases:
            element = older
    name = element.data_set.name
    key = f"{checkpoint.weights_hash} {Scoring().as_text()} {element.region.build} {len(element.variants)}"
    shipped = checkpoint.folder / checkpoints.EFFECTS / f"{name}.npz"
    return _Place(element, key, shipped, store.cache_folder() / "effects" / f"{name}-{store.digest(key, 12)}.npz")


def known_effects(checkpoint: Checkpoint, element: satmut.MeasuredElement) -> np.ndarray | None:
    """`stored_effects` where nothing has to be computed for them; else None.

    Raises:
        CheckpointError: the file beside the weights is broken; says how to mend it.
    """
    place = _place(checkpoint, element)
    command = f"python -m engine evaluate {checkpoint.name}"
    arrays = store.read_arrays(place.shipped, command, "effects", key=place.key) or store.load_arrays(
        place.cached, "effects", key=place.key
    )
    if arrays is None and checkpoint.members and all(known_effects(m, element) is not None for m in checkpoint.members):
        return stored_effects(checkpoint, element)
    return None if arrays is None else arrays["effects"]


def _of_other_data_sets(checkpoint: Checkpoint, element: satmut.MeasuredElement) -> np.ndarray | None:
    """`(n, outputs)` effects known from other assays of the same bases, such as the four of TERT; nan where they tried
    nothing. None if nothing is known of any."""
    own = satmut.DATA_SETS[element.data_set.name]
    siblings = [
        d.name
        for d in satmut.DATA_SETS.values()
        if d.element == own.element and d.name != own.name and satmut.holds(d.name, element.region.build)
    ]
    values = None
    for sibling in (satmut.load(name, element.region.build) for name in siblings):
        around, there = satmut.context(element), satmut.context(sibling)
        same = (there.bases, there.region) == (around.bases, around.region)
        effects = known_effects(checkpoint, sibling) if same else None
        if effects is None:
            continue
        if values is None:
            values = np.full((len(element.variants), effects.shape[1]), np.nan, np.float32)
        known = dict(zip(zip(sibling.variants["pos"], sibling.variants["alt"], strict=True), effects, strict=True))
        for i, variant in enumerate(zip(element.variants["pos"], element.variants["alt"], strict=True)):
            if variant in known:
                values[i] = known[variant]
    return values


def effects_by_network(
    checkpoint: Checkpoint, element: satmut.MeasuredElement, progress: Progress | None = None
) -> np.ndarray:
    """`(networks, n, outputs)` effects by each network of a model that has several, kept in the cache; their mean is
    the model's."""
    place = _place(checkpoint, element)

    def compute() -> dict[str, np.ndarray]:
        model = SideBySide(checkpoint.inference_model)
        return {"effects": model.by_network(element_effects(model, place.element, progress=progress))}

    file = store.cache_folder() / "networks" / place.cached.name
    return store.remembered(file, ("effects",), compute, key=place.key)["effects"]


def _computed(checkpoint: Checkpoint, element: satmut.MeasuredElement, progress: Progress | None) -> np.ndarray:
    if checkpoint.members:
        members = {m.name: i for i, m in enumerate(checkpoint.members)}

        def of_member(member: Checkpoint) -> np.ndarray:
            before, n = members[member.name], len(members)
            step = (lambda done, total: progress(before * total + done, n * total)) if progress else None
            return stored_effects(member, element, step).astype(np.float64)

        # an ensemble predicts its members' mean times a constant, plus one that cancels out
        mean = checkpoint.mean_of_members(of_member)
        return (mean * checkpoint.model.target_sd.numpy()).astype(np.float32)
    values = _of_other_data_sets(checkpoint, element)
    if values is None and len(checkpoint.model.split()) > 1:  # what each network says costs nothing more
        return effects_by_network(checkpoint, element, progress).mean(axis=0)
    if values is None:
        return element_effects(checkpoint.model, element, progress=progress)
    missing = np.isnan(values).all(axis=1)
    if missing.any():
        values[missing] = element_effects(checkpoint.model, element, rows=missing, progress=progress)
    return values


def stored_effects(
    checkpoint: Checkpoint, element: satmut.MeasuredElement, progress: Progress | None = None, *, ship: bool = False
) -> np.ndarray:
    """`element_effects` under the default scoring, computed once for these weights.

    Looked for beside the weights (`trained_models/<name>/effects/`), then in the cache; computed effects go to the
    cache, or with `ship` beside the weights, also in place of a broken file. What another assay of the same bases
    needed is not computed again.

    Raises:
        CheckpointError: the file beside the weights is broken; says how to mend it.
    """
    place = _place(checkpoint, element)

    def compute() -> dict[str, np.ndarray]:
        return {"effects": _computed(checkpoint, place.element, progress)}

    if ship:
        arrays = store.remembered(
            place.shipped,
            ("effects",),
            lambda: store.load_arrays(place.cached, "effects", key=place.key) or compute(),
            key=place.key,
        )
    else:
        command = f"python -m engine evaluate {checkpoint.name}"
        arrays = store.read_arrays(place.shipped, command, "effects", key=place.key) or store.remembered(
            place.cached, ("effects",), compute, key=place.key
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


def scores(
    outputs: tuple[str, ...],
    elements: Mapping[str, Challenge],
    effects_of: Effects,
    *,
    subsets: tuple[str, ...] = SUBSETS,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> Iterator[tuple[str, Metric]]:
    """Spearman of predicted against measured SNV effects.

    Args:
        outputs: the columns of what `effects_of(element)` gives, `(variants, outputs)`.
        progress: called with (elements done, elements).

    Returns:
        `elements/name/spearman/output/subset/confidence` for each element; `matched_mean/output/subset/confidence`, the
        mean over the elements matched to that output, its interval from resampling the variants of each element, n
        counts variants; `transfer_mean/output/cell type/subset/confidence`, the same over the elements matched to
        another cell type than the output's (zero-shot: nothing of that cell type was learned by a model with this
        output alone).
    """
    parts: dict[tuple[str, str, str, str], tuple[Metric, np.ndarray]] = {}
    for done, (name, (element, training)) in enumerate(elements.items()):
        predicted = effects_of(element)
        measured = element.variants["effect"].to_numpy()
        for i, output in enumerate(outputs):
            for subset in subsets:
                for confidence in CONFIDENCES:
                    rows = subset_rows(element, training, subset, confidence)
                    p, m = predicted[rows, i], measured[rows]
                    drawn = bootstrap(spearman, p, m, resamples, seed=done)
                    metric = from_draws(spearman(p, m), drawn, len(m))
                    parts[name, output, subset, confidence] = metric, drawn
                    yield f"elements/{name}/spearman/{output}/{subset}/{confidence}", metric
        if progress:
            progress(done + 1, len(elements))
    for output in outputs:
        for group, members in MATCHED.items():
            if not all(n in elements for n in members):
                continue
            place = f"matched_mean/{output}" if group == output else f"transfer_mean/{output}/{group}"
            for subset in subsets:
                for confidence in CONFIDENCES:
                    of_each = [parts[n, output, subset, confidence] for n in members]
                    value = float(np.mean([metric.value for metric, _ in of_each]))
                    drawn = np.mean([draws for _, draws in of_each], axis=0)
                    mean = from_draws(value, drawn, sum(metric.n for metric, _ in of_each))
                    yield f"{place}/{subset}/{confidence}", mean


def evaluate(
    model: SequenceModel,
    *,
    elements: tuple[str, ...] | None = None,
    scoring: Scoring = Scoring(),
    subsets: tuple[str, ...] = SUBSETS,
    resamples: int = RESAMPLES,
    effects_of: Effects | None = None,
    progress: Progress | None = None,
) -> dict:
    """`scores` of a model as metrics.json keeps them.

    Args:
        elements: CAGI5 names; by default all that are matched to a cell type.
        effects_of: where an element's effects come from; by default they are computed with `scoring`.
        progress: called with (elements done, elements).

    Returns:
        `scoring`; `elements[name]` with `cells` and `spearman[output][subset][confidence]` (a metric dict);
        `matched_mean[output][subset][confidence]` and `transfer_mean[output][cell type][subset][confidence]`.
    """
    asked = challenges(elements or MATCHED_ELEMENTS)
    computed = effects_of or (lambda element: element_effects(model, element, scoring=scoring))
    by_name = nested(scores(model.outputs, asked, computed, subsets=subsets, resamples=resamples, progress=progress))
    return {
        "scoring": asdict(scoring) | {"both_strands": True, "window": model.window},
        "elements": {
            name: {"cells": asked[name].element.data_set.cells} | entry for name, entry in by_name["elements"].items()
        },
        "matched_mean": by_name.get("matched_mean", {}),
        "transfer_mean": by_name.get("transfer_mean", {}),
    }
