"""What a training run gives back, and what is kept of it with every metric."""

from __future__ import annotations

from dataclasses import asdict, dataclass

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

    @property
    def best(self) -> dict:
        """The entry of the epoch whose weights these are."""
        return max(self.history, key=lambda h: h["validation_spearman_mean"])


@dataclass(frozen=True)
class TrainingFacts:
    """How a model came about: `training` of metrics.json, in the order of its keys.

    Attributes:
        recipe: `Experiment.recipe`.
        epochs, best_epoch: how many there were, and which one's weights were kept (from 1).
        validation_spearman, validation_spearman_mean: of the best epoch.
        split: the rule of the split in words.
        rows: elements of each part.
    """

    seed: int
    recipe: dict
    device: str
    precision: str
    seconds: float
    samples_per_second: float
    epochs: int
    stopped: str
    best_epoch: int
    validation_spearman: dict[str, float]
    validation_spearman_mean: float
    history: list[dict]
    data_hash: str
    split_hash: str
    split: str
    rows: dict[str, int]

    def as_dict(self) -> dict:
        return asdict(self)
