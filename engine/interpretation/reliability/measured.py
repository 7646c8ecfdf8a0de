"""Maps against what was measured: saturation mutagenesis of the CAGI5 elements."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

import numpy as np

from engine.data import satmut
from engine.data.measured import measured_on
from engine.data.satmut import DELETION, MATCHED
from engine.evaluation.cagi5 import stored_effects
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.results import Progress, mean_loss
from engine.sequence import Sequence
from engine.statistics import Metric, measure, spearman

STEPS = 20
Name = TypeVar("Name", bound=Hashable)  # whatever a profile goes by


def position_means(positions: np.ndarray, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct positions, and minus the mean effect of the exchanges at each: above 0 where the base adds activity."""
    distinct, which = np.unique(positions, return_inverse=True)
    return distinct, -np.bincount(which, effects) / np.bincount(which)


def on_window(sequence: Sequence, profiles: dict[str, np.ndarray]) -> dict[str, dict[str, Metric]]:
    """Spearman, over positions, of what maps and what saturation mutagenesis say of a base of one sequence.

    Args:
        sequence: with the region that it has in the genome, unedited.
        profiles: what a base adds `(length,)`, by any name.

    Returns:
        Data set (`satmut.DATA_SETS`) to name to metric; n counts measured positions. Empty where nothing was measured.

    Raises:
        DataError: as `measured_on`.
    """
    return beside(measured_on(sequence), profiles)


def beside(measured: dict[str, np.ndarray], profiles: dict[Name, np.ndarray]) -> dict[str, dict[Name, Metric]]:
    """`on_window` for effects that are at hand: data set to its `(length, 4)`, log2(alt/ref)."""
    return {
        data_set: {
            name: measure(spearman, profile.astype(np.float64), mean_loss(effects))
            for name, profile in profiles.items()
        }
        for data_set, effects in measured.items()
    }


def against_measured(checkpoint: Checkpoint, output: str, progress: Progress | None = None) -> dict[str, dict]:
    """Spearman, over the positions of each element matched to a cell type, of what the maps and what the assay say of a
    base: minus the mean measured effect of replacing it.

    Returns:
        Element to `ism` (from the stored effects of variants, seven windows each) and `ig` (tiled windows over the
        element within its flanks), each as `Metric.as_dict`; n counts positions. Empty for a cell type without
        elements.
    """
    scores = {}
    names = MATCHED.get(output, ())
    for i, name in enumerate(names):
        element, _ = satmut.load_cagi5(name)
        snv = (element.variants["alt"] != DELETION).to_numpy()
        positions = element.variants["pos"].to_numpy()[snv]
        at, measured = position_means(positions, element.variants["effect"].to_numpy()[snv])
        column = checkpoint.model.outputs.index(output)
        effects = stored_effects(checkpoint, element)[snv, column].astype(np.float64)
        around = satmut.context(element)
        assert around.region  # a context lies in the genome
        track = integrated_gradients(
            checkpoint.inference_model, Sequence(name, around.bases), IGSettings(steps=STEPS), outputs=(output,)
        )
        contributions = track.per_position(output)[at - 1 - around.region.start].astype(np.float64)
        scores[name] = {
            "ism": measure(spearman, position_means(positions, effects)[1], measured).as_dict(),
            "ig": measure(spearman, contributions, measured).as_dict(),
        }
        if progress:
            progress(i + 1, len(names))
    return scores
