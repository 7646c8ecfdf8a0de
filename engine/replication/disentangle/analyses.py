"""Which of the study's findings about maps, features and weights (20, 21, 23 to 25) hold for our networks.

Each is put as one number out of the stored analyses of DISENTANGLE; where the study measures otherwise than we do, it
is the study's measure, beside the study's figure. Of what is said of every network or every pair the extreme one is
told. Bounds that the study does not name are ours: `FIVEFOLD`, `CONCENTRATED`, `MOVED`.

The study's Integrated Gradients were taken in training mode, where they are rounding errors, and its recipes learned
from different data (assets/published_disentangle.md): a statement that holds here may hold for another reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from engine.data import published
from engine.disentangle import analyses
from engine.disentangle.declared import CELLS
from engine.errors import CisLensError
from engine.replication.disentangle.terms import (
    BASELINE,
    BOTH,
    CONTRASTIVE,
    FULL,
    NAMES,
    RANKING,
    RANKING_CONTRASTIVE,
    minus,
    of_seeds,
    seeds_of,
)
from engine.replication.finding import OURS, Finding
from engine.statistics import Metric

FIVEFOLD = 4.0  # nearer to five than to three times
CONCENTRATED = 0.5  # a Gini coefficient between those of the study's baselines and those of its ranking networks
MOVED = 0.5  # a correlation with the first weights below which these explain less than a quarter of the weights
EQUAL, CLOSE = 0.995, 0.02  # the study's own: cosine of the norms' parameters above, mean difference below
ANALYSED = (BASELINE, RANKING, CONTRASTIVE, RANKING_CONTRASTIVE, FULL)  # the recipes that its analyses are of
STUDY = "study"  # the method of a row that is measured as the study does
MEASURED_HERE = "ours"

ALIKE = {"IG": 0.42, "ISM": 0.62}  # the study's highest correlation of two recipes' maps

CONSISTENCY = "attribution/{}/consistency/per sequence/spearman/less"
SEPARATION, R2, GINI = "geometry/cell type separation", "geometry/activity probe r2", "head/gini"
LESS, FOLD = "/minus baseline", "/baseline by this"
NORMED = (CONTRASTIVE, RANKING_CONTRASTIVE, FULL)  # whose norms the study compares


@dataclass(frozen=True)
class Place:
    """Where a number stands among the rows of an analysis, but for its seed."""

    measure: str
    encoder: str
    recipe: str
    against: str = ""
    method: str = STUDY

    @property
    def words(self) -> str:
        """'full_disentangle of the BiLSTM', 'full_disentangle and baseline_mse of the BiLSTM'."""
        return f"{self.recipe}{f' and {self.against}' * bool(self.against)} of the {NAMES[self.encoder]}"


class Rows:
    """The rows of an analysis that are of two cell types."""

    def __init__(self, name: str):
        self.metrics: dict[tuple[Place, int | None], Metric] = {
            (Place(s.measure, s.encoder, s.recipe, s.against, s.method), s.seed): s.metric
            for s in analyses.read(name)
            if s.notion == CELLS
        }

    def of(self, place: Place, seed: int | None) -> Metric | None:
        """A number; None where it is not there, or has no value. Two recipes may stand in either order."""
        turned = replace(place, recipe=place.against, against=place.recipe)
        metric = self.metrics.get((place, seed), self.metrics.get((turned, seed)))
        return None if metric is None or math.isnan(metric.value) else metric

    def extreme(self, places: list[Place], seed: int | None, lowest: bool) -> tuple[Place, Metric] | None:
        """Of several numbers of one seed the one whose interval reaches furthest down, or up; None if one lacks."""
        pairs = [(place, metric) for place in places if (metric := self.of(place, seed)) is not None]
        if not pairs or len(pairs) < len(places):
            return None
        return min(pairs, key=lambda p: p[1].low) if lowest else max(pairs, key=lambda p: p[1].high)


def findings(left_out: list[str]) -> list[Finding]:
    """All that can be decided with what is stored; what is stale is appended to `left_out` with how to mend it, and so
    is what lacks where other analyses are there."""
    results: list[Finding] = []
    lacking = []
    for name, part in PARTS.items():
        try:
            rows = Rows(name)
            results += [finding for finding in part(rows) if finding is not None]
            lacking += [] if rows.metrics else [f"nothing is stored of '{name}'; run: {analyses.command(name)}"]
        except CisLensError as error:
            left_out.append(str(error))
    if len(lacking) < len(PARTS):
        left_out += lacking
    return results


def _one(
    rows: Rows, finding: tuple[str, str], place: Place, known: float | None, low: float = 0.0, high: float = math.inf
) -> Finding | None:
    """A finding about one number of each seed, or about their mean where that alone is stored."""
    if rows.of(place, seeds_of(place.encoder)[0]) is None and (mean := rows.of(place, None)) is not None:
        return Finding(*finding, mean, known, low, high)
    return of_seeds(finding, (place.encoder,), lambda seed: rows.of(place, seed), known, low, high)


def _every(
    rows: Rows, finding: tuple[str, str], places: list[Place], known: float | None, low: float, high: float
) -> Finding | None:
    """A finding about every one of several numbers, decided by the extreme one, which `{}` in the statement names."""
    encoders = tuple(dict.fromkeys(place.encoder for place in places))
    lowest = math.isinf(high)
    if not encoders or (first := rows.extreme(places, seeds_of(*encoders)[0], lowest)) is None:
        return None

    def quantity(seed: int) -> Metric | None:
        found = rows.extreme(places, seed, lowest)
        return None if found is None else found[1]

    number, what = finding
    return of_seeds((number, what.format(first[0].words)), encoders, quantity, known, low, high)


def _reported(measure: str, encoder: str, *recipes: str) -> float | None:
    """A published figure of a recipe; of two recipes the first minus the second."""
    figures = [published.disentangle(measure, encoder, recipe) for recipe in recipes]
    return figures[0] if len(figures) == 1 else minus(*figures)


def _of_consistency(rows: Rows) -> Iterator[Finding | None]:
    steps = ((RANKING_CONTRASTIVE, CONTRASTIVE), (FULL, RANKING_CONTRASTIVE))
    for encoder in BOTH:
        for number, kind, (first, second) in (
            *(("20", "ig", step) for step in steps),
            # the baseline has two norms here as well; and IG from an even base holds much that is the same of any DNA
            *((OURS, kind, (FULL, BASELINE)) for kind in ("ig", "ism")),
        ):
            what = (
                f"{first} explains a sequence more alike through both norms than {second} (Spearman of {kind.upper()}, "
                f"mean over sequences, difference, {NAMES[encoder]})"
            )
            method = STUDY if kind == "ig" else MEASURED_HERE
            place = Place(CONSISTENCY.format(kind), encoder, first, second, method)
            known = _reported("ig between norms/per sequence", encoder, first, second) if kind == "ig" else None
            yield _one(rows, (number, what), place, known)


def _of_geometry(rows: Rows) -> Iterator[Finding | None]:
    for encoder in BOTH:
        own, base = (_reported(SEPARATION, encoder, recipe) for recipe in (FULL, BASELINE))
        what = (
            "Full DISENTANGLE brings the cell types nearer together in its features (separation minus the baseline's, "
            f"{NAMES[encoder]})"
        )
        place = Place(SEPARATION + LESS, encoder, FULL, BASELINE)
        yield _one(rows, ("21", what), place, minus(own, base), -math.inf, 0.0)
        what = f"Fivefold (the baseline's separation by that of full, above {FIVEFOLD:g}, {NAMES[encoder]})"
        fold = base / own if own and base else None
        yield _one(rows, ("21", what), replace(place, measure=SEPARATION + FOLD), fold, FIVEFOLD)
        what = (
            "Activity is better read off full DISENTANGLE's features (R2 of a linear probe minus the baseline's, "
            f"{NAMES[encoder]})"
        )
        place = Place(R2 + LESS, encoder, FULL, BASELINE, MEASURED_HERE)
        yield _one(rows, ("21", what), place, _reported(R2, encoder, FULL, BASELINE))


def _of_maps(rows: Rows) -> Iterator[Finding | None]:
    for kind in ("IG", "ISM"):
        for encoder in BOTH:
            bound = ALIKE[kind]
            what = f"{kind} maps of two recipes are as unlike as there (highest Spearman, {{}}, below {bound})"
            pairs = _every_two(f"attribution/{kind.lower()}/between recipes/pooled/spearman", encoder)
            yield _every(rows, ("24", what), pairs, bound, -math.inf, bound)
        for encoder in BOTH:
            what = (
                f"{kind} maps of two recipes are less alike than those of two seeds of one (Spearman between recipes "
                f"minus that between seeds, mean over all, below 0, {NAMES[encoder]})"
            )
            measure = f"attribution/{kind.lower()}/recipes less seeds/per sequence/spearman"
            own = rows.of(Place(measure, encoder, "every two", method=MEASURED_HERE), None)
            yield None if own is None else Finding(OURS, what, own, None, -math.inf, 0.0)


def _of_cka(rows: Rows) -> Iterator[Finding | None]:
    for encoder in BOTH:
        pairs = [replace(p, method=MEASURED_HERE) for p in _every_two("cka between recipes", encoder)]
        figures = (published.disentangle(p.measure, encoder, p.recipe, p.against) for p in pairs)
        bound = max(figure for figure in figures if figure is not None)
        what = f"Features of two recipes are as unlike as there (highest CKA, {{}}, below {bound})"
        yield _every(rows, ("24", what), pairs, bound, -math.inf, bound)


def _every_two(measure: str, encoder: str) -> list[Place]:
    return [Place(measure, encoder, one, other) for one, other in combinations(ANALYSED, 2)]


def _of_norms(rows: Rows) -> Iterator[Finding | None]:
    for parameter in ("gamma", "beta"):
        measure = f"norms/{parameter} cosine"
        places = [Place(measure, encoder, recipe) for encoder in BOTH for recipe in NORMED]
        known = min(figure for p in places if (figure := _reported(p.measure, p.encoder, p.recipe)) is not None)
        what = f"The two norms' {parameter} are nearly equal in every network (lowest cosine, {{}}, above {EQUAL})"
        yield _every(rows, ("23", what), places, known, EQUAL, math.inf)
        what = (
            f"That says something: with one norm's {parameter} dealt out to the features anew no network's cosine is "
            f"above {EQUAL} (highest, {{}})"
        )
        dealt = [replace(place, against="permuted features") for place in places]
        yield _every(rows, (OURS, what), dealt, None, -math.inf, EQUAL)
    places = [Place("norms/gamma difference", encoder, recipe) for encoder in BOTH for recipe in NORMED]
    known = max(figure for p in places if (figure := _reported(p.measure, p.encoder, p.recipe)) is not None)
    what = f"The two norms' gamma differ little in every network (highest mean difference, {{}}, below {CLOSE})"
    yield _every(rows, ("23", what), places, known, -math.inf, CLOSE)


def _of_heads(rows: Rows) -> Iterator[Finding | None]:
    for encoder in BOTH:
        what = (
            f"{RANKING}'s head spreads over more features than the baseline's (Gini coefficient minus the baseline's, "
            f"{NAMES[encoder]})"
        )
        apart = Place(GINI + LESS, encoder, RANKING, BASELINE)
        yield _one(rows, ("25", what), apart, _reported(GINI, encoder, RANKING, BASELINE), -math.inf, 0.0)
        for recipe, words, low, high in (
            (BASELINE, "The baseline's head is concentrated (Gini coefficient above", CONCENTRATED, math.inf),
            (RANKING, f"{RANKING}'s head is distributed (Gini coefficient below", -math.inf, CONCENTRATED),
        ):
            finding = ("25", f"{words} {CONCENTRATED}, {NAMES[encoder]})")
            yield _one(rows, finding, Place(GINI, encoder, recipe), _reported(GINI, encoder, recipe), low, high)
        what = (
            f"{RANKING}'s head spreads over more features in what these contribute too, weight times spread (Gini "
            f"coefficient minus the baseline's, {NAMES[encoder]})"
        )
        yield _one(rows, (OURS, what), replace(apart, method=MEASURED_HERE), None, -math.inf, 0.0)
        what = (
            f"{RANKING} learned that: its head's weights correlate with those it started from by less than {MOVED} "
            f"({NAMES[encoder]})"
        )
        place = Place("head/correlation with the start", encoder, RANKING, method=MEASURED_HERE)
        yield _one(rows, (OURS, what), place, None, -math.inf, MOVED)


# by the name of the analysis whose rows they take
PARTS: dict[str, Callable[[Rows], Iterator[Finding | None]]] = {
    "consistency": _of_consistency,
    "geometry": _of_geometry,
    "norms": _of_norms,
    "agreement": _of_maps,
    "cka": _of_cka,
    "head": _of_heads,
}
