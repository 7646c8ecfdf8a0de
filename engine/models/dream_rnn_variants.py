"""DREAM-RNN with other heads: one score, two heads, a domain discriminator, a composition branch.

All share the encoder of `dream_rnn`; what differs stands between `embed` and the prediction, so that experiments
with these models compare heads and losses and not encoders.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.errors import InputError
from engine.models.dream_rnn import DreamRNN, DreamRNNConfig
from engine.models.layers import TrainingOutputs


def _without_bins(config: DreamRNNConfig) -> DreamRNNConfig:
    """The configuration, unless it asks for bins, which only `dream_rnn` has."""
    if config.bins:
        raise InputError("only the model 'dream_rnn' has bins; leave the option out or use that model")
    return config


class DreamRNNSingle(DreamRNN):
    """One score an output, without a bias: a loss that only ranks leaves the zero point of its scores open."""

    def __init__(self, outputs: tuple[str, ...], config: DreamRNNConfig):
        super().__init__(outputs, _without_bins(config))
        self.head = nn.Linear(self.features, len(self.outputs), bias=False)


class DreamRNNDual(DreamRNN):
    """A regression head and a ranking head on one encoder; the regression head's value is the prediction.

    Training sees `(1, batch, outputs, 2)`: regression, ranking.
    """

    def __init__(self, outputs: tuple[str, ...], config: DreamRNNConfig):
        super().__init__(outputs, _without_bins(config))
        self.ranking_head = nn.Linear(self.features, len(self.outputs), bias=False)

    def training_outputs(self, x: Tensor) -> TrainingOutputs:
        features = self.embed(x)
        return TrainingOutputs(torch.stack([self.head(features), self.ranking_head(features)], dim=-1)[None])


class _ReverseGradient(torch.autograd.Function):
    """The identity, whose gradient is turned round and multiplied by `strength`."""

    @staticmethod
    def forward(ctx, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradient, None


@dataclass(frozen=True)
class AdversarialConfig(DreamRNNConfig):
    """`domains` is the number of libraries; `adversary` the full strength of the reversed gradient."""

    domains: int = 5
    adversary: float = 0.1


class DreamRNNAdversarial(DreamRNNSingle):
    """The encoder is trained against a discriminator that tells from which library an element came.

    Source: Ganin et al. 2016, JMLR 17:59 (arXiv:1505.07818), whose schedule brings the reversed gradient in
    slowly: strength x (2 / (1 + exp(-10 progress)) - 1). The discriminator sees the embedding on a common scale:
    without that the encoder can raise the discriminator's loss without bound by making its features larger, and does.
    """

    def __init__(self, outputs: tuple[str, ...], config: AdversarialConfig):
        super().__init__(outputs, config)
        self.adversary = config.adversary
        self.strength = 0.0
        self.discriminator = nn.Sequential(
            nn.LayerNorm(self.features, elementwise_affine=False),
            nn.Linear(self.features, self.features),
            nn.ReLU(),
            nn.Linear(self.features, config.domains),
        )

    def at_progress(self, progress: float) -> None:
        self.strength = self.adversary * (2 / (1 + math.exp(-10 * progress)) - 1)

    def training_outputs(self, x: Tensor) -> TrainingOutputs:
        features = self.embed(x)
        domains = self.discriminator(_ReverseGradient.apply(features, self.strength))
        return TrainingOutputs(self.scores(x, features)[None], domains)


@dataclass(frozen=True)
class BiasConfig(DreamRNNConfig):
    """`composition_width` is the hidden size of the composition branch."""

    composition_width: int = 16


class CompositionBias(nn.Module):
    """What composition alone says of activity, and how much of it is to be subtracted.

    Base and dinucleotide frequencies -> a small network -> a bias for each output; a gate between 0 and 1, read
    from the embedding, scales it.
    """

    def __init__(self, features: int, outputs: int, hidden: int):
        super().__init__()
        self.bias = nn.Sequential(nn.Linear(4 + 16, hidden), nn.ReLU(), nn.Linear(hidden, outputs))
        self.gate = nn.Linear(features, outputs)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)` and embedding -> `(batch, outputs)`."""
        return self.gate(features).sigmoid() * self.bias(composition(x))


def composition(x: Tensor) -> Tensor:
    """One-hot `(batch, 4, length)` -> `(batch, 20)`: frequencies of the bases, then of the dinucleotides AA to TT."""
    pairs = x[:, :, :-1] @ x[:, :, 1:].transpose(1, 2) / (x.shape[2] - 1)
    return torch.cat([x.mean(2), pairs.flatten(1)], dim=1)


class DreamRNNBiasFactorised(DreamRNNSingle):
    """The score less a gated bias that sees nothing but composition."""

    def __init__(self, outputs: tuple[str, ...], config: BiasConfig):
        super().__init__(outputs, config)
        self.composition = CompositionBias(self.features, len(self.outputs), config.composition_width)

    def scores(self, x: Tensor, features: Tensor) -> Tensor:
        return super().scores(x, features) - self.composition(x, features)


@dataclass(frozen=True)
class AdvancedConfig(AdversarialConfig, BiasConfig):
    """Both: see `AdversarialConfig` and `BiasConfig`."""


class DreamRNNAdvanced(DreamRNNBiasFactorised, DreamRNNAdversarial):
    """Adversary and composition branch together."""
