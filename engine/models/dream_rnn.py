"""DREAM-RNN: convolution, bidirectional LSTM, convolution.

Source: the recurrent entry of the Random Promoter DREAM Challenge (Rafi et al. 2025, Nat Biotechnol
43:1373-1383, doi:10.1038/s41587-024-02414-w). At width 320 with five input channels it has the published
4,203,393 parameters; `pool` shortens the sequence before the LSTM so that two CPU cores can train one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.layers import SequenceModel


@dataclass(frozen=True)
class DreamRNNConfig:
    """`width` is the LSTM's hidden size in each direction; every other size scales with it.

    `pool` is a max-pool between the first convolutions and the LSTM (1: none, as published).
    """

    width: int = 320
    pool: int = 1
    kernels: tuple[int, int] = (9, 15)
    dropout: float = 0.2
    late_dropout: float = 0.5
    in_channels: int = 4


class ParallelConv(nn.Module):
    """Two convolutions of different kernels side by side, each half of the channels, ReLU, dropout."""

    def __init__(self, inputs: int, outputs: int, kernels: tuple[int, int], dropout: float):
        super().__init__()
        self.branches = nn.ModuleList(nn.Conv1d(inputs, outputs // 2, k, padding="same") for k in kernels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(torch.cat([branch(x).relu() for branch in self.branches], dim=1))


class DreamRNN(SequenceModel):
    """`(batch, 4, length)` -> `(batch, outputs)`; see the module's text."""

    def __init__(self, outputs: tuple[str, ...], config: DreamRNNConfig):
        super().__init__(outputs)
        width, features = config.width, round(0.8 * config.width)
        self.first = ParallelConv(config.in_channels, width, config.kernels, config.dropout)
        self.pool = nn.MaxPool1d(config.pool) if config.pool > 1 else nn.Identity()
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.second = ParallelConv(2 * width, width, config.kernels, config.dropout)
        self.late_dropout = nn.Dropout(config.late_dropout)
        self.mix = nn.Conv1d(width, features, 1)
        self.head = nn.Linear(features, len(self.outputs))

    def embed(self, x: Tensor) -> Tensor:
        h = self.pool(self.first(x))
        h = self.lstm(h.transpose(1, 2))[0].transpose(1, 2)
        h = self.late_dropout(self.second(h))
        return self.mix(h).mean(2)

    def standardised(self, x: Tensor) -> Tensor:
        return self.head(self.embed(x))
