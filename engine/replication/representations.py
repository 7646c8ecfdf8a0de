"""Which of the study's findings about representations, attributions and maps of elements (10 to 14) hold here.

Each is put as one number with its interval over held-out elements and decided as those about motifs are
(`engine.replication.finding.Finding`). What the study calls near zero, not read or fully mixed has bounds of
ours: `NEAR_ZERO`, `NOT_READ`, `MIXED`.
"""

from __future__ import annotations

import math

import numpy as np

from engine.data import published
from engine.data.library import Library
from engine.errors import CisLensError
from engine.experiments import checkpoints
from engine.experiments.declared import RANK_ORDER
from engine.interpretation import panel, stored
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.motifs.probes import r2_draws
from engine.interpretation.reliability import seeds
from engine.interpretation.representations import embedding, probes, similarity
from engine.replication.finding import BASELINE, LARGEST_P, NEAR_ZERO, OURS, RANKING, Finding
from engine.statistics import Metric, from_draws

NOT_READ = 0.01  # an R2 below 1% of the variance
MIXED = 0.95  # of what random dealing gives
GC = probes.COMPOSITION[0]
CELL, OTHER_CELL = "K562", "HepG2"


def findings(library: Library, left_out: list[str]) -> list[Finding]:
    """All that can be decided with what is stored; what is stale or missing is left out, what is stale is appended to
    `left_out` with how to mend it."""
    results: list[Finding] = []
    for part in (_of_probes, _of_similarity, _of_attributions, _of_seeds, _of_maps):
        try:
            results += part(library)
        except CisLensError as error:
            left_out.append(str(error))
    return results


def _of_probes(library: Library) -> list[Finding]:
    rows = panel.rows(library)
    names = [n for n in (BASELINE, *RANKING, probes.UNTRAINED) if _probed(n, library)]
    wanted = {n: p for n in names if (p := probes.stored_predictions(n, library, GC)) is not None}
    findings: list[Finding] = []
    if BASELINE in wanted:
        truth = probes.targets(library.table, rows, ())[GC]
        every = np.stack(list(wanted.values()), axis=1)
        value, draws = r2_draws(np.repeat(truth[:, None], every.shape[1], axis=1), every, library.split.groups[rows])
        place = {name: i for i, name in enumerate(wanted)}

        def apart(others: list[str]) -> Metric:
            own, rest = place[BASELINE], [place[o] for o in others]
            drawn = draws[:, own] - draws[:, rest].mean(axis=1)
            return from_draws(float(value[own] - value[rest].mean()), drawn, len(rows))

        ranking = [n for n in RANKING if n in wanted]
        for what, others in (
            (f"the ranking losses do (mean of {len(ranking)})", ranking),
            ("RankNet does", [RANKING[2]]),
        ):
            if others and others[-1] in wanted:
                statement = f"MSE holds more GC content than {what}: difference of R2"
                findings.append(Finding("10", statement, apart(others), _published(others)))
        if probes.UNTRAINED in wanted:
            statement = "MSE learned to hold GC content: R2 minus that of a network with random weights"
            findings.append(Finding(OURS, statement, apart([probes.UNTRAINED]), None))
    control = {n: kept[probes.CONTROL] for n in _trained(CELL) if (kept := probes.read(n, library))}
    if control:
        name = max(control, key=lambda n: control[n].high)
        statement = f"No network reads random labels: highest R2 of {len(control)} ({name}) below {NOT_READ}"
        findings.append(Finding("11", statement, control[name], None, float("-inf"), NOT_READ))
    return findings


def _of_similarity(library: Library) -> list[Finding]:
    result = similarity.read(library)
    if result is None:
        return []
    groups = {cell: [i for i, n in enumerate(result.models) if n in _trained(cell)] for cell in (CELL, OTHER_CELL)}
    findings: list[Finding] = []

    def pair(view: str, first: list[int], second: list[int], lowest: bool) -> tuple[str, Metric] | None:
        pairs = [(i, j) for i in first for j in second if (i < j if first is second else True)]
        if not pairs:
            return None
        # what is said of every pair is decided by the pair whose interval reaches furthest
        cka = result.views[view]
        reach = cka.low if lowest else cka.high
        i, j = (min if lowest else max)(pairs, key=lambda p: reach[p])
        metric = Metric(float(cka.value[i, j]), float(cka.low[i, j]), float(cka.high[i, j]), result.n)
        return f"{result.models[i]} and {result.models[j]}", metric

    for cell in (CELL, OTHER_CELL):
        bound = published.representation("CKA low", cell, cell)
        if bound is not None and (lowest := pair("linear", groups[cell], groups[cell], lowest=True)):
            statement = f"Every two {cell} networks are as alike as there: lowest CKA ({lowest[0]}) above {bound}"
            findings.append(Finding("12", statement, lowest[1], bound, bound))
    bound = published.representation("CKA low", CELL, CELL)
    if bound is not None and (highest := pair("linear", groups[CELL], groups[OTHER_CELL], lowest=False)):
        statement = f"Networks of two cell types are less alike: highest CKA ({highest[0]}) below {bound}"
        highest_published = published.representation("CKA high", CELL, OTHER_CELL)
        findings.append(Finding("12", statement, highest[1], highest_published, float("-inf"), bound))
    return findings


def _of_attributions(_: Library) -> list[Finding]:
    names = [n for n in published.ATTRIBUTIONS if n in _trained(CELL)]
    several = [(kept[0], CELL) for n in names if (kept := maps.read(stored.place(n)))]
    if len(several) < 2:
        return []
    low, high = published.ATTRIBUTION_CORRELATION
    pairs = f"mean over {len(several) * (len(several) - 1) // 2} pairs of losses within ±{NEAR_ZERO}"
    findings: list[Finding] = []
    for record in statistics.recipes(several):
        statement = f"Maps of two losses have nothing in common: correlation, {record.recipe}, {pairs}"
        middle = (low + high) / 2 if record.recipe.startswith("IG") else None
        findings.append(Finding("13", statement, record.mean, middle, -NEAR_ZERO, NEAR_ZERO))
    edges = {"R1_plackett_luce": "5' edge", "R2_softsort": "3' edge"}
    for shown, output in several:
        if shown.model in edges:
            profile, place = shown.profile(output, "ig", "zeros"), edges[shown.model]
            even = statistics.EDGE / profile.shape[1]
            statement = (
                f"{shown.model} looks at the {place}: share of its attribution in {statistics.EDGE} bases there "
                f"above {even:.2f}, an even spread"
            )
            findings.append(Finding("13", statement, statistics.focus(profile)[place], None, even))
    return findings


def _of_seeds(_: Library) -> list[Finding]:
    """Is anything of the loss in the maps at all: what networks of two losses share, beside two seeds of one loss."""
    findings: list[Finding] = []
    # of K562 the losses that the study compares: the other rows differ in more than the loss
    for cell, names in ((CELL, tuple(published.ATTRIBUTIONS)), (OTHER_CELL, _trained(OTHER_CELL))):
        families = [f for n in names if n in _trained(cell) and (f := seeds.read(stored.place(n)))]
        # with fewer losses there are so few ways to deal the networks out that none could be told from chance
        enough = math.factorial(len(families)) * LARGEST_P >= 1
        for record in seeds.against_models(families, cell) if enough else ():
            statement = (
                f"Two {cell} networks of two losses are less alike than two seeds of one: correlation between seeds "
                f"minus that between losses, {record.recipe}, {len(families)} losses with two seeds each "
                f"(p = {record.p:.3f} when the networks are dealt out to the losses anew)"
            )
            findings.append(Finding(OURS, statement, record.difference, None, p=record.p))
    return findings


def _of_maps(library: Library) -> list[Finding]:
    name = RANKING[2]  # the network that the study shows
    kept = embedding.read(name, library) if name in checkpoints.trained() else None
    if not kept:
        return []
    mixed = f"K562 and HepG2 peaks lie mixed on the map of {name}: above {MIXED} of random dealing"
    order = f"Activity runs smoothly over the map of {name}: R2 from {embedding.NEIGHBOURS} neighbours above 0"
    return [
        Finding("14", mixed, kept.mixing, None, MIXED),
        Finding("14", order, kept.order[CELL], None),
    ]


def _published(others: list[str]) -> float | None:
    figures = [published.representation(f"{GC} R2", n) for n in (BASELINE, *others)]
    known = [figure for figure in figures if figure is not None]
    return float(known[0] - np.mean(known[1:])) if len(known) == len(figures) else None


def _trained(cell: str) -> list[str]:
    """Those rows of the study that learned one cell type alone and are trained here."""
    here = checkpoints.trained()
    return [e.name for e in RANK_ORDER if e.task.outputs == (cell,) and e.name in here]


def _probed(name: str, library: Library) -> bool:
    if name != probes.UNTRAINED and name not in checkpoints.trained():
        return False
    try:
        return probes.read(name, library) is not None
    except CisLensError:
        return False
