"""How networks learn, from the histories of their runs: validation scores by epoch, how soon, and what is lost again.

The scores are Spearman correlations on the validation fold after each epoch, of the averaged weights (which lag behind
by about an epoch and a half): "consensus" of the denoised prediction with the mean of ranks, and each condition through
its norm. Of a score

- *epoch k*: its value then; the interval of a Spearman correlation of so many elements (Bonett and Wright 2000,
  Psychometrika 65:23-28: Fisher's z with a standard error of the root of (1 + r^2 / 2) / (n - 3)).
- *epochs to 90%*: after how many epochs, with straight lines between them and 0 before the first, it first reached 90%
  of what it ended with. A run that ends while it still learns ends early in this as well.
- *overfitting*: the best epoch minus the last, 0 for a run that was best at its end.

The last two are single numbers of one run: alone they have no interval, over seeds that of Student's t.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.data.splits import VALIDATION_FOLD
from engine.disentangle import data
from engine.disentangle.analyses import features
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import over_seeds
from engine.disentangle.results import Score
from engine.errors import CheckpointError
from engine.models.disentangle import DENOISED
from engine.results import Progress
from engine.statistics import Metric

SCORES = "validation_spearman"  # of an epoch, in what `engine.training.runs` records
REACHED = 0.9  # of the last score
SETTINGS = {"reached": REACHED}
_NORMAL = 1.959964  # between minus and plus this lie 95% of a normal distribution


def spearman_metric(r: float, n: int) -> Metric:
    """A Spearman correlation of n elements with the interval of its formula; see the module's text."""
    if n < 4 or not abs(r) < 1:
        return Metric(r, float("nan"), float("nan"), n)
    half = _NORMAL * np.sqrt((1 + r**2 / 2) / (n - 3))
    return Metric(r, float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half)), n)


def epochs_to(scores: list[float], share: float = REACHED) -> float:
    """After how many epochs a score first reached a share of its last value; nan if it ended at 0 or below."""
    wanted = share * scores[-1]
    if not wanted > 0:
        return float("nan")
    before = [0.0, *scores[:-1]]
    for epoch, (earlier, later) in enumerate(zip(before, scores, strict=True)):
        if later >= wanted:
            return epoch + (wanted - earlier) / (later - earlier)
    raise AssertionError("the last score reaches a share of itself")


def history(network: Network) -> list[dict[str, float]]:
    """The scores of every epoch of a network's training.

    Raises:
        CheckpointError: its metrics hold none.
    """
    epochs = network.checkpoint.metrics.get("training", {}).get("history") or []
    if not epochs or any(SCORES not in epoch for epoch in epochs):
        raise CheckpointError(
            f"metrics of '{network.checkpoint.name}' (seed {network.seed}) hold no history of its training; run: "
            f"python -m engine disentangle train {network.experiment.name} --again"
        )
    return [epoch[SCORES] for epoch in epochs]


def parts(network: Network, counts: dict[str, int]) -> Iterator[Score]:
    """Rows of one network, each of whose outputs was validated on so many sequences."""
    own, epochs = network.experiment, history(network)
    for output in (DENOISED, *own.conditions):
        scores = [float(epoch[output]) for epoch in epochs]
        numbers = {f"epoch {i + 1}": spearman_metric(score, counts[output]) for i, score in enumerate(scores)}
        for name, value in (("epochs to 90%", epochs_to(scores)), ("overfitting", max(scores) - scores[-1])):
            numbers[name] = Metric(value, float("nan"), float("nan"), 1)
        for name, metric in numbers.items():
            measure = f"dynamics/{output}/{name}"
            yield Score(own.notion, own.encoder, own.recipe.name, network.seed, measure, metric)


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every network, then means over seeds."""
    for own, told in features.by_notion(networks, progress):
        pairs = data.of(own[0].experiment, library)
        known = np.isfinite(pairs.activity[pairs.rows(VALIDATION_FOLD)])
        counts = dict(zip((DENOISED, *pairs.conditions), (known.all(axis=1).sum(), *known.sum(axis=0)), strict=True))
        found = []
        for i, network in enumerate(own):
            found += list(parts(network, {output: int(n) for output, n in counts.items()}))
            if told:
                told(i + 1, len(own))
        yield from found
        yield from over_seeds(found)
