"""What the scores of DISENTANGLE rest on: for each measure the predicted beside the measured, row by row.

A network, and a simple rule in its place, say something (`Said`) of the same elements: the test fold's, those of the
separate experiments, the variants of CAGI5. `pairs` puts beside it what was measured. `drawn` draws the same rows for
all who say something of the same rows, so that every difference is paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.data.satmut import MATCHED, MATCHED_ELEMENTS
from engine.disentangle import data
from engine.disentangle.declared import CELLS
from engine.disentangle.drawn import Drawn, mean
from engine.evaluation import cagi5
from engine.evaluation.comparison import SUBSET
from engine.models.disentangle import DENOISED
from engine.statistics import METRICS, RESAMPLES, bootstrap

MATCHED_NORM = "matched"  # a variant's element through the norm of its own cell type
VIEWS = (DENOISED, MATCHED_NORM)
DIFFERENCE = "cells/difference/spearman"


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        notion, conditions: what counts as an experiment, and which there are.
        test: `(n, conditions)` activities of the test fold's elements, nan where a condition did not measure one.
        third: `(n,)` activities of the separate experiments' unseen elements, by cell type.
        elements: CAGI5's elements by name, in the order of `MATCHED_ELEMENTS`; empty where the files are not there.
    """

    notion: str
    conditions: tuple[str, ...]
    test: np.ndarray
    third: Mapping[str, np.ndarray] = field(default_factory=dict)
    elements: Mapping[str, cagi5.Challenge] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What is predicted, in columns: denoised, then through the norm of each condition.

    Attributes:
        test: `(n, 1 + conditions)` of the elements of `Measured.test`.
        third: of those of `Measured.third`, by cell type.
        effects: `(variants, 1 + conditions)` alt minus ref by CAGI5 element; empty for who says nothing of variants.
    """

    test: np.ndarray
    third: Mapping[str, np.ndarray] = field(default_factory=dict)
    effects: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """`predicted` and `measured` `(n,)`; `inside` `(n,)` which rows count where not all do; `seed` of the draws."""

    metric: Callable[[np.ndarray, np.ndarray], float]
    predicted: np.ndarray
    measured: np.ndarray
    inside: np.ndarray | None = None
    seed: int = 0


def pairs(said: Said, measured: Measured) -> Iterator[tuple[str, Rows]]:
    """Every measure that rests on rows, but for the means over elements (`means`)."""
    spearman, conditions = METRICS["spearman"], measured.conditions
    columns = {name: said.test[:, i].astype(np.float64) for i, name in enumerate((DENOISED, *conditions))}
    truth = {c: measured.test[:, i].astype(np.float64) for i, c in enumerate(conditions)}
    for condition in conditions:
        for name in ("spearman", "pearson"):
            yield f"tier 1/{condition}/{name}", Rows(METRICS[name], columns[condition], truth[condition])
    agreed = data.consensus(measured.test) if len(measured.test) else np.zeros(0)
    yield "tier 2/consensus/spearman", Rows(spearman, columns[DENOISED], agreed)
    for condition in conditions:
        for other in conditions:
            if other != condition:
                yield f"tier 2/{condition} from {other}/spearman", Rows(spearman, columns[other], truth[condition])
    for cell, activity in measured.third.items():
        values = said.third[cell]
        yield f"tier 2/third {cell}/spearman", Rows(spearman, values[:, 0], activity)
        if cell in conditions:
            own = values[:, 1 + conditions.index(cell)]
            yield f"tier 2/third {cell}/through {cell}/spearman", Rows(spearman, own, activity)
    if measured.notion == CELLS:
        first, second = conditions[:2]
        rows = Rows(spearman, columns[first] - columns[second], truth[first] - truth[second])
        yield DIFFERENCE, rows
    if said.effects:
        yield from _variants(said, measured)


def _variants(said: Said, measured: Measured) -> Iterator[tuple[str, Rows]]:
    """Effects of SNVs, the challenge's test variants. All of an element are drawn, and those of high confidence looked
    for among the drawn, so that the two are paired as well."""
    for name, (element, training) in measured.elements.items():
        whole = cagi5.subset_rows(element, training, SUBSET, "all")
        effects = element.variants["effect"].to_numpy()[whole]
        for confidence in cagi5.CONFIDENCES:
            inside = cagi5.subset_rows(element, training, SUBSET, confidence)[whole]
            for view, column in _columns(name, measured.conditions).items():
                rows = Rows(
                    METRICS["spearman"],
                    said.effects[name][whole, column],
                    effects,
                    inside,
                    MATCHED_ELEMENTS.index(name),
                )
                yield f"tier 3/{confidence}/{view}/{name}/spearman", rows


def cell_of(element: str) -> str:
    """The cell type that a CAGI5 element is matched to."""
    return next(cell for cell, names in MATCHED.items() if element in names)


def cell_of_condition(condition: str) -> str:
    """The cell type of a condition, its last word: 'K562', 'joint HepG2'."""
    return condition.split()[-1]


def _columns(element: str, conditions: tuple[str, ...]) -> dict[str, int]:
    """The columns that an element's variants are scored in: denoised, and through its own cell type's norm, if there is
    one; two assays of one cell type are two, of which none is its own."""
    own = {MATCHED_NORM: 1 + conditions.index(cell_of(element))} if cell_of(element) in conditions else {}
    return {DENOISED: 0} | own


def means(parts: Mapping[str, Drawn]) -> Iterator[tuple[str, Drawn]]:
    """The means over CAGI5's elements: all that are there, and those matched to each cell type."""
    for confidence in cagi5.CONFIDENCES:
        for view in VIEWS:
            place = f"tier 3/{confidence}/{view}"
            each = {n: parts[k] for n in MATCHED_ELEMENTS if (k := f"{place}/{n}/spearman") in parts}
            groups = {cell: [each[n] for n in names if n in each] for cell, names in MATCHED.items()}
            if each:
                yield f"{place}/spearman", mean(list(each.values()), sum(p.n for p in each.values()))
            for cell, group in groups.items():
                if 0 < len(group) < len(each):
                    yield f"{place}/{cell}/spearman", mean(group, sum(p.n for p in group))


def drawn(named: Iterable[tuple[str, Rows]], resamples: int = RESAMPLES) -> dict[str, Drawn]:
    """Scores by measure with their draws: of the same rows for whoever says something of them; and the `means`."""
    parts = {name: _draw(rows, resamples) for name, rows in named}
    return parts | dict(means(parts))


def _draw(rows: Rows, resamples: int) -> Drawn:
    known = np.isfinite(rows.predicted) & np.isfinite(rows.measured)
    inside = None if rows.inside is None else rows.inside[known]
    predicted, truth = rows.predicted[known], rows.measured[known]
    counted = np.ones(len(truth), bool) if inside is None else inside
    n = int(counted.sum())
    value = rows.metric(predicted[counted], truth[counted]) if n > 2 else float("nan")
    if not np.isfinite(value):
        return Drawn(float("nan"), np.full(resamples, np.nan), n)
    return Drawn(value, bootstrap(rows.metric, predicted, truth, resamples, rows.seed, inside), n)
