"""LegNet: an EfficientNet-style CNN for regulatory sequences.

Source: Penzar et al. 2023, Bioinformatics 39:btad457, and its human MPRA version (Agarwal et al. 2025). At
the default width and kernel it has the human version's 1.3 M parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.layers import SequenceModel, SqueezeExcite, as_image, conv


@dataclass(frozen=True)
class LegNetConfig:
    """`width` is the number of stem channels; `growth` gives each block's channels as multiples of it."""

    width: int = 64
    growth: tuple[float, ...] = (1.25, 1.5, 1.75, 2.0)
    stem_kernel: int = 11
    kernel: int = 9
    expansion: int = 4
    pool: int = 2
    dropout: float = 0.0


class EfficientBlock(nn.Module):
    """Inverted bottleneck with depthwise convolution and squeeze-excite, concatenated to its input, mixed, pooled."""

    def __init__(self, inputs: int, outputs: int, config: LegNetConfig):
        super().__init__()
        inner = inputs * config.expansion
        self.bottleneck = nn.Sequential(
            conv(inputs, inner, 1),
            nn.BatchNorm2d(inner),
            nn.SiLU(),
            conv(inner, inner, config.kernel, groups=inner),
            nn.BatchNorm2d(inner),
            nn.SiLU(),
            SqueezeExcite(inner, inputs),
            conv(inner, inputs, 1),
            nn.BatchNorm2d(inputs),
            nn.SiLU(),
        )
        self.mix = nn.Sequential(
            conv(2 * inputs, outputs, config.kernel),
            nn.BatchNorm2d(outputs),
            nn.SiLU(),
            nn.MaxPool2d((1, config.pool)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(torch.cat([x, self.bottleneck(x)], dim=1))


class LegNet(SequenceModel):
    """`(batch, 4, length)` -> `(batch, outputs)`; see the module's text."""

    def __init__(self, outputs: tuple[str, ...], config: LegNetConfig):
        super().__init__(outputs)
        channels = config.width
        layers: list[nn.Module] = [conv(4, channels, config.stem_kernel), nn.BatchNorm2d(channels), nn.SiLU()]
        for factor in config.growth:
            layers.append(EfficientBlock(channels, round(config.width * factor), config))
            channels = round(config.width * factor)
        features = 2 * channels
        layers.append(conv(channels, features, 1))
        self.body = nn.Sequential(*layers)
        self.features = nn.Sequential(
            nn.Linear(features, features), nn.BatchNorm1d(features), nn.SiLU(), nn.Dropout(config.dropout)
        )
        self.head = nn.Linear(features, len(self.outputs))
        self.to(memory_format=torch.channels_last)

    def embed(self, x: Tensor) -> Tensor:
        return self.features(self.body(as_image(x)).mean((2, 3)))
