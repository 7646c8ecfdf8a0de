"""LegNet: an EfficientNet-style CNN for regulatory sequences.

Source: Penzar et al. 2023, Bioinformatics 39:btad457, and its human MPRA version (Agarwal et al. 2025). At
the default width and kernel it has the human version's 1.3 M parameters.

`members` puts several independently initialised networks side by side, a deep ensemble in one model
(Lakshminarayanan et al. 2017, arXiv:1612.01474): each learns on its own, the prediction is their mean.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from engine.intervals import ChangeSpread
from engine.models.layers import (
    SequenceModel,
    SqueezeExcite,
    TrainingOutputs,
    as_image,
    conv,
    module_list,
)
from engine.results import UNCERTAINTIES


@dataclass(frozen=True)
class LegNetConfig:
    """`width` is the number of stem channels; `growth` gives each block's channels as multiples of it.

    `further` names columns that are read off the same features and are no outputs: what else a training step asks for.
    A column `spread:K562` or `noise:K562` is an uncertainty of that output (see `LegNet.uncertainties`).
    """

    width: int = 64
    growth: tuple[float, ...] = (1.25, 1.5, 1.75, 2.0)
    stem_kernel: int = 11
    kernel: int = 9
    expansion: int = 4
    pool: int = 2
    dropout: float = 0.0
    members: int = 1
    further: tuple[str, ...] = ()


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


class Member(nn.Module):
    """One network: a channels-last image `(batch, 4, 1, length)` -> features `(batch, features)`."""

    def __init__(self, config: LegNetConfig):
        super().__init__()
        channels = config.width
        layers: list[nn.Module] = [conv(4, channels, config.stem_kernel), nn.BatchNorm2d(channels), nn.SiLU()]
        for factor in config.growth:
            layers.append(EfficientBlock(channels, round(config.width * factor), config))
            channels = round(config.width * factor)
        self.size = 2 * channels
        layers.append(conv(channels, self.size, 1))
        self.body = nn.Sequential(*layers)
        self.features = nn.Sequential(
            nn.Linear(self.size, self.size), nn.BatchNorm1d(self.size), nn.SiLU(), nn.Dropout(config.dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.features(self.body(x).mean((2, 3)))


class LegNet(SequenceModel):
    """`(batch, 4, length)` -> `(batch, outputs)`; see the module's text."""

    change_moved: Tensor
    change_apart: Tensor

    def __init__(self, outputs: tuple[str, ...], config: LegNetConfig):
        super().__init__(outputs)
        self.members = module_list(Member(config) for _ in range(config.members))
        self.heads = module_list(nn.Linear(member.size, len(self.outputs)) for member in self.members)
        self.further = config.further
        if self.further:
            self.further_heads = module_list(nn.Linear(member.size, len(self.further)) for member in self.members)
        if self.says_uncertainty:
            self.register_buffer("change_moved", torch.zeros(len(self.outputs)))
            self.register_buffer("change_apart", torch.zeros(len(self.outputs)))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types leave it out

    def embed(self, x: Tensor) -> Tensor:
        """The members' features side by side, `(batch, members x features)`."""
        image = as_image(x)
        return torch.cat([member(image) for member in self.members], dim=1)

    def split(self) -> list[SequenceModel]:
        singles: list[SequenceModel] = []
        for member, head in zip(self.members, self.heads, strict=True):
            single = copy.copy(self)
            # a shallow copy shares the table of its parts, which is about to differ
            single._modules = dict(self._modules)
            single.members, single.heads = module_list([member]), module_list([head])
            if self.further:
                single.further_heads = module_list([self.further_heads[len(singles)]])
            singles.append(single)
        return singles

    def member_predictions(self, x: Tensor) -> Tensor:
        return self._read_off(self.heads, self.embed(x))

    def training_outputs(self, x: Tensor) -> TrainingOutputs:
        """Outputs first, then the further columns."""
        if not self.further:
            return super().training_outputs(x)
        features = self.embed(x).chunk(len(self.members), dim=1)
        columns = [
            torch.cat([head(f), further(f)], dim=1)
            for head, further, f in zip(self.heads, self.further_heads, features, strict=True)
        ]
        return TrainingOutputs(torch.stack(columns))

    @property
    def says_uncertainty(self) -> bool:
        return {f"{kind}:{o}" for kind in UNCERTAINTIES for o in self.outputs} <= set(self.further)

    @property
    def change_spread(self) -> ChangeSpread | None:
        if not self.says_uncertainty or not (self.change_moved.any() or self.change_apart.any()):
            return None
        moved, apart = (part.double().cpu().numpy() for part in (self.change_moved, self.change_apart))
        return ChangeSpread(moved, apart)

    def set_change_spread(self, found: ChangeSpread) -> None:
        for buffer, factors in ((self.change_moved, found.moved), (self.change_apart, found.apart)):
            buffer.copy_(torch.as_tensor(factors))

    def uncertainties(self, x: Tensor) -> Tensor | None:
        return self._unsure(self.embed(x)) if self.says_uncertainty else None

    def answers(self, x: Tensor) -> Tensor:
        if not self.says_uncertainty:
            return self.member_activities(x)
        features = self.embed(x)  # once for both
        activities = self._read_off(self.heads, features) * self.target_sd + self.target_mean
        return torch.cat([activities, self._unsure(features)])

    def _unsure(self, features: Tensor) -> Tensor:
        columns = softplus(self._read_off(self.further_heads, features)).mean(0)
        at = [[self.further.index(f"{kind}:{o}") for o in self.outputs] for kind in UNCERTAINTIES]
        return torch.stack([columns[:, c] for c in at]) * self.target_sd

    def standardised(self, x: Tensor) -> Tensor:
        return self.member_predictions(x).mean(0)

    def _read_off(self, heads: Sequence[nn.Linear], features: Tensor) -> Tensor:
        """`(batch, members x features)` -> `(members, batch, columns)` of each member's head."""
        parts = features.chunk(len(self.members), dim=1)
        return torch.stack([head(f) for head, f in zip(heads, parts, strict=True)])
