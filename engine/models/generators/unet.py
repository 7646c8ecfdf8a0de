"""A U-Net as a denoiser (Ronneberger et al. 2015, arXiv:1505.04597): what happens far apart is settled on a coarse copy
of the sequence, where a layer costs little, and what a base is on the full one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from engine.models.generators.contract import (
    MASK,
    TOKENS,
    Condition,
    GeneratorModel,
    bases_head,
    log_softmax,
    one_hot_tokens,
)
from engine.models.generators.dilated import ResidualLayer, channels_last
from engine.models.layers import as_image, module_list


@dataclass(frozen=True)
class UNetDenoiserConfig:
    """How a `UNetDenoiser` is built.

    Attributes:
        widths: channels at full, half, quarter, ... resolution.
        layers: residual layers at each resolution on the way down, and as many on the way up.
        kernel, stem: places that a residual layer and the first layer see.
        dropout: of channels' values within a residual layer.
        with_noise: whether the network is told the noise, which uniform diffusion needs and masked diffusion does not.
    """

    widths: tuple[int, ...] = (64, 96, 128, 160)
    layers: int = 1
    kernel: int = 5
    stem: int = 9
    dropout: float = 0.0
    with_noise: bool = False


class UNetDenoiser(GeneratorModel):
    """Residual layers under the condition from full resolution down to the coarsest and back up, where what was seen on
    the way down is added, and four log-probabilities for each base.

    Any length: behind its end a sequence is filled to a whole number of coarsest places, for masked diffusion with
    unknown bases, and for uniform diffusion, which never sees one in training, with nothing, as convolutions pad.
    """

    def __init__(self, outputs: tuple[str, ...], config: UNetDenoiserConfig = UNetDenoiserConfig()):
        super().__init__(outputs)
        widths = config.widths
        self.condition = Condition(len(outputs), widths[0], config.with_noise)
        self.stem = nn.Conv2d(TOKENS, widths[0], (1, config.stem), padding="same")
        self.down = module_list(_stage(width, widths[0], config) for width in widths)
        self.up = module_list(_stage(width, widths[0], config) for width in widths[:-1])
        pairs = list(pairwise(widths))
        self.coarser = module_list(nn.Conv2d(fine, coarse, (1, 2), stride=(1, 2)) for fine, coarse in pairs)
        self.finer = module_list(nn.ConvTranspose2d(coarse, fine, (1, 2), stride=(1, 2)) for fine, coarse in pairs)
        self.norm = nn.LayerNorm(widths[0])
        self.head = bases_head(widths[0])

    def log_probabilities(self, tokens: Tensor, conditions: Tensor, noise: Tensor | None = None) -> Tensor:
        asked = self.condition(conditions, noise)
        length = tokens.shape[1]
        whole = 2 ** len(self.coarser)
        filled = functional.pad(one_hot_tokens(tokens), (0, 0, 0, -length % whole))
        if noise is None:
            filled[:, length:, MASK] = 1.0
        h = self.stem(as_image(filled.transpose(1, 2))).relu()
        seen = []
        for stage, coarser in zip(self.down, self.coarser, strict=False):
            h = _through(stage, h, asked)
            seen.append(h)
            h = coarser(h)
        h = _through(self.down[-1], h, asked)
        for stage, finer, fine in reversed(list(zip(self.up, self.finer, seen, strict=True))):
            h = _through(stage, fine + finer(h), asked)
        return log_softmax(self.head(self.norm(channels_last(h))).squeeze(1)[:, :length], tokens, noise)


def _stage(width: int, condition: int, config: UNetDenoiserConfig) -> nn.ModuleList:
    return nn.ModuleList(
        ResidualLayer(width, config.kernel, 1, config.dropout, condition) for _ in range(config.layers)
    )


def _through(stage: nn.ModuleList, h: Tensor, asked: Tensor) -> Tensor:
    for layer in stage:
        h = h + layer(h, asked)
    return h
