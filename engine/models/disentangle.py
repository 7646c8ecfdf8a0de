"""One encoder for several conditions: a norm of its own for each, one head for all.

The first output is the denoised prediction, the mean over the norms; each other one is what the model says through one
condition's norm. `through(output)` is the model seen through that output alone. All are a `SequenceModel`, so whatever
explains or scores those works on these.

Source: the rank-order study's second half (its DISENTANGLE wrapper); norms of their own for each domain are those of
Chang et al. 2019 (Domain-specific batch normalization, CVPR, arXiv:1906.03950).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from engine.errors import InputError, unknown
from engine.models import encoders
from engine.models.layers import SequenceModel

PROJECTION = 128
DENOISED = "consensus"  # the output that is the mean over the norms


@dataclass(frozen=True)
class DisentangleConfig:
    """Which encoder, and what differs from its defaults.

    Attributes:
        variance: a second head predicts the logarithm of the variance of a measurement.
    """

    encoder: str = "bilstm"
    options: dict = field(default_factory=dict, hash=False)
    variance: bool = False

    def __post_init__(self) -> None:
        # JSON has no tuples: a list in an option is one of the encoder's tuples
        options = {k: tuple(v) if isinstance(v, list) else v for k, v in self.options.items()}
        object.__setattr__(self, "options", options)


class DisentangleModel(SequenceModel):
    """`(batch, 4, length)` -> `(batch, 1 + conditions)`: denoised, then through the norm of each condition.

    Args:
        outputs: "consensus", then the conditions, of which there are at least two.
    """

    def __init__(self, outputs: tuple[str, ...], config: DisentangleConfig):
        super().__init__(outputs)
        if len(outputs) < 3 or outputs[0] != DENOISED:
            raise InputError(f"outputs of a DISENTANGLE model are '{DENOISED}' and two conditions or more")
        self.conditions = self.outputs[1:]
        self.encoder = encoders.build(config.encoder, config.options)
        self.norms = nn.ModuleList(nn.BatchNorm1d(encoders.FEATURES) for _ in self.conditions)
        self.head = nn.Linear(encoders.FEATURES, 1)
        self.projection = nn.Sequential(
            nn.Linear(encoders.FEATURES, encoders.FEATURES), nn.ReLU(), nn.Linear(encoders.FEATURES, PROJECTION)
        )
        self.log_variance: nn.Linear | None = None
        if config.variance:
            self.log_variance = nn.Linear(encoders.FEATURES, 1)
            for parameter in self.log_variance.parameters():
                nn.init.zeros_(parameter)  # a variance of 1, that of the standardised activities

    def normed(self, encoded: Tensor) -> Tensor:
        """`(batch, 256)` -> `(conditions, batch, 256)`: the same rows through every norm."""
        return torch.stack([norm(encoded) for norm in self.norms])

    def embed(self, x: Tensor) -> Tensor:
        """The mean over the norms, `(batch, 256)`; the head is linear, so its prediction is the mean too."""
        return self.normed(self.encoder(x)).mean(0)

    def standardised(self, x: Tensor) -> Tensor:
        views = self.head(self.normed(self.encoder(x)))[:, :, 0].T
        return torch.cat([views.mean(1, keepdim=True), views], dim=1)

    def log_variances(self, features: Tensor) -> Tensor:
        """`(batch, 256)` after a norm -> `(batch,)` logarithm of a measurement's variance around the prediction, in
        squared s.d. of the training activities. Raises InputError for a model that was not asked to predict it."""
        if self.log_variance is None:
            raise InputError("this DISENTANGLE model predicts no variance; of the recipes 'heteroscedastic' does")
        return self.log_variance(features)[:, 0]

    def through(self, output: str) -> View:
        """The model through one condition's norm, or denoised; it shares all weights. Raises InputError for an unknown
        one."""
        if output not in self.outputs:
            raise unknown("condition", output, self.outputs)
        return View(self, output)


class View(SequenceModel):
    """`(batch, 4, length)` -> `(batch, 1)`: one output of a `DisentangleModel`, in its log2(RNA/DNA)."""

    def __init__(self, model: DisentangleModel, output: str):
        super().__init__((output,))
        place = model.outputs.index(output)
        self.model, self.norms = model, model.norms if output == DENOISED else model.norms[place - 1 : place]
        self.target_mean.copy_(model.target_mean[[place]])
        self.target_sd.copy_(model.target_sd[[place]])
        self.train(model.training)

    def embed(self, x: Tensor) -> Tensor:
        encoded = self.model.encoder(x)
        return torch.stack([norm(encoded) for norm in self.norms]).mean(0)

    def standardised(self, x: Tensor) -> Tensor:
        return self.model.head(self.embed(x))
