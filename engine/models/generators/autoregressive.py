"""A generator that writes from left to right, of causal dilated convolutions (van den Oord et al. 2016,
arXiv:1609.03499): each base depends on those before it, and on the asked-for activities.

A small relative of regLM (Lal et al. 2024, doi:10.1101/gr.279142.124), which fine-tunes a HyenaDNA and is told the
activities as a prefix of tokens for their quantiles. Here they enter every layer as numbers, as in the other
generators.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from engine.models.layers import module_list


@dataclass(frozen=True)
class AutoregressiveConfig:
    """With the defaults a base sees the 262 before it: all of an element.

    Attributes:
        width: channels.
        dilations: of the residual layers, one after the other.
        kernel, stem: bases that a residual layer and the first layer see, before dilation.
        dropout: of channels' values within a residual layer.
    """

    width: int = 128
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
    kernel: int = 3
    stem: int = 9
    dropout: float = 0.0


class AutoregressiveNetwork(GeneratorModel):
    """The tokens one place to the right behind a token of none, causal layers, four log-probabilities for each base."""

    def __init__(self, outputs: tuple[str, ...], config: AutoregressiveConfig = AutoregressiveConfig()):
        super().__init__(outputs)
        width = config.width
        self.condition = Condition(len(outputs), width, with_noise=False)
        self.before = config.stem - 1
        self.stem = nn.Conv1d(TOKENS, width, config.stem)
        self.layers = module_list(_Layer(width, config.kernel, d, config.dropout) for d in config.dilations)
        self.norm = nn.LayerNorm(width)
        self.head = bases_head(width)

    def log_probabilities(self, tokens: Tensor, conditions: Tensor, noise: Tensor | None = None) -> Tensor:
        """See `GeneratorModel`; base i depends on the tokens before i alone, and no noise is told."""
        asked = self.condition(conditions, None)
        shifted = functional.pad(tokens.long()[:, :-1], (1, 0), value=MASK)
        x = functional.pad(one_hot_tokens(shifted).transpose(1, 2), (self.before, 0))
        h = self.stem(x).relu()
        for layer in self.layers:
            h = h + layer(h, asked)
        return log_softmax(self.head(self.norm(h.transpose(1, 2))))


class _Layer(nn.Module):
    """Norm, scale and shift by the condition, causal dilated convolution, GELU, 1x1 convolution that begins at 0."""

    def __init__(self, width: int, kernel: int, dilation: int, dropout: float):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.film = nn.Linear(width, 2 * width)
        self.before = dilation * (kernel - 1)
        self.wide = nn.Conv1d(width, width, kernel, dilation=dilation)
        self.back = nn.Conv1d(width, width, 1)
        self.dropout = nn.Dropout(dropout)
        for tensor in (*self.film.parameters(), *self.back.parameters()):
            nn.init.zeros_(tensor)

    def forward(self, h: Tensor, asked: Tensor) -> Tensor:
        scale, shift = self.film(asked)[:, None].chunk(2, dim=-1)
        normed = (self.norm(h.transpose(1, 2)) * (1 + scale) + shift).transpose(1, 2)
        wide = self.wide(functional.pad(normed, (self.before, 0)))
        return self.back(self.dropout(functional.gelu(wide)))
