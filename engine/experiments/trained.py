"""What a training run gives back."""

from __future__ import annotations

from dataclasses import dataclass

from engine.models.layers import SequenceModel


@dataclass(frozen=True)
class TrainedModel:
    """The best weights of a run and what happened on the way (one entry an epoch in `history`)."""

    model: SequenceModel
    history: list[dict]
    seed: int
    device: str
    precision: str
    seconds: float
    samples_per_second: float
    stopped: str  # why the run ended: 'finished', 'early stopping' or 'budget'
