"""What the models share: the contract of a CisLens model, and building blocks.

Contract: `model(X)` takes one-hot `X: (batch, 4, length)` float32 (order A C G T) and returns
`(batch, outputs)` log2(RNA/DNA); `model.outputs` names the columns; `model.embed(X)` returns the
penultimate layer `(batch, features)`. Length may vary from 100 to 1,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from engine.intervals import ChangeSpread
from engine.sequence import WINDOW

Part = TypeVar("Part", bound=nn.Module)


@dataclass(frozen=True)
class TrainingOutputs:
    """What a training step needs of a model.

    Attributes:
        members: `(members, batch, outputs)` standardised, or with one more axis where the model's loss asks for it.
            Each member of an ensemble takes the loss on its own.
        domains: `(batch, domains)` logits of a discriminator, or None.
    """

    members: Tensor
    domains: Tensor | None = None


class SequenceModel(nn.Module):
    """Base of all models: a subclass defines `embed` and `standardised`.

    Training sees standardised activities; the two buffers carry the training folds' mean and standard
    deviation, so that `forward` speaks log2(RNA/DNA) without anybody else having to know.
    """

    window = WINDOW
    target_mean: Tensor
    target_sd: Tensor

    def __init__(self, outputs: tuple[str, ...]):
        super().__init__()
        self.outputs = tuple(outputs)
        self.register_buffer("target_mean", torch.zeros(len(self.outputs)))
        self.register_buffer("target_sd", torch.ones(len(self.outputs)))

    def embed(self, x: Tensor) -> Tensor:
        """`(batch, 4, length)` -> `(batch, features)`."""
        raise NotImplementedError

    def standardised(self, x: Tensor) -> Tensor:
        """`(batch, 4, length)` -> `(batch, outputs)` in standard deviations of the training activities."""
        raise NotImplementedError

    def member_predictions(self, x: Tensor) -> Tensor:
        """`(batch, 4, length)` -> `(members, batch, outputs)` standardised: what each member of an ensemble says.

        A single network is its only member.
        """
        return self.standardised(x)[None]

    def split(self) -> list[SequenceModel]:
        """Each member of an ensemble as a network of its own, whose weights it shares; a single network is its own."""
        return [self]

    def training_outputs(self, x: Tensor) -> TrainingOutputs:
        """`(batch, 4, length)` -> what the loss of a training step is computed from."""
        return TrainingOutputs(self.member_predictions(x))

    def at_progress(self, progress: float) -> None:
        """Told before each training step how much of the run (0 to 1) is done. Most models do not care."""

    def member_activities(self, x: Tensor) -> Tensor:
        """`(batch, 4, length)` -> `(members, batch, outputs)` log2(RNA/DNA), whose mean over members is `forward`."""
        return self.member_predictions(x) * self.target_sd + self.target_mean

    def uncertainties(self, x: Tensor) -> Tensor | None:
        """`(batch, 4, length)` -> `(2, batch, outputs)` standard deviations in log2(RNA/DNA), in the order of
        `engine.results.UNCERTAINTIES`; None of a model that does not say how sure it is."""
        return None

    def answers(self, x: Tensor) -> Tensor:
        """`(batch, 4, length)` -> `(members, batch, outputs)` `member_activities`, and behind them both `uncertainties`
        of a model that says how sure it is."""
        activities, own = self.member_activities(x), self.uncertainties(x)
        return activities if own is None else torch.cat([activities, own])

    @property
    def says_uncertainty(self) -> bool:
        """Whether `uncertainties` are there."""
        return False

    @property
    def change_spread(self) -> ChangeSpread | None:
        """How far the networks behind a model that says how sure it is differ over a change; None where nobody fitted
        it."""
        return None

    def set_change_spread(self, found: ChangeSpread) -> None:
        """Keep what was fitted; only a model that says its uncertainty can."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, 4, length)` -> `(batch, outputs)` log2(RNA/DNA)."""
        return self.standardised(x) * self.target_sd + self.target_mean


def module_list(parts: Iterable[Part]) -> Sequence[Part]:
    """An `nn.ModuleList`, as a sequence of modules of their own kind for those that check types."""
    return cast("Sequence[Part]", nn.ModuleList(parts))


def as_image(x: Tensor) -> Tensor:
    """`(batch, channels, length)` as a `(batch, channels, 1, length)` image in channels-last memory.

    oneDNN and cuDNN run depthwise and 1x1 convolutions faster in this layout than as 1-d convolutions
    (`benchmarks/legnet_layout.py` measures by how much).
    """
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def conv(inputs: int, outputs: int, kernel: int, groups: int = 1) -> nn.Conv2d:
    """A convolution along the sequence of an `as_image` tensor; keeps the length, no bias (a norm follows)."""
    return nn.Conv2d(inputs, outputs, (1, kernel), padding="same", groups=groups, bias=False)


class SqueezeExcite(nn.Module):
    """Channel gates from the mean over positions (Hu et al. 2018, arXiv:1709.01507)."""

    def __init__(self, channels: int, bottleneck: int):
        super().__init__()
        self.gate = nn.Sequential(
            nn.Linear(channels, bottleneck), nn.SiLU(), nn.Linear(bottleneck, channels), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x.mean((2, 3)))[:, :, None, None]
