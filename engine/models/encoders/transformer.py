"""A small transformer after a convolutional stem, in the manner of Enformer (Avsec et al. 2021,
doi:10.1038/s41592-021-01252-x)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Transformer(nn.Module):
    """A stem of two convolutions with pools, then self-attention layers and the mean over positions.

    `stem` is the number of filters of the first convolution, by default half the width.
    Positions enter by sines (Vaswani et al. 2017, arXiv:1706.03762), so that the length may vary.
    """

    def __init__(
        self,
        features: int,
        width: int = 256,
        layers: int = 4,
        heads: int = 8,
        pools: tuple[int, int] = (4, 2),
        dropout: float = 0.2,
        stem: int | None = None,
    ):
        super().__init__()
        first = stem or width // 2
        self.stem = nn.Sequential(
            nn.Conv1d(4, first, 15, padding="same", bias=False),
            nn.BatchNorm1d(first),
            nn.ReLU(),
            nn.MaxPool1d(pools[0]),
            nn.Conv1d(first, width, 5, padding="same", bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.MaxPool1d(pools[1]),
        )
        layer = nn.TransformerEncoderLayer(width, heads, 2 * width, dropout, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.mix = nn.Linear(width, features)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x).transpose(1, 2)
        return self.mix(self.layers(h + _sines(h.shape[1], h.shape[2]).to(h)).mean(1))


def _sines(length: int, width: int) -> Tensor:
    """`(length, width)` sines and cosines of the position, of wavelengths from 2 pi on."""
    position = torch.arange(length)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
    return torch.stack([torch.sin(position * rate), torch.cos(position * rate)], dim=2).flatten(1)
