"""DREAM-RNN: convolution, bidirectional LSTM, convolution.

Source: the recurrent entry of the Random Promoter DREAM Challenge (Rafi et al. 2025, Nat Biotechnol
43:1373-1383, doi:10.1038/s41587-024-02414-w). At width 320 with five input channels it has the published
4,203,393 parameters; `pool` shortens the sequence before the LSTM so that two CPU cores can train one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, max_pool2d

from engine.losses import ordinal
from engine.models.layers import SequenceModel, TrainingOutputs, as_image, module_list


@dataclass(frozen=True)
class DreamRNNConfig:
    """`width` is the LSTM's hidden size in each direction; every other size scales with it.

    `pool` is a max-pool between the first convolutions and the LSTM (1: none, as published). With `bins` the head
    gives each output a distribution over that many ordinal bins, and the prediction is the expected bin centre.
    """

    width: int = 320
    pool: int = 1
    kernels: tuple[int, int] = (9, 15)
    dropout: float = 0.2
    late_dropout: float = 0.5
    in_channels: int = 4
    bins: int = 0


class ParallelConv(nn.Module):
    """Two convolutions of different kernels side by side, each half of the channels, max-pool, ReLU, dropout.

    Takes and returns an `as_image` tensor `(batch, channels, 1, length)`. ReLU and maximum commute, so pooling
    first gives the same numbers with a quarter of the work.
    """

    def __init__(self, inputs: int, outputs: int, kernels: tuple[int, int], dropout: float, pool: int = 1):
        super().__init__()
        self.branches = module_list(nn.Conv1d(inputs, outputs // 2, k, padding="same") for k in kernels)
        self.dropout = nn.Dropout(dropout)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        h = torch.cat([conv2d(x, b.weight.unsqueeze(2), b.bias, padding="same") for b in self.branches], dim=1)
        if self.pool > 1:
            h = max_pool2d(h, (1, self.pool))
        return self.dropout(h.relu())


class DreamRNN(SequenceModel):
    """`(batch, 4, length)` -> `(batch, outputs)`; see the module's text."""

    def __init__(self, outputs: tuple[str, ...], config: DreamRNNConfig):
        super().__init__(outputs)
        width = config.width
        self.features = round(0.8 * width)
        self.first = ParallelConv(config.in_channels, width, config.kernels, config.dropout, config.pool)
        self.lstm = nn.LSTM(width, width, bidirectional=True)
        self.second = ParallelConv(2 * width, width, config.kernels, config.dropout)
        self.late_dropout = nn.Dropout(config.late_dropout)
        self.mix = nn.Conv1d(width, self.features, 1)
        self.bins = config.bins
        self.head = nn.Linear(self.features, len(self.outputs) * max(1, config.bins))

    def embed(self, x: Tensor) -> Tensor:
        h = self.first(as_image(x))
        # positions first is the order in which oneDNN's LSTM is fastest
        h = self.lstm(h.squeeze(2).permute(2, 0, 1))[0]
        h = self.late_dropout(self.second(as_image(h.permute(1, 2, 0))))
        # a 1x1 convolution and the mean over positions commute: one position instead of all
        return self.mix(h.mean(3)).squeeze(2)

    def scores(self, x: Tensor, features: Tensor) -> Tensor:
        """`(batch, outputs)` standardised, from a sequence and its embedding."""
        head = self.head(features)
        return ordinal.expectation(self._in_bins(head)) if self.bins else head

    def standardised(self, x: Tensor) -> Tensor:
        return self.scores(x, self.embed(x))

    def training_outputs(self, x: Tensor) -> TrainingOutputs:
        if not self.bins:
            return super().training_outputs(x)
        return TrainingOutputs(self._in_bins(self.head(self.embed(x)))[None])

    def _in_bins(self, head: Tensor) -> Tensor:
        """`(batch, outputs x bins)` -> `(batch, outputs, bins)` logits."""
        return head.unflatten(1, (len(self.outputs), self.bins))
