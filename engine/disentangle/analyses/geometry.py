"""How features lie: how far two cell types are apart in them, over how many directions they spread, what a straight
line reads off them.

**Cell type separation.** The study passes a K562 and a HepG2 test set, mostly of different sequences, through a network
and gives a "separation ratio" without its formula. Nearest to that in one library: the elements that were chosen as
DNase peaks of K562, through the K562 norm, against those of HepG2, through the HepG2 norm. *study*: distance between
the two centroids over the mean distance of an element to its own centroid, the usual such ratio. It is above 0 even
where the cell types do not differ at all, since centroids of samples never coincide: for n elements of each, about the
root of 2 / n of the spread. *ours*: the root of the squared distance without that bias (minus the variance of both
centroids, 0 where that is negative), over the root mean square spread within. Beside both stands what they are when it
is dealt out anew which elements are K562 peaks (`against` "permuted labels"; mean and 95% range).

The same of the features before the norms ("encoder") and of the mean over the norms ("consensus"), where both sets
pass one and the same network, so that it is the sequences that differ. "separation of views" is the other thing that
could be meant: the same sequences through both norms, so that it is the norms alone that differ.

**Effective dimension**: participation ratio of the covariance's eigenvalues, of the mean over the norms and before the
norms, which scale each feature.

**Probes**: R2 of a ridge (nested cross-validation over homology groups) for the mean over conditions of the
standardised activities, and for the measured difference between the conditions, which an over-eager invariance forgets.
The probe standardises its features, and each norm is a straight line a feature: it reads the same before and behind any
norm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine.data.library import Library
from engine.disentangle.analyses import features
from engine.disentangle.analyses.features import ENCODER, Features, Panel
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import OURS, STUDY, Part, rows
from engine.disentangle.declared import CELLS
from engine.disentangle.results import Score
from engine.interpretation import panel
from engine.interpretation.motifs.probes import r2_draws
from engine.interpretation.representations import probes
from engine.interpretation.representations.embedding import PEAKS
from engine.interpretation.representations.similarity import participation_ratio
from engine.models.disentangle import DENOISED
from engine.results import Progress
from engine.sequence import gc_contents

DRAWS = 100  # half-samples behind an interval, and permutations of labels
LEAST = 50  # elements of a set that is compared, and of what a probe learns from
SETTINGS = {
    "size": panel.SIZE,
    "seed": panel.SEED,
    "draws": DRAWS,
    "alphas": list(probes.ALPHAS),
    "folds": [probes.OUTER, probes.INNER],
}
SEPARATION = "geometry/cell type separation"
PERMUTED = "permuted labels"
COMPOSITION = "GC content"  # the recipe of the probe of composition alone: the simple baseline

# the features of two sets, `(a, p)` and `(b, p)`, and how far they are apart
Separation = Callable[[np.ndarray, np.ndarray], float]


def centroid_ratio(one: np.ndarray, other: np.ndarray) -> float:
    """Distance between centroids over the mean distance of an element to its own centroid, both sets weighing alike."""
    centres = one.mean(axis=0), other.mean(axis=0)
    within = [np.linalg.norm(s - c, axis=1).mean() for s, c in zip((one, other), centres, strict=True)]
    return float(np.linalg.norm(centres[0] - centres[1]) / np.mean(within))


def unbiased_separation(one: np.ndarray, other: np.ndarray) -> float:
    """Root of the unbiased squared distance between the means of two sets of different elements (0 where it is
    negative), over the root mean square distance of an element to its own mean."""
    spread = [s.var(axis=0, ddof=1).sum() for s in (one, other)]
    apart = ((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum() - spread[0] / len(one) - spread[1] / len(other)
    return float(np.sqrt(max(0.0, apart) / np.mean(spread)))


def unbiased_shift(one: np.ndarray, other: np.ndarray) -> float:
    """`unbiased_separation` of two views of the same elements: the variance of the mean is that of the differences."""
    spread = [s.var(axis=0, ddof=1).sum() for s in (one, other)]
    moved = one - other
    apart = (moved.mean(axis=0) ** 2).sum() - moved.var(axis=0, ddof=1).sum() / len(one)
    return float(np.sqrt(max(0.0, apart) / np.mean(spread)))


SEPARATIONS: dict[str, Separation] = {OURS: unbiased_separation, STUDY: centroid_ratio}
SHIFTS: dict[str, Separation] = {OURS: unbiased_shift, STUDY: centroid_ratio}


def halves(n: int) -> list[np.ndarray]:
    """`DRAWS` random halves of n elements, none twice: see `engine.interpretation.representations.similarity`."""
    rng = np.random.default_rng(panel.SEED)
    return [np.sort(rng.permutation(n)[: n // 2]) for _ in range(DRAWS)]


def apart(measure: str, one: np.ndarray, other: np.ndarray, sets: tuple[np.ndarray, np.ndarray]) -> list[Part]:
    """The separation of two sets of elements, both ways, each with that of permuted labels.

    Args:
        one, other: `(n, p)` the features of all elements, as the first and as the second set sees them.
        sets: places of the elements of either set.
    """
    either = np.concatenate(sets)
    parts = []
    for method, separation in SEPARATIONS.items():
        value = separation(one[sets[0]], other[sets[1]])
        drawn = [
            separation(one[np.intersect1d(h, sets[0])], other[np.intersect1d(h, sets[1])]) for h in halves(len(one))
        ]
        parts.append(Part(measure, value, _moved(drawn, value, method), len(either), method))
        rng = np.random.default_rng(panel.SEED)
        dealt = [np.split(rng.permutation(either), [len(sets[0])]) for _ in range(DRAWS)]
        chance = np.array([separation(one[a], other[b]) for a, b in dealt])
        parts.append(Part(measure, float(chance.mean()), chance, len(either), method, PERMUTED))
    return parts


def shifted(measure: str, one: np.ndarray, other: np.ndarray) -> list[Part]:
    """The separation of two views `(n, p)` of the same elements, both ways."""
    parts = []
    for method, separation in SHIFTS.items():
        value = separation(one, other)
        drawn = [separation(one[h], other[h]) for h in halves(len(one))]
        parts.append(Part(measure, value, _moved(drawn, value, method), len(one), method))
    return parts


def _moved(drawn: list[float], value: float, method: str) -> np.ndarray:
    """Draws around the value: centroids of halves lie further apart, for which the study's ratio does not allow."""
    draws = np.array(drawn)
    return draws if method == OURS else draws - draws.mean() + value


def dimensions(own: Features) -> list[Part]:
    """The effective dimension behind and before the norms."""
    parts = []
    for suffix, output in (("", DENOISED), (f", {ENCODER}", ENCODER)):
        values = own.view(output)
        draws = np.array([participation_ratio(values[h]) for h in halves(len(values))])
        parts.append(Part(f"geometry/effective dimension{suffix}", participation_ratio(values), draws, len(values)))
    return parts


def probed(values: np.ndarray, shown: Panel) -> list[Part]:
    """R2 of the activity and of the difference between conditions, by a ridge on `(n, p)` features; relatives are drawn
    together."""
    standard = (shown.activity - shown.activity.mean(axis=0)) / shown.activity.std(axis=0)
    wanted = np.stack([standard.mean(axis=1), shown.activity[:, 0] - shown.activity[:, 1]], axis=1)
    predicted = probes.out_of_fold(values, wanted, shown.groups)
    value, draws = r2_draws(wanted, predicted, shown.groups)
    names = ("geometry/activity probe r2", "geometry/difference probe r2")
    return [Part(name, float(value[i]), draws[:, i], len(shown)) for i, name in enumerate(names)]


def parts(own: Features, shown: Panel, sets: tuple[np.ndarray, np.ndarray] | None) -> list[Part]:
    """Everything of one network.

    Args:
        sets: places of the peaks of either cell type; None where there are none to compare.
    """
    found: list[Part] = []
    first, second = own.network.experiment.conditions
    if sets:
        views = (("", first, second), (f", {ENCODER}", ENCODER, ENCODER), (f", {DENOISED}", DENOISED, DENOISED))
        for suffix, one, other in views:
            found += apart(f"{SEPARATION}{suffix}", own.view(one), own.view(other), sets)
    found += shifted("geometry/separation of views", own.view(first), own.view(second))
    found += dimensions(own)
    return found + (probed(own.encoded, shown) if len(shown) >= LEAST else [])


def peaks(shown: Panel, library: Library) -> tuple[np.ndarray, np.ndarray] | None:
    """Places of the elements of a panel that were chosen as peaks of either cell type; None where the conditions are no
    cell types, or of fewer than `LEAST`."""
    if shown.notion != CELLS:
        return None
    classes = shown.classes(library)
    first, second = (np.flatnonzero(classes == kind) for kind in PEAKS)
    return (first, second) if min(len(first), len(second)) >= LEAST else None


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every network, of untrained ones (recipe "untrained"), and of the probe of GC content alone."""
    for own, told in features.by_notion(networks, progress):
        shown = features.measured(own, library)
        sets, every = peaks(shown, library), [*own, *features.untrained(own)]
        measured = ((f.network, parts(f, shown, sets)) for f in features.all_of(every, shown, told))
        yield from rows(measured, folds=(SEPARATION,))
        if len(shown) >= LEAST:
            for part in probed(gc_contents(shown.codes)[:, None], shown):
                yield Score(shown.notion, "", COMPOSITION, None, part.measure, part.metric)
