"""What each single network of a trained model predicts of everything that models are scored on.

A model may have several networks that differ in the seed alone: members side by side (which see the elements in the
same order and differ in their first weights), replicates beside it, or those of an ensemble's models. What two recipes
differ by is seen against what two seeds of one recipe differ by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.data.library import Library
from engine.data.satmut import MeasuredElement
from engine.evaluation import cagi5, held_out
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes


@dataclass(frozen=True)
class Predicted:
    """What a network, or the mean of several, predicts.

    Attributes:
        key: names all that it was made of.
        held_out: `(n, outputs)` log2(RNA/DNA) of the test fold.
        effects_of: gives the `(variants, outputs)` effects of an element, alt minus ref.
    """

    key: str
    outputs: tuple[str, ...]
    held_out: np.ndarray
    effects_of: Callable[[MeasuredElement], np.ndarray]


def of_model(checkpoint: Checkpoint, library: Library) -> Predicted:
    """What a trained model predicts, from what is stored of it."""
    return Predicted(
        checkpoint.weights_hash,
        checkpoint.model.outputs,
        held_out.stored_predictions(checkpoint, *library),
        lambda element: cagi5.stored_effects(checkpoint, element),
    )


def of_rule(key: str, rule: SequenceModel, library: Library) -> Predicted:
    """What a simple rule (`engine.models.rules`) predicts."""
    return Predicted(
        f"{key} {library.table.hash} {library.split.hash}",
        rule.outputs,
        predict_codes(rule, library.table.codes[library.split.test], batch_size=1024),
        lambda element: cagi5.element_effects(rule, element),
    )


def of_networks(checkpoint: Checkpoint, library: Library) -> list[Predicted]:
    """What each network of a trained model predicts: those of an ensemble's models, the members of a model that has
    several, or else the model's own and its replicates.

    What members predict each for itself is kept in the cache; where it is not there, it takes minutes.
    """
    if checkpoint.members:
        return [one for member in checkpoint.members for one in of_networks(member, library)]
    if len(checkpoint.model.split()) == 1:
        folders = checkpoints.replicates(checkpoint.name).values()
        others = [checkpoints.load(checkpoint.name, folder) for folder in folders]
        return [of_model(one, library) for one in (checkpoint, *others)]
    held_out_by = held_out.by_network(checkpoint, library.table, library.split.test)
    return [
        Predicted(
            f"{checkpoint.weights_hash} network {i + 1}",
            checkpoint.model.outputs,
            predicted,
            partial(_effects, checkpoint, i),
        )
        for i, predicted in enumerate(held_out_by)
    ]


def _effects(checkpoint: Checkpoint, network: int, element: MeasuredElement) -> np.ndarray:
    return cagi5.effects_by_network(checkpoint, element)[network]
