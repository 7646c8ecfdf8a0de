"""Networks against each other: means over seeds, every recipe minus plain squared error, and simple rules beside them.

Every number rests on the same draws of the same rows for all networks of a notion, so every difference is paired. The
interval of a mean over seeds says what other sequences would change; what other seeds would, its standard deviation
says, in a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np
from scipy.stats import chi2

from engine.data import published
from engine.data.library import Library
from engine.data.splits import homology_groups
from engine.disentangle import data, evaluation, probes, scorecard
from engine.disentangle.analyses.networks import Network
from engine.disentangle.baselines import NONE, RULES
from engine.disentangle.drawn import Drawn, mean
from engine.disentangle.evaluation import Asked
from engine.disentangle.results import Score
from engine.disentangle.rows import pairs
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.representations.embedding import embed
from engine.models import rules
from engine.results import Progress
from engine.statistics import INTERVAL, Metric

BASELINE = "baseline_mse"
POOLED = ("bilstm", "dilated_cnn")  # the encoders over whose seeds the study prints means
SPREAD, RELATIVE = "s.d.", "relative"  # what is added to a measure's name
OF_A_PART = ("tier 1/K562/spearman", "tier 1/HepG2/spearman", "tier 2/consensus/spearman")
SETTINGS = {
    **scorecard.SETTINGS,
    "baseline": BASELINE,
    "pooled": POOLED,
    "relative": OF_A_PART,
    "rules": {"k": rules.K, "alpha": rules.ALPHA},
}

Drawing = dict[str, Drawn]  # by measure
Seeds = dict[int, Drawing]


def rows(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Of every notion: the simple rules; of several seeds their mean and standard deviation; of every recipe its
    difference to `BASELINE` with the same encoder, for each seed that both have and over these seeds. Under the encoder
    `published.MEAN` stand the means over the networks of `POOLED`.

    Args:
        progress: called with (networks done, networks).
    """
    done = 0
    for notion, group in groupby(sorted(networks, key=lambda n: n.experiment.notion), lambda n: n.experiment.notion):
        members = list(group)
        asked = evaluation.asked(notion, members[0].experiment.conditions, library)
        drawn: dict[tuple[str, str], Seeds] = {}
        for network in members:
            parts = of_network(network.checkpoint, asked, library)
            drawn.setdefault((network.encoder, network.recipe), {})[network.seed] = parts
            done += 1
            if progress:
                progress(done, len(networks))
        yield from of_rules(notion, asked, library)
        yield from against_each_other(notion, drawn)


def of_network(checkpoint: Checkpoint, asked: Asked, library: Library) -> Drawing:
    """Every score of a network with its draws, from the cache or out of what lies beside its weights."""
    return scorecard.draws(checkpoint, asked, lambda: scorecard.kept(checkpoint, asked, library))


# --- simple rules ---------------------------------------------------------------------------------------


def of_rules(notion: str, asked: Asked, library: Library) -> Iterator[Score]:
    """What GC content and the counts of 4-mers score; where a rule has no score, there is no row."""
    learned = data.measured(notion, asked.measured.conditions, library)
    for name, fit in RULES.items():
        rule = fit(learned)
        said = evaluation.said(Checkpoint(name, rule, {}, {}, Path()), asked)
        chosen = evaluation.probed(asked)
        named = dict(pairs(said, asked.measured))
        if len(chosen) >= probes.LEAST:
            codes = asked.codes[chosen]
            named |= probes.read_off(embed(rule, codes), homology_groups(codes), asked.measured.test[chosen])
        for measure, part in scorecard.drawn(named.items()).items():
            if np.isfinite(part.value):
                yield Score(notion, NONE, name, None, measure, part.metric)


# --- networks -------------------------------------------------------------------------------------------


def against_each_other(notion: str, drawn: Mapping[tuple[str, str], Seeds]) -> Iterator[Score]:
    """The means and differences of networks by encoder and recipe."""
    for (encoder, recipe), seeds in drawn.items():
        if len(seeds) > 1:
            yield from _over(notion, encoder, recipe, list(seeds.values()))
        base = drawn.get((encoder, BASELINE))
        if base and recipe != BASELINE:
            yield from _apart(notion, encoder, recipe, seeds, base)
    for recipe in dict.fromkeys(recipe for _, recipe in drawn):
        pool = [drawn.get((encoder, recipe)) for encoder in POOLED]
        if not all(pool):
            continue
        yield from _over(notion, published.MEAN, recipe, [parts for seeds in pool if seeds for parts in seeds.values()])
        bases = [drawn.get((encoder, BASELINE)) for encoder in POOLED]
        if recipe != BASELINE and all(bases):
            shared = [
                (own[seed], base[seed])
                for own, base in zip(pool, bases, strict=True)
                if own and base
                for seed in own.keys() & base.keys()
            ]
            if shared:
                yield from _differences(notion, published.MEAN, recipe, None, shared)


def _over(notion: str, encoder: str, recipe: str, several: list[Drawing]) -> Iterator[Score]:
    """The mean of each measure over networks, and their standard deviation."""
    for measure in several[0]:
        parts = [own[measure] for own in several if measure in own]
        if len(parts) < len(several):
            continue
        yield Score(notion, encoder, recipe, None, measure, mean(parts, parts[0].n).metric)
        spread = between(np.array([part.value for part in parts]))
        yield Score(notion, encoder, recipe, None, f"{measure} {SPREAD}", spread)


def between(values: np.ndarray) -> Metric:
    """The standard deviation of some networks' scores with the 95% interval of the chi-squared distribution, as if they
    were normal; n counts networks. Not known of fewer than two."""
    if len(values) < 2 or not np.isfinite(values).all():
        return Metric.unknown(len(values))
    free = len(values) - 1
    spread = float(values.std(ddof=1))
    low, high = (spread * float(np.sqrt(free / chi2.ppf(1 - q / 100, free))) for q in INTERVAL)
    return Metric(spread, low, high, len(values))


def _apart(notion: str, encoder: str, recipe: str, seeds: Seeds, base: Seeds) -> Iterator[Score]:
    """A recipe minus the baseline: of each seed that both have, and where there are several, of their mean."""
    shared = sorted(seeds.keys() & base.keys())
    for seed in shared:
        yield from _differences(notion, encoder, recipe, seed, [(seeds[seed], base[seed])])
    if len(shared) > 1:
        yield from _differences(notion, encoder, recipe, None, [(seeds[seed], base[seed]) for seed in shared])


def _differences(
    notion: str, encoder: str, recipe: str, seed: int | None, both: list[tuple[Drawing, Drawing]]
) -> Iterator[Score]:
    """The mean of one side of pairs of networks minus that of the other; of some measures also as a part of it."""
    for measure in both[0][0]:
        if not all(measure in own and measure in other for own, other in both):
            continue
        n = both[0][0][measure].n
        own, other = (mean([pair[side][measure] for pair in both], n) for side in (0, 1))
        apart = own.less(other)
        yield Score(notion, encoder, recipe, seed, measure, apart.metric, against=BASELINE)
        if measure in OF_A_PART and (other.draws > 0).all():  # a part of nothing says nothing
            part = Drawn(own.value / other.value - 1, own.draws / other.draws - 1, n)
            yield Score(notion, encoder, recipe, seed, f"{measure} {RELATIVE}", part.metric, against=BASELINE)
