"""A denoiser of dilated convolutions with residuals, in the manner of the convolutional network of D3 (Sarkar et al.
2024, doi:10.1101/2024.05.23.595630)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.generators.contract import (
    TOKENS,
    Condition,
    GeneratorModel,
    bases_head,
    log_softmax,
    one_hot_tokens,
)
from engine.models.layers import as_image, module_list


@dataclass(frozen=True)
class DilatedDenoiserConfig:
    """How a `DilatedDenoiser` is built.

    Attributes:
        width: channels.
        dilations: of the residual layers, one after the other.
        kernel, stem: bases that a residual layer and the first layer see, before dilation.
        dropout: of channels' values within a residual layer.
        with_noise: whether the network is told the noise, which uniform diffusion needs and masked diffusion does not.
    """

    width: int = 128
    dilations: tuple[int, ...] = (1, 1, 4, 16, 32, 1, 1, 4, 16, 32)
    kernel: int = 5
    stem: int = 9
    dropout: float = 0.0
    with_noise: bool = False


class DilatedDenoiser(GeneratorModel):
    """A stem, residual layers under the condition, and four log-probabilities for each base.

    Computed as a channels-last image, in which norms over channels need no transposing. Any length.
    """

    def __init__(self, outputs: tuple[str, ...], config: DilatedDenoiserConfig = DilatedDenoiserConfig()):
        super().__init__(outputs)
        width = config.width
        self.condition = Condition(len(outputs), width, config.with_noise)
        self.stem = nn.Conv2d(TOKENS, width, (1, config.stem), padding="same")
        self.layers = module_list(
            ResidualLayer(width, config.kernel, d, config.dropout, width) for d in config.dilations
        )
        self.norm = nn.LayerNorm(width)
        self.head = bases_head(width)

    def log_probabilities(self, tokens: Tensor, conditions: Tensor, noise: Tensor | None = None) -> Tensor:
        asked = self.condition(conditions, noise)
        h = self.stem(as_image(one_hot_tokens(tokens).transpose(1, 2))).relu()
        for layer in self.layers:
            h = h + layer(h, asked)
        return log_softmax(self.head(self.norm(channels_last(h))).squeeze(1), tokens, noise)


class ResidualLayer(nn.Module):
    """Norm, scale and shift by the condition, dilated convolution, GELU, 1x1 convolution that begins at 0."""

    def __init__(self, width: int, kernel: int, dilation: int, dropout: float, condition: int):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.film = nn.Linear(condition, 2 * width)
        self.wide = nn.Conv2d(width, width, (1, kernel), padding="same", dilation=(1, dilation))
        self.back = nn.Conv2d(width, width, 1)
        self.dropout = nn.Dropout(dropout)
        for tensor in (*self.film.parameters(), *self.back.parameters()):
            nn.init.zeros_(tensor)

    def forward(self, h: Tensor, asked: Tensor) -> Tensor:
        scale, shift = self.film(asked)[:, None, None].chunk(2, dim=-1)
        h = (self.norm(channels_last(h)) * (1 + scale) + shift).permute(0, 3, 1, 2)
        return self.back(self.dropout(torch.nn.functional.gelu(self.wide(h))))


def channels_last(h: Tensor) -> Tensor:
    """`(batch, channels, 1, length)` as `(batch, 1, length, channels)`, the order in which it lies in memory."""
    return h.permute(0, 2, 3, 1)
