"""Every score of DISENTANGLE in one list: what metrics.json of each network says, and the stored comparison."""

from __future__ import annotations

from engine.disentangle import analyses
from engine.disentangle.declared import EXPERIMENTS, SYSTEM
from engine.disentangle.results import Score
from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.statistics import Metric

NAME = "comparison"  # in `ANALYSES`


def scores(left_out: list[str] | None = None) -> list[Score]:
    """Of every trained network its scores; then means over seeds, differences and simple rules, as far as they are
    stored and of today's weights. Needs no data.

    Args:
        left_out: takes why stored comparisons are not among them, in place of an error.

    Raises:
        CheckpointError: a broken file of a network; without `left_out` also a broken or stale comparison.
    """
    found = of_networks()
    try:
        return found + analyses.read(NAME)
    except CheckpointError as error:
        if left_out is None:
            raise
        left_out.append(str(error))
        return found


def of_networks() -> list[Score]:
    """What metrics.json of every trained network says, in the order of declaration, then by seed."""
    present = checkpoints.trained(SYSTEM)
    return [
        Score(e.notion, e.encoder, e.recipe.name, seed, measure, Metric.from_dict(metric))
        for name, e in EXPERIMENTS.items()
        if name in present
        for seed, metrics in checkpoints.read_seeds(name).items()
        for measure, metric in metrics.get("disentangle", {}).items()
    ]
